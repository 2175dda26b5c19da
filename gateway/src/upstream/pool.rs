//! All connections to tiny_http, and the requests that wait for one.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use mio::{Registry, Token};

use crate::upstream::conn::{InFlight, UpstreamConn};
use crate::upstream::queue::{Queue, Waiting};
use crate::upstream::response::Response;

/// A response that took longer than this makes the gateway stop pipelining, because each request waits for the one before.
/// Above the 100 ms for which the kernel holds back a process that has used up its share.
const SLOW_RESPONSE: Duration = Duration::from_millis(250);

/// Longest time for which requests wait for the responses to those before them, so that they can leave together.
const BATCH_WINDOW: Duration = Duration::from_millis(5);

/// How long a slow response is remembered.
const SLOW_COOLDOWN: Duration = Duration::from_secs(10);

/// Bytes that are read at once.
const READ_BYTES: usize = 16 * 1024;

/// The connections.
pub(crate) struct Pool {
    conns: Vec<UpstreamConn>,
    queue: Queue,
    current: Option<usize>,
    slow_until: Option<Instant>,
    pipeline_depth: usize,
    scratch: Vec<u8>,
}

impl Pool {
    pub(crate) fn new(streams: Vec<UnixStream>, pipeline_depth: usize) -> Self {
        let conns = streams.into_iter().map(mio::net::UnixStream::from_std).map(UpstreamConn::new).collect();
        let scratch = vec![0; READ_BYTES];
        Self { conns, queue: Queue::default(), current: None, slow_until: None, pipeline_depth, scratch }
    }

    pub(crate) fn register(&mut self, registry: &Registry, first_token: usize) -> io::Result<()> {
        let mut conns = self.conns.iter_mut().enumerate();
        conns.try_for_each(|(index, conn)| conn.register(registry, Token(first_token + index)))
    }

    /// A connection that may take one more request now. While handlers are quick, requests gather until those before them
    /// are answered, and then leave together: one write and one wake-up serve them all.
    pub(crate) fn pick(&mut self, now: Instant) -> Option<usize> {
        let slow = self.slow_until.is_some_and(|until| now < until);
        let depth = if slow { 1 } else { self.pipeline_depth };
        if let Some(current) = self.current.filter(|index| self.conns.get(*index).is_some_and(|c| c.has_room(depth))) {
            return Some(current);
        }
        if !slow && self.batching_until(now).is_some() {
            return None;
        }
        let free = self.conns.iter().enumerate().filter(|(_, conn)| conn.has_room(depth));
        self.current = free.min_by_key(|(_, conn)| conn.load()).map(|(index, _)| index);
        self.current
    }

    /// Until when requests gather, if they do.
    fn batching_until(&self, now: Instant) -> Option<Instant> {
        let sent = self.conns.iter().filter_map(UpstreamConn::last_sent).max()?;
        Some(sent + BATCH_WINDOW).filter(|end| now < *end)
    }

    /// When the queue has to be looked at again, responses or not.
    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        if self.queue.is_empty() { None } else { self.batching_until(now) }
    }

    pub(crate) fn has_queue(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Makes the request of a connection wait.
    pub(crate) fn enqueue(&mut self, waiting: Waiting, is_probe: bool) {
        self.queue.push(waiting, is_probe);
    }

    pub(crate) fn dequeue(&mut self) -> Option<Waiting> {
        self.queue.pop()
    }

    /// Puts a request on a connection; it leaves with the next [`Pool::flush`].
    pub(crate) fn send(&mut self, index: usize, request: &[u8], in_flight: InFlight) {
        if let Some(conn) = self.conns.get_mut(index) {
            conn.send(request, in_flight);
        }
    }

    /// Ends the turn.
    pub(crate) fn flush(&mut self) {
        self.current = None;
        self.conns.iter_mut().for_each(UpstreamConn::flush);
    }

    /// Writes and reads what the poller says that there may be.
    pub(crate) fn on_event(&mut self, index: usize) {
        if let Some(conn) = self.conns.get_mut(index) {
            conn.flush();
            conn.read(&mut self.scratch);
        }
    }

    /// The request whose response is next on a connection, if something of that has come.
    pub(crate) fn next(&self, index: usize) -> Option<InFlight> {
        self.conns.get(index)?.next()
    }

    /// Takes the next response of a connection, if it is whole.
    pub(crate) fn take(
        &mut self,
        index: usize,
        limit: usize,
        extra_fields: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Response> {
        self.conns.get_mut(index)?.take(limit, extra_fields, out)
    }

    /// Remembers how long a response took.
    pub(crate) fn on_response(&mut self, in_flight: InFlight, now: Instant) {
        if now.duration_since(in_flight.sent) > SLOW_RESPONSE {
            self.slow_until = Some(now + SLOW_COOLDOWN);
        }
    }

    /// All requests in flight on a connection, once that is of no use any more.
    pub(crate) fn take_in_flight(&mut self, index: usize) -> VecDeque<InFlight> {
        self.conns.get_mut(index).map(UpstreamConn::take_in_flight).unwrap_or_default()
    }

    /// Whether there is no way to tiny_http any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.conns.iter().all(UpstreamConn::is_broken)
    }
}
