//! Hostile bodies: each has its status, and the next client is served.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use crate::harness::{Reply, Service};
use crate::{post, post_json, start};

const GOOD: &str = r#"{"author":"a","text":"a"}"#;

/// What the process may cost at most, hostile clients or not.
const MAX_MEMORY_KIB: u64 = 64 * 1024;

fn assert_unharmed(quotes: &Service) {
    let start = Instant::now();
    assert!(matches!(post_json(quotes, GOOD).status, 201 | 409));
    assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    let status = fs::read_to_string(format!("/proc/{}/status", quotes.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak <= MAX_MEMORY_KIB, "{peak} KiB were resident at most");
}

fn raw(quotes: &Service, fields: &str, body: &[u8]) -> Reply {
    let mut stream = quotes.connect();
    let head = format!("POST /quotes HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n{fields}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    Reply::read(&mut BufReader::new(stream), false)
}

#[test]
fn a_body_that_never_ends_is_413() {
    let quotes = start(&[]);
    let mut stream = quotes.connect();
    let head =
        "POST /quotes HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    let taken = (0..1_000_000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(taken < 10_000, "{taken} chunks were taken");
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    assert!(response.starts_with(b"HTTP/1.1 413 "), "{:?}", String::from_utf8_lossy(&response));
    assert_unharmed(&quotes);
}

#[test]
fn a_length_that_lies_has_its_status() {
    let quotes = start(&[]);
    let cases = [
        // More than the route takes, whatever follows.
        ("Content-Length: 16385", "", 413),
        ("Content-Length: 100000000000", "", 413),
        // Less than there is: the rest would be the next request, and is none.
        ("Content-Length: 5", GOOD, 400),
        ("Content-Length: 25\r\nContent-Length: 26", GOOD, 400),
        ("Content-Length: 25\r\nTransfer-Encoding: chunked", GOOD, 400),
    ];
    for (fields, body, status) in cases {
        assert_eq!(raw(&quotes, fields, body.as_bytes()).status, status, "{fields}");
    }
    assert_unharmed(&quotes);
}

#[test]
fn a_body_that_ends_before_its_length_stores_nothing() {
    let quotes = start(&[]);
    for framing in ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1a\r\n"] {
        let mut stream = quotes.connect();
        let head = format!("POST /quotes HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n{framing}{GOOD}");
        stream.write_all(head.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 400 "), "{response}");
        assert_eq!(quotes.get("/quotes").body, r#"{"quotes":[]}"#);
    }
    assert_unharmed(&quotes);
}

#[test]
fn nesting_without_end_is_400() {
    let quotes = start(&[]);
    let deep = "[".repeat(16_384);
    assert_eq!(post_json(&quotes, &deep).status, 400);
    let deeper = r#"{"a":"#.repeat(100_000);
    assert_eq!(post_json(&quotes, &deeper).status, 413);
    assert_unharmed(&quotes);
}

#[test]
fn bytes_that_are_not_utf_8_are_400() {
    let quotes = start(&[]);
    let body = b"{\"author\":\"\xff\xfe\",\"text\":\"a\"}";
    assert_eq!(raw(&quotes, &format!("Content-Length: {}", body.len()), body).status, 400);
    assert_unharmed(&quotes);
}

#[test]
fn a_wrong_type_is_415_or_422() {
    let quotes = start(&[]);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        assert_eq!(post(&quotes, media_type, GOOD).status, 415, "{media_type}");
    }
    let gzip = format!("Content-Encoding: gzip\r\nContent-Length: {}", GOOD.len());
    assert_eq!(raw(&quotes, &gzip, GOOD.as_bytes()).status, 415);
    for body in ["[]", "null", "7", r#""text""#, r#"{"author":[],"text":{}}"#] {
        assert_eq!(post_json(&quotes, body).status, 422, "{body}");
    }
    assert_eq!(post_json(&quotes, "").status, 400);
    assert_unharmed(&quotes);
}
