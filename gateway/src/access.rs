//! What is known about one request once it is over: for access lines and metrics.

use std::borrow::Cow;
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
    /// Status of the response.
    pub status: u16,
    /// Bytes of the response's body.
    pub body_bytes: usize,
    /// From the first byte of the head to the last byte of the response.
    pub duration: Duration,
    /// The client's own `X-Request-Id` if it was plain and short, else one that was made here.
    pub request_id: &'a str,
    /// `User-Agent`, if there was one; what is not UTF-8 in it is replaced.
    pub user_agent: Option<Cow<'a, str>>,
    /// `traceparent`, if there was exactly one.
    pub traceparent: Option<&'a str>,
    /// `X-Amzn-Trace-Id`, if there was one.
    pub amazon_trace: Option<&'a str>,
    /// All `X-Forwarded-For` as one list, if there were any; what is not UTF-8 in it is replaced. Only its last member was
    /// written by the peer.
    pub forwarded_for: Option<Cow<'a, str>>,
    /// Why the gateway answered by itself, if it did.
    pub rejection: Option<Rejection>,
    /// Whether the client took the whole response.
    pub delivered: bool,
}

/// Where in a connection's input the parts of a head are, so that nothing is copied for requests that are not logged.
#[derive(Debug)]
pub(crate) struct HeadSpans {
    method: Range<usize>,
    target: Part,
    minor: u8,
    request_id: RequestId,
    user_agent: Option<Range<usize>>,
    traceparent: Option<Range<usize>>,
    amazon_trace: Option<Range<usize>>,
    forwarded_for: Option<Part>,
}

/// A part as it came, or what several or none in the input stand for.
#[derive(Debug)]
enum Part {
    Input(Range<usize>),
    Made(Box<[u8]>),
}

/// The client's own id, or one that was made here.
#[derive(Debug)]
enum RequestId {
    Input(Range<usize>),
    Made([u8; 32]),
}

impl HeadSpans {
    /// Finds the parts of a head in the input that it was read from, which starts at this address in memory. The id is
    /// for a request whose client gave none.
    pub(crate) fn of(head: &Head<'_, '_>, start: usize, made_id: [u8; 32]) -> Self {
        let span = |part: &[u8]| span(start, part);
        Self {
            method: span(head.method.as_bytes()),
            target: match &head.path {
                Cow::Borrowed(path) => Part::Input(span(path.as_bytes())),
                Cow::Owned(path) => Part::Made(path.as_bytes().into()),
            },
            minor: head.minor,
            request_id: head.fields.request_id.map_or(RequestId::Made(made_id), |id| RequestId::Input(span(id))),
            user_agent: head.fields.user_agent.map(span),
            traceparent: head.fields.traceparent.map(span),
            amazon_trace: head.fields.amazon_trace.map(span),
            forwarded_for: head.fields.forwarded_for.as_ref().map(|list| match list {
                Cow::Borrowed(list) => Part::Input(span(list)),
                Cow::Owned(list) => Part::Made(list.as_slice().into()),
            }),
        }
    }

    pub(crate) fn minor(&self) -> u8 {
        self.minor
    }

    pub(crate) fn target<'a>(&'a self, input: &'a [u8]) -> &'a str {
        std::str::from_utf8(self.target.bytes(input)).unwrap_or_default()
    }

    pub(crate) fn request_id<'a>(&'a self, input: &'a [u8]) -> &'a str {
        match &self.request_id {
            RequestId::Input(span) => text(input, span),
            RequestId::Made(id) => std::str::from_utf8(id).unwrap_or_default(),
        }
    }

    /// Adds what the head says to a record.
    pub(crate) fn describe<'a>(&'a self, input: &'a [u8], record: &mut AccessRecord<'a>) {
        let find = |span: &Option<Range<usize>>| span.as_ref().map(|span| text(input, span));
        record.method = text(input, &self.method);
        record.target = self.target(input);
        record.version = if self.minor == 0 { "1.0" } else { "1.1" };
        record.request_id = self.request_id(input);
        let agent = self.user_agent.as_ref().and_then(|span| input.get(span.clone()));
        record.user_agent = agent.map(String::from_utf8_lossy);
        record.traceparent = find(&self.traceparent);
        record.amazon_trace = find(&self.amazon_trace);
        record.forwarded_for = self.forwarded_for.as_ref().map(|part| String::from_utf8_lossy(part.bytes(input)));
    }
}

impl Part {
    fn bytes<'a>(&'a self, input: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Input(span) => input.get(span.clone()).unwrap_or_default(),
            Self::Made(bytes) => bytes,
        }
    }
}

/// The place of a part in the whole that it was borrowed from.
fn span(start: usize, part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(start);
    start..start + part.len()
}

/// A part as text; what is not text is as good as missing.
fn text<'a>(input: &'a [u8], span: &Range<usize>) -> &'a str {
    input.get(span.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_finds_its_part_again() {
        let whole = b"GET /path HTTP/1.1";
        let part = whole.get(4..9).unwrap();
        assert_eq!(text(whole, &span(whole.as_ptr().addr(), part)), "/path");
    }
}
