//! Running out of descriptors, and connections that end in a reset.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;

use crate::scale::{scale, turn};
use crate::server_under_test::ServerUnderTest;

/// A service with nothing to do uses no more of a core than this, however many clients wait for a connection.
const MOST_IDLE_SHARE: f64 = 0.25;

#[test]
fn it_recovers_as_soon_as_descriptors_are_free_again() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::with_descriptors(64);
    for round in 0..3 {
        let clients: Vec<_> = (0..200).map(|_| half_a_head(server_under_test.address())).collect();
        let (cpu, start) = (server_under_test.cpu(), Instant::now());
        thread::sleep(Duration::from_secs(1));
        let share = server_under_test.cpu().saturating_sub(cpu).div_duration_f64(start.elapsed());
        assert!(share <= MOST_IDLE_SHARE, "round {round}: {share:.2} of a core went into having no descriptors");
        drop(clients);
        wait_for_health(&mut server_under_test, Duration::from_secs(1));
    }
    server_under_test.assert_unharmed(Duration::from_millis(250));
}

#[test]
fn resets_at_every_stage_of_a_request_harm_nobody() {
    let _turn = turn();
    let mut server_under_test = ServerUnderTest::service();
    let stages: [&[u8]; 5] = [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: m\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: m\r\nContent-Length: 1000\r\n\r\nx",
        b"nonsense\r\n\r\n",
    ];
    for count in 0..scale().resets {
        let mut stream = TcpStream::connect(server_under_test.address()).unwrap();
        let _ = stream.write_all(stages[count % stages.len()]);
        // A linger time of zero makes the end of the connection a reset.
        set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    }
    wait_for_health(&mut server_under_test, Duration::from_secs(1));
    server_under_test.assert_unharmed(Duration::from_millis(250));
}

fn half_a_head(address: SocketAddr) -> Option<TcpStream> {
    // Beyond the service's own backlog the system may let a client wait.
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()?;
    let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
    Some(stream)
}

/// Asks until the answer is good. A rejection in the meantime is allowed, a lost process is not.
fn wait_for_health(server_under_test: &mut ServerUnderTest, within: Duration) {
    let start = Instant::now();
    while server_under_test.program.get("/health").status != 200 {
        assert!(start.elapsed() < within, "not healthy {within:?} after the clients had gone");
        thread::sleep(Duration::from_millis(20));
    }
}
