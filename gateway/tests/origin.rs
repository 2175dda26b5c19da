//! Who asks is told to the handlers that want to know, and to them alone.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use gateway::{Gateway, Hooks, Limits};
use tiny_http::{Request, Response};

/// One target's handler wants to know.
struct Curious;

impl Hooks for Curious {
    fn wants_origin(&self, listener: usize, target: &str) -> bool {
        (listener, target) == (0, "/who")
    }
}

/// Answers with the names of the fields that it sees.
fn answer(request: Request) {
    let names: Vec<_> = request.headers().iter().map(|header| header.field.to_string()).collect();
    let _ = request.respond(Response::from_string(names.join(" ")));
}

#[test]
fn a_handler_sees_who_asks_only_where_it_wants_to_and_never_what_a_client_says_of_it() {
    let bound = Gateway::bind("127.0.0.1:0".parse().unwrap(), Limits::default()).unwrap();
    let mut gateway = bound.with_hooks(Arc::new(Curious));
    let server = gateway.server().unwrap();
    thread::spawn(move || server.incoming_requests().for_each(answer));
    for (target, right) in [("/who", "Host X-Request-Id Gateway-Client"), ("/else", "Host")] {
        let mut stream = TcpStream::connect(gateway.addresses()[0]).unwrap();
        let forged = "X-Request-Id: mine\r\nGateway-Client: forged\r\nConnection: close\r\n";
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: m\r\n{forged}\r\n").as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, names) = reply.split_once("\r\n\r\n").unwrap();
        assert_eq!(names, right);
        assert!(head.contains("\r\nX-Request-Id: mine"), "{head}");
    }
}
