//! What clients should not send, or seldom do, and what each server makes of it: the list of all differences that there may be.

use std::cmp::Ordering;

use crate::peers::Peer;
use crate::request::Parts;

/// What a server does with an odd request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Rejects it.
    Reject,
    /// Takes it, and nothing after it.
    Last,
    /// Takes it and what comes next.
    Take,
    /// One or the other.
    Varies,
}

use Verdict::{Last, Reject, Take, Varies};

/// The part that is odd: a request has at most one oddity of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Line,
    Host,
    Field,
    Framing,
}

/// One kind of odd request.
#[derive(Debug)]
pub(crate) struct Oddity {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) make: fn(&mut Parts),
    pub(crate) gateway: Verdict,
    go: Verdict,
    hyper: Verdict,
    /// Why what the gateway does is right: sections of RFC 9110 and RFC 9112, or of what is named.
    pub(crate) reason: &'static str,
}

impl Oddity {
    pub(crate) fn of(&self, peer: Peer) -> Verdict {
        match peer {
            Peer::Go => self.go,
            Peer::Hyper => self.hyper,
        }
    }

    /// Whether it may be the reason that the gateway takes so much less or more than another server.
    pub(crate) fn explains(&self, peer: Peer, ordering: Ordering) -> bool {
        self.of(peer) == Varies || self.gateway.cmp(&self.of(peer)) == ordering
    }
}

macro_rules! oddities {
    ($($place:ident $name:literal $make:expr, $gateway:ident $go:ident $hyper:ident, $reason:literal;)*) => {
        &[$(Oddity { name: $name, place: Place::$place, make: $make, gateway: $gateway, go: $go, hyper: $hyper, reason: $reason }),*]
    };
}

