//! Many bad clients in one thread. A connection that the service ends is made anew, so that they never become fewer.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};

/// How often each member does its little.
const BEAT: Duration = Duration::from_millis(500);

/// The little is spread over this many steps, so that the clients do not move as one.
const STEPS: usize = 10;

/// What a member does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Sent once, on connecting.
    pub(crate) first: &'static [u8],
    /// Sent at each beat; may be empty.
    pub(crate) then: &'static [u8],
    /// Whether answers are taken. Who does not take them keeps a small receive buffer full.
    pub(crate) reads: bool,
}

/// Clients at work, until they are dropped.
pub(crate) struct Clients {
    stop: Arc<AtomicBool>,
    made: Arc<AtomicUsize>,
    worker: Option<JoinHandle<()>>,
}

impl Clients {
    /// Comes with all its members, and returns when each has tried to connect.
    pub(crate) fn gather(address: SocketAddr, size: usize, manner: Manner) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let made = Arc::new(AtomicUsize::new(0));
        let mut members: Vec<_> = (0..size).map(|_| join(address, manner, &made)).collect();
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&made));
        let worker = thread::spawn(move || {
            for step in (0..STEPS).cycle() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                for member in members.iter_mut().skip(step).step_by(STEPS) {
                    beat(member, address, manner, &counted);
                }
                thread::sleep(BEAT / u32::try_from(STEPS).unwrap());
            }
        });
        Self { stop, made, worker: Some(worker) }
    }

    /// Connections made so far, which is more than there are clients when the service ended some.
    pub(crate) fn connections(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// A connection on which the manner's first bytes were sent; none when the service takes none.
fn join(address: SocketAddr, manner: Manner, made: &AtomicUsize) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    made.fetch_add(1, Ordering::Relaxed);
    if !manner.reads {
        set_socket_recv_buffer_size(&stream, 2048).unwrap();
    }
    // Thousands of ended connections would otherwise keep their ports for a minute.
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    stream.set_nonblocking(true).unwrap();
    let _ = stream.write(manner.first);
    Some(stream)
}

fn beat(member: &mut Option<TcpStream>, address: SocketAddr, manner: Manner, made: &AtomicUsize) {
    if !member.as_mut().is_some_and(|stream| go_on(stream, manner)) {
        *member = join(address, manner, made);
    }
}

/// Whether the connection is still there after one more beat.
fn go_on(stream: &mut TcpStream, manner: Manner) -> bool {
    if manner.reads && !is_open(stream.read(&mut [0; 4096])) {
        return false;
    }
    manner.then.is_empty() || is_open(stream.write(manner.then))
}

fn is_open(result: std::io::Result<usize>) -> bool {
    match result {
        Ok(count) => count > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
