//! How long the body of a request is, as its fields say together (RFC 9112, section 6).

use crate::http1::chars::{is_token, members};
use crate::rejection::Rejection;

/// How long a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes; 0 when nothing is said.
    Length(u64),
    /// Chunks until the last one.
    Chunked,
}

/// What `Content-Length` and `Transfer-Encoding` have said so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FramingFields {
    length: Option<u64>,
    codings: Option<Codings>,
}

/// What all `Transfer-Encoding` fields say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codings {
    Chunked,
    Unknown,
    UnknownThenChunked,
}

impl FramingFields {
    /// Digits only, and only once: a list of equal values is allowed by RFC 9110, but no client sends it in good faith.
    pub(super) fn parse_content_length(&mut self, value: &[u8]) -> Result<(), Rejection> {
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Rejection::BadFraming);
        }
        // A number that does not fit is still a length, and larger than any limit.
        let length =
            value.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        if self.length.replace(length).is_some() { Err(Rejection::BadFraming) } else { Ok(()) }
    }

    /// `chunked` has to be the last coding and to come once (RFC 9112, section 6.1).
    pub(super) fn parse_transfer_encoding(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for coding in members(value) {
            let chunked = coding.eq_ignore_ascii_case(b"chunked");
            let name = coding.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            self.codings = match (self.codings, chunked) {
                _ if !is_token(name) => return Err(Rejection::BadFraming),
                (Some(Codings::Chunked | Codings::UnknownThenChunked), _) => return Err(Rejection::BadFraming),
                (None, true) => Some(Codings::Chunked),
                (Some(Codings::Unknown), true) => Some(Codings::UnknownThenChunked),
                (_, false) => Some(Codings::Unknown),
            };
        }
        Ok(())
    }

    /// The length of the body (RFC 9112, section 6.3), or why it cannot be known.
    pub(super) fn framing(&self, minor: u8) -> Result<Framing, Rejection> {
        match (self.codings, self.length) {
            (None, length) => Ok(Framing::Length(length.unwrap_or(0))),
            (Some(_), Some(_)) => Err(Rejection::BadFraming),
            (Some(_), None) if minor == 0 => Err(Rejection::BadFraming),
            (Some(Codings::Chunked), None) => Ok(Framing::Chunked),
            (Some(Codings::Unknown | Codings::UnknownThenChunked), None) => Err(Rejection::UnsupportedTransferCoding),
        }
    }
}
