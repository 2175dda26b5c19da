//! Clients that are slow on purpose, or do nothing at all.

use std::thread;
use std::time::{Duration, Instant};

use crate::clients::{Clients, Manner};
use crate::probe_client::{Habit, MOST_WAIT, watch};
use crate::scale::{scale, turn};
use crate::server_under_test::ServerUnderTest;

/// A head of which one more line comes at each beat.
const SLOW_HEAD: Manner = Manner { first: b"GET / HTTP/1.1\r\nHost: m\r\n", then: b"X-Slow: yes\r\n", reads: true };

/// A head that comes byte by byte.
const SLOWER_HEAD: Manner = Manner { first: b"G", then: b"E", reads: true };

/// A body that comes byte by byte.
const SLOW_BODY: Manner =
    Manner { first: b"POST /echo HTTP/1.1\r\nHost: m\r\nContent-Length: 1000\r\n\r\n", then: b"x", reads: true };

/// A chunked body that comes in chunks of one byte.
const SLOW_CHUNKS: Manner = Manner {
    first: b"POST /echo HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n",
    then: b"1\r\nx\r\n",
    reads: true,
};

/// Small answers, of which none is ever taken.
const SLOW_READER: Manner = Manner { first: TWO_GETS, then: b"G", reads: false };

const TWO_GETS: &[u8] = b"GET / HTTP/1.1\r\nHost: m\r\n\r\nGET / HTTP/1.1\r\nHost: m\r\n\r\n";

/// Answers that fill every buffer on the way, so that the service itself has to hold the rest.
const GREEDY_READER: Manner = Manner { first: b"GET /big/65536 HTTP/1.1\r\nHost: m\r\n\r\n", then: b"G", reads: false };

/// One request at each beat, and every answer is taken.
const WELL_BEHAVED: Manner = Manner {
    first: b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n",
    then: b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n",
    reads: true,
};

/// One request, and then nothing for as long as the service allows.
const IDLE: Manner = Manner { first: b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n", then: b"", reads: true };

/// Nothing at all.
const SILENT: Manner = Manner { first: b"", then: b"", reads: true };

#[test]
fn slow_heads_slow_nobody_else() {
    suffer(ServerUnderTest::service, &[SLOW_HEAD, SLOWER_HEAD]);
}

#[test]
fn slow_bodies_slow_nobody_else() {
    suffer(ServerUnderTest::echo, &[SLOW_BODY, SLOW_CHUNKS]);
}

#[test]
fn slow_readers_slow_nobody_else() {
    suffer(ServerUnderTest::service, &[SLOW_READER]);
}

#[test]
fn readers_that_take_nothing_of_much_slow_nobody_else() {
    suffer(ServerUnderTest::echo, &[GREEDY_READER]);
}

#[test]
fn ten_thousand_idle_connections_leave_room_for_a_health_check() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::service();
    for manner in [IDLE, SILENT] {
        let clients = Clients::gather(server_under_test.address(), 5_000, manner);
        thread::sleep(Duration::from_millis(500));
        server_under_test.assert_unharmed(Duration::from_millis(100));
        let other = Clients::gather(server_under_test.address(), 5_000, manner);
        thread::sleep(Duration::from_millis(500));
        for _ in 0..20 {
            server_under_test.assert_unharmed(Duration::from_millis(100));
        }
        println!("{} connections", clients.connections() + other.connections());
    }
}

#[test]
fn a_head_that_never_ends_is_given_up_in_time() {
    let _turn = turn();
    let server_under_test = ServerUnderTest::service();
    let clients = Clients::gather(server_under_test.address(), 20, SLOW_HEAD);
    let start = Instant::now();
    // Every member was ended and came back, so the deadline holds for all of them and not for a lucky one.
    while clients.connections() < 40 {
        assert!(start.elapsed() < Duration::from_secs(20), "{} of 20 heads were given up", clients.connections() - 20);
        thread::sleep(Duration::from_millis(50));
    }
}

/// Other work on the machine makes waits longer and never shorter, so one try in time tells that the service itself is.
const TRIES: usize = 5;

/// Holds a new `server_under_test` to its bars, up to [`TRIES`] times.
fn suffer(server_under_test: fn() -> ServerUnderTest, manners: &[Manner]) {
    let _turn = turn();
    assert!(
        (0..TRIES).any(|_| withstands(server_under_test, manners)),
        "well-behaved clients waited too long, {TRIES} times of {TRIES}"
    );
}

/// Whether probe clients are answered in time beside clients of each manner. On a machine that is busy with other things they
/// may wait twice as long as they do there beside as many clients that ask and read.
fn withstands(server_under_test: fn() -> ServerUnderTest, manners: &[Manner]) -> bool {
    let wait = longest_wait(server_under_test(), manners);
    wait <= MOST_WAIT || wait <= 2 * longest_wait(server_under_test(), &[WELL_BEHAVED])
}

/// How long either of two probe clients waits beside clients of each manner, together as many as the scale says.
fn longest_wait(mut server_under_test: ServerUnderTest, manners: &[Manner]) -> Duration {
    let (address, scale) = (server_under_test.address(), scale());
    // It was there before, as a load balancer is.
    let balancer = thread::spawn(move || watch(address, Habit::KeepAlive, scale.duration));
    let gather = |manner: &Manner| Clients::gather(address, scale.clients / manners.len(), *manner);
    let clients: Vec<_> = manners.iter().map(gather).collect();
    let checks = watch(address, Habit::Anew, scale.duration);
    println!("{} connections of {} manners", clients.iter().map(Clients::connections).sum::<usize>(), manners.len());
    let wait = balancer.join().unwrap().p99().max(checks.p99());
    server_under_test.assert_unharmed(Duration::from_millis(250));
    drop(clients);
    server_under_test.assert_unharmed(Duration::from_millis(250));
    wait
}
