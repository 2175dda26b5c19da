//! A burst of clients while nothing is accepted.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used)]

use std::net::TcpStream;
use std::time::Duration;

use gateway::{Gateway, Limits};

#[test]
fn a_burst_of_clients_waits_to_be_accepted() {
    // Nothing is accepted before the server is asked for.
    let gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), Limits::default()).unwrap();
    let connect = |_| TcpStream::connect_timeout(&gateway.addresses()[0], Duration::from_millis(500));
    let clients: Vec<_> = (0..400).map(connect).collect();
    assert!(clients.iter().all(Result::is_ok), "the queue is full");
}
