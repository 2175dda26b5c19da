//! What one client, and all of them together, may cost.

use std::time::Duration;

/// The most fields that any limit may allow: the parser's table of them lives on the stack.
pub(crate) const MAX_FIELDS: usize = 128;

/// Every bound of the gateway. The defaults suit 512 MiB of memory behind a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are served at once. Those beyond it get a 503.
    pub max_connections: usize,
    /// Connections beyond that number that may still ask for a health check, as the hooks tell it.
    pub reserved_connections: usize,
    /// Bytes of a head. A load balancer of AWS passes on up to 64 KiB, browsers with many cookies send about 10.
    pub max_head_bytes: usize,
    /// Fields of a head, at most 128.
    pub max_fields: usize,
    /// Bytes of a request target. RFC 9112, section 3, asks for 8000 at least.
    pub max_target_bytes: usize,
    /// Bytes of a request body; the hooks may allow less.
    pub max_body_bytes: usize,
    /// Bytes of a response. Responses are buffered whole, so that a slow reader never holds a worker.
    pub max_response_bytes: usize,
    /// Bytes that all connections together may buffer before new work is rejected.
    pub max_buffered_bytes: usize,
    /// From the first byte of a head to its last.
    pub head_timeout: Duration,
    /// From the last byte of a head to the last byte of its body.
    pub body_timeout: Duration,
    /// From a whole request to its response.
    pub handler_timeout: Duration,
    /// From the first byte of a response to its last.
    pub write_timeout: Duration,
    /// Between two requests. Longer than the 60 s after which a load balancer of AWS closes, so that it is never the
    /// server that closes a connection on which the load balancer has just sent a request.
    pub keepalive_timeout: Duration,
    /// Connections to tiny_http, each of which costs it a thread. As many as there are workers is right: those that call
    /// `recv`.
    pub upstream_connections: usize,
    /// Requests that may follow each other on one of them while handlers are quick; 1 if a handler is known to be slow.
    pub pipeline_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 16_384,
            reserved_connections: 64,
            max_head_bytes: 16 * 1024,
            max_fields: 100,
            max_target_bytes: 8 * 1024,
            max_body_bytes: 64 * 1024,
            max_response_bytes: 1024 * 1024,
            max_buffered_bytes: 48 * 1024 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            handler_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(75),
            upstream_connections: 1,
            pipeline_depth: 32,
        }
    }
}

impl Limits {
    /// The same limits with fewer connections, where the process may not open as many files as they would need.
    #[must_use]
    pub fn within(mut self, open_files: usize) -> Self {
        // Beside connections there are the standard streams, the poller, listeners, and three descriptors an upstream connection (both
        // ends, and tiny_http's own copy of its end); the rest is for whatever the service itself opens.
        let free = open_files.saturating_sub(18 + 3 * self.upstream_connections);
        self.reserved_connections = self.reserved_connections.min(free / 4).max(1);
        self.max_connections = self.max_connections.min(free.saturating_sub(self.reserved_connections)).max(1);
        self
    }
}

/// How many files this process may open, as the kernel says.
#[must_use]
pub fn open_files() -> usize {
    let soft = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    // Without a limit the number of connections is the only bound.
    soft.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_open_files_mean_few_connections_but_always_some_in_reserve() {
        let limits = Limits::default().within(64);
        assert_eq!((limits.max_connections, limits.reserved_connections), (33, 10));
        let limits = Limits::default().within(10);
        assert_eq!((limits.max_connections, limits.reserved_connections), (1, 1));
        assert_eq!(Limits::default().within(usize::MAX), Limits::default());
    }

    #[test]
    fn the_kernel_names_a_limit() {
        assert!(open_files() > 3);
    }
}
