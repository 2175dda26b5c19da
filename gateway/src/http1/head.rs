//! Reads the head of a request: httparse finds the parts, this module allows only what RFC 9112 allows.

use std::mem::MaybeUninit;

use httparse::{Error, Header, Status};

use crate::http1::fields::{self, Fields};
use crate::limits::{Limits, MAX_FIELDS};
use crate::rejection::Rejection;

/// Room for the fields of a head, on the stack of whoever reads one.
pub type Space<'b> = [MaybeUninit<Header<'b>>; MAX_FIELDS];

/// Room for a head that has not been read yet.
#[must_use]
pub const fn space<'b>() -> Space<'b> {
    [const { MaybeUninit::uninit() }; MAX_FIELDS]
}

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes; 0 when nothing is said.
    Length(u64),
    /// Chunks until the last one.
    Chunked,
}

/// A head that may be passed on.
#[derive(Debug)]
pub struct Head<'h, 'b> {
    /// Bytes of the input that were the head, empty lines before it included.
    pub length: usize,
    /// A token, in the client's own case.
    pub method: &'b str,
    /// Path and query of the target in any of its forms. Starts with `/`, `?` or is `*`, or is empty.
    pub path: &'b str,
    /// The minor version: 0 or 1.
    pub minor: u8,
    /// All fields, as the client sent them.
    pub headers: &'h [Header<'b>],
    /// What the fields mean for the connection.
    pub fields: Fields<'b>,
    /// How long the body is.
    pub framing: Framing,
}

/// Reads a head from the start of the input; `None` means that it is not whole yet.
///
/// # Errors
/// When no byte that may follow could make it a head to pass on.
pub fn read<'h, 'b>(
    input: &'b [u8],
    space: &'h mut Space<'b>,
    limits: &Limits,
) -> Result<Option<Head<'h, 'b>>, Rejection> {
    let blank = empty_lines(input);
    let (_, rest) = input.split_at(blank);
    let Some(line) = request_line(rest, limits)? else { return too_long_yet(input, limits).map(|()| None) };
    let (room, _) = space.split_at_mut(limits.max_fields.min(MAX_FIELDS));
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(rest, room) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return too_long_yet(input, limits).map(|()| None),
        Err(error) => return Err(explain(error, line)),
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
    let mut fields = fields::read(headers, minor)?;
    let path = fields.resolve(method, target)?;
    fields.check_host(minor)?;
    let framing = fields.framing(minor)?;
    Ok(Some(Head { length: blank + length, method, path, minor, headers, fields, framing }))
}

/// Empty lines before a request are skipped (RFC 9112, section 2.2).
fn empty_lines(input: &[u8]) -> usize {
    2 * input.chunks_exact(2).take_while(|pair| *pair == b"\r\n").count()
}

/// The first line once it is whole. Its size is checked before httparse looks at it, so that a long line costs nothing.
fn request_line<'b>(rest: &'b [u8], limits: &Limits) -> Result<Option<&'b [u8]>, Rejection> {
    // The longest method that is registered has 17 letters.
    let longest = limits.max_target_bytes + " HTTP/1.1\r\n".len() + 24;
    match rest.iter().take(longest + 1).position(|byte| *byte == b'\n') {
        Some(end) => Ok(rest.get(..=end)),
        None if rest.len() > longest => Err(Rejection::TargetTooLong),
        None => Ok(None),
    }
}

fn too_long_yet(input: &[u8], limits: &Limits) -> Result<(), Rejection> {
    if input.len() > limits.max_head_bytes { Err(Rejection::HeadTooLarge) } else { Ok(()) }
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

/// httparse takes a bare LF for a line's end; whoever else reads the same bytes may not.
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
