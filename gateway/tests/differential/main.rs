//! What the gateway takes for requests, beside Go's net/http and hyper: generated streams go to all three, and where they differ, an
//! oddity of `oddities.rs` has to be the reason.
//!
//! `MOTE_SEED` chooses the streams; without it they are others in each run, whose seed is printed.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;
mod judge;
mod oddities;
mod peers;
mod request;
mod stream;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use exchange::{Understood, send};
use oddities::{ODDITIES, Verdict};
use peers::{Peer, Servers};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use request::Parts;

/// In each run.
const STREAMS: u32 = 2000;

/// Follows an odd request, to see whether the connection goes on.
const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn beside_go_and_hyper_each_oddity_alone_is_judged_as_its_row_says() {
    let servers = Servers::start();
    let mut mistakes = Vec::new();
    for oddity in ODDITIES {
        let mut parts = Parts::plain();
        (oddity.make)(&mut parts);
        let bytes = [&parts.bytes(), NEXT].concat();
        let right = [oddity.gateway, oddity.of(Peer::Go), oddity.of(Peer::Hyper)];
        let understood =
            [servers.gateway, servers.address(Peer::Go), servers.address(Peer::Hyper)].map(|to| send(to, &bytes));
        let is_right = |(right, understood)| right == Verdict::Varies || right == verdict(understood);
        if !right.into_iter().zip(&understood).all(is_right) {
            mistakes.push(format!("{}: not {right:?} ({}), but {understood:?}", oddity.name, oddity.reason));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

fn verdict(understood: &Understood) -> Verdict {
    match understood.taken.len() {
        0 => Verdict::Reject,
        1 => Verdict::Last,
        _ => Verdict::Take,
    }
}

#[test]
fn beside_go_and_hyper_every_difference_in_generated_streams_has_a_reason() {
    let servers = Servers::start();
    let counts = RefCell::new(BTreeMap::new());
    let result = with_seed(|runner| {
        runner.run(&stream::generated(), |stream| {
            let bytes = stream.bytes();
            let gateway = send(servers.gateway, &bytes);
            for peer in [Peer::Go, Peer::Hyper] {
                let theirs = send(servers.address(peer), &bytes);
                let judgement = judge::judge(&stream, peer, &gateway, &theirs).map_err(TestCaseError::fail)?;
                *counts.borrow_mut().entry((peer, judgement)).or_insert(0) += 1;
            }
            Ok(())
        })
    });
    println!("{STREAMS} streams: {:?}", counts.borrow());
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

#[test]
fn beside_go_and_hyper_faults_are_found() {
    let servers = Servers::start();
    for (name, fault) in FAULTS {
        let found = with_seed(|runner| {
            runner.run(&stream::generated(), |stream| {
                let gateway = send(servers.gateway, &fault(stream.bytes()));
                for peer in [Peer::Go, Peer::Hyper] {
                    let theirs = send(servers.address(peer), &stream.bytes());
                    judge::judge(&stream, peer, &gateway, &theirs).map_err(TestCaseError::fail)?;
                }
                Ok(())
            })
        });
        assert!(found.is_err(), "{name} was not found in {STREAMS} streams");
    }
}

/// What the gateway would do wrong, done to what is sent to it.
type Fault = fn(Vec<u8>) -> Vec<u8>;

const FAULTS: [(&str, Fault); 5] = [
    ("a bare LF that ends a line", |bytes| replace(&replace(&bytes, b"\r\n", b"\n"), b"\n", b"\r\n")),
    ("a folded field that is taken", |bytes| replace(&bytes, b"\r\n c", b" c")),
    ("a second length that is ignored", |bytes| {
        replace(&bytes, b"\r\nContent-Length: 3\r\nContent-Length: 3", b"\r\nContent-Length: 3")
    }),
    ("a space before a colon that is ignored", |bytes| replace(&bytes, b" :", b":")),
    ("a size of a chunk in hex that is read as another", |bytes| replace(&bytes, b"\r\na\r\n", b"\r\n9\r\n")),
];

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend([&rest[..at], to].concat());
        rest = &rest[at + from.len()..];
    }
    [&replaced, rest].concat()
}

/// Runs with as many streams as a run has, and says which they were.
fn with_seed<T>(run: impl FnOnce(&mut TestRunner) -> T) -> T {
    let chosen = std::env::var("MOTE_SEED").ok().map(|text| text.parse().expect("MOTE_SEED is a whole number"));
    let seed: u64 = chosen.unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("MOTE_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: STREAMS, max_shrink_iters: 2000, failure_persistence: None, ..Config::default() };
    run(&mut TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)))
}