/// After the name: what is changed; what the gateway, Go and hyper do; the reason.
pub(crate) const ODDITIES: &[Oddity] = oddities! {
    Line "a method that is no token" |r| r.method = "G=(T".into(), Reject Reject Reject, "9110 9.1";
    Line "no method" |r| r.method = String::new(), Reject Reject Reject, "9112 3";
    Line "CONNECT" |r| { r.method = "CONNECT".into(); r.target = "h:80".into() }, Reject Take Last, "9110 9.3.6: only for a proxy";
    Line "absolute form" |r| r.target = "http://h/x?y=1".into(), Take Take Take, "9112 3.2.2";
    Line "absolute form without a path" |r| r.target = "http://h".into(), Take Take Take, "9110 4.2.3";
    Line "absolute form with a query alone" |r| r.target = "http://h?q=1".into(), Take Take Take, "9110 4.2.3";
    Line "absolute form with a port" |r| r.target = "http://h:8080/x".into(), Take Take Take, "9112 3.2.2";
    Line "absolute form with a port that is none" |r| r.target = "http://h:x/".into(), Reject Reject Take, "3986 3.2.3";
    Line "absolute form with a user" |r| r.target = "http://u@h/".into(), Reject Take Take, "9110 4.2.4: an error";
    Line "absolute form without a host" |r| r.target = "http:///x".into(), Reject Take Reject, "9110 4.2.1: invalid";
    Line "absolute form of another scheme" |r| r.target = "ftp://h/x".into(), Reject Take Take, "9110 7.4: misdirected";
    Line "authority form without CONNECT" |r| r.target = "h:80".into(), Reject Take Take, "9112 3.2.3: only for CONNECT";
    Line "asterisk with OPTIONS" |r| { r.method = "OPTIONS".into(); r.target = "*".into() }, Take Take Take, "9112 3.2.4";
    Line "asterisk without OPTIONS" |r| { r.method = "GET".into(); r.target = "*".into() }, Reject Take Take, "9112 3.2.4: only for OPTIONS";
    Line "no target" |r| r.target = String::new(), Reject Reject Reject, "9112 3";
    Line "a target without a slash" |r| r.target = "a".into(), Reject Reject Take, "9112 3.2";
    Line "a percent sign without digits" |r| r.target = "/%zz".into(), Take Reject Take, "3986 2.1: not decoded here";
    Line "a fragment in the target" |r| r.target = "/a#b".into(), Reject Take Take, "9112 3.2.1: has none";
    Line "a space in the target" |r| r.target = "/a b".into(), Reject Reject Reject, "9112 3.2";
    Line "a tab in the target" |r| r.target = "/a\tb".into(), Reject Reject Reject, "9112 3.2";
    Line "a byte beyond ASCII in the target" |r| r.target = "/\u{80}".into(), Reject Take Reject, "9112 3.2";
    Line "characters that have to be coded" |r| r.target = "/\"<>{}|\\^`".into(), Take Take Reject, "9112 3.2: not decoded here";
    Line "two spaces" |r| r.gap = "  ".into(), Reject Reject Reject, "9112 3: one";
    Line "tabs for spaces" |r| r.gap = "\t".into(), Reject Reject Reject, "9112 3";
    Line "HTTP/1.2" |r| r.version = "HTTP/1.2".into(), Take Take Reject, "9110 2.5";
    Line "HTTP/2.0" |r| r.version = "HTTP/2.0".into(), Reject Reject Reject, "9110 15.6.6";
    Line "HTTP/0.9" |r| r.version = "HTTP/0.9".into(), Reject Reject Reject, "9110 15.6.6";
    Line "a version of two digits" |r| r.version = "HTTP/1.10".into(), Reject Reject Reject, "9112 2.3";
    Line "a version without a dot" |r| r.version = "HTTP/1".into(), Reject Reject Reject, "9112 2.3";
    Line "a version in small letters" |r| r.version = "http/1.1".into(), Reject Reject Reject, "9112 2.3";
    Line "no version" |r| r.version = String::new(), Reject Reject Reject, "9112 2.3";
    Line "a space after the version" |r| r.version = "HTTP/1.1 ".into(), Reject Reject Reject, "9112 3";
    Line "an empty line before" |r| r.before = "\r\n".into(), Take Varies Take, "9112 2.2; Go skips it after a POST alone";
    Line "a bare LF before" |r| r.before = "\n".into(), Reject Varies Take, "9112 2.2: may be rejected; Go skips it after a POST alone";
    Line "a space before" |r| r.before = " ".into(), Reject Reject Reject, "9112 2.2";
    Line "bare LFs as line ends" |r| r.line_end = "\n".into(), Reject Take Take, "9112 2.2: may be rejected";
    Line "bare CRs as line ends" |r| r.line_end = "\r".into(), Reject Reject Reject, "9112 2.2";
    Line "two CRs in line ends" |r| r.line_end = "\r\r\n".into(), Reject Reject Reject, "9112 2.2";

    Host "no host" |r| r.host(&[]), Reject Reject Take, "9112 3.2";
    Host "two hosts" |r| r.host(&["Host: h", "Host: g"]), Reject Reject Take, "9112 3.2";
    Host "the same host twice" |r| r.host(&["Host: h", "Host: h"]), Reject Reject Take, "9112 3.2";
    Host "an empty host" |r| r.host(&["Host:"]), Reject Take Take, "9110 7.2: for a target without an authority";
    Host "a space in the host" |r| r.host(&["Host: a b"]), Reject Reject Take, "9112 3.2";
    Host "a user in the host" |r| r.host(&["Host: u@h"]), Reject Reject Take, "9110 7.2";
    Host "a path in the host" |r| r.host(&["Host: h/x"]), Reject Reject Take, "9110 7.2";
    Host "a port that is none" |r| r.host(&["Host: h:x"]), Reject Take Take, "9110 7.2";
    Host "two hosts in a list" |r| r.host(&["Host: g, h"]), Reject Reject Take, "9112 3.2";

    Field "a folded field" |r| r.fields.push("X-A: b\r\n c".into()), Reject Take Reject, "9112 5.2: may be rejected";
    Field "a fold before the first field" |r| r.fields.insert(0, " X-A: b".into()), Reject Reject Reject, "9112 2.2";
    Field "a space before the colon" |r| r.fields.push("X-A : b".into()), Reject Reject Reject, "9112 5.1";
    Field "a field without a name" |r| r.fields.push(": b".into()), Reject Reject Reject, "9110 5.1";
    Field "a name that is no token" |r| r.fields.push("X(A): b".into()), Reject Reject Reject, "9110 5.1";
    Field "a field without a colon" |r| r.fields.push("X-A".into()), Reject Reject Reject, "9112 5";
    Field "a NUL in a value" |r| r.fields.push("X-A: \0".into()), Reject Reject Reject, "9110 5.5";
    Field "a control character in a value" |r| r.fields.push("X-A: \u{1}".into()), Reject Reject Reject, "9110 5.5";
    Field "a DEL in a value" |r| r.fields.push("X-A: \u{7f}".into()), Reject Reject Reject, "9110 5.5";
    Field "a bare CR in a value" |r| r.fields.push("X-A: b\rc".into()), Reject Reject Reject, "9112 2.2";
    Field "a bare LF after a value" |r| r.fields.push("X-A: b\nX-B: c".into()), Reject Take Take, "9112 2.2: may be rejected";
    Field "bytes beyond ASCII in a value" |r| r.fields.push("X-A: \u{e9}\u{ff}".into()), Take Take Take, "9110 5.5";
    Field "an empty value" |r| r.fields.push("X-A:".into()), Take Take Take, "9110 5.5";
    Field "101 fields" |r| r.fields.extend(vec!["X-A: b".to_owned(); 101]), Reject Take Reject, "6585 5";
    Field "a field of 17 KB" |r| r.fields.push(format!("X-A: {}", "b".repeat(17_000))), Reject Take Take, "6585 5";
    Field "a target of 9 KB" |r| r.target = format!("/{}", "a".repeat(9000)), Reject Take Take, "9112 3";
    Field "the end of the connection" |r| r.fields.push("Connection: close".into()), Last Last Last, "9112 9.6";
    Field "an option of the connection" |r| r.fields.push("Connection: x-a, Keep-Alive".into()), Take Take Take, "9112 9.3";
    Framing "an expectation of 100" |r| r.fields.push("Expect: 100-continue".into()), Take Take Take, "9110 10.1.1";
    Framing "another expectation" |r| r.fields.push("Expect: x".into()), Reject Reject Take, "9110 10.1.1: may be rejected";
    Field "an upgrade" |r| r.fields.push("Upgrade: h2c\r\nConnection: upgrade".into()), Take Take Take, "9110 7.8";

    Framing "HTTP/1.0" |r| { r.frame(&[], ""); r.version = "HTTP/1.0".into() }, Last Last Last, "9112 9.3";
    Framing "a length with a sign" |r| r.frame(&["Content-Length: +3"], "abc"), Reject Reject Reject, "9110 8.6";
    Framing "a length below zero" |r| r.frame(&["Content-Length: -1"], ""), Reject Reject Reject, "9110 8.6";
    Framing "a length in hex" |r| r.frame(&["Content-Length: 0x3"], "abc"), Reject Reject Reject, "9110 8.6";
    Framing "a length with a letter" |r| r.frame(&["Content-Length: 3a"], "abc"), Reject Reject Reject, "9110 8.6";
    Framing "an empty length" |r| r.frame(&["Content-Length:"], ""), Reject Reject Reject, "9110 8.6";
    Framing "a length with zeros before" |r| r.frame(&["Content-Length: 003"], "abc"), Take Take Take, "9110 8.6";
    Framing "a length of 30 digits" |r| r.frame(&["Content-Length: 100000000000000000000000000000"], ""), Reject Reject Reject, "9110 8.6";
    Framing "a length beyond the limit" |r| r.frame(&["Content-Length: 70000"], ""), Reject Reject Reject, "9110 15.5.14";
    Framing "a list of equal lengths" |r| r.frame(&["Content-Length: 3, 3"], "abc"), Reject Reject Reject, "9110 8.6: may be rejected";
    Framing "the same length twice" |r| r.frame(&["Content-Length: 3", "Content-Length: 3"], "abc"), Reject Take Take, "9110 8.6: may be rejected";
    Framing "two lengths" |r| r.frame(&["Content-Length: 3", "Content-Length: 2"], "abc"), Reject Reject Reject, "9110 8.6";
    Framing "a length that is too small" |r| r.frame(&["Content-Length: 3"], "abcGET /b HTTP/1.1\r\nHost: h\r\n\r\n"), Take Take Take, "9112 6.3: the rest is a request";
    Framing "a length and chunks" |r| r.frame(&["Content-Length: 3", "Transfer-Encoding: chunked"], "0\r\n\r\n"), Reject Take Last, "9112 6.1: may be rejected";
    Framing "chunks and a length" |r| r.frame(&["Transfer-Encoding: chunked", "Content-Length: 3"], "0\r\n\r\n"), Reject Take Last, "9112 6.1: may be rejected";
    Framing "chunks in HTTP/1.0" |r| { r.chunks("0\r\n\r\n"); r.version = "HTTP/1.0".into() }, Reject Last Reject, "9112 6.1";
    Framing "chunked in capitals" |r| r.frame(&["Transfer-Encoding: CHUNKED"], "0\r\n\r\n"), Take Take Take, "9112 7";
    Framing "chunked twice" |r| r.frame(&["Transfer-Encoding: chunked, chunked"], "0\r\n\r\n"), Reject Reject Take, "9112 6.1";
    Framing "chunked in two fields" |r| r.frame(&["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n"), Reject Reject Take, "9112 6.1";
    Framing "another coding" |r| r.frame(&["Transfer-Encoding: gzip"], ""), Reject Reject Reject, "9112 6.1";
    Framing "another coding and chunked" |r| r.frame(&["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n"), Reject Reject Take, "9112 6.1: 501";
    Framing "identity" |r| r.frame(&["Transfer-Encoding: identity"], ""), Reject Reject Reject, "9112 7";
    Framing "an empty coding" |r| r.frame(&["Transfer-Encoding:"], ""), Reject Reject Reject, "9112 6.1";
    Framing "chunked with a parameter" |r| r.frame(&["Transfer-Encoding: chunked;a=b"], "0\r\n\r\n"), Reject Reject Reject, "9112 7";
    Framing "a coding that ends like chunked" |r| r.frame(&["Transfer-Encoding: xchunked"], "0\r\n\r\n"), Reject Reject Reject, "9112 7";
    Framing "a size in capitals with zeros before" |r| r.chunks("00A\r\n0123456789\r\n0\r\n\r\n"), Take Take Take, "9112 7.1";
    Framing "a size of 17 digits" |r| r.chunks("00000000000000003\r\nabc\r\n0\r\n\r\n"), Reject Reject Take, "9112 7.1: may overflow";
    Framing "a size that overflows" |r| r.chunks("10000000000000003\r\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a size with a prefix" |r| r.chunks("0x3\r\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a size with a sign" |r| r.chunks("+3\r\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "no size" |r| r.chunks("\r\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a space after a size" |r| r.chunks("3 \r\nabc\r\n0\r\n\r\n"), Reject Take Take, "9112 7.1";
    Framing "a space before a size" |r| r.chunks(" 3\r\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "an extension without a name" |r| r.chunks("3;\r\nabc\r\n0\r\n\r\n"), Reject Take Take, "9112 7.1.1";
    Framing "an extension with a quoted value" |r| r.chunks("3;a=\"b;c\"\r\nabc\r\n0\r\n\r\n"), Take Take Take, "9112 7.1.1";
    Framing "an extension with a control character" |r| r.chunks("3;a=\u{1}\r\nabc\r\n0\r\n\r\n"), Reject Take Take, "9112 7.1.1";
    Framing "a bare LF after a size" |r| r.chunks("3\nabc\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a bare LF after a chunk" |r| r.chunks("3\r\nabc\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a chunk that is longer than its size" |r| r.chunks("3\r\nabcd\r\n0\r\n\r\n"), Reject Reject Reject, "9112 7.1";
    Framing "a trailer without a colon" |r| r.chunks("0\r\nX-A\r\n\r\n"), Reject Reject Reject, "9112 7.1.2";
    Framing "a trailer with a space before its colon" |r| r.chunks("0\r\nX-A : b\r\n\r\n"), Reject Take Reject, "9112 7.1.2";
    Framing "a trailer that would frame" |r| r.chunks("0\r\nContent-Length: 3\r\n\r\n"), Take Take Take, "9112 7.1.2: dropped";
};
