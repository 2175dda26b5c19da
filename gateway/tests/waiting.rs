//! What becomes of requests that wait while a handler is busy.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use gateway::{Gateway, Limits};
use tiny_http::{Response, Server};

/// More than the kernel buffers for a connection.
const LARGE: usize = 16 * 1024 * 1024;

/// A gateway before a service that answers when it is told to, and tells which target it was asked for.
struct Slow {
    gateway: Gateway,
    go: Sender<usize>,
    asked: Receiver<String>,
}

impl Slow {
    /// So many bytes may be buffered.
    fn start(max_buffered_bytes: usize) -> Self {
        let limits = Limits { pipeline_depth: 1, max_response_bytes: LARGE, max_buffered_bytes, ..Limits::default() };
        let mut gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), limits).unwrap();
        let server = gateway.server().unwrap();
        let ((go, gone), (ask, asked)) = (channel(), channel());
        thread::spawn(move || serve(server, &gone, &ask));
        Self { gateway, go, asked }
    }

    /// Asks, and returns once the gateway has that many requests in hand.
    fn ask(&self, target: &str, in_hand: usize) -> TcpStream {
        let mut stream = TcpStream::connect(self.gateway.addresses()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: m\r\n\r\n").as_bytes()).unwrap();
        while self.gateway.counters().in_flight() < in_hand {
            thread::sleep(Duration::from_millis(5));
        }
        stream
    }

    /// The handler answers the next request with so many bytes; which one that was.
    fn answer(&self, bytes: usize) -> String {
        self.go.send(bytes).unwrap();
        self.asked.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn serve(server: &Server, gone: &Receiver<usize>, ask: &Sender<String>) {
    for request in server.incoming_requests() {
        let Ok(bytes) = gone.recv() else { return };
        let url = request.url().to_owned();
        let _ = request.respond(Response::from_data(vec![b'x'; bytes]));
        let _ = ask.send(url);
    }
}

fn status(stream: &mut TcpStream) -> String {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8(start.to_vec()).unwrap()
}

#[test]
fn a_health_check_waits_for_the_request_in_hand_and_for_no_other() {
    let slow = Slow::start(LARGE);
    let _clients = ["/first", "/second", "/third"].map(|target| slow.ask(target, 1));
    let _others = [slow.ask("/fourth", 4), slow.ask("/health", 5)];
    assert_eq!(slow.answer(1), "/first");
    assert_eq!(slow.answer(1), "/health");
    for _ in 0..3 {
        slow.answer(1);
    }
}

#[test]
fn a_request_that_waited_until_the_buffers_were_full_gets_a_503_and_a_health_check_its_answer() {
    let slow = Slow::start(1024 * 1024);
    let _greedy = slow.ask("/large", 1);
    let mut waiting = slow.ask("/", 2);
    let mut check = slow.ask("/health", 3);
    assert_eq!(slow.answer(LARGE), "/large");
    assert_eq!(slow.answer(1), "/health");
    assert_eq!(status(&mut check), "HTTP/1.1 200");
    assert_eq!(status(&mut waiting), "HTTP/1.1 503");
}
