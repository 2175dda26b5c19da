//! What the gateway asks of, and tells to, the service behind it.

use crate::access::AccessRecord;

/// Answers of the service to the gateway's questions. All of them are asked on the thread that serves every connection,
/// so they must not wait for anything. `()` implements it with the defaults.
pub trait Hooks: Send + Sync + 'static {
    /// The largest body, in bytes, that is taken on this listener with this method and target. It counts beside
    /// [`Limits::max_body_bytes`](crate::Limits). With 0 a request that has a body is rejected with 413; with `None` the
    /// handler gets the request without its body, which is not read, and the connection ends after the response: for a
    /// 404 or a 405.
    fn max_body_bytes(&self, listener: usize, method: &str, target: &str) -> Option<usize> {
        let _ = (listener, method, target);
        Some(usize::MAX)
    }

    /// Whether a request for this target is a health check, which is served on the reserved connections too, and waits for
    /// one other request at most where many wait for a handler.
    fn is_probe(&self, target: &str) -> bool {
        target == "/health"
    }

    /// Whether the handler of this target is told who asks: `Gateway-Client` and `X-Request-Id`. `tiny_http` reads a head byte by
    /// byte, and these two fields are more than half of a short one.
    fn wants_origin(&self, listener: usize, target: &str) -> bool {
        let _ = (listener, target);
        true
    }

    /// Told about each request when it is over, rejected ones included.
    fn finished(&self, record: &AccessRecord<'_>) {
        let _ = record;
    }
}

impl Hooks for () {}
