//! Start, health check, and shutdown.

use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{PATIENCE, Reply, Service, command, run};

#[test]
fn a_signal_ends_an_idle_service_with_0_within_two_seconds() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut service = Service::start(&[]);
        assert_eq!(service.get("/health").status, 200);
        service.signal(signal);
        let (code, took) = service.exit_code();
        assert_eq!(code, Some(0), "{signal:?}");
        assert!(took < Duration::from_secs(2), "{signal:?} took {took:?}");
        assert!(service.log_line("stopped").contains("stopped"));
    }
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let mut service = Service::start(&[]);
    let idle: Vec<_> = (0..10).map(|_| service.connect()).collect();
    service.signal(Signal::TERM);
    let (code, took) = service.exit_code();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(2), "took {took:?} with {} connections", idle.len());
}

#[test]
fn healthcheck_exits_0_when_the_service_is_healthy_and_1_when_it_is_not_there() {
    let mut service = Service::start(&[]);
    let port = service.address.port().to_string();
    let settings = [("MOTE_ADDRESS", "0.0.0.0"), ("MOTE_PORT", port.as_str())];
    assert_eq!(run(command(&settings).arg("healthcheck")).status.code(), Some(0));
    service.signal(Signal::TERM);
    service.exit_code();
    let output = run(command(&settings).arg("healthcheck"));
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
    let output = run(command(&[("MOTE_PORT", &port)]).arg("healthcheck"));
    assert_eq!(output.status.code(), Some(1));
    impostor.join().unwrap();
}

#[test]
fn healthcheck_exits_1_in_time_when_the_service_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let start = std::time::Instant::now();
    assert_eq!(run(command(&[("MOTE_PORT", &port)]).arg("healthcheck")).status.code(), Some(1));
    assert!(start.elapsed() < PATIENCE / 2, "took {:?}", start.elapsed());
}

/// In a network of its own that loses its routes, the process lives and nothing reaches it. It takes three misses,
/// five seconds apart.
#[test]
fn a_service_that_no_longer_reaches_its_own_port_ends_with_70() {
    let alone = ["--map-root-user", "--net", "--pid", "--kill-child", "--"];
    if !Command::new("unshare").args(alone).args(["ip", "link", "set", "lo", "up"]).status().is_ok_and(|s| s.success())
    {
        println!("not run: this machine has no ip, or lets no user make a network namespace");
        return;
    }
    let mut shell = Command::new("unshare");
    let script = r#"ip link set lo up && "$0" & service=$!; read _ && ip route flush table local && wait $service"#;
    shell.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    shell.args(alone).args(["sh", "-c", script, env!("CARGO_BIN_EXE_mote")]).stdin(Stdio::piped());
    shell.envs([("MOTE_ADDRESS", "127.0.0.1"), ("MOTE_METRICS_PORT", "0")]);
    let mut service = Service::start_program(shell);
    service.child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(service.exit_code_within(3 * PATIENCE).0, Some(70));
    assert!(service.log_line("the service is unhealthy").contains("does not respond"));
}

