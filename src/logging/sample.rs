//! Which requests have a line, where not all of them do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use gateway::AccessRecord;

/// A request that takes as long always has a line. The stack's alarm on latency is at the same value by default.
const SLOW: Duration = Duration::from_secs(1);

/// Requests without an error that were not slow.
static ORDINARY: AtomicU32 = AtomicU32::new(0);

/// For how many requests the line of this one stands, or nothing where it has none. Errors and slow requests stand for
/// themselves; of the others one in `sample` has a line.
pub(super) fn weight(record: &AccessRecord<'_>, sample: u32) -> Option<u32> {
    if sample == 1 || record.status >= 400 || !record.delivered || record.duration >= SLOW {
        return Some(1);
    }
    ORDINARY.fetch_add(1, Ordering::Relaxed).is_multiple_of(sample).then_some(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(status: u16, delivered: bool, milliseconds: u64) -> AccessRecord<'static> {
        AccessRecord {
            listener: 0,
            peer: "203.0.113.7:4711".parse().unwrap(),
            method: "GET",
            target: "/",
            version: "1.1",
            status,
            body_bytes: 0,
            duration: Duration::from_millis(milliseconds),
            request_id: "id",
            user_agent: None,
            traceparent: None,
            amazon_trace: None,
            forwarded_for: None,
            rejection: None,
            delivered,
        }
    }

    #[test]
    fn what_is_kept_stands_for_as_many_as_there_were() {
        for (status, delivered, milliseconds) in [(400, true, 1), (503, true, 1), (200, false, 1), (200, true, 1000)] {
            assert_eq!(weight(&record(status, delivered, milliseconds), 1000), Some(1));
        }
        assert_eq!(weight(&record(200, true, 1), 1), Some(1));
        let kept: Vec<_> = (0..1000).filter_map(|_| weight(&record(200, true, 999), 10)).collect();
        assert_eq!(kept, [10; 100]);
    }
}
