//! What is known about one request once it is over: for access lines and metrics.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use crate::http1::head::Head;
use crate::rejection::Rejection;

/// One request and what became of it. Texts come from the client as they are: cut and escape them before use.
#[derive(Debug)]
pub struct AccessRecord<'a> {
    /// Which of the gateway's addresses it came to, in the order in which they were given.
    pub listener: usize,
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// The method; empty when no head was understood.
    pub method: &'a str,
    /// Path and query; empty when no head was understood.
    pub target: &'a str,
    /// `1.0` or `1.1`; empty when no head was understood.
    pub version: &'static str,
    /// Status of the answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub body_bytes: usize,
    /// From the first byte of the head to the last byte of the answer.
    pub duration: Duration,
    /// The client's own `X-Request-Id` if it was plain and short, else one that was made here.
    pub request_id: &'a str,
    /// `User-Agent`, if there was one.
    pub user_agent: Option<&'a str>,
    /// `traceparent`, if there was exactly one.
    pub traceparent: Option<&'a str>,
    /// `X-Amzn-Trace-Id`, if there was one.
    pub amazon_trace: Option<&'a str>,
    /// Why the gateway answered by itself, if it did.
    pub rejection: Option<Rejection>,
    /// Whether the client took the whole answer.
    pub delivered: bool,
}

/// Where in a connection's input the parts of a head are, so that nothing is copied for requests that nobody logs.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeadSpans {
    pub(crate) method: Range<usize>,
    pub(crate) target: Range<usize>,
    pub(crate) minor: u8,
    pub(crate) request_id: Option<Range<usize>>,
    pub(crate) user_agent: Option<Range<usize>>,
    pub(crate) traceparent: Option<Range<usize>>,
    pub(crate) amazon_trace: Option<Range<usize>>,
}

impl HeadSpans {
    /// Finds the parts of a head in the input that it was read from.
    pub(crate) fn of(head: &Head<'_, '_>, input: &[u8]) -> Self {
        let span = |part: &[u8]| span(input, part);
        Self {
            method: span(head.method.as_bytes()),
            target: span(head.path.as_bytes()),
            minor: head.minor,
            request_id: head.fields.request_id.map(span),
            user_agent: head.fields.user_agent.map(span),
            traceparent: head.fields.traceparent.map(span),
            amazon_trace: head.fields.amazon_trace.map(span),
        }
    }
}

/// The place of a part that was borrowed from the whole.
fn span(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.len()
}

/// A marked part as text; what is not text is as good as missing.
pub(crate) fn text<'a>(input: &'a [u8], mark: &Range<usize>) -> &'a str {
    input.get(mark.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// Sixteen hexadecimal digits.
pub(crate) fn hex(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().enumerate() {
        let nibble = (number >> (60 - 4 * place)) & 15;
        *digit = b"0123456789abcdef".get(usize::try_from(nibble).unwrap_or(0)).copied().unwrap_or(b'0');
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_has_sixteen_digits() {
        assert_eq!(&hex(0x0123_4567_89ab_cdef), b"0123456789abcdef");
        assert_eq!(&hex(1), b"0000000000000001");
    }

    #[test]
    fn a_span_finds_its_part_again() {
        let whole = b"GET /path HTTP/1.1";
        let part = whole.get(4..9).unwrap();
        assert_eq!(text(whole, &span(whole, part)), "/path");
    }
}
