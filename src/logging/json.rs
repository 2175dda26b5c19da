//! Lines for machines: one JSON object each, with the names of OpenTelemetry's log model and conventions.

use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

use gateway::{AccessRecord, Rejection};
use log::{Level, Record};

use super::text::{cut, path};
use super::{clock, trace};
use crate::problem::quote;

/// A line about the service itself.
pub(super) fn event(record: &Record<'_>) -> String {
    let mut line = begin(record.level(), &record.args().to_string());
    text(&mut line, "code.namespace", record.target());
    end(line)
}

/// A line about a request. It has no field but `User-Agent`, no query and no body.
pub(super) fn access(
    record: &AccessRecord<'_>,
    client: IpAddr,
    route: Option<&str>,
    level: Level,
    weight: u32,
) -> String {
    let mut line = begin(level, "request");
    if let Some(found) = trace::find(record.traceparent, record.amazon_trace) {
        text(&mut line, "trace_id", &found.id);
        optional(&mut line, "trace_flags", found.flags.as_deref());
    }
    if !record.method.is_empty() {
        text(&mut line, "http.request.method", cut(record.method));
        text(&mut line, "url.path", cut(path(record)));
        text(&mut line, "network.protocol.version", record.version);
    }
    optional(&mut line, "http.route", route);
    number(&mut line, "http.response.status_code", &record.status);
    number(&mut line, "http.response.body.size", &record.body_bytes);
    number(&mut line, "duration_s", &seconds(record.duration));
    text(&mut line, "client.address", &client.to_string());
    text(&mut line, "network.peer.address", &record.peer.ip().to_string());
    text(&mut line, "http.request.id", record.request_id);
    optional(&mut line, "user_agent.original", record.user_agent.as_deref().map(cut));
    optional(&mut line, "error.type", error(record));
    if weight > 1 {
        number(&mut line, "sample_weight", &weight);
    }
    end(line)
}

/// The same for people.
pub(super) fn short(record: &AccessRecord<'_>, client: IpAddr) -> String {
    let (method, path) = (cut(record.method).escape_debug(), cut(path(record)).escape_debug());
    let seconds = seconds(record.duration);
    let mut line = format!("{client} {method} {path} {} {seconds} s", record.status);
    if let Some(reason) = error(record) {
        line.push(' ');
        line.push_str(reason);
    }
    line
}

/// Seconds with six digits behind the point. Formatting a floating-point number would cost 15 KiB of program.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{}.{:06}", duration.as_secs(), duration.subsec_micros())
}

fn error(record: &AccessRecord<'_>) -> Option<&'static str> {
    let undelivered = (!record.delivered).then_some("not_delivered");
    record.rejection.map(Rejection::reason).or(undelivered)
}

fn begin(level: Level, body: &str) -> String {
    let (text, number) = match level {
        Level::Error => ("ERROR", 17),
        Level::Warn => ("WARN", 13),
        Level::Info => ("INFO", 9),
        Level::Debug => ("DEBUG", 5),
        Level::Trace => ("TRACE", 1),
    };
    let mut line = String::with_capacity(512);
    let _ = write!(line, r#"{{"timestamp":"{}","severity_text":"{text}","severity_number":{number}"#, clock::now());
    self::text(&mut line, "body", body);
    self::text(&mut line, "service.name", env!("CARGO_PKG_NAME"));
    self::text(&mut line, "service.version", env!("CARGO_PKG_VERSION"));
    line
}

fn end(mut line: String) -> String {
    line.push_str("}\n");
    line
}

fn text(line: &mut String, name: &str, value: &str) {
    number(line, name, &quote(value));
}

fn optional(line: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        text(line, name, value);
    }
}

/// Writes a value that is JSON already.
fn number(line: &mut String, name: &str, value: &dyn std::fmt::Display) {
    // Writing to memory does not fail.
    let _ = write!(line, r#","{name}":{value}"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

    fn record() -> AccessRecord<'static> {
        AccessRecord {
            listener: 0,
            peer: "203.0.113.7:4711".parse().unwrap(),
            method: "GET",
            target: "/a\u{1b}[31m\"?secret=1",
            version: "1.1",
            status: 404,
            body_bytes: 12,
            duration: Duration::from_micros(1500),
            request_id: "id",
            user_agent: Some("curl\r\n".into()),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            amazon_trace: None,
            forwarded_for: None,
            rejection: None,
            delivered: true,
        }
    }

    /// Everything but the time stamp, which the first comma ends.
    fn after_stamp(line: &str) -> &str {
        line.split_once(',').unwrap().1
    }

    #[test]
    fn an_access_line_is_exactly_this() {
        let line = access(&record(), CLIENT, Some("/a"), Level::Info, 1);
        let right = concat!(
            r#""severity_text":"INFO","severity_number":9,"body":"request","service.name":"mote","#,
            r#""service.version":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","trace_id":"0af7651916cd43dd8448eb211c80319c","trace_flags":"01","http.request.method":"GET","#,
            r#""url.path":"/a\u001b[31m\"","network.protocol.version":"1.1","http.route":"/a","#,
            r#""http.response.status_code":404,"http.response.body.size":12,"duration_s":0.001500,"#,
            r#""client.address":"198.51.100.7","network.peer.address":"203.0.113.7","http.request.id":"id","user_agent.original":"curl\r\n"}"#,
            "\n"
        );
        assert_eq!(after_stamp(&line), right);
        assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
    }

    #[test]
    fn a_refusal_before_any_head_says_only_what_is_known() {
        let refused = AccessRecord {
            method: "",
            target: "",
            user_agent: None,
            traceparent: None,
            rejection: Some(Rejection::Malformed),
            ..record()
        };
        let line = access(&refused, CLIENT, None, Level::Info, 1);
        assert!(line.contains(r#""error.type":"malformed""#), "{line}");
        assert!(!line.contains("url.path") && !line.contains("http.request.method"), "{line}");
    }

    #[test]
    fn long_texts_are_cut_and_queries_left_out() {
        let long = format!("/{}", "ü".repeat(5000));
        let line = access(
            &AccessRecord { target: &long, user_agent: Some(long.as_str().into()), ..record() },
            CLIENT,
            None,
            Level::Info,
            1,
        );
        assert!(line.len() < 2000, "{}", line.len());
        assert!(!access(&record(), CLIENT, None, Level::Info, 1).contains("secret"));
        assert!(!short(&record(), CLIENT).contains("secret"));
    }

    #[test]
    fn a_text_line_has_no_control_characters() {
        assert_eq!(short(&record(), CLIENT), "198.51.100.7 GET /a\\u{1b}[31m\\\" 404 0.001500 s");
    }
}
