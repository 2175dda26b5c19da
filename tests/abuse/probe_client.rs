//! A well-behaved client: it asks at a steady pace while others misbehave, and notes how long it waited.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::Reply;

/// Time from one request to the next. The clock starts when a request is due, so a late answer makes the next ones late too.
const PACE: Duration = Duration::from_millis(20);

/// No well-behaved client waits longer than this on a machine with nothing else to do.
pub(crate) const MOST_WAIT: Duration = Duration::from_millis(250);

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the probe client connects.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Habit {
    /// One connection for all, as a load balancer keeps it.
    KeepAlive,
    /// A new connection for each, as a health check makes it.
    Anew,
}

/// What the probe client saw.
pub(crate) struct Testimony {
    habit: Habit,
    waits: Vec<Duration>,
}

/// Asks for `/health` until the time is over. Panics at the first request that fails.
pub(crate) fn watch(address: SocketAddr, habit: Habit, duration: Duration) -> Testimony {
    let mut stream = connect(address);
    let start = Instant::now();
    let mut waits = Vec::new();
    while start.elapsed() < duration {
        let due = start + PACE * u32::try_from(waits.len()).unwrap();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if matches!(habit, Habit::Anew) {
            stream = connect(address);
        }
        ask(&mut stream, habit, waits.len());
        waits.push(due.elapsed());
    }
    waits.sort();
    Testimony { habit, waits }
}

impl Testimony {
    /// In this time 99 of 100 requests were answered.
    pub(crate) fn p99(&self) -> Duration {
        let p99 = self.waits[self.waits.len() * 99 / 100];
        println!("{:?}: {} requests, p99 {p99:?}, slowest {:?}", self.habit, self.waits.len(), self.waits.last());
        p99
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, habit: Habit, count: usize) {
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    let reply = Reply::read(&mut BufReader::new(stream), false);
    assert_eq!(reply.status, 200, "{habit:?}, request {count}: {reply:?}");
}
