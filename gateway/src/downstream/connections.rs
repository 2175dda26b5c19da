//! All connections of clients: the event loop says what has happened, here each of them moves on as far as it will go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Registry, Token};

use crate::counters::Counters;
use crate::downstream::admission::{Admission, RESERVED_TIMEOUT};
use crate::downstream::buffers::BufferPool;
use crate::downstream::conn::{Conn, State};
use crate::downstream::read::{Origin, Rules};
use crate::downstream::socket::{Io, Socket};
use crate::downstream::table::Table;
use crate::downstream::timeouts::{Expired, Timeouts};
use crate::downstream::write::Outcome;
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::rejection::Rejection;

/// Bytes that are read at once.
const READ_BYTES: usize = 16 * 1024;

/// The connections, and what they have in common.
pub(crate) struct Connections {
    limits: Limits,
    hooks: Arc<dyn Hooks>,
    counters: Arc<Counters>,
    seed: u64,
    /// The poller knows a connection by this and its slot together.
    first_token: usize,
    table: Table,
    admission: Admission,
    timeouts: Timeouts,
    buffers: BufferPool,
    scratch: Vec<u8>,
    /// Bytes that all connections buffer.
    buffered: usize,
    now: Instant,
    draining: bool,
}

/// What a connection waits for, once it has moved on as far as it will go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// For its request, which is whole, to be sent to tiny_http.
    Submit,
    /// For an event, or for nothing any more.
    Event,
}

impl Connections {
    pub(crate) fn new(
        limits: Limits,
        hooks: Arc<dyn Hooks>,
        counters: Arc<Counters>,
        seed: u64,
        first_token: usize,
    ) -> Self {
        Self {
            admission: Admission::new(limits.max_connections, limits.reserved_connections),
            limits,
            hooks,
            counters,
            seed,
            first_token,
            table: Table::default(),
            timeouts: Timeouts::default(),
            buffers: BufferPool::default(),
            scratch: vec![0; READ_BYTES],
            buffered: 0,
            now: Instant::now(),
            draining: false,
        }
    }

    /// Begins a turn of the event loop.
    pub(crate) fn begin_turn(&mut self, now: Instant) {
        self.now = now;
    }

    /// From now on every response ends its connection.
    pub(crate) fn begin_drain(&mut self) {
        self.draining = true;
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.timeouts.next_deadline()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.open() == 0
    }

    /// Slots of the connections in one of these states.
    pub(crate) fn slots_in(&self, states: &[State]) -> Vec<usize> {
        self.table.slots(|conn| states.contains(&conn.state()))
    }

    /// Lets a client in. Gives its slot, if the poller has room for it.
    pub(crate) fn on_accept(
        &mut self,
        stream: TcpStream,
        peer: SocketAddr,
        listener: usize,
        registry: &Registry,
    ) -> Option<usize> {
        self.counters.add_accepted();
        self.evict_oldest_reserved();
        let (id, slot) = (self.admission.next_id(), self.table.next_slot());
        let reserved = self.admission.is_reserved(self.table.open());
        let timeout = if reserved { RESERVED_TIMEOUT } else { self.limits.keepalive_timeout };
        let origin = Origin { id, peer, listener, reserved };
        let mut conn = Conn::new(Socket::new(stream), origin, self.now + timeout);
        conn.register(registry, Token(self.first_token + slot)).ok()?;
        if reserved {
            self.admission.reserve(slot, id);
        }
        self.table.insert(conn);
        self.counters.set_open_connections(self.table.open());
        Some(slot)
    }

    fn evict_oldest_reserved(&mut self) {
        while let Some((slot, id)) = self.admission.evict_oldest_reserved(self.table.open()) {
            if self.table.same(slot, id).is_some() {
                self.counters.add_rejected(Rejection::TooManyConnections);
                self.close(slot, false);
            }
        }
    }

    /// Takes in what the poller says about a connection.
    pub(crate) fn on_event(&mut self, event: &Event) -> Option<usize> {
        let slot = event.token().0.checked_sub(self.first_token)?;
        self.table.get(slot)?.on_event(event);
        Some(slot)
    }

    /// Moves a connection on until it has to wait for something.
    pub(crate) fn advance(&mut self, slot: usize) -> Next {
        loop {
            let Some(conn) = self.table.get(slot) else { return Next::Event };
            let io = match conn.state() {
                State::AwaitUpstream => Io::WouldBlock,
                State::Linger => conn.discard(&mut self.scratch),
                State::WriteResponse => self.write(slot),
                State::Idle | State::ReadHead | State::ReadBody => match self.read(slot) {
                    Some(io) => io,
                    None => return Next::Submit,
                },
            };
            match io {
                Io::Ready => {}
                Io::WouldBlock => {
                    self.settle(slot);
                    return Next::Event;
                }
                Io::Closed => {
                    self.close(slot, false);
                    return Next::Event;
                }
            }
        }
    }

