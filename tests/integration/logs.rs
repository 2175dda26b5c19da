//! What is on stdout, and that a bad stdout harms no client.

use std::io::{BufReader, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Reply, Service, command, send};

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn a_request_has_one_line_of_json_with_what_happened() {
    let service = Service::start(&[]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    service.exchange("GET / HTTP/1.1\r\nHost: m\r\nUser-Agent: test\u{1}\r\n\r\n");
    service.exchange(&format!(
        "GET /?token=secret HTTP/1.1\r\nHost: m\r\nUser-Agent: \"test\"\r\nAuthorization: secret\r\n\
         X-Request-Id: abc\r\ntraceparent: 00-{trace}-b7ad6b7169203331-01\r\n\r\n"
    ));
    let refused = json(&service.log_line(r#""body":"request""#));
    assert_eq!((&refused["http.response.status_code"], &refused["error.type"]), (&400.into(), &"malformed".into()));
    let line = service.log_line(r#""body":"request""#);
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
        ("network.peer.address", "127.0.0.1".into()),
        ("user_agent.original", "\"test\"".into()),
        ("service.name", "mote".into()),
    ] {
        assert_eq!(line[name], right, "{name}");
    }
}

#[test]
fn sampled_lines_say_for_how_many_requests_they_stand() {
    let service = Service::start(&[("MOTE_ACCESS_LOG_SAMPLE", "5")]);
    for _ in 0..10 {
        assert_eq!(service.get("/").status, 200);
        assert_eq!(service.get("/missing").status, 404);
    }
    let (mut ordinary, mut errors) = (0, 0);
    // The first of each five requests has a line, and each error.
    while errors < 10 {
        let line = json(&service.log_line(r#""body":"request""#));
        if line["http.response.status_code"] == 200 {
            ordinary += line["sample_weight"].as_u64().unwrap();
        } else {
            assert_eq!(line.get("sample_weight"), None);
            errors += 1;
        }
    }
    assert_eq!(ordinary, 10);
}

#[test]
fn what_is_logged_is_what_the_handler_saw() {
    let service = Service::start(&[("MOTE_METRICS_PORT", "0")]);
    for target in ["http://h", "http://h?x=1", "HTTP://h:80/"] {
        service.get(target);
        let line = json(&service.log_line(r#""body":"request""#));
        assert_eq!((&line["url.path"], &line["http.route"]), (&"/".into(), &"/".into()), "{target}");
    }
}

#[test]
fn a_user_agent_with_a_byte_beyond_ascii_is_not_lost() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: m\r\nUser-Agent: caf\xe9/1.0\r\n\r\n").unwrap();
    assert_eq!(Reply::read(&mut BufReader::new(stream), false).status, 200);
    assert_eq!(json(&service.log_line(r#""body":"request""#))["user_agent.original"], "caf\u{fffd}/1.0");
}

/// The address that the log gives for a request with these fields, between its client and its peer.
fn client_address(service: &Service, fields: &[&str]) -> String {
    let mut request = b"GET / HTTP/1.1\r\nHost: m\r\n".to_vec();
    for field in fields {
        // Each letter is a byte, so that some are not UTF-8.
        request.extend(field.chars().map(|letter| u8::try_from(letter).unwrap()));
        request.extend(b"\r\n");
    }
    let mut stream = service.connect();
    stream.write_all(&[&request, b"\r\n".as_slice()].concat()).unwrap();
    assert_eq!(Reply::read(&mut BufReader::new(stream), false).status, 200, "{fields:?}");
    let line = json(&service.log_line(r#""body":"request""#));
    assert_eq!(line["network.peer.address"], "127.0.0.1", "{fields:?}");
    line["client.address"].as_str().unwrap().to_owned()
}

#[test]
fn the_client_is_the_one_that_the_outermost_trusted_hop_saw() {
    let (peer, near, far, forged) = ("127.0.0.1", "198.51.100.1", "2001:db8::7", "203.0.113.9");
    let one = format!("X-Forwarded-For: {forged}, {far},{near}");
    let spaced = format!("x-forwarded-for: \t{far} \t,, {near} , ");
    let several =
        [format!("X-Forwarded-For: {forged}, {far}"), "X-Other: 1".to_owned(), format!("X-Forwarded-For: {near}")];
    let several: Vec<_> = several.iter().map(String::as_str).collect();
    let ended = [format!("X-Forwarded-For: {far}, {near}"), "X-Forwarded-For: ".to_owned()];
    let ended: Vec<_> = ended.iter().map(String::as_str).collect();
    let ported = format!("X-Forwarded-For: [{far}]:4711, {near}:80");
    let bytes = format!("X-Forwarded-For: \u{ff}\u{fe}, {far}, {near}");
    let short = format!("X-Forwarded-For: {near}");
    let garbage = format!("X-Forwarded-For: {far}, unknown, <script>");
    let cases: [(&[&str], [&str; 3]); 9] = [
        (&[], [peer, peer, peer]),
        (&[&one], [peer, near, far]),
        (&[&spaced], [peer, near, far]),
        (&several, [peer, near, far]),
        (&ended, [peer, near, far]),
        (&[&ported], [peer, near, far]),
        (&[&bytes], [peer, near, far]),
        (&[&short], [peer, near, near]),
        (&[&garbage], [peer, peer, peer]),
    ];
    for hops in 0..3 {
        let service = Service::start(&[("MOTE_TRUSTED_HOPS", &hops.to_string())]);
        for (fields, right) in cases {
            assert_eq!(client_address(&service, fields), right[hops], "{hops} trusted hops, {fields:?}");
        }
    }
}

#[test]
fn health_checks_are_logged_only_when_asked() {
    let service = Service::start(&[]);
    service.get("/health");
    service.get("/ready");
    service.get("/");
    assert_eq!(json(&service.log_line(r#""body":"request""#))["url.path"], "/");
    let service = Service::start(&[("MOTE_LOG_PROBES", "true")]);
    service.get("/health");
    assert_eq!(json(&service.log_line(r#""body":"request""#))["url.path"], "/health");
}

#[test]
fn text_is_for_people() {
    let service = Service::start(&[("MOTE_LOG_FORMAT", "text")]);
    service.get("/");
    let line = service.log_line("[access]");
    assert!(line.starts_with("INFO") && line.contains("127.0.0.1 GET / 200 "), "{line}");
}

#[test]
fn below_its_level_nothing_is_logged() {
    let output = command(&[("MOTE_LOG_LEVEL", "error"), ("MOTE_PORT", "0"), ("MOTE_METRICS_PORT", "0")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    send(&output, Signal::TERM);
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
    let mut child = command(&settings).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
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
    send(&child, Signal::TERM);
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
