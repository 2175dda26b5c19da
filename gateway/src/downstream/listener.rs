//! Takes connections from a listening socket, and never gives up on it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

/// First and longest wait after the kernel would not give a connection, as when too many files are open.
const MIN_BACKOFF: Duration = Duration::from_millis(5);
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// A socket that listens. Polling is edge-triggered, so it remembers whether there may be a client.
pub(crate) struct Listener {
    socket: TcpListener,
    ready: bool,
    backoff: Duration,
    not_before: Option<Instant>,
}

/// What came of trying once.
pub(crate) enum Accepted {
    Client(TcpStream, SocketAddr),
    /// This client is lost; the next may not be.
    Error,
    Nothing,
}

impl Listener {
    pub(crate) fn new(socket: TcpListener) -> Self {
        Self { socket, ready: true, backoff: MIN_BACKOFF, not_before: None }
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    pub(crate) fn on_event(&mut self) {
        self.ready = true;
    }

    /// When to try again, if there may be a client.
    pub(crate) fn retry(&self, now: Instant) -> Option<Instant> {
        self.ready.then(|| self.not_before.unwrap_or(now))
    }

    pub(crate) fn accept(&mut self, now: Instant) -> Accepted {
        if !self.ready || self.not_before.is_some_and(|moment| now < moment) {
            return Accepted::Nothing;
        }
        match self.socket.accept() {
            Ok((stream, peer)) => {
                (self.backoff, self.not_before) = (MIN_BACKOFF, None);
                Accepted::Client(stream, peer)
            }
            Err(error) => self.on_error(&error, now),
        }
    }

    fn on_error(&mut self, error: &io::Error, now: Instant) -> Accepted {
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
                self.not_before = Some(now + self.backoff);
                self.backoff = MAX_BACKOFF.min(self.backoff * 2);
            }
        }
        Accepted::Error
    }
}
