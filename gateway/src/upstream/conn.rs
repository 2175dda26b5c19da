//! One lasting connection to tiny_http, on which requests of many clients follow each other.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use crate::upstream::response::{self, PartialResponse, Response};

/// A request that was sent, and whose response has not been taken yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InFlight {
    /// Slot and id of the connection that waits for the response.
    pub(crate) slot: usize,
    pub(crate) id: u64,
    /// The request is a HEAD.
    pub(crate) is_head: bool,
    pub(crate) sent: Instant,
}

/// The connection.
pub(crate) struct UpstreamConn {
    stream: UnixStream,
    in_flight: VecDeque<InFlight>,
    out: Vec<u8>,
    input: Vec<u8>,
    partial: Option<Box<PartialResponse>>,
    broken: bool,
}

impl UpstreamConn {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (in_flight, out, input) = (VecDeque::new(), Vec::new(), Vec::new());
        Self { stream, in_flight, out, input, partial: None, broken: false }
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether one more request may be sent, when so many may be in flight.
    pub(crate) fn has_room(&self, depth: usize) -> bool {
        !self.broken && self.in_flight.len() < depth
    }

    pub(crate) fn load(&self) -> usize {
        self.in_flight.len()
    }

    /// When the last of the requests in flight was sent.
    pub(crate) fn last_sent(&self) -> Option<Instant> {
        self.in_flight.back().map(|last| last.sent)
    }

    /// Puts a request in line; it leaves with the next [`UpstreamConn::flush`].
    pub(crate) fn send(&mut self, request: &[u8], in_flight: InFlight) {
        self.out.extend_from_slice(request);
        self.in_flight.push_back(in_flight);
    }

    /// Writes what is waiting; the rest goes when the connection is writable again.
    pub(crate) fn flush(&mut self) {
        while !self.out.is_empty() && !self.broken {
            match self.stream.write(&self.out) {
                Ok(count) => drop(self.out.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.broken = true,
            }
        }
    }

    /// Reads all that has come.
    pub(crate) fn read(&mut self, scratch: &mut [u8]) {
        while !self.broken {
            match self.stream.read(scratch) {
                Ok(0) => self.broken = true,
                Ok(count) => {
                    self.input.extend(scratch.iter().take(count));
                    if count < scratch.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.broken = true,
            }
        }
    }

    /// The request whose response is next, if something of that has come.
    pub(crate) fn next(&self) -> Option<InFlight> {
        if self.input.is_empty() && self.partial.is_none() { None } else { self.in_flight.front().copied() }
    }

    /// Takes the next response, if it is whole.
    pub(crate) fn take(&mut self, limit: usize, extra_fields: &[u8], out: &mut Vec<u8>) -> Option<Response> {
        let is_head = self.in_flight.front()?.is_head;
        match response::take(&mut self.input, &mut self.partial, is_head, limit, extra_fields, out) {
            Ok(Some(response)) => {
                self.in_flight.pop_front();
                Some(response)
            }
            Ok(None) => None,
            Err(_) => {
                self.broken = true;
                None
            }
        }
    }

    /// All requests in flight, once the connection is of no use any more. A response without a request breaks it too.
    pub(crate) fn take_in_flight(&mut self) -> VecDeque<InFlight> {
        self.broken |= self.in_flight.is_empty() && !self.input.is_empty();
        if self.broken { std::mem::take(&mut self.in_flight) } else { VecDeque::new() }
    }
}
