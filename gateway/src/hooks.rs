//! What the gateway asks of, and tells to, the service behind it.

use crate::access::AccessRecord;

/// Answers of the service to the gateway's questions. All of them are asked on the thread that serves every connection, so
/// they must not wait for anything. `()` is the hooks that has no opinion.
pub trait Hooks: Send + Sync + 'static {
    /// How large a body may be on this listener with this method and target; 0 if none is welcome.
    fn max_body_bytes(&self, listener: usize, method: &str, target: &str) -> usize {
        let _ = (listener, method, target);
        usize::MAX
    }

    /// Whether a request for this target is still served when there are too many connections.
    fn is_probe(&self, target: &str) -> bool {
        target == "/health"
    }

    /// Told about each request when it is over, refused ones included.
    fn finished(&self, exchange: &AccessRecord<'_>) {
        let _ = exchange;
    }
}

impl Hooks for () {}