    /// Looks at what has come, then reads more; nothing once a request is whole.
    fn read(&mut self, slot: usize) -> Option<Io> {
        let rules = Rules { limits: &self.limits, hooks: &*self.hooks, seed: self.seed };
        let overloaded = self.is_overloaded();
        let Some(conn) = self.table.get(slot) else { return Some(Io::Closed) };
        match conn.step(&rules, self.now) {
            Ok(true) if overloaded && !conn.is_probe(&*self.hooks) => {
                return Some(self.reject(slot, Rejection::Overloaded));
            }
            Ok(true) => return None,
            Ok(false) => {}
            Err(rejection) => return Some(self.reject(slot, rejection)),
        }
        if overloaded && conn.state() != State::Idle {
            return Some(self.reject(slot, Rejection::Overloaded));
        }
        Some(conn.read(&mut self.buffers, &mut self.scratch, self.limits.max_target_bytes))
    }

    fn write(&mut self, slot: usize) -> Io {
        let Some(conn) = self.table.get(slot) else { return Io::Closed };
        let io = conn.flush();
        if io != Io::Ready {
            return io;
        }
        conn.report(self.seed, self.now, true, |record| self.hooks.finished(record));
        conn.after_response(self.now, self.limits.keepalive_timeout)
    }

    /// Counts what a connection buffers, and when it has to be looked at again.
    fn settle(&mut self, slot: usize) {
        let Some(conn) = self.table.get(slot) else { return };
        let (before, after) = conn.recount(&mut self.buffers);
        self.buffered = self.buffered + after - before;
        self.timeouts.watch(conn.deadline());
    }

    /// The connection in a slot, which now waits for the response to its request.
    pub(crate) fn await_upstream(&mut self, slot: usize) -> Option<&mut Conn> {
        let conn = self.table.get(slot)?;
        conn.await_upstream(self.now + self.limits.handler_timeout);
        self.counters.add_in_flight();
        Some(conn)
    }

    /// Rejects a request that waited while others filled the buffers: its response would only add to them. True if so.
    pub(crate) fn reject_if_overloaded(&mut self, slot: usize, id: u64) -> bool {
        if !self.is_overloaded() {
            return false;
        }
        let rejected = self.awaiting(slot, id).is_some() && !self.is_probe(slot);
        if rejected {
            self.reject(slot, Rejection::Overloaded);
        }
        rejected
    }

    /// Whether the request of the connection in a slot is a health check.
    pub(crate) fn is_probe(&mut self, slot: usize) -> bool {
        self.table.get(slot).is_some_and(|conn| conn.is_probe(&*self.hooks))
    }

    fn is_overloaded(&self) -> bool {
        self.buffered > self.limits.max_buffered_bytes
    }

    /// The connection that waits for a response, if it is still there.
    pub(crate) fn awaiting(&mut self, slot: usize, id: u64) -> Option<&mut Conn> {
        self.table.same(slot, id).filter(|conn| conn.state() == State::AwaitUpstream)
    }

    /// Starts to send a response that is already in the output of its connection.
    pub(crate) fn respond(&mut self, slot: usize, status: u16, body_bytes: usize) {
        let Some(conn) = self.table.get(slot) else { return };
        self.counters.remove_in_flight();
        let outcome = Outcome { status, body_bytes, rejection: None };
        conn.begin_response(outcome, self.now + self.limits.write_timeout, self.draining);
    }

    /// Starts to send a rejection, after which the connection ends.
    pub(crate) fn reject(&mut self, slot: usize, rejection: Rejection) -> Io {
        let Some(conn) = self.table.get(slot) else { return Io::Closed };
        if conn.state() == State::AwaitUpstream {
            self.counters.remove_in_flight();
        }
        self.counters.add_rejected(rejection);
        conn.begin_rejection(rejection, self.now + self.limits.write_timeout);
        Io::Ready
    }

    /// Ends what has taken too long.
    pub(crate) fn expire(&mut self) {
        let now = self.now;
        if !self.timeouts.are_due(now) {
            return;
        }
        for slot in self.table.slots(|conn| conn.deadline() <= now) {
            self.expire_one(slot);
        }
        self.timeouts.reset(self.table.earliest(), now);
    }

    fn expire_one(&mut self, slot: usize) {
        let Some(conn) = self.table.get(slot) else { return };
        match Expired::of(conn.state()) {
            Expired::Reject(rejection) => {
                self.reject(slot, rejection);
                self.advance(slot);
            }
            Expired::SlowReader => {
                self.counters.add_slow_reader();
                self.close(slot, false);
            }
            Expired::Close => self.close(slot, false),
        }
    }

    /// Makes an idle connection ask the kernel once more, for a request that has just come.
    pub(crate) fn look_again(&mut self, slot: usize) {
        self.table.get(slot).into_iter().for_each(Conn::look_again);
    }

    /// Closes a connection that is still idle.
    pub(crate) fn close_idle(&mut self, slot: usize) {
        if self.table.get(slot).is_some_and(|conn| conn.state() == State::Idle) {
            self.close(slot, true);
        }
    }

    fn close(&mut self, slot: usize, delivered: bool) {
        let Some(mut conn) = self.table.remove(slot) else { return };
        if conn.state() == State::AwaitUpstream {
            self.counters.remove_in_flight();
        }
        conn.report(self.seed, self.now, delivered, |record| self.hooks.finished(record));
        self.buffered -= conn.counted();
        self.counters.set_open_connections(self.table.open());
        self.counters.set_buffered_bytes(self.buffered);
    }
}