#[test]
fn every_request_that_was_sent_before_the_signal_is_answered() {
    let mut service = Service::start(&[]);
    let mut stream = service.connect();
    stream.write_all("GET / HTTP/1.1\r\nHost: m\r\n\r\n".repeat(100).as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    assert_eq!(Reply::read(&mut reader, false).status, 200);
    service.signal(Signal::TERM);
    // The first answer after the signal says that it is the last, so the client knows which requests to send again.
    let mut answers = 1;
    while Reply::read(&mut reader, false).header("Connection").is_none() {
        answers += 1;
    }
    assert!(answers <= 100);
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    assert_eq!(service.exit_code().0, Some(0));
}

#[test]
fn while_draining_only_readiness_changes() {
    let mut service = Service::start(&[("MOTE_DRAIN_DELAY_SECONDS", "2")]);
    assert_eq!((service.get("/ready").status, service.get("/health").status), (200, 200));
    service.signal(Signal::TERM);
    service.log_line("draining");
    let ready = service.get("/ready");
    assert_eq!((ready.status, ready.header("Content-Type")), (503, Some("application/problem+json")));
    assert_eq!((service.get("/health").body.as_str(), service.get("/").status), (r#"{"status":"ok"}"#, 200));
    let (code, took) = service.exit_code();
    assert_eq!(code, Some(0));
    assert!(took > Duration::from_secs(1), "took only {took:?}");
}

#[test]
fn a_head_that_is_not_whole_holds_up_the_end_no_longer_than_its_setting() {
    let mut service = Service::start(&[("MOTE_SHUTDOWN_TIMEOUT_SECONDS", "2")]);
    let mut half = service.connect();
    half.write_all(b"GET / HTTP/1.1\r\nHost: m\r\n").unwrap();
    assert_eq!(service.get("/health").status, 200);
    service.signal(Signal::TERM);
    let (code, took) = service.exit_code();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_millis(2800), "took {took:?}");
}

#[test]
fn a_client_that_comes_within_the_drain_delay_is_served_and_one_after_it_is_refused() {
    let mut service = Service::start(&[("MOTE_DRAIN_DELAY_SECONDS", "1")]);
    service.signal(Signal::TERM);
    service.log_line("draining");
    thread::sleep(Duration::from_millis(100));
    assert_eq!(service.get("/").status, 200);
    thread::sleep(Duration::from_millis(1100));
    assert!(std::net::TcpStream::connect(service.address).is_err());
    assert_eq!(service.exit_code().0, Some(0));
}

#[test]
fn a_second_signal_ends_the_service_at_once() {
    let mut service = Service::start(&[("MOTE_DRAIN_DELAY_SECONDS", "60")]);
    service.signal(Signal::TERM);
    service.log_line("draining");
    service.signal(Signal::TERM);
    let (code, took) = service.exit_code();
    assert_eq!(code, Some(130));
    assert!(took < Duration::from_millis(500), "took {took:?}");
}

/// One of many clients: ten requests a second on one connection, and a new one when it is told to go, until nothing listens
/// any more. Every request it sends has to be answered.
fn ask_until_refused(address: std::net::SocketAddr) -> usize {
    let mut answered = 0;
    while let Ok(stream) = std::net::TcpStream::connect(address) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut reader = BufReader::new(stream);
        loop {
            reader.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
            let reply = Reply::read(&mut reader, false);
            assert_eq!(reply.status, 200);
            answered += 1;
            if reply.header("Connection") == Some("close") {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
    answered
}

fn stop_under_load() {
    let mut service = Service::start(&[("MOTE_LOG_LEVEL", "info")]);
    let address = service.address;
    let clients: Vec<_> = (0..50).map(|_| thread::spawn(move || ask_until_refused(address))).collect();
    thread::sleep(Duration::from_millis(500));
    service.signal(Signal::TERM);
    let answered: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
    assert!(answered >= 200, "only {answered} requests were answered: that was no load");
    let (code, took) = service.exit_code();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "took {took:?}");
}

#[test]
fn no_request_is_lost_when_a_signal_comes_in_the_middle_of_500_a_second_20_times_of_20() {
    // Four at a time, so that the test takes seconds.
    for _ in 0..5 {
        let runs: Vec<_> = (0..4).map(|_| thread::spawn(stop_under_load)).collect();
        for run in runs {
            run.join().unwrap();
        }
    }
}

#[test]
fn clients_that_connected_before_the_signal_are_answered_even_if_nobody_had_accepted_them() {
    let mut service = Service::start(&[]);
    // Stopped, the process accepts no client, while the kernel still takes 128 connections and their requests for it.
    service.signal(Signal::STOP);
    let mut clients: Vec<_> = (0..100).map(|_| service.connect()).collect();
    for client in &mut clients {
        client.write_all(b"GET / HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    }
    service.signal(Signal::TERM);
    service.signal(Signal::CONT);
    for client in clients {
        assert_eq!(Reply::read(&mut BufReader::new(client), false).status, 200);
    }
    assert_eq!(service.exit_code().0, Some(0));
}
