//! Bodies that are announced and do not come, or come without end.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::scale::turn;
use crate::server_under_test::ServerUnderTest;

/// What is refused is refused at once, without waiting for the body.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Lengths at which numbers overflow or allocations fail.
const LENGTHS: [&str; 10] = [
    "100000000",
    "2147483648",
    "4294967296",
    "100000000000",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "9999999999999999999999999999999999999999999999999999999999999999",
];

#[test]
fn no_announced_length_is_believed() {
    let _turn = turn();
    for (mut server_under_test, path) in [(ServerUnderTest::service(), "/health"), (ServerUnderTest::echo(), "/echo")] {
        for length in LENGTHS {
            let head = format!("POST {path} HTTP/1.1\r\nHost: m\r\nContent-Length: {length}\r\n\r\n");
            assert_refused(&server_under_test, &head, length);
            let head = format!("POST {path} HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n");
            let size = format!("{:x}\r\n", length.parse::<u128>().unwrap_or(u128::MAX));
            assert_refused(&server_under_test, &format!("{head}{size}"), &size);
        }
        assert_still_echoes(&mut server_under_test, path);
    }
}

#[test]
fn more_silent_bodies_than_workers_stop_nobody() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::echo();
    let silent: Vec<_> = (0..64)
        .map(|_| {
            let mut stream = server_under_test.connect();
            stream.write_all(b"POST /echo HTTP/1.1\r\nHost: m\r\nContent-Length: 2000\r\n\r\n").unwrap();
            stream
        })
        .collect();
    assert_still_echoes(&mut server_under_test, "/echo");
    drop(silent);
}

#[test]
fn a_body_without_end_is_refused_early() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::echo();
    let mut stream = server_under_test.connect();
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    let taken = (0..1_000_000).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(taken < 10_000, "{taken} chunks of 4 KiB were taken");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 413 "), "{:?}", String::from_utf8_lossy(&answer));
    assert_still_echoes(&mut server_under_test, "/echo");
}

fn assert_refused(server_under_test: &ServerUnderTest, head: &str, what: &str) {
    let start = Instant::now();
    let reply = server_under_test.program.exchange(head);
    let took = start.elapsed();
    assert!(matches!(reply.status, 400 | 405 | 413), "{what}: {reply:?}");
    assert!(took <= AT_ONCE, "{what} was refused after {took:?}");
}

/// A body that comes whole is answered at once, or the program without such a route is healthy.
fn assert_still_echoes(server_under_test: &mut ServerUnderTest, path: &str) {
    let body = "a".repeat(1000);
    let request = format!("POST {path} HTTP/1.1\r\nHost: m\r\nContent-Length: 1000\r\n\r\n{body}");
    let start = Instant::now();
    let reply = server_under_test.program.exchange(&request);
    let answered = if path == "/echo" { reply.status == 200 && reply.body == body } else { reply.status == 405 };
    assert!(answered && start.elapsed() <= AT_ONCE, "{reply:?} after {:?}", start.elapsed());
    server_under_test.assert_unharmed(Duration::from_millis(250));
}
