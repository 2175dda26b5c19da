//! Writes an accepted request anew for tiny_http: one spelling of everything, and nothing that concerns a connection.

use std::io::Write;
use std::net::SocketAddr;

use httparse::Header;

use crate::http1::chars::{is_token, members};
use crate::http1::framing::Framing;
use crate::http1::head::Head;
use crate::http1::number;

/// Digits that are kept free for the length of a chunked body, which is known only at its end.
const LENGTH_DIGITS: usize = 20;

/// Fields of a connection end here (RFC 9110, section 7.6.1), and so do those that the gateway alone may set.
const NOT_FORWARDED: [&str; 11] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    "upgrade",
    "trailer",
    "keep-alive",
    "proxy-connection",
    "x-request-id",
];

/// Begins the names of the fields that the gateway alone may set.
const OWN_PREFIX: &str = "gateway-";

/// What the gateway itself tells a handler about a request.
pub(crate) struct ForwardedInfo<'a> {
    pub(crate) listener: usize,
    /// Who asks, and the request's id, where the handler wants to know.
    pub(crate) origin: Option<(SocketAddr, &'a [u8])>,
}

/// Writes the head, with the length of the body if there is one. The body's bytes come right after it.
pub(crate) fn write_head(head: &Head<'_, '_>, framing: Framing, info: &ForwardedInfo<'_>, out: &mut Vec<u8>) {
    write_request_line(head, out);
    for header in head.headers.iter().filter(|header| is_forwarded(header.name, head.headers)) {
        write_field(header, out);
    }
    write_info(info, out);
    match framing {
        Framing::Length(0) => {}
        Framing::Length(length) => write_number(b"Content-Length: ", length, out),
        Framing::Chunked => out.extend_from_slice(b"Content-Length: 00000000000000000000\r\n"),
    }
    out.extend_from_slice(b"\r\n");
}

/// Puts the length of a chunked body in the place that [`write_head`] left for it.
pub(crate) fn set_length(request: &mut [u8], body: usize) {
    let end = request.len().checked_sub(body + b"\r\n\r\n".len());
    let place = end.and_then(|end| request.get_mut(end.checked_sub(LENGTH_DIGITS)?..end));
    number::fill(body as u64, place.unwrap_or_default());
}

fn write_request_line(head: &Head<'_, '_>, out: &mut Vec<u8>) {
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    if let Some(host) = head.host {
        out.extend_from_slice(b"Host: ");
        out.extend_from_slice(host);
        out.extend_from_slice(b"\r\n");
    }
}

/// tiny_http closes a connection on which it meets a byte that is not ASCII, and many clients share that connection.
fn write_field(header: &Header<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(header.name.as_bytes());
    out.extend_from_slice(b": ");
    if header.value.is_ascii() {
        out.extend_from_slice(header.value);
    } else {
        out.extend(header.value.iter().map(|byte| if byte.is_ascii() { *byte } else { b'?' }));
    }
    out.extend_from_slice(b"\r\n");
}

fn write_info(info: &ForwardedInfo<'_>, out: &mut Vec<u8>) {
    if let Some((peer, request_id)) = info.origin {
        out.extend_from_slice(b"X-Request-Id: ");
        out.extend_from_slice(request_id);
        // Writing to memory does not fail.
        let _ = write!(out, "\r\nGateway-Client: {peer}\r\n");
    }
    if info.listener > 0 {
        write_number(b"Gateway-Listener: ", info.listener as u64, out);
    }
}

fn write_number(name: &[u8], number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    number::write(number, out);
    out.extend_from_slice(b"\r\n");
}

fn is_forwarded(name: &str, headers: &[Header<'_>]) -> bool {
    let own = name.get(..OWN_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN_PREFIX));
    !own && !NOT_FORWARDED.iter().any(|other| other.eq_ignore_ascii_case(name))
        && !is_named_by_connection(name, headers)
}

fn is_named_by_connection(name: &str, headers: &[Header<'_>]) -> bool {
    let connections = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("connection"));
    let mut options = connections.flat_map(|header| members(header.value));
    options.any(|option| is_token(option) && option.eq_ignore_ascii_case(name.as_bytes()))
}
