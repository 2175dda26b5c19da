//! How connections end: idle ones, those with a request at the end of a drain, and those on which nothing has begun.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use gateway::{Gateway, Limits};
use tiny_http::Response;

/// Far enough apart for a test to see which of them counted.
const HEAD_TIMEOUT: Duration = Duration::from_secs(8);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(2);

/// A gateway before a service with one worker that takes so long for each request.
fn start(handling: Duration) -> Gateway {
    let limits = Limits {
        head_timeout: HEAD_TIMEOUT,
        keepalive_timeout: KEEPALIVE_TIMEOUT,
        pipeline_depth: 1,
        ..Limits::default()
    };
    let mut gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), limits).unwrap();
    let server = gateway.server().unwrap();
    thread::spawn(move || {
        for request in server.incoming_requests() {
            thread::sleep(handling);
            let _ = request.respond(Response::from_data([]));
        }
    });
    gateway
}

fn connect(gateway: &Gateway, bytes: &[u8]) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(gateway.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes).unwrap();
    BufReader::new(stream)
}

/// The head of a response without a body.
fn head(reader: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "closed after {head:?}");
    }
    head
}

/// Connections whose client has sent a line's end too much, whole or in part (RFC 9112, section 2.2).
fn with_stray_line_ends(gateway: &Gateway) -> Vec<BufReader<TcpStream>> {
    let connect = |end: &&str| {
        let post = format!("POST / HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\nab{end}");
        let mut reader = connect(gateway, post.as_bytes());
        assert!(head(&mut reader).starts_with("HTTP/1.1 200 "));
        reader
    };
    ["\r\n", "\r\n\r\n", "\r"].iter().map(connect).collect()
}

#[test]
fn a_stray_line_end_begins_no_request_and_the_connection_stays_idle() {
    let gateway = start(Duration::ZERO);
    let start = Instant::now();
    for mut reader in with_stray_line_ends(&gateway) {
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        // A head that had begun would get a 408 after its own, longer time.
        assert_eq!(rest, "");
        let took = start.elapsed();
        assert!(took + Duration::from_millis(300) > KEEPALIVE_TIMEOUT && took < HEAD_TIMEOUT / 2, "took {took:?}");
    }
}

#[test]
fn a_stray_line_end_holds_up_no_drain() {
    let mut gateway = start(Duration::ZERO);
    let readers = with_stray_line_ends(&gateway);
    let start = Instant::now();
    gateway.drain(Duration::from_secs(10));
    assert_eq!(gateway.wait().unwrap(), 0);
    let took = start.elapsed();
    assert!(took < HEAD_TIMEOUT / 2, "took {took:?} with {} idle connections", readers.len());
}

#[test]
fn requests_that_still_wait_at_the_end_of_a_drain_get_a_503_that_ends_the_connection() {
    let mut gateway = start(Duration::from_secs(20));
    let get = b"GET / HTTP/1.1\r\nHost: m\r\n\r\n".as_slice();
    let half = b"POST / HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\nab".as_slice();
    // One is with the only worker, two are in the queue, and one has not come whole.
    let readers: Vec<_> = [get, get, get, half].map(|bytes| connect(&gateway, bytes)).into();
    thread::sleep(Duration::from_millis(200));
    gateway.drain(Duration::from_millis(500));
    assert_eq!(gateway.wait().unwrap(), 4);
    for mut reader in readers {
        let head = head(&mut reader);
        assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nConnection: close\r\n"), "{head}");
        let mut body = String::new();
        reader.read_to_string(&mut body).unwrap();
        assert!(body.contains("the service is shutting down"), "{body}");
    }
}
