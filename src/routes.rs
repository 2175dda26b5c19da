//! (method, path) to response: the only place that knows paths.

use std::io::Cursor;

use tiny_http::{Header, Method, Request, Response};

use crate::app::App;
use crate::state::Stage;
use crate::{metrics, problem};

/// What a handler gives back: a whole body, so that its length is always known.
pub type Answer = Response<Cursor<Vec<u8>>>;

/// The body of `/health`; load balancers and tests compare it byte by byte.
pub const HEALTHY: &str = r#"{"status":"ok"}"#;

/// The listener of everybody.
pub const PUBLIC: usize = 0;

/// The listener of operators, which a load balancer never sees.
pub const OPERATOR: usize = 1;

/// What every route answers.
const ALLOWED: &str = "GET, HEAD, OPTIONS";

/// One row of the route table.
struct Route {
    listener: usize,
    path: &'static str,
    /// The largest body that a request may have; 0 where none is welcome.
    body_bytes: usize,
    handle: fn(&App, &Request) -> Answer,
}

const ROUTES: &[Route] = &[
    Route { listener: PUBLIC, path: "/", body_bytes: 0, handle: home },
    Route { listener: PUBLIC, path: "/health", body_bytes: 0, handle: health },
    Route { listener: PUBLIC, path: "/ready", body_bytes: 0, handle: ready },
    Route { listener: OPERATOR, path: "/metrics", body_bytes: 0, handle: show_metrics },
];

/// Answers one request. HEAD is GET whose body tiny_http leaves out.
#[must_use]
pub fn answer(app: &App, request: &Request) -> Answer {
    let Some(route) = find(listener(request), request.url()) else {
        return error(404, "there is nothing at this path");
    };
    match request.method() {
        Method::Get | Method::Head => (route.handle)(app, request),
        Method::Options => empty().with_header(header("Allow", ALLOWED)),
        _ => error(405, "this path answers GET, HEAD and OPTIONS").with_header(header("Allow", ALLOWED)),
    }
}

/// An answer with a problem body.
#[must_use]
pub fn error(status: u16, detail: &str) -> Answer {
    body(status, problem::CONTENT_TYPE, problem::body(status, detail))
}

/// An answer that has no body.
fn empty() -> Answer {
    Response::from_data(Vec::new()).with_status_code(204)
}

fn home(app: &App, request: &Request) -> Answer {
    let answer = if prefers_json(request) {
        body(200, "application/json", format!(r#"{{"message":{}}}"#, problem::quote(&app.config.message)))
    } else {
        body(200, "text/plain; charset=utf-8", format!("{}\n", app.config.message))
    };
    answer.with_header(header("Vary", "Accept"))
}

fn health(_: &App, _: &Request) -> Answer {
    body(200, "application/json", HEALTHY.to_owned()).with_header(header("Cache-Control", "no-store"))
}

/// Readiness: whether a load balancer should send more. Liveness is [`health`], which does not change while draining.
fn ready(app: &App, _: &Request) -> Answer {
    let answer = match app.state.stage() {
        Stage::Ready => body(200, "application/json", r#"{"status":"ready"}"#.to_owned()),
        Stage::Starting => error(503, "the service is starting"),
        Stage::Draining => error(503, "the service is draining"),
    };
    answer.with_header(header("Cache-Control", "no-store"))
}

fn show_metrics(app: &App, _: &Request) -> Answer {
    let ready = app.state.stage() == Stage::Ready;
    let text = app.counters.get().map(|counters| metrics::text(&app.metrics, counters, ready));
    body(200, metrics::CONTENT_TYPE, text.unwrap_or_default())
}

/// The largest body that a route takes with a method; nothing where the answer is a 404 or a 405 whatever the body.
#[must_use]
pub fn max_body_bytes(listener: usize, method: &str, target: &str) -> Option<usize> {
    let allowed = matches!(method, "GET" | "HEAD" | "OPTIONS");
    find(listener, target).filter(|_| allowed).map(|route| route.body_bytes)
}

/// The template of a target's route: what logs and metrics call it, whatever a client wrote.
#[must_use]
pub fn template(target: &str) -> Option<&'static str> {
    find(PUBLIC, target).map(|route| route.path)
}

/// Whether a route is there for load balancers and supervisors, who ask it all the time.
#[must_use]
pub fn is_probe(template: &str) -> bool {
    matches!(template, "/health" | "/ready")
}

/// The route of a target, whatever its query.
fn find(listener: usize, target: &str) -> Option<&'static Route> {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    ROUTES.iter().find(|route| route.listener == listener && route.path == path)
}

/// The gateway says it for every listener but the first.
fn listener(request: &Request) -> usize {
    let field = request.headers().iter().find(|header| header.field.equiv("Gateway-Listener"));
    field.and_then(|header| header.value.as_str().parse().ok()).unwrap_or(PUBLIC)
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

/// A weight between 0 and 1 as thousandths (RFC 9110, section 12.4.2); what is no weight counts as not wanted.
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => 1000,
        "0" if digits => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
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
            ("application/json;q=0.25, text/plain;q=0.3", false),
            ("application/json;q=1.000, text/plain;q=0.999", true),
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
