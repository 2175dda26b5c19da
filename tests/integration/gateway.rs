//! The gateway in front of another service: bodies, rejections, and connections that are shared.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Reply, Service};

/// The example of another service.
fn echo() -> Service {
    Service::start_program(Command::new(crate::example::build("gateway", "echo")))
}

fn post(body_fields: &str, body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: m\r\n{body_fields}\r\n\r\n{body}")
}

#[test]
fn a_body_with_a_length_reaches_the_handler_whole() {
    let echo = echo();
    for size in [1, 1024, 1025, 65_536] {
        let body = "b".repeat(size);
        let reply = echo.exchange(&post(&format!("Content-Length: {size}"), &body));
        assert_eq!((reply.status, reply.body == body), (200, true), "{size} bytes");
    }
}

#[test]
fn a_chunked_body_reaches_the_handler_whole_without_its_framing() {
    let echo = echo();
    let reply = echo.exchange(&post(
        "Transfer-Encoding: chunked",
        "5\r\nhello\r\n1;name=\"a;b\"\r\n,\r\n6\r\n world\r\n0\r\nTrailer: dropped\r\n\r\n",
    ));
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello, world"));
}

#[test]
fn a_body_in_single_bytes_reaches_the_handler_whole() {
    let echo = echo();
    let mut stream = echo.connect();
    for byte in post("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(Reply::read(&mut BufReader::new(stream), false).body, "abc");
}

#[test]
fn a_body_over_the_cap_is_413_whether_it_says_so_at_once_or_not() {
    let echo = echo();
    for length in ["65537", "100000000000", "99999999999999999999999999"] {
        let reply = echo.exchange(&post(&format!("Content-Length: {length}"), ""));
        assert_eq!((reply.status, reply.header("Connection")), (413, Some("close")), "{length}");
    }
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    let reply = echo.exchange(&post("Transfer-Encoding: chunked", &chunk.repeat(3)));
    assert_eq!(reply.status, 413);
    assert_eq!(echo.get("/health").status, 200);
}

#[test]
fn the_routes_of_mote_take_no_body() {
    let service = Service::start(&[]);
    for body in ["Content-Length: 1\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"] {
        let ask = |line: &str| service.exchange(&format!("{line} HTTP/1.1\r\nHost: m\r\n{body}"));
        for (line, status) in [("GET /", 413), ("POST /", 405), ("POST /nothing", 404)] {
            let reply = ask(line);
            assert_eq!((reply.status, reply.header("Connection")), (status, Some("close")), "{line} {body}");
        }
        assert_eq!(ask("POST /").header("Allow"), Some("GET, HEAD, OPTIONS"));
    }
    assert_eq!(service.exchange("POST / HTTP/1.1\r\nHost: m\r\nContent-Length: 0\r\n\r\n").status, 405);
}

#[test]
fn a_client_that_expects_a_100_gets_it_once_and_then_its_answer() {
    let echo = echo();
    let mut stream = echo.connect();
    stream.write_all(post("Content-Length: 2\r\nExpect: 100-continue", "").as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n\r\n");
    reader.get_mut().write_all(b"ok").unwrap();
    assert_eq!(Reply::read(&mut reader, false).body, "ok");
}

#[test]
fn an_answer_in_chunks_comes_with_a_length_and_one_over_the_cap_is_500() {
    let echo = echo();
    for size in [0, 1, 40_000, 1_048_576] {
        let reply = echo.get(&format!("/big/{size}"));
        assert_eq!((reply.status, reply.body.len()), (200, size));
    }
    assert_eq!(echo.get("/big/1048577").status, 500);
    assert_eq!(echo.get("/health").status, 200);
}

#[test]
fn a_request_that_a_handler_drops_is_500_and_the_next_is_answered() {
    let echo = echo();
    assert_eq!(echo.get("/drop").status, 500);
    assert_eq!(echo.get("/health").status, 200);
}

#[test]
fn answers_come_in_the_order_of_the_requests_and_to_those_who_asked() {
    let echo = echo();
    let clients: Vec<_> = (0..20)
        .map(|client| {
            let mut stream = echo.connect();
            thread::spawn(move || {
                let bodies: Vec<_> = (0..50).map(|number| format!("{client}-{number}")).collect();
                let send = |body: &String| post(&format!("Content-Length: {}", body.len()), body);
                stream.write_all(bodies.iter().map(send).collect::<String>().as_bytes()).unwrap();
                let mut reader = BufReader::new(stream);
                for body in bodies {
                    assert_eq!(Reply::read(&mut reader, false).body, body);
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
}

#[test]
fn a_client_that_has_said_all_still_gets_all_its_answers() {
    let echo = echo();
    let mut stream = echo.connect();
    stream.write_all(post("Content-Length: 1", "a").repeat(3).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3, "{text}");
}

#[test]
fn a_slow_handler_holds_up_others_only_at_first() {
    let echo = echo();
    assert_eq!(echo.get("/slow/300").status, 200);
    let mut slow = echo.connect();
    slow.write_all(b"GET /slow/2000 HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    assert_eq!(echo.get("/health").status, 200);
    assert!(start.elapsed() < Duration::from_millis(500), "took {:?}", start.elapsed());
    assert_eq!(Reply::read(&mut BufReader::new(slow), false).body, "slow");
}

#[test]
fn a_handler_sees_the_fields_of_the_client_but_none_that_concern_a_connection_or_the_guard() {
    let echo = echo();
    let stream = echo.connect();
    let address = stream.local_addr().unwrap();
    let mut reader = BufReader::new(stream);
    let head = "GET http://real.example/fields HTTP/1.1\r\nHost: other\r\nConnection: x-mine, keep-alive\r\nX-Mine: 1\r\n\
        Gateway-Client: forged\r\nTE: chunked\r\nUpgrade: h2c\r\nKeep-Alive: 1\r\nX-Request-Id: my-id\r\nX-Kept: caf\u{e9}\r\n\r\n";
    reader.get_mut().write_all(head.as_bytes()).unwrap();
    let reply = Reply::read(&mut reader, false);
    let right = format!("Host: real.example\nX-Kept: caf??\nX-Request-Id: my-id\nGateway-Client: {address}\n");
    assert_eq!(reply.body, right);
    assert_eq!(reply.header("X-Request-Id"), Some("my-id"));
}

#[test]
fn a_request_id_that_is_not_plain_is_replaced_by_one_of_our_own() {
    let service = Service::start(&[]);
    let mut seen = Vec::new();
    for id in ["", "a b", "\"x\"", &"x".repeat(65)] {
        let reply = service.exchange(&format!("GET / HTTP/1.1\r\nHost: m\r\nX-Request-Id: {id}\r\n\r\n"));
        let ours = reply.header("X-Request-Id").unwrap().to_owned();
        assert_eq!((ours.len(), ours.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true), "{id}");
        seen.push(ours);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}

#[test]
fn http_1_0_is_answered_and_closed_unless_it_asks_to_stay() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    stream.write_all(b"GET /health HTTP/1.0\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.contains("\r\nConnection: close\r\n"), "{text}");
    let reply = service.exchange("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(reply.header("Connection"), Some("keep-alive"));
}

#[test]
fn nobody_reaches_tiny_http_but_through_the_guard() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let service = Service::start(&[]);
    let sockets = std::fs::read_to_string("/proc/net/unix").unwrap();
    let prefix = format!("gateway-{}-", service.child.id());
    let mut names = sockets.lines().filter_map(|line| line.rsplit('@').next()).filter(|name| name.starts_with(&prefix));
    // The accepted ends still carry the name; if none did, there would be nothing to try.
    let name = names.next().expect("the socket has a name");
    let address = SocketAddr::from_abstract_name(name).unwrap();
    assert!(UnixStream::connect_addr(&address).is_err());
}

#[test]
fn the_server_does_not_say_what_it_is_made_of() {
    assert_eq!(Service::start(&[]).get("/").header("Server"), None);
}

#[test]
fn at_the_cap_others_are_refused_but_health_is_answered() {
    let service = Service::start(&[("MOTE_MAX_CONNECTIONS", "5")]);
    let idle: Vec<_> = (0..5).map(|_| service.connect()).collect();
    // One round trip on the last of them shows that all have been accepted.
    let mut reader = BufReader::new(idle.last().unwrap());
    reader.get_mut().write_all(b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    assert_eq!(Reply::read(&mut reader, false).status, 200);
    let refused = service.get("/");
    assert_eq!((refused.status, refused.header("Connection")), (503, Some("close")));
    assert!(refused.header("Retry-After").is_some());
    let health = service.get("/health");
    assert_eq!((health.status, health.header("Connection")), (200, Some("close")));
    drop(idle);
    let start = Instant::now();
    while service.get("/").status == 503 {
        assert!(start.elapsed() < Duration::from_secs(2), "the cap outlives its connections");
    }
}

#[test]
fn an_idle_connection_is_closed_in_silence_when_its_time_is_over() {
    let service = Service::start(&[("MOTE_KEEPALIVE_TIMEOUT_SECONDS", "1")]);
    let mut reader = BufReader::new(service.connect());
    reader.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    assert_eq!(Reply::read(&mut reader, false).header("Connection"), None);
    let start = Instant::now();
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    let took = start.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(2)).contains(&took), "took {took:?}");
}

#[test]
fn a_reader_that_never_reads_is_let_go_and_costs_nobody_an_answer() {
    let echo = echo();
    let mut slow: Vec<_> = (0..20).map(|_| echo.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /big/1048576 HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    }
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(echo.get("/health").status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
}
