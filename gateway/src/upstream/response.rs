//! Reads tiny_http's answers and writes them anew for a client: always with a length, never with another's framing.

use httparse::{Header, Response, Status};

use crate::downstream::conn::Outcome;
use crate::http1::body::Body;
use crate::http1::head::Framing;
use crate::limits::MAX_FIELDS;

/// tiny_http, or a handler that wrote to its connection by itself, no longer speaks HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// What became of an answer that is whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) status: u16,
    /// Bytes of the body that were written.
    pub(crate) body: usize,
    /// The answer was larger than the limit, or none that a client could be given; nothing was written.
    pub(crate) unfit: bool,
}

/// An answer whose body has not come whole yet.
pub(crate) struct Partial {
    status: u16,
    head: Vec<u8>,
    framing: Framing,
    body: Body,
    bytes: Vec<u8>,
    too_large: bool,
}

/// The head of an answer, and where its body starts.
struct Found<'b> {
    length: usize,
    status: u16,
    framing: Framing,
    headers: &'b [Header<'b>],
    reason: &'b str,
}

/// Takes at most one answer from the front of the input, which is shortened by what was taken. `tail` is added to the
/// head of the answer; `bodiless` says that the request was a HEAD. `None` means that more has to come.
pub(crate) fn take(
    input: &mut Vec<u8>,
    partial: &mut Option<Box<Partial>>,
    bodiless: bool,
    limit: usize,
    tail: &[u8],
    out: &mut Vec<u8>,
) -> Result<Option<Whole>, Broken> {
    if partial.is_none() {
        match begin(input, bodiless, limit, tail, out)? {
            Begun::Whole(used, whole) => {
                input.drain(..used);
                return Ok(Some(whole));
            }
            Begun::Partial(used, begun) => {
                input.drain(..used);
                *partial = Some(begun);
            }
            Begun::Nothing => return Ok(None),
        }
    }
    let Some(current) = partial else { return Ok(None) };
    if !current.feed(input, limit)? {
        return Ok(None);
    }
    let whole = current.finish(bodiless, tail, out);
    *partial = None;
    Ok(Some(whole))
}

impl From<Whole> for Outcome {
    fn from(whole: Whole) -> Self {
        Self { status: whole.status, body_bytes: whole.body, rejection: None }
    }
}

enum Begun {
    Nothing,
    Whole(usize, Whole),
    Partial(usize, Box<Partial>),
}

/// Reads a head. An answer that is already whole, as almost all are, is written at once.
fn begin(input: &[u8], bodiless: bool, limit: usize, tail: &[u8], out: &mut Vec<u8>) -> Result<Begun, Broken> {
    let mut space = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let Some(found) = find(input, bodiless, &mut space)? else { return Ok(Begun::Nothing) };
    let Some(rest) = input.get(found.length..) else { return Err(Broken) };
    if let Framing::Length(length) = found.framing {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length <= limit
            && found.status >= 200
            && let Some(body) = rest.get(..length)
        {
            write_head(&found, out);
            end_head(None, tail, out);
            out.extend_from_slice(body);
            let whole = Whole { status: found.status, body: length, unfit: false };
            return Ok(Begun::Whole(found.length + length, whole));
        }
    }
    let mut head = Vec::new();
    write_head(&found, &mut head);
    let body = Body::new(found.framing, usize::MAX).map_err(|_| Broken)?;
    let partial =
        Partial { status: found.status, head, framing: found.framing, body, bytes: Vec::new(), too_large: false };
    Ok(Begun::Partial(found.length, Box::new(partial)))
}

fn find<'b>(
    input: &'b [u8],
    bodiless: bool,
    space: &'b mut [Header<'b>; MAX_FIELDS],
) -> Result<Option<Found<'b>>, Broken> {
    let mut response = Response::new(space);
    let length = match response.parse(input) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(Broken),
    };
    let (Some(status), Some(reason)) = (response.code, response.reason) else { return Err(Broken) };
    let headers: &'b [Header<'b>] = response.headers;
    let chunked = headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
    let stated = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let stated = stated.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    let framing = match stated {
        _ if bodiless || status < 200 || matches!(status, 204 | 304) => Framing::Length(0),
        _ if chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        // tiny_http always says one or the other.
        None => return Err(Broken),
    };
    Ok(Some(Found { length, status, framing, headers, reason }))
}

