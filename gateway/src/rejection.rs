//! Why the gateway rejects a request, and what it says then.

use std::fmt::{self, Write};
use std::time::SystemTime;

/// One reason each: a status for the client, a label for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rejection {
    /// The request line or a field is not what RFC 9112 allows.
    Malformed,
    /// There is no `Host`, more than one, or one that is none.
    BadHost,
    /// `Content-Length` and `Transfer-Encoding` do not say one clear thing.
    BadFraming,
    /// A chunk or a trailer is not what RFC 9112 allows.
    BadChunk,
    /// No whole head came in time.
    HeadTimeout,
    /// No whole body came in time.
    BodyTimeout,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The route takes no body.
    BodyNotAllowed,
    /// The request target is longer than the limit.
    TargetTooLong,
    /// `Expect` asks for something other than `100-continue`.
    BadExpectation,
    /// The head has more bytes than the limit.
    HeadTooLarge,
    /// The head has more fields than the limit.
    TooManyFields,
    /// The fields after a chunked body are more or longer than the limit.
    TrailersTooLarge,
    /// The handler gave a response that cannot be passed on.
    InvalidUpstreamResponse,
    /// The client asks for a tunnel.
    ConnectNotSupported,
    /// The body is coded otherwise than by `chunked`.
    UnsupportedTransferCoding,
    /// There are as many connections as there may be.
    TooManyConnections,
    /// All connections together buffer as many bytes as they may.
    Overloaded,
    /// The gateway ended before the handler could answer.
    ShuttingDown,
    /// The handler did not answer in time.
    HandlerTimeout,
    /// The major version is not 1.
    UnsupportedVersion,
}

impl Rejection {
    /// All of them, so that counters exist before they count.
    pub const ALL: [Self; 21] = [
        Self::Malformed,
        Self::BadHost,
        Self::BadFraming,
        Self::BadChunk,
        Self::HeadTimeout,
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::BodyNotAllowed,
        Self::TargetTooLong,
        Self::BadExpectation,
        Self::HeadTooLarge,
        Self::TooManyFields,
        Self::TrailersTooLarge,
        Self::InvalidUpstreamResponse,
        Self::ConnectNotSupported,
        Self::UnsupportedTransferCoding,
        Self::TooManyConnections,
        Self::Overloaded,
        Self::ShuttingDown,
        Self::HandlerTimeout,
        Self::UnsupportedVersion,
    ];

    /// Status, label and the sentence for the client.
    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Malformed => (400, "malformed", "the request line or a field is malformed"),
            Self::BadHost => (400, "bad_host", "there has to be exactly one valid Host"),
            Self::BadFraming => (400, "bad_framing", "the length of the body is not clear"),
            Self::BadChunk => (400, "bad_chunk", "the chunked body is malformed"),
            Self::HeadTimeout => (408, "head_timeout", "the head took too long to come"),
            Self::BodyTimeout => (408, "body_timeout", "the body took too long to come"),
            Self::BodyTooLarge => (413, "body_too_large", "the body is too large"),
            Self::BodyNotAllowed => (413, "body_not_allowed", "this path takes no body"),
            Self::TargetTooLong => (414, "target_too_long", "the request target is too long"),
            Self::BadExpectation => (417, "bad_expectation", "the only expectation known is 100-continue"),
            Self::HeadTooLarge => (431, "head_too_large", "the head is too large"),
            Self::TooManyFields => (431, "too_many_fields", "the head has too many fields"),
            Self::TrailersTooLarge => (431, "trailers_too_large", "the trailer section is too large"),
            Self::InvalidUpstreamResponse => (500, "invalid_upstream_response", "the request could not be answered"),
            Self::ConnectNotSupported => (501, "connect_not_supported", "CONNECT is not served"),
            Self::UnsupportedTransferCoding => {
                (501, "unsupported_transfer_coding", "the only transfer coding known is chunked")
            }
            Self::TooManyConnections => (503, "too_many_connections", "there are too many connections"),
            Self::Overloaded => (503, "overloaded", "there is too much to do"),
            Self::ShuttingDown => (503, "shutting_down", "the service is shutting down"),
            Self::HandlerTimeout => (503, "handler_timeout", "the response took too long"),
            Self::UnsupportedVersion => (505, "unsupported_version", "the only major version known is HTTP/1"),
        }
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// A short label for logs and metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().1
    }

    /// Writes the whole response, which always ends the connection. Gives the length of its body back.
    pub(crate) fn write(self, is_head: bool, out: &mut Vec<u8>) -> usize {
        let (status, _, detail) = self.row();
        let title = title(status);
        // No text here has anything that JSON would escape.
        let body = format!(r#"{{"title":"{title}","status":{status},"detail":"{detail}"}}"#);
        let mut head = String::with_capacity(256);
        let _ = write!(
            head,
            "HTTP/1.1 {status} {title}\r\nDate: {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n",
            httpdate::HttpDate::from(SystemTime::now()),
            body.len()
        );
        if status == 503 {
            head.push_str("Retry-After: 1\r\n");
        }
        head.push_str("\r\n");
        out.extend_from_slice(head.as_bytes());
        if is_head {
            return 0;
        }
        out.extend_from_slice(body.as_bytes());
        body.len()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().2)
    }
}

/// There is no source: what a client sent is the whole reason.
impl std::error::Error for Rejection {}

/// The phrase that RFC 9110, section 15, or RFC 6585 gives to a status.
const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rejection_has_a_label_and_a_title_of_its_own_status() {
        let mut labels: Vec<_> = Rejection::ALL.iter().map(|rejection| rejection.reason()).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), Rejection::ALL.len());
        for rejection in Rejection::ALL {
            assert_ne!(title(rejection.status()), "Unknown", "{rejection:?}");
        }
    }

    #[test]
    fn a_rejection_is_a_whole_response_that_ends_the_connection() {
        let mut out = Vec::new();
        let length = Rejection::BadHost.write(false, &mut out);
        let text = String::from_utf8(out).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains("\r\nConnection: close"), "{head}");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert_eq!(length, body.len());
    }

    #[test]
    fn a_rejection_to_head_has_no_body() {
        let mut out = Vec::new();
        assert_eq!(Rejection::HandlerTimeout.write(true, &mut out), 0);
        assert!(out.ends_with(b"\r\nRetry-After: 1\r\n\r\n"));
    }
}
