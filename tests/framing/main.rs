//! What bytes on a connection mean: every case of `cases/`, sent in several ways to the running programs.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../black_box/harness.rs"]
mod harness;

mod answers;
mod case;
mod echo;
mod exchange;
mod program;

use std::io::{Read, Write};

use case::Case;
use exchange::Way;
use program::Programs;

/// Fewer would mean that a table was lost or not read to its end.
const LEAST_CASES: usize = 250;

#[test]
fn every_case_ends_as_its_table_says() {
    let cases = case::all();
    assert!(cases.len() >= LEAST_CASES, "only {} cases", cases.len());
    let mut programs = Programs::start();
    let mut failures = Vec::new();
    for case in &cases {
        failures.extend(failures_of(case, &mut programs));
    }
    println!("{} cases", cases.len());
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The first way of sending that goes wrong, in words; nothing when all go well.
fn failures_of(case: &Case, programs: &mut Programs) -> Option<String> {
    let problem = Way::ALL.into_iter().find_map(|way| {
        let address = programs.address_for(case);
        let outcome = exchange::run(case, way, address).and_then(|()| programs.check_alive());
        outcome.err().map(|problem| format!("sent {way:?}: {problem}"))
    })?;
    Some(format!("  {} [{}]\n    has to be {}, but {problem}", case.name, case.source, case.expected))
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let programs = Programs::start();
    let mut stream = programs.mote.connect();
    stream.write_all(b"POST /health HTTP/1.1\r\nHost: m\r\nContent-Length: 1000000\r\n\r\n").unwrap();
    // An early close with unread bytes would be a reset, which can take the answer with it (RFC 9112, section 9.6).
    for _ in 0..100 {
        if stream.write_all(&[b'x'; 10_000]).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with('}'), "{end:?} after {answer:?}");
}
