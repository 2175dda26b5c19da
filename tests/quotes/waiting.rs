//! A handler that waits: it holds up no other request, and never takes the last worker.

use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{Reply, Service};
use crate::{post_json, start};

/// Sends a request whose handler waits, and gives it a moment to be handled.
fn ask(quotes: &Service, target: &str) -> BufReader<TcpStream> {
    let mut stream = quotes.connect();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: m\r\n\r\n").as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(100));
    BufReader::new(stream)
}

#[test]
fn a_quote_that_comes_while_one_waits_is_the_answer_at_once() {
    let quotes = start(&[]);
    let mut waiting = ask(&quotes, "/quotes/0?wait=2000");
    let start = Instant::now();
    assert_eq!(post_json(&quotes, r#"{"author":"a","text":"b"}"#).status, 201);
    let reply = Reply::read(&mut waiting, false);
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"author":"a","id":0,"text":"b"}"#));
    assert!(start.elapsed() < Duration::from_millis(1500), "took {:?}", start.elapsed());
}

#[test]
fn a_quote_that_does_not_come_is_404_when_the_time_is_over() {
    let quotes = start(&[]);
    let start = Instant::now();
    assert_eq!(quotes.get("/quotes/0?wait=300").status, 404);
    assert!(start.elapsed() >= Duration::from_millis(300), "took {:?}", start.elapsed());
    for wrong in ["", "2001", "-1", "1.5", "x"] {
        assert_eq!(quotes.get(&format!("/quotes/0?wait={wrong}")).status, 400, "{wrong:?}");
    }
}

#[test]
fn others_are_answered_while_as_many_wait_as_may_and_one_more_is_503() {
    let quotes = start(&[("MOTE_WORKERS", "4")]);
    let waiting: Vec<_> = (0..3).map(|_| ask(&quotes, "/quotes/0?wait=2000")).collect();
    let start = Instant::now();
    let refused = quotes.get("/quotes/0?wait=1");
    assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
    for path in ["/health", "/ready", "/quotes"] {
        assert_eq!(quotes.get(path).status, 200, "{path}");
    }
    assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    for mut reader in waiting {
        assert_eq!(Reply::read(&mut reader, false).status, 404);
    }
    assert_eq!(quotes.get("/quotes/0?wait=1").status, 404);
}

#[test]
fn a_request_that_waits_is_answered_before_the_service_ends() {
    let mut quotes = start(&[]);
    let mut waiting = ask(&quotes, "/quotes/0?wait=1500");
    quotes.signal(Signal::TERM);
    let reply = Reply::read(&mut waiting, false);
    assert_eq!((reply.status, reply.header("Connection")), (404, Some("close")));
    assert_eq!(quotes.exit_code().0, Some(0));
}

#[test]
fn a_request_that_waits_too_long_for_the_end_is_503_and_the_exit_code_says_so() {
    let mut quotes = start(&[("MOTE_SHUTDOWN_TIMEOUT_SECONDS", "1")]);
    let mut waiting = ask(&quotes, "/quotes/0?wait=2000");
    quotes.signal(Signal::TERM);
    let reply = Reply::read(&mut waiting, false);
    assert_eq!((reply.status, reply.header("Connection")), (503, Some("close")));
    assert_eq!(quotes.exit_code().0, Some(70));
}
