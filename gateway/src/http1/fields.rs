//! What the fields of a head mean for the connection: host, framing, persistence, expectation, tracing.

use httparse::Header;

use crate::http1::head::Framing;
use crate::rejection::Rejection;

/// The fields that the gateway itself acts on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields<'b> {
    /// Value of `Host`, or the authority of an absolute target.
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

/// Longest request id that is taken from a client.
const MAX_REQUEST_ID: usize = 64;

/// Reads all fields.
///
/// # Errors
/// When a field that the gateway acts on is malformed or comes twice.
pub fn read<'b>(headers: &[Header<'b>], minor: u8) -> Result<Fields<'b>, Rejection> {
    let mut fields = Fields::default();
    let mut traceparents = 0;
    for header in headers {
        let (name, value) = (header.name, header.value);
        // The length decides first: most fields are told apart without looking at a letter.
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") => fields.take_host(value)?,
            6 if name.eq_ignore_ascii_case("expect") => fields.take_expect(value, minor)?,
            10 if name.eq_ignore_ascii_case("connection") => fields.take_connection(value),
            10 if name.eq_ignore_ascii_case("user-agent") => fields.user_agent = Some(value),
            11 if name.eq_ignore_ascii_case("traceparent") => {
                traceparents += 1;
                fields.traceparent = (traceparents == 1).then_some(value);
            }
            12 if name.eq_ignore_ascii_case("x-request-id") => fields.request_id = Some(value).filter(|id| is_id(id)),
            14 if name.eq_ignore_ascii_case("content-length") => fields.take_length(value)?,
            15 if name.eq_ignore_ascii_case("x-amzn-trace-id") => fields.amazon_trace = Some(value),
            17 if name.eq_ignore_ascii_case("transfer-encoding") => fields.take_codings(value)?,
            _ => {}
        }
    }
    Ok(fields)
}

impl<'b> Fields<'b> {
    fn take_host(&mut self, value: &'b [u8]) -> Result<(), Rejection> {
        if self.host.replace(value).is_some() { Err(Rejection::BadHost) } else { Ok(()) }
    }

    /// RFC 9110, section 10.1.1: HTTP/1.0 has no expectations.
    fn take_expect(&mut self, value: &[u8], minor: u8) -> Result<(), Rejection> {
        if minor > 0 && !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Rejection::BadExpectation);
        }
        self.expects_continue = minor > 0;
        Ok(())
    }

    fn take_connection(&mut self, value: &[u8]) {
        for option in tokens(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    /// Digits only, and only once: a list of equal values is allowed by RFC 9110, but nobody sends it in good faith.
    fn take_length(&mut self, value: &[u8]) -> Result<(), Rejection> {
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Rejection::BadFraming);
        }
        // A number that does not fit is still a length, and larger than any limit.
        let length =
            value.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        if self.length.replace(length).is_some() { Err(Rejection::BadFraming) } else { Ok(()) }
    }

    /// `chunked` has to be the last coding and to come once (RFC 9112, section 6.1).
    fn take_codings(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for coding in tokens(value) {
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

    /// How long the body is (RFC 9112, section 6.3), or why nobody can know.
    pub(crate) fn framing(&self, minor: u8) -> Result<Framing, Rejection> {
        match (self.codings, self.length) {
            (None, length) => Ok(Framing::Length(length.unwrap_or(0))),
            (Some(_), Some(_)) => Err(Rejection::BadFraming),
            (Some(_), None) if minor == 0 => Err(Rejection::BadFraming),
            (Some(Codings::Chunked), None) => Ok(Framing::Chunked),
            (Some(Codings::Unknown | Codings::UnknownThenChunked), None) => Err(Rejection::UnsupportedTransferCoding),
        }
    }

    /// The path and query of a target in any of its four forms (RFC 9112, section 3.2).
    pub(crate) fn resolve(&mut self, method: &str, target: &'b str) -> Result<&'b str, Rejection> {
        if !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Rejection::Malformed);
        }
        if method == "CONNECT" {
            return Err(Rejection::ConnectNotSupported);
        }
        if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
            return Ok(target);
        }
        let rest = without_scheme(target).ok_or(Rejection::Malformed)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // The authority of an absolute target replaces the field, of which there still has to be one.
        self.host = self.host.map(|_| authority.as_bytes());
        Ok(path)
    }

    /// HTTP/1.1 has exactly one `Host`; HTTP/1.0 may do without.
    pub(crate) fn check_host(&self, minor: u8) -> Result<(), Rejection> {
        match self.host {
            None if minor == 0 => Ok(()),
            Some(host) if is_authority(host) => Ok(()),
            _ => Err(Rejection::BadHost),
        }
    }
}

/// The members of a list that is separated by commas, without the empty ones only when the value as a whole is not.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

fn without_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    known.then_some(rest)
}

/// A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port; never a user.
fn is_authority(value: &[u8]) -> bool {
    let (host, port) = match value.iter().rposition(|byte| *byte == b':') {
        Some(colon) if value.last() != Some(&b']') => (value.get(..colon), value.get(colon + 1..)),
        _ => (Some(value), None),
    };
    let digits = port.unwrap_or_default().iter().all(u8::is_ascii_digit);
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte);
    let address = |byte: &u8| byte.is_ascii_hexdigit() || b":.".contains(byte);
    digits
        && match host.unwrap_or_default() {
            [] => false,
            [b'[', inside @ .., b']'] => !inside.is_empty() && inside.iter().all(address),
            plain => plain.iter().all(name),
        }
}

/// A token of RFC 9110, section 5.6.2.
pub(crate) fn is_token(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Ids of clients go into logs and answers, so they are short and plain.
fn is_id(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_REQUEST_ID).contains(&value.len()) && value.iter().all(plain)
}
