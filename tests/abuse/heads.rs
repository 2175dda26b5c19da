//! Heads without end.

use std::io::{Read, Write};
use std::time::Duration;

use crate::scale::turn;
use crate::server_under_test::ServerUnderTest;

const GIB: usize = 1 << 30;

/// What is sent at once.
const PIECE: usize = 1 << 16;

/// Of a head without end, no more than this may be taken: the kernel's buffers, and the 16 MiB that are read and dropped
/// so that a client that is still sending sees the rejection.
const MOST_TAKEN: usize = 32 << 20;

#[test]
fn a_head_of_a_gibibyte_is_refused_early() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::service();
    let heads: [(&str, &[u8], &[&str]); 6] = [
        ("", b"A", &["400", "414", "431", "501"]),
        ("GET /", b"a", &["414"]),
        ("GET / HTTP/1.1\r\nHost: m\r\nX-Big: ", b"b", &["431"]),
        ("GET / HTTP/1.1\r\nHost: m\r\n", b"n", &["400", "431"]),
        ("GET / HTTP/1.1\r\nHost: m\r\n", b"X: y\r\n", &["431"]),
        ("", b"\r\n", &["400", "431"]),
    ];
    for (start, part, statuses) in heads {
        let (taken, answer) = pour(&server_under_test, start.as_bytes(), part, GIB);
        let status = answer.get(9..12).unwrap_or_default();
        assert!(statuses.contains(&status), "{start:?} and {} without end: {answer:?}", part.escape_ascii());
        assert!(taken <= MOST_TAKEN, "{taken} bytes were taken of {start:?} and {} without end", part.escape_ascii());
        server_under_test.assert_unharmed(Duration::from_millis(250));
    }
}

#[test]
fn a_million_fields_are_refused_early() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::service();
    let fields = (0..1_000_000).fold(String::new(), |fields, number| fields + &format!("X-{number}: {number}\r\n"));
    let (taken, answer) = pour(&server_under_test, b"GET / HTTP/1.1\r\nHost: m\r\n", fields.as_bytes(), fields.len());
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer:?}");
    assert!(taken <= MOST_TAKEN, "{taken} bytes were taken");
    server_under_test.assert_unharmed(Duration::from_millis(250));
}

/// Sends the start and then the part over and over, until the service ends it. Gives the bytes it took and its answer.
fn pour(server_under_test: &ServerUnderTest, start: &[u8], part: &[u8], most: usize) -> (usize, String) {
    let mut stream = server_under_test.connect();
    stream.write_all(start).unwrap();
    let piece = part.repeat((PIECE / part.len()).max(1));
    let mut taken = 0;
    while taken < most {
        match stream.write(&piece) {
            Ok(count) => taken += count,
            Err(_) => break,
        }
    }
    let mut answer = Vec::new();
    // What came before a reset is the answer all the same.
    let _ = stream.read_to_end(&mut answer);
    (taken, String::from_utf8_lossy(&answer).into_owned())
}
