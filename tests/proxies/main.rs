//! What clients see of the service through the proxies that people put before it: nginx and `HAProxy`, as Debian has them.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../support/harness.rs"]
mod harness;

mod proxy;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use harness::{PATIENCE, Service};
use proxy::{KINDS, Proxy};

/// Each request and its status: no route takes a body, so each is answered before the body has come.
const REFUSED: [(&str, u16); 3] = [("GET /", 413), ("POST /", 405), ("POST /nothing", 404)];

/// More than any buffer between the two holds, and much more.
const BODIES: [usize; 2] = [300 * 1024, 4 * 1024 * 1024];

/// Of each kind: enough for what is lost now and then.
const REQUESTS: usize = 200;

#[test]
fn through_a_proxy_the_answer_to_a_body_that_is_refused_arrives() {
    for kind in KINDS {
        let service = Service::start(&[]);
        let proxy = Proxy::start(kind, service.address);
        for (line, status) in REFUSED {
            for size in BODIES {
                let lost = statuses(proxy.address, line, size).filter(|&got| got != Some(status)).count();
                assert_eq!(lost, 0, "of {REQUESTS} answers to {line} with {size} bytes through {kind:?}");
            }
        }
    }
}

/// The statuses of many requests, some of them at once.
fn statuses(address: SocketAddr, line: &'static str, size: usize) -> impl Iterator<Item = Option<u16>> {
    const AT_ONCE: usize = 8;
    let clients: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            thread::spawn(move || (0..REQUESTS / AT_ONCE).map(|_| status(address, line, size)).collect::<Vec<_>>())
        })
        .collect();
    clients.into_iter().flat_map(|client| client.join().unwrap())
}

/// Sends a request with a body, and reads meanwhile: a proxy that has an answer need not take the rest.
fn status(address: SocketAddr, line: &str, size: usize) -> Option<u16> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut body = stream.try_clone().unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: m\r\nContent-Length: {size}\r\n\r\n");
    let sender =
        thread::spawn(move || body.write_all(head.as_bytes()).and_then(|()| body.write_all(&vec![b'b'; size])));
    let mut first = String::new();
    let read = BufReader::new(&stream).read_line(&mut first);
    drop(stream);
    let _ = sender.join().unwrap();
    read.ok().and_then(|_| first.get(9..12)?.parse().ok())
}
