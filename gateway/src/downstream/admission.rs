//! How many connections there may be: the cap, and those beyond it that are reserved for health checks.

use std::collections::VecDeque;
use std::time::Duration;

/// How long a connection beyond the cap may take to say what it wants.
pub(crate) const RESERVED_TIMEOUT: Duration = Duration::from_secs(2);

/// Decides about each connection when it is accepted.
pub(crate) struct Admission {
    max: usize,
    reserved: usize,
    /// Slot and id of the connections beyond the cap, the oldest first. Some may be gone.
    beyond: VecDeque<(usize, u64)>,
    last_id: u64,
}

impl Admission {
    pub(crate) fn new(max: usize, reserved: usize) -> Self {
        Self { max, reserved, beyond: VecDeque::new(), last_id: 0 }
    }

    /// An id that no connection has had.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Whether one more connection would be beyond the cap.
    pub(crate) fn is_reserved(&self, open: usize) -> bool {
        open >= self.max
    }

    /// Remembers a connection beyond the cap.
    pub(crate) fn reserve(&mut self, slot: usize, id: u64) {
        self.beyond.push_back((slot, id));
    }

    /// With no room for one more, the one that has been beyond the cap for longest: each gets a moment to be heard.
    pub(crate) fn evict_oldest_reserved(&mut self, open: usize) -> Option<(usize, u64)> {
        if open < self.max {
            self.beyond.clear();
        }
        if open >= self.max + self.reserved { self.beyond.pop_front() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_beyond_the_cap_goes_first_and_only_when_there_is_no_room() {
        let mut admission = Admission::new(2, 2);
        assert!(!admission.is_reserved(1) && admission.is_reserved(2));
        admission.reserve(7, 1);
        admission.reserve(8, 2);
        assert_eq!(admission.evict_oldest_reserved(3), None);
        assert_eq!(admission.evict_oldest_reserved(4), Some((7, 1)));
        assert_eq!(admission.evict_oldest_reserved(1), None);
        assert_eq!(admission.evict_oldest_reserved(4), None);
    }
}
