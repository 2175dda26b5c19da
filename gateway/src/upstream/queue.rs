//! Requests that wait for a connection to tiny_http.

use std::collections::VecDeque;

/// Slot and id of a connection whose request is whole.
pub(crate) type Waiting = (usize, u64);

/// The requests, each kind in the order in which they became whole. Health checks and all others take turns: a load balancer
/// that waits behind thousands would replace a task that is only busy, and a flood of health checks must not stop the rest.
#[derive(Default)]
pub(crate) struct Queue {
    probes: VecDeque<Waiting>,
    others: VecDeque<Waiting>,
    /// Whether the last one taken was a health check.
    probe_was_last: bool,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.probes.is_empty() && self.others.is_empty()
    }

    pub(crate) fn push(&mut self, waiting: Waiting, is_probe: bool) {
        if is_probe { self.probes.push_back(waiting) } else { self.others.push_back(waiting) }
    }

    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        let take_probe = !self.probes.is_empty() && (self.others.is_empty() || !self.probe_was_last);
        self.probe_was_last = take_probe;
        if take_probe { self.probes.pop_front() } else { self.others.pop_front() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order in which these leave; probes have numbers from 100.
    fn order(slots: &[usize]) -> Vec<usize> {
        let mut queue = Queue::default();
        for slot in slots {
            queue.push((*slot, 0), *slot >= 100);
        }
        std::iter::from_fn(|| queue.pop()).map(|(slot, _)| slot).collect()
    }

    #[test]
    fn a_health_check_waits_for_one_request_at_most_and_a_flood_of_them_for_every_other() {
        assert_eq!(order(&[1, 2, 3, 100, 4]), [100, 1, 2, 3, 4]);
        assert_eq!(order(&[100, 101, 102, 103, 1, 2]), [100, 1, 101, 2, 102, 103]);
        assert_eq!(order(&[1, 2]), [1, 2]);
        assert_eq!(order(&[100, 101]), [100, 101]);
        assert!(order(&[]).is_empty() && Queue::default().is_empty());
    }
}
