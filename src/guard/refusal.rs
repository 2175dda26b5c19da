//! Why the guard turns a request away, and what it says then.

use std::fmt::Write;
use std::time::SystemTime;

use crate::problem;

/// One reason each: a status for the client, a label for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
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
    BodyNotWelcome,
    /// The request target is longer than the limit.
    TargetTooLong,
    /// `Expect` asks for something other than `100-continue`.
    BadExpectation,
    /// The head has more bytes than the limit.
    HeadTooLarge,
    /// The head has more fields than the limit.
    TooManyFields,
    /// The handler gave an answer that cannot be passed on.
    BadAnswer,
    /// The client asks for a tunnel.
    Tunnel,
    /// The body is coded otherwise than by `chunked`.
    UnknownCoding,
    /// There are as many connections as there may be.
    TooManyConnections,
    /// All connections together hold as much memory as they may.
    TooMuchHeld,
    /// The handler did not answer in time.
    HandlerTimeout,
    /// The version is neither HTTP/1.0 nor HTTP/1.1.
    UnknownVersion,
}

impl Refusal {
    /// All of them, so that counters exist before they count.
    pub const ALL: [Self; 19] = [
        Self::Malformed,
        Self::BadHost,
        Self::BadFraming,
        Self::BadChunk,
        Self::HeadTimeout,
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::BodyNotWelcome,
        Self::TargetTooLong,
        Self::BadExpectation,
        Self::HeadTooLarge,
        Self::TooManyFields,
        Self::BadAnswer,
        Self::Tunnel,
        Self::UnknownCoding,
        Self::TooManyConnections,
        Self::TooMuchHeld,
        Self::HandlerTimeout,
        Self::UnknownVersion,
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
            Self::BodyNotWelcome => (413, "body_not_welcome", "this path takes no body"),
            Self::TargetTooLong => (414, "target_too_long", "the request target is too long"),
            Self::BadExpectation => (417, "bad_expectation", "the only expectation known is 100-continue"),
            Self::HeadTooLarge => (431, "head_too_large", "the head is too large"),
            Self::TooManyFields => (431, "too_many_fields", "the head has too many fields"),
            Self::BadAnswer => (500, "bad_answer", "the request could not be answered"),
            Self::Tunnel => (501, "tunnel", "CONNECT is not served"),
            Self::UnknownCoding => (501, "unknown_coding", "the only transfer coding known is chunked"),
            Self::TooManyConnections => (503, "too_many_connections", "there are too many connections"),
            Self::TooMuchHeld => (503, "too_much_held", "there is too much to do"),
            Self::HandlerTimeout => (503, "handler_timeout", "the answer took too long"),
            Self::UnknownVersion => (505, "unknown_version", "the versions known are HTTP/1.0 and HTTP/1.1"),
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// A short label for logs and metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.row().1
    }

    /// Writes the whole answer, which always ends the connection. Gives the length of its body back.
    pub fn write(self, bodiless: bool, out: &mut Vec<u8>) -> usize {
        let (status, _, detail) = self.row();
        let body = problem::body(status, detail);
        let mut head = String::with_capacity(256);
        let _ = write!(
            head,
            "HTTP/1.1 {status} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Connection: close\r\n",
            problem::title(status),
            httpdate::HttpDate::from(SystemTime::now()),
            problem::CONTENT_TYPE,
            body.len()
        );
        if status == 503 {
            head.push_str("Retry-After: 1\r\n");
        }
        head.push_str("\r\n");
        out.extend_from_slice(head.as_bytes());
        if bodiless {
            return 0;
        }
        out.extend_from_slice(body.as_bytes());
        body.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_label_and_a_title_of_its_own_status() {
        let mut labels: Vec<_> = Refusal::ALL.iter().map(|refusal| refusal.reason()).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            assert_ne!(problem::title(refusal.status()), "Unknown", "{refusal:?}");
        }
    }

    #[test]
    fn a_refusal_is_a_whole_answer_that_ends_the_connection() {
        let mut out = Vec::new();
        let length = Refusal::BadHost.write(false, &mut out);
        let text = String::from_utf8(out).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains("\r\nConnection: close"), "{head}");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert_eq!(length, body.len());
    }

    #[test]
    fn a_refusal_to_head_has_no_body() {
        let mut out = Vec::new();
        assert_eq!(Refusal::HandlerTimeout.write(true, &mut out), 0);
        assert!(out.ends_with(b"\r\nRetry-After: 1\r\n\r\n"));
    }
}
