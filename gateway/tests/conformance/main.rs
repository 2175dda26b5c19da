//! What bytes on a connection mean: every case of `cases/`, sent in several ways to a running server.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod case;
mod exchange;
mod server;

use std::io::{Read, Write};

use case::Case;
use exchange::Way;
use server::Server;

/// Fewer would mean that a table was lost or not read to its end.
const LEAST_CASES: usize = 250;

#[test]
fn every_case_ends_as_its_table_says() {
    let cases = case::all();
    assert!(cases.len() >= LEAST_CASES, "only {} cases", cases.len());
    let server = Server::start();
    let mut failures = Vec::new();
    for case in &cases {
        failures.extend(failures_of(case, &server));
    }
    println!("{} cases", cases.len());
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The first way of sending that goes wrong, in words; nothing when all go well.
fn failures_of(case: &Case, server: &Server) -> Option<String> {
    let problem = Way::ALL.into_iter().find_map(|way| {
        let outcome = exchange::run(case, way, server.address()).and_then(|()| server.check_alive());
        outcome.err().map(|problem| format!("sent {way:?}: {problem}"))
    })?;
    Some(format!("  {} [{}]\n    has to be {}, but {problem}", case.name, case.source, case.expected))
}

#[test]
fn a_rejection_reaches_a_client_that_is_still_sending() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: m\r\nContent-Length: 8000000\r\n\r\n").unwrap();
    // An early close with unread bytes would be a reset, which can take the answer with it (RFC 9112, section 9.6).
    for _ in 0..800 {
        stream.write_all(&[b'x'; 10_000]).unwrap();
    }
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with('}'), "{end:?} after {answer:?}");
}
