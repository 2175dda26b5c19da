//! Start, health check, and the way out.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::harness::{Mote, PATIENCE, mote, run};

#[test]
fn a_signal_ends_an_idle_service_with_0_within_two_seconds() {
    for name in ["TERM", "INT"] {
        let mut mote = Mote::start(&[]);
        assert_eq!(mote.get("/health").status, 200);
        mote.signal(name);
        let (code, took) = mote.exit_code();
        assert_eq!(code, Some(0), "SIG{name}");
        assert!(took < Duration::from_secs(2), "SIG{name} took {took:?}");
        assert!(mote.log_line("stopped").contains("stopped"));
    }
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let mut mote = Mote::start(&[]);
    let idle: Vec<_> = (0..10).map(|_| mote.connect()).collect();
    mote.signal("TERM");
    let (code, took) = mote.exit_code();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(2), "took {took:?} with {} connections", idle.len());
}

#[test]
fn healthcheck_exits_0_when_the_service_is_healthy_and_1_when_it_is_not_there() {
    let mut service = Mote::start(&[]);
    let port = service.address.port().to_string();
    let settings = [("MOTE_ADDRESS", "0.0.0.0"), ("MOTE_PORT", port.as_str())];
    assert_eq!(run(mote(&settings).arg("healthcheck")).status.code(), Some(0));
    service.signal("TERM");
    service.exit_code();
    let output = run(mote(&settings).arg("healthcheck"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), text.lines().count()), (Some(1), 1), "{text}");
}

#[test]
fn healthcheck_exits_1_when_something_else_answers_on_the_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let impostor = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
    });
    let output = run(mote(&[("MOTE_PORT", &port)]).arg("healthcheck"));
    assert_eq!(output.status.code(), Some(1));
    impostor.join().unwrap();
}

#[test]
fn healthcheck_exits_1_in_time_when_the_service_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let start = std::time::Instant::now();
    assert_eq!(run(mote(&[("MOTE_PORT", &port)]).arg("healthcheck")).status.code(), Some(1));
    assert!(start.elapsed() < PATIENCE / 2, "took {:?}", start.elapsed());
}
