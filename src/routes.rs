//! (method, path) to response: the only place that knows paths.

use std::io::Cursor;

use serde_json::json;
use tiny_http::{Header, Method, Request, Response};

use crate::config::Config;
use crate::problem;

/// What a handler gives back: a whole body, so that its length is always known.
pub type Answer = Response<Cursor<Vec<u8>>>;

/// The body of `/health`; load balancers and tests compare it byte by byte.
pub const HEALTHY: &str = r#"{"status":"ok"}"#;

/// One row of the route table.
struct Route {
    path: &'static str,
    handle: fn(&Config, &Request) -> Answer,
}

const ROUTES: &[Route] = &[Route { path: "/", handle: home }, Route { path: "/health", handle: health }];

/// Answers one request. HEAD is GET whose body tiny_http leaves out.
#[must_use]
pub fn answer(config: &Config, request: &Request) -> Answer {
    let Some(route) = ROUTES.iter().find(|route| route.path == path(request)) else {
        return error(404, "there is nothing at this path");
    };
    match request.method() {
        Method::Get | Method::Head => (route.handle)(config, request),
        _ => error(405, "this path answers GET and HEAD").with_header(header("Allow", "GET, HEAD")),
    }
}

/// An answer with a problem body.
#[must_use]
pub fn error(status: u16, detail: &str) -> Answer {
    body(status, problem::CONTENT_TYPE, problem::body(status, detail))
}

fn home(config: &Config, request: &Request) -> Answer {
    let answer = if prefers_json(request) {
        body(200, "application/json", json!({ "message": config.message }).to_string())
    } else {
        body(200, "text/plain; charset=utf-8", format!("{}\n", config.message))
    };
    answer.with_header(header("Vary", "Accept"))
}

fn health(_: &Config, _: &Request) -> Answer {
    body(200, "application/json", HEALTHY.to_owned()).with_header(header("Cache-Control", "no-store"))
}

fn path(request: &Request) -> &str {
    let target = request.url();
    target.split_once('?').map_or(target, |(path, _)| path)
}

fn body(status: u16, content_type: &str, text: String) -> Answer {
    let answer = Response::from_data(text)
        .with_status_code(status)
        // A known length is always stated, whatever the client's TE header asks for.
        .with_chunked_threshold(usize::MAX);
    answer.with_header(header("Content-Type", content_type)).with_header(header("X-Content-Type-Options", "nosniff"))
}

/// A header of our own making. Bytes that could end the line become spaces, since tiny_http lets them pass.
fn header(name: &'static str, value: &str) -> Header {
    let clean: String = value.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    Header {
        // Every caller names the field by a literal; a name that is not ASCII could only come from the source.
        field: name.parse().unwrap_or_else(|()| unreachable!("header names are ASCII")),
        value: clean.parse().unwrap_or_else(|_| unreachable!("the value was made ASCII")),
    }
}

/// Whether the client would rather have JSON than text (RFC 9110, section 12.5.1).
fn prefers_json(request: &Request) -> bool {
    let accept = request.headers().iter().filter(|header| header.field.equiv("Accept"));
    accept_prefers_json(&accept.map(|header| header.value.as_str()).collect::<Vec<_>>().join(","))
}

fn accept_prefers_json(accept: &str) -> bool {
    let json = quality(accept, "application", "json");
    let text = quality(accept, "text", "plain");
    // Whoever names JSON and welcomes it as much as text is a program; a bare `*/*` is a person with curl.
    let named = json.rank == Quality::NAMED && json.weight > 0;
    json.weight > text.weight || (named && json.weight == text.weight)
}

/// How welcome a media type is: weight in thousandths, and how exactly it was named.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Quality {
    rank: u8,
    weight: u16,
}

impl Quality {
    const NAMED: u8 = 3;
}

fn quality(accept: &str, kind: &str, subtype: &str) -> Quality {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let rank = match parts.next()?.split_once('/')? {
            ("*", "*") => 1,
            (k, "*") if k.eq_ignore_ascii_case(kind) => 2,
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => Quality::NAMED,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some(Quality { rank, weight: weight.map_or(1000, thousandths) })
    });
    // The most specific range decides, whatever the others say.
    ranges.max().unwrap_or_default()
}

/// A weight between 0 and 1 as thousandths; what is not a number counts as not wanted.
fn thousandths(text: &str) -> u16 {
    let weight: f32 = text.parse().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000 just before")]
    let whole = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_given_only_to_those_who_prefer_it() {
        let cases = [
            ("", false),
            ("*/*", false),
            ("application/json", true),
            ("Application/JSON;charset=utf-8", true),
            ("application/json, text/plain, */*", true),
            ("application/json, text/plain;q=0.9", true),
            ("text/plain, application/json;q=0.5", false),
            ("application/*, */*;q=0.1", true),
            ("application/json;q=0", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("application/json;q=nan, text/plain;q=0", false),
        ];
        for (accept, json) in cases {
            assert_eq!(accept_prefers_json(accept), json, "{accept}");
        }
    }

    #[test]
    fn a_header_value_cannot_end_its_line() {
        assert_eq!(header("X-Test", "a\r\nb\u{e9}").value.as_str(), "a  b ");
    }
}
