//! Reads the head of a request: httparse finds the parts, this module allows only what RFC 9112 allows.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use httparse::{Error, Header, Status};

use crate::http1::chars::is_token_char;
use crate::http1::fields::Fields;
use crate::http1::framing::Framing;
use crate::http1::target::Target;
use crate::limits::{Limits, MAX_FIELDS};
use crate::rejection::Rejection;

/// Room for the fields of a head, on the stack of the caller.
pub type Space<'b> = [MaybeUninit<Header<'b>>; MAX_FIELDS];

/// Room for a head that has not been read yet.
#[must_use]
pub const fn space<'b>() -> Space<'b> {
    [const { MaybeUninit::uninit() }; MAX_FIELDS]
}

/// A head that may be passed on.
#[derive(Debug)]
pub struct Head<'h, 'b> {
    /// Bytes of the input that were the head, empty lines before it included.
    pub length: usize,
    /// A token, in the client's own case.
    pub method: &'b str,
    /// Path and query of the target in any of its forms. Starts with `/`, or is `*`. Owned only where it is not what the
    /// client wrote.
    pub path: Cow<'b, str>,
    /// The host that the request is for; HTTP/1.0 may name none.
    pub host: Option<&'b [u8]>,
    /// The minor version: 0, or 1 for that and every later one.
    pub minor: u8,
    /// All fields, as the client sent them.
    pub headers: &'h [Header<'b>],
    /// What the fields mean for the connection.
    pub fields: Fields<'b>,
    /// How long the body is.
    pub framing: Framing,
}

/// Reads a head from the start of the input; `None` means that it is not whole yet. A minor version that is higher than
/// the gateway's own is lowered in the input.
///
/// # Errors
/// When no byte that may follow could make it a head to pass on.
pub fn read<'h, 'b>(
    input: &'b mut [u8],
    space: &'h mut Space<'b>,
    limits: &Limits,
) -> Result<Option<Head<'h, 'b>>, Rejection> {
    let blank = blank_lines(input);
    let size = input.len();
    let (_, rest) = input.split_at_mut(blank);
    if !may_begin(rest) {
        return Err(Rejection::Malformed);
    }
    let Some(line_length) = request_line(rest, limits)? else { return not_whole(size, limits) };
    lower_minor(rest, line_length);
    let rest: &'b [u8] = rest;
    let (room, _) = space.split_at_mut(limits.max_fields.min(MAX_FIELDS));
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(rest, room) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return not_whole(size, limits),
        Err(error) => return Err(explain(error, rest.split_at(line_length).0)),
    };
    let (head, _) = rest.split_at(length);
    if length > limits.max_head_bytes {
        return Err(Rejection::HeadTooLarge);
    }
    if !has_strict_line_ends(head) {
        return Err(Rejection::Malformed);
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Rejection::Malformed);
    };
    if target.len() > limits.max_target_bytes {
        return Err(Rejection::TargetTooLong);
    }
    let headers: &'h [Header<'b>] = request.headers;
    let fields = Fields::parse(headers, minor)?;
    let target = Target::parse(method, target)?;
    let host = target.host(fields.host, minor)?;
    let framing = fields.framing(minor)?;
    let (length, path) = (blank + length, target.into_path());
    Ok(Some(Head { length, method, path, host, minor, headers, fields, framing }))
}

/// Bytes of the empty lines before a request, which are skipped (RFC 9112, section 2.2).
pub(crate) fn blank_lines(input: &[u8]) -> usize {
    2 * input.chunks_exact(2).take_while(|pair| *pair == b"\r\n").count()
}

/// Whether what has come of a head is that of a HEAD request, whose response has no body (RFC 9110, section 9.3.2).
pub(crate) fn is_head_request(input: &[u8]) -> bool {
    input.split_at(blank_lines(input)).1.starts_with(b"HEAD ")
}

/// Whether a method may begin like this: after a first byte like that of a TLS handshake there is nothing to wait for.
fn may_begin(rest: &[u8]) -> bool {
    matches!(rest, [] | [b'\r']) || rest.first().is_some_and(|first| is_token_char(*first))
}

/// The length of the first line once it is whole. It is checked before httparse looks at the line, so that a long line
/// costs nothing.
fn request_line(rest: &[u8], limits: &Limits) -> Result<Option<usize>, Rejection> {
    // The longest method that is registered has 17 letters.
    let longest = limits.max_target_bytes + " HTTP/1.1\r\n".len() + 24;
    match rest.iter().take(longest + 1).position(|byte| *byte == b'\n') {
        Some(end) => Ok(Some(end + 1)),
        None if rest.len() > longest => Err(Rejection::TargetTooLong),
        None => Ok(None),
    }
}

/// A later minor version of HTTP/1 is served as the highest that is known (RFC 9110, section 2.5).
fn lower_minor(rest: &mut [u8], line_length: usize) {
    if let Some([.., b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'2'..=b'9', b'\r', b'\n']) =
        rest.get_mut(..line_length)
    {
        *minor = b'1';
    }
}

fn not_whole<T>(size: usize, limits: &Limits) -> Result<Option<T>, Rejection> {
    if size > limits.max_head_bytes { Err(Rejection::HeadTooLarge) } else { Ok(None) }
}

fn explain(error: Error, line: &[u8]) -> Rejection {
    match error {
        Error::TooManyHeaders => Rejection::TooManyFields,
        Error::Version if names_a_version(line) => Rejection::UnsupportedVersion,
        _ => Rejection::Malformed,
    }
}

/// Whether the line is a request line in all but the version.
fn names_a_version(line: &[u8]) -> bool {
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ').skip(2);
    let (word, more) = (words.next().unwrap_or_default(), words.next().is_some());
    !more
        && matches!(word, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// httparse takes a bare LF for a line's end; another reader of the same bytes may not.
fn has_strict_line_ends(head: &[u8]) -> bool {
    let mut before = 0;
    for byte in head {
        if (*byte == b'\n') != (before == b'\r') {
            return false;
        }
        before = *byte;
    }
    true
}