/// Status line and fields, but for those of the connection and the name of the library.
fn write_head(found: &Found<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    write_number(u64::from(found.status), out);
    out.push(b' ');
    out.extend_from_slice(found.reason.as_bytes());
    out.extend_from_slice(b"\r\n");
    for header in found.headers {
        if !is_of_the_connection(header, found.status) {
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

fn end_head(length: Option<usize>, tail: &[u8], out: &mut Vec<u8>) {
    if let Some(length) = length {
        out.extend_from_slice(b"Content-Length: ");
        write_number(length as u64, out);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(tail);
    out.extend_from_slice(b"\r\n");
}

fn write_number(number: u64, out: &mut Vec<u8>) {
    use std::io::Write;
    // Writing to memory does not fail.
    let _ = write!(out, "{number}");
}

impl Partial {
    /// Takes more of the body; true once it is whole. What is too large is still read to its end, but not kept.
    fn feed(&mut self, input: &mut Vec<u8>, limit: usize) -> Result<bool, Broken> {
        let used = self.body.feed(input, &mut self.bytes).map_err(|_| Broken)?;
        input.drain(..used);
        if self.bytes.len() > limit {
            self.too_large = true;
        }
        if self.too_large {
            self.bytes.clear();
        }
        Ok(self.body.is_done())
    }

    fn finish(&self, bodiless: bool, tail: &[u8], out: &mut Vec<u8>) -> Whole {
        let unfit = self.too_large || self.status < 200;
        let body = if unfit { 0 } else { self.bytes.len() };
        if !unfit {
            out.extend_from_slice(&self.head);
            let length = (self.framing == Framing::Chunked && !bodiless).then_some(body);
            end_head(length, tail, out);
            out.extend_from_slice(&self.bytes);
        }
        Whole { status: self.status, body, unfit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8], bodiless: bool, limit: usize, step: usize) -> (Vec<Whole>, String) {
        let (mut buffer, mut partial, mut out, mut wholes) = (Vec::new(), None, Vec::new(), Vec::new());
        for piece in input.chunks(step) {
            buffer.extend_from_slice(piece);
            while let Some(whole) = take(&mut buffer, &mut partial, bodiless, limit, b"X: y\r\n", &mut out).unwrap() {
                wholes.push(whole);
            }
        }
        assert!(buffer.is_empty() && partial.is_none());
        (wholes, String::from_utf8(out).unwrap())
    }

    #[test]
    fn an_answer_is_the_same_in_whatever_pieces_it_comes() {
        let input = b"HTTP/1.1 200 OK\r\nServer: tiny-http (Rust)\r\nContent-Length: 2\r\n\r\nhi\
            HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
            HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
        let right = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nhi\
            HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX: y\r\n\r\nabc\
            HTTP/1.1 204 No Content\r\nX: y\r\n\r\n";
        for step in [1, 2, 7, 50, 1000] {
            let (wholes, text) = all(input, false, 100, step);
            assert_eq!(text, right, "in pieces of {step}");
            assert_eq!(wholes.iter().map(|whole| whole.body).collect::<Vec<_>>(), [2, 3, 0]);
        }
    }

    #[test]
    fn an_answer_to_head_keeps_the_length_of_what_it_leaves_out() {
        let (_, text) = all(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", true, 100, 1000);
        assert_eq!(text, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nX: y\r\n\r\n");
    }

    #[test]
    fn an_answer_over_the_limit_is_read_to_its_end_and_not_passed_on() {
        for head in ["Content-Length: 6\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n"] {
            let input = format!("HTTP/1.1 200 OK\r\n{head}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
            let (wholes, text) = all(input.as_bytes(), false, 5, 3);
            assert_eq!(wholes.iter().map(|whole| whole.unfit).collect::<Vec<_>>(), [true, false]);
            assert_eq!(text, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: y\r\n\r\nx");
        }
    }

    #[test]
    fn what_is_no_answer_breaks_the_lane() {
        for junk in [&b"hello\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n\r\n"] {
            let taken = take(&mut junk.to_vec(), &mut None, false, 10, b"", &mut Vec::new());
            assert_eq!(taken, Err(Broken));
        }
    }
}
