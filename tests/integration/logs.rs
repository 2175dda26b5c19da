//! What is on stdout, and that a bad stdout harms no client.

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Mote, mote};

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn a_request_has_one_line_of_json_with_what_happened() {
    let mote = Mote::start(&[]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    mote.exchange("GET / HTTP/1.1\r\nHost: m\r\nUser-Agent: test\u{1}\r\n\r\n");
    mote.exchange(&format!(
        "GET /?token=secret HTTP/1.1\r\nHost: m\r\nUser-Agent: \"test\"\r\nAuthorization: secret\r\n\
         X-Request-Id: abc\r\ntraceparent: 00-{trace}-b7ad6b7169203331-01\r\n\r\n"
    ));
    let refused = json(&mote.log_line(r#""body":"request""#));
    assert_eq!((&refused["http.response.status_code"], &refused["error.type"]), (&400.into(), &"malformed".into()));
    let line = mote.log_line(r#""body":"request""#);
    assert!(!line.contains("secret"), "{line}");
    let line = json(&line);
    for (name, right) in [
        ("severity_text", Value::from("INFO")),
        ("http.request.method", "GET".into()),
        ("url.path", "/".into()),
        ("http.route", "/".into()),
        ("http.response.status_code", 200.into()),
        ("client.address", "127.0.0.1".into()),
        ("http.request.id", "abc".into()),
        ("trace_id", trace.into()),
        ("user_agent.original", "\"test\"".into()),
        ("service.name", "mote".into()),
    ] {
        assert_eq!(line[name], right, "{name}");
    }
}

#[test]
fn health_checks_are_logged_only_when_asked() {
    let mote = Mote::start(&[]);
    mote.get("/health");
    mote.get("/ready");
    mote.get("/");
    assert_eq!(json(&mote.log_line(r#""body":"request""#))["url.path"], "/");
    let mote = Mote::start(&[("MOTE_LOG_PROBES", "true")]);
    mote.get("/health");
    assert_eq!(json(&mote.log_line(r#""body":"request""#))["url.path"], "/health");
}

#[test]
fn text_is_for_people() {
    let mote = Mote::start(&[("MOTE_LOG_FORMAT", "text")]);
    mote.get("/");
    let line = mote.log_line("[access]");
    assert!(line.starts_with("INFO") && line.contains("127.0.0.1 GET / 200 "), "{line}");
}

#[test]
fn below_its_level_nothing_is_logged() {
    let output = mote(&[("MOTE_LOG_LEVEL", "error"), ("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let id = output.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    let output = output.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
}

/// Serves with a stdout that the test holds, and asks often enough to fill a pipe and the queue before it.
fn survives(format: &str, close: bool) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let settings = [
        ("MOTE_ADDRESS", "127.0.0.1"),
        ("MOTE_PORT", port.as_str()),
        ("MOTE_METRICS_PORT", "0"),
        ("MOTE_LOG_FORMAT", format),
    ];
    let mut child = mote(&settings).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut [0]).unwrap();
    let pipe = (!close).then_some(pipe);
    let start = Instant::now();
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let requests = "GET /nothing HTTP/1.1\r\nHost: m\r\n\r\n".repeat(100);
    for _ in 0..40 {
        stream.write_all(requests.as_bytes()).unwrap();
        let mut answers = 0;
        while answers < 100 {
            let mut piece = vec![0; 65_536];
            let count = stream.read(&mut piece).unwrap();
            assert_ne!(count, 0, "closed");
            answers += String::from_utf8_lossy(&piece[..count]).matches("\"status\":404").count();
        }
    }
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(pipe);
}

#[test]
fn a_closed_stdout_ends_no_request_and_no_service() {
    survives("json", true);
    survives("text", true);
}

#[test]
fn a_stdout_that_nobody_reads_holds_up_no_request_and_not_the_end() {
    survives("json", false);
    survives("text", false);
}
