//! Reads tiny_http's responses and writes them anew for a client: always with a length, never with another's framing.

use std::error::Error;
use std::fmt;

use httparse::{Header, Status};

use crate::http1::body::Body;
use crate::http1::framing::Framing;
use crate::http1::number;
use crate::limits::MAX_FIELDS;
use crate::rejection::Rejection;

/// tiny_http, or a handler that wrote to its connection by itself, no longer speaks HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidResponse {
    /// The head is none.
    Head(httparse::Error),
    /// There is no status line, or no length.
    Incomplete,
    /// The body's framing is broken.
    Body(Rejection),
}

/// What became of a response that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Bytes of the body that were written.
    pub(crate) body: usize,
    /// The response was larger than the limit, or none that a client could be given; nothing was written.
    pub(crate) rejected: bool,
}

/// A response whose body has not come whole yet.
pub(crate) struct PartialResponse {
    status: u16,
    head: Vec<u8>,
    framing: Framing,
    body: Body,
    bytes: Vec<u8>,
    too_large: bool,
}

/// The head of a response, and where its body starts.
struct ResponseHead<'b> {
    length: usize,
    status: u16,
    framing: Framing,
    headers: &'b [Header<'b>],
    reason: &'b str,
}

/// What the start of the input is, and how many of its bytes that takes.
enum Start {
    Nothing,
    Response(usize, Response),
    Partial(usize, Box<PartialResponse>),
}

impl fmt::Display for InvalidResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tiny_http sent what is no response")
    }
}

impl Error for InvalidResponse {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Head(source) => Some(source),
            Self::Incomplete => None,
            Self::Body(source) => Some(source),
        }
    }
}

/// Takes at most one response from the front of the input, which is shortened by what was taken. `extra_fields` are
/// added to the head of the response; `is_head` says that the request was a HEAD. `None` means that more has to come.
pub(crate) fn take(
    input: &mut Vec<u8>,
    partial: &mut Option<Box<PartialResponse>>,
    is_head: bool,
    limit: usize,
    extra_fields: &[u8],
    out: &mut Vec<u8>,
) -> Result<Option<Response>, InvalidResponse> {
    if partial.is_none() {
        match begin(input, is_head, limit, extra_fields, out)? {
            Start::Response(used, response) => {
                input.drain(..used);
                return Ok(Some(response));
            }
            Start::Partial(used, begun) => {
                input.drain(..used);
                *partial = Some(begun);
            }
            Start::Nothing => return Ok(None),
        }
    }
    let Some(current) = partial else { return Ok(None) };
    if !current.feed(input, limit)? {
        return Ok(None);
    }
    let response = current.finish(is_head, extra_fields, out);
    *partial = None;
    Ok(Some(response))
}

/// Reads a head. A response that is already whole, as almost all are, is written at once.
fn begin(
    input: &[u8],
    is_head: bool,
    limit: usize,
    extra_fields: &[u8],
    out: &mut Vec<u8>,
) -> Result<Start, InvalidResponse> {
    let mut space = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let Some(head) = parse_head(input, is_head, &mut space)? else { return Ok(Start::Nothing) };
    let Some(rest) = input.get(head.length..) else { return Err(InvalidResponse::Incomplete) };
    if let Framing::Length(length) = head.framing {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length <= limit
            && head.status >= 200
            && let Some(body) = rest.get(..length)
        {
            write_head(&head, out);
            end_head(None, extra_fields, out);
            out.extend_from_slice(body);
            let response = Response { status: head.status, body: length, rejected: false };
            return Ok(Start::Response(head.length + length, response));
        }
    }
    Ok(Start::Partial(head.length, Box::new(PartialResponse::new(&head)?)))
}

fn parse_head<'b>(
    input: &'b [u8],
    is_head: bool,
    space: &'b mut [Header<'b>; MAX_FIELDS],
) -> Result<Option<ResponseHead<'b>>, InvalidResponse> {
    let mut response = httparse::Response::new(space);
    let length = match response.parse(input) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(InvalidResponse::Head(error)),
    };
    let (Some(status), Some(reason)) = (response.code, response.reason) else {
        return Err(InvalidResponse::Incomplete);
    };
    let headers: &'b [Header<'b>] = response.headers;
    let chunked = headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
    let stated = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let stated = stated.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    let framing = match stated {
        _ if is_head || status < 200 || matches!(status, 204 | 304) => Framing::Length(0),
        _ if chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        // tiny_http always says one or the other.
        None => return Err(InvalidResponse::Incomplete),
    };
    Ok(Some(ResponseHead { length, status, framing, headers, reason }))
}

