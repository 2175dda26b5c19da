//! What the fields of a head mean for the connection: host, framing, persistence, expectation, tracing.
//! The syntax of names and values has been checked by then, by httparse in [`crate::http1::head`].

use std::borrow::Cow;

use httparse::Header;

use crate::http1::chars::members;
use crate::http1::framing::{Framing, FramingFields};
use crate::rejection::Rejection;

/// Longest request id that is taken from a client.
const MAX_REQUEST_ID: usize = 64;

/// The fields that the gateway itself acts on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields<'b> {
    /// Value of `Host`.
    pub host: Option<&'b [u8]>,
    /// The client sends the body only after a `100 Continue`.
    pub expects_continue: bool,
    /// `Connection` says `close`.
    pub close: bool,
    /// `Connection` says `keep-alive`.
    pub keep_alive: bool,
    /// Value of `X-Request-Id`, if it may be used as it is.
    pub request_id: Option<&'b [u8]>,
    /// Value of `User-Agent`.
    pub user_agent: Option<&'b [u8]>,
    /// Value of the one and only `traceparent`.
    pub traceparent: Option<&'b [u8]>,
    /// Value of `X-Amzn-Trace-Id`.
    pub amazon_trace: Option<&'b [u8]>,
    /// All `X-Forwarded-For`, which are one list (RFC 9110, section 5.3). Owned only where there is more than one.
    pub forwarded_for: Option<Cow<'b, [u8]>>,
    framing: FramingFields,
}

impl<'b> Fields<'b> {
    /// Reads all fields.
    ///
    /// # Errors
    /// When a field that the gateway acts on is malformed or comes twice.
    pub fn parse(headers: &[Header<'b>], minor: u8) -> Result<Self, Rejection> {
        let mut fields = Self::default();
        let mut traceparents = 0;
        for header in headers {
            let (name, value) = (header.name, header.value);
            // The length decides first: most fields are told apart without looking at a letter.
            match name.len() {
                4 if name.eq_ignore_ascii_case("host") => fields.parse_host(value)?,
                6 if name.eq_ignore_ascii_case("expect") => fields.parse_expect(value, minor)?,
                10 if name.eq_ignore_ascii_case("connection") => fields.parse_connection(value),
                10 if name.eq_ignore_ascii_case("user-agent") => fields.user_agent = Some(value),
                11 if name.eq_ignore_ascii_case("traceparent") => {
                    traceparents += 1;
                    fields.traceparent = (traceparents == 1).then_some(value);
                }
                12 if name.eq_ignore_ascii_case("x-request-id") => {
                    fields.request_id = Some(value).filter(|id| is_request_id(id));
                }
                14 if name.eq_ignore_ascii_case("content-length") => fields.framing.parse_content_length(value)?,
                15 if name.eq_ignore_ascii_case("x-amzn-trace-id") => fields.amazon_trace = Some(value),
                15 if name.eq_ignore_ascii_case("x-forwarded-for") => fields.add_forwarded_for(value),
                17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                    fields.framing.parse_transfer_encoding(value)?;
                }
                _ => {}
            }
        }
        Ok(fields)
    }

    /// How long the body is, or why it cannot be known.
    pub(super) fn framing(&self, minor: u8) -> Result<Framing, Rejection> {
        self.framing.framing(minor)
    }

    fn parse_host(&mut self, value: &'b [u8]) -> Result<(), Rejection> {
        if self.host.replace(value).is_some() { Err(Rejection::BadHost) } else { Ok(()) }
    }

    /// RFC 9110, section 10.1.1: HTTP/1.0 has no expectations.
    fn parse_expect(&mut self, value: &[u8], minor: u8) -> Result<(), Rejection> {
        for expectation in members(value).filter(|member| minor > 0 && !member.is_empty()) {
            if !expectation.eq_ignore_ascii_case(b"100-continue") {
                return Err(Rejection::BadExpectation);
            }
            self.expects_continue = true;
        }
        Ok(())
    }

    fn add_forwarded_for(&mut self, value: &'b [u8]) {
        match &mut self.forwarded_for {
            None => self.forwarded_for = Some(Cow::Borrowed(value)),
            Some(list) => {
                let list = list.to_mut();
                list.push(b',');
                list.extend_from_slice(value);
            }
        }
    }

    fn parse_connection(&mut self, value: &[u8]) {
        for option in members(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }
}

/// Ids of clients go into logs and responses, so they are short and plain.
fn is_request_id(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_REQUEST_ID).contains(&value.len()) && value.iter().all(plain)
}
