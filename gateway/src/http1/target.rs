//! The request target in its four forms (RFC 9112, section 3.2), and the host that it is for.
//!
//! The path and the query are passed on as they came, percent signs included, because the gateway decodes nothing: a `%`
//! that no two digits follow is the handler's to judge.

use std::borrow::Cow;

use crate::rejection::Rejection;

/// A request target, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'b> {
    /// Host and port of an absolute target.
    authority: Option<&'b [u8]>,
    /// Starts with `/`, or is `*`. Owned only where it is not what the client wrote.
    path: Cow<'b, str>,
}

impl<'b> Target<'b> {
    /// Takes a target apart.
    pub(super) fn parse(method: &str, target: &'b str) -> Result<Self, Rejection> {
        if !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Rejection::Malformed);
        }
        if method == "CONNECT" {
            return Err(Rejection::ConnectNotSupported);
        }
        if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
            return Ok(Self { authority: None, path: Cow::Borrowed(target) });
        }
        let rest = without_scheme(target).ok_or(Rejection::Malformed)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        Ok(Self { authority: Some(authority.as_bytes()), path: with_slash(path) })
    }

    /// The host that the request is for: that of an absolute target, else that of the field. HTTP/1.1 has exactly one
    /// `Host` field, HTTP/1.0 may do without; both are checked wherever they stand.
    pub(super) fn host(&self, field: Option<&'b [u8]>, minor: u8) -> Result<Option<&'b [u8]>, Rejection> {
        let valid = |authority: Option<&[u8]>| authority.is_none_or(is_authority);
        let missing = field.is_none() && minor > 0;
        if missing || !valid(field) || !valid(self.authority) {
            return Err(Rejection::BadHost);
        }
        Ok(self.authority.or(field))
    }

    pub(super) fn into_path(self) -> Cow<'b, str> {
        self.path
    }
}

fn without_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    known.then_some(rest)
}

/// An empty path is `/` (RFC 9110, section 4.2.3).
fn with_slash(path: &str) -> Cow<'_, str> {
    if path.starts_with('/') { Cow::Borrowed(path) } else { Cow::Owned(["/", path].concat()) }
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
