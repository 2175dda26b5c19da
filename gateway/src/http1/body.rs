//! Reads the body of a request, whole and bounded, from whatever pieces the network gives.

use crate::http1::chars::{is_text, is_token};
use crate::http1::framing::Framing;
use crate::rejection::Rejection;

/// Longest line of a chunk's size or of a trailer: no honest client sends more.
const MAX_LINE: usize = 1024;

/// Most trailer fields, all of which are read and dropped.
const MAX_TRAILERS: usize = 32;

/// A body that is being read.
#[derive(Debug)]
pub struct Body {
    state: State,
    /// Bytes that may still be added to the body before it is too large.
    room: u64,
    /// The line of a chunk that is not whole yet.
    line: Vec<u8>,
    trailers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    Trailer,
    Done,
}

impl Body {
    /// A body that has at most `max` bytes.
    ///
    /// # Errors
    /// When it is known to be larger.
    pub fn new(framing: Framing, max: usize) -> Result<Self, Rejection> {
        let room = max as u64;
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) if length > room => return Err(Rejection::BodyTooLarge),
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
        };
        Ok(Self { state, room, line: Vec::new(), trailers: 0 })
    }

    /// Whether the body is whole.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to the body from the start of the input and adds it to `out`. Gives the number of bytes
    /// taken; those after it belong to the next request.
    ///
    /// # Errors
    /// When the body is malformed or too large.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Rejection> {
        let mut rest = input;
        while !rest.is_empty() && !self.is_done() {
            rest = match self.state {
                State::Length(left) => self.take_data(left, rest, out, State::Length, State::Done),
                State::ChunkData(left) => self.take_data(left, rest, out, State::ChunkData, State::ChunkEnd),
                State::ChunkSize | State::ChunkEnd | State::Trailer => self.take_line(rest)?,
                State::Done => rest,
            };
        }
        Ok(input.len() - rest.len())
    }

    fn take_data<'i>(
        &mut self,
        left: u64,
        input: &'i [u8],
        out: &mut Vec<u8>,
        more: fn(u64) -> State,
        end: State,
    ) -> &'i [u8] {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let (data, rest) = input.split_at(count);
        out.extend_from_slice(data);
        let left = left - count as u64;
        self.state = if left == 0 { end } else { more(left) };
        rest
    }

    /// Takes bytes up to the end of a line and acts on the line once it is whole.
    fn take_line<'i>(&mut self, input: &'i [u8]) -> Result<&'i [u8], Rejection> {
        let end = input.iter().position(|byte| *byte == b'\n').map_or(input.len(), |at| at + 1);
        let (piece, rest) = input.split_at(end);
        self.line.extend_from_slice(piece);
        if self.line.len() > MAX_LINE {
            return Err(if self.state == State::Trailer { Rejection::TrailersTooLarge } else { Rejection::BadChunk });
        }
        if self.line.ends_with(b"\n") {
            let line = std::mem::take(&mut self.line);
            self.state = self.next_state(line.strip_suffix(b"\r\n").ok_or(Rejection::BadChunk)?)?;
        }
        Ok(rest)
    }

    fn next_state(&mut self, line: &[u8]) -> Result<State, Rejection> {
        match self.state {
            State::ChunkSize => match chunk_size(line).ok_or(Rejection::BadChunk)? {
                0 => Ok(State::Trailer),
                size if size > self.room => Err(Rejection::BodyTooLarge),
                size => {
                    self.room -= size;
                    Ok(State::ChunkData(size))
                }
            },
            State::ChunkEnd if line.is_empty() => Ok(State::ChunkSize),
            State::Trailer if line.is_empty() => Ok(State::Done),
            State::Trailer if self.trailers == MAX_TRAILERS => Err(Rejection::TrailersTooLarge),
            State::Trailer if is_field(line) => {
                self.trailers += 1;
                Ok(State::Trailer)
            }
            _ => Err(Rejection::BadChunk),
        }
    }
}

/// The size that starts a chunk's line, if the extensions after it are well formed (RFC 9112, section 7.1.1).
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, extensions) = line.split_at(digits);
    // Sixteen digits are all that fit; zeros in front of them only hide a size from others.
    if !(1..=16).contains(&digits) || !are_extensions(extensions) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()
}

fn are_extensions(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let Some(after) = extension(trim_blank(rest)) else { return false };
        rest = after;
    }
    true
}

/// One `;name`, `;name=token` or `;name="string"`; gives what follows it.
fn extension(input: &[u8]) -> Option<&[u8]> {
    let rest = trim_blank(input.strip_prefix(b";")?);
    let (name, rest) = rest.split_at(rest.iter().take_while(|byte| is_token(&[**byte])).count());
    if name.is_empty() {
        return None;
    }
    let Some(value) = trim_blank(rest).strip_prefix(b"=") else { return Some(rest) };
    let value = trim_blank(value);
    if let Some(quoted) = value.strip_prefix(b"\"") {
        return quoted_end(quoted);
    }
    let (token, rest) = value.split_at(value.iter().take_while(|byte| is_token(&[**byte])).count());
    (!token.is_empty()).then_some(rest)
}

/// What follows a quoted string whose opening quote is already gone.
fn quoted_end(input: &[u8]) -> Option<&[u8]> {
    let mut escaped = false;
    for (at, byte) in input.iter().enumerate() {
        match byte {
            _ if !is_text(*byte) => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return input.get(at + 1..),
            _ => {}
        }
    }
    None
}

fn trim_blank(mut input: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = input {
        input = rest;
    }
    input
}

/// A trailer field: a name right before the colon, and no control character behind it.
fn is_field(line: &[u8]) -> bool {
    line.iter()
        .position(|byte| *byte == b':')
        .and_then(|colon| line.split_at_checked(colon))
        .is_some_and(|(name, value)| is_token(name) && value.iter().all(|byte| is_text(*byte)))
}