/// Status line and fields, but for those of the connection and the name of the library.
fn write_head(head: &ResponseHead<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    number::write(u64::from(head.status), out);
    out.push(b' ');
    out.extend_from_slice(head.reason.as_bytes());
    out.extend_from_slice(b"\r\n");
    for header in head.headers {
        if !is_of_the_connection(header, head.status) {
            out.extend_from_slice(header.name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(header.value);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn is_of_the_connection(header: &Header<'_>, status: u16) -> bool {
    match header.name.len() {
        6 => header.name.eq_ignore_ascii_case("server") && header.value.starts_with(b"tiny-http"),
        7 => header.name.eq_ignore_ascii_case("upgrade"),
        10 => header.name.eq_ignore_ascii_case("connection"),
        // RFC 9110, section 8.6: a 204 has no length, though tiny_http gives it one.
        14 => status == 204 && header.name.eq_ignore_ascii_case("content-length"),
        17 => header.name.eq_ignore_ascii_case("transfer-encoding"),
        _ => false,
    }
}

fn end_head(length: Option<usize>, extra_fields: &[u8], out: &mut Vec<u8>) {
    if let Some(length) = length {
        out.extend_from_slice(b"Content-Length: ");
        number::write(length as u64, out);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(extra_fields);
    out.extend_from_slice(b"\r\n");
}

impl PartialResponse {
    fn new(head: &ResponseHead<'_>) -> Result<Self, InvalidResponse> {
        let mut written = Vec::new();
        write_head(head, &mut written);
        let body = Body::new(head.framing, usize::MAX).map_err(InvalidResponse::Body)?;
        let (status, framing) = (head.status, head.framing);
        Ok(Self { status, head: written, framing, body, bytes: Vec::new(), too_large: false })
    }

    /// Takes more of the body; true once it is whole. What is too large is still read to its end, but not kept.
    fn feed(&mut self, input: &mut Vec<u8>, limit: usize) -> Result<bool, InvalidResponse> {
        let used = self.body.feed(input, &mut self.bytes).map_err(InvalidResponse::Body)?;
        input.drain(..used);
        if self.bytes.len() > limit {
            self.too_large = true;
        }
        if self.too_large {
            self.bytes.clear();
        }
        Ok(self.body.is_done())
    }

    fn finish(&self, is_head: bool, extra_fields: &[u8], out: &mut Vec<u8>) -> Response {
        let rejected = self.too_large || self.status < 200;
        let body = if rejected { 0 } else { self.bytes.len() };
        if !rejected {
            out.extend_from_slice(&self.head);
            let length = (self.framing == Framing::Chunked && !is_head).then_some(body);
            end_head(length, extra_fields, out);
            out.extend_from_slice(&self.bytes);
        }
        Response { status: self.status, body, rejected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8], is_head: bool, limit: usize, step: usize) -> (Vec<Response>, String) {
        let (mut buffer, mut partial, mut out, mut responses) = (Vec::new(), None, Vec::new(), Vec::new());
        for piece in input.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some(response) = take(&mut buffer, &mut partial, is_head, limit, b"X: y\r\n", &mut out).unwrap() {
                responses.push(response);
            }
        }
        assert!(buffer.is_empty() && partial.is_none());
        (responses, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_response_is_the_same_in_whatever_pieces_it_comes() {
        let input = b"HTTP/1.1 200 OK\r\nServer: tiny-http (Rust)\r\nContent-Length: 2\r\n\r\nhi\
            HTTP/1.1 404 Not ResponseHead\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
            HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
        let right = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nhi\
            HTTP/1.1 404 Not ResponseHead\r\nContent-Length: 3\r\nX: y\r\n\r\nabc\
            HTTP/1.1 204 No Content\r\nX: y\r\n\r\n";
        for step in [1, 2, 7, 50, 1000] {
            let (responses, text) = all(input, false, 100, step);
            assert_eq!(text, right, "in pieces of {step}");
            assert_eq!(responses.iter().map(|response| response.body).collect::<Vec<_>>(), [2, 3, 0]);
        }
    }

    #[test]
    fn a_response_to_head_keeps_the_length_of_what_it_leaves_out() {
        let (_, text) = all(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", true, 100, 1000);
        assert_eq!(text, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nX: y\r\n\r\n");
    }

    #[test]
    fn a_response_over_the_limit_is_read_to_its_end_and_not_passed_on() {
        for head in ["Content-Length: 6\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n"] {
            let input = format!("HTTP/1.1 200 OK\r\n{head}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
            let (responses, text) = all(input.as_bytes(), false, 5, 3);
            assert_eq!(responses.iter().map(|response| response.rejected).collect::<Vec<_>>(), [true, false]);
            assert_eq!(text, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: y\r\n\r\nx");
        }
    }

    #[test]
    fn what_is_no_response_is_an_error() {
        for junk in [&b"hello\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n\r\n"] {
            let taken = take(&mut junk.to_vec(), &mut None, false, 10, b"", &mut Vec::new());
            assert!(taken.is_err(), "{taken:?}");
        }
    }
}
