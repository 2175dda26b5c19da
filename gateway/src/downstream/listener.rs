//! Takes connections from a listener, and never gives up on it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};

/// First and last wait after the kernel would not give a connection, as when too many files are open.
const FIRST_WAIT: Duration = Duration::from_millis(5);
const LAST_WAIT: Duration = Duration::from_secs(1);

pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    ready: bool,
    wait: Duration,
    not_before: Option<Instant>,
}

/// What came of trying once.
pub(crate) enum Accepted {
    Conn(TcpStream, SocketAddr),
    /// This client is lost; the next may not be.
    Error,
    Nothing,
}

impl Listener {
    pub(crate) fn new(socket: TcpListener) -> Self {
        Self { socket, ready: true, wait: FIRST_WAIT, not_before: None }
    }

    pub(crate) fn wake(&mut self) {
        self.ready = true;
    }

    /// When to try again, if there may be somebody.
    pub(crate) fn retry(&self, now: Instant) -> Option<Instant> {
        self.ready.then(|| self.not_before.unwrap_or(now))
    }

    pub(crate) fn accept(&mut self, now: Instant) -> Accepted {
        if !self.ready || self.not_before.is_some_and(|moment| now < moment) {
            return Accepted::Nothing;
        }
        match self.socket.accept() {
            Ok((stream, peer)) => {
                (self.wait, self.not_before) = (FIRST_WAIT, None);
                Accepted::Conn(stream, peer)
            }
            Err(error) => self.after(&error, now),
        }
    }

    fn after(&mut self, error: &io::Error, now: Instant) -> Accepted {
        match error.kind() {
            ErrorKind::WouldBlock => {
                (self.ready, self.not_before) = (false, None);
                return Accepted::Nothing;
            }
            // The client went away, or a signal came: nothing is wrong with the listener.
            ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted => {}
            _ => {
                if self.not_before.is_none() {
                    log::warn!("cannot accept connections: {error}; trying again");
                }
                self.not_before = Some(now + self.wait);
                self.wait = LAST_WAIT.min(self.wait * 2);
            }
        }
        Accepted::Error
    }
}
