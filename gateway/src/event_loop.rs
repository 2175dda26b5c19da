//! The one thread that owns every connection: it waits for events, and carries requests from clients to tiny_http and
//! responses back. Nothing else knows both sides.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Poll, Token};

use crate::counters::Counters;
use crate::downstream::conn::State;
use crate::downstream::connections::{Connections, Next};
use crate::downstream::listener::{Accepted, Listener};
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::rejection::Rejection;
use crate::shutdown::{Drain, Signal};
use crate::upstream::conn::InFlight;
use crate::upstream::pool::Pool;

pub(crate) const WAKER: Token = Token(0);
const LISTENERS: usize = 1;
const UPSTREAM: usize = 1 << 10;
const CONNECTIONS: usize = 1 << 20;

/// Connections that are accepted before others get their turn.
const ACCEPTS_A_TURN: usize = 64;

/// Both sides, and what is between them.
pub(crate) struct EventLoop {
    poll: Poll,
    signal: Arc<Signal>,
    counters: Arc<Counters>,
    max_response_bytes: usize,
    listeners: Vec<Listener>,
    connections: Connections,
    pool: Pool,
    now: Instant,
    /// Fields that the response in hand ends with.
    extra_fields: Vec<u8>,
    /// Where responses go that no client waits for any more.
    discard: Vec<u8>,
    drain: Option<Drain>,
}

/// What the event loop is given.
pub(crate) struct Parts {
    pub(crate) poll: Poll,
    pub(crate) signal: Arc<Signal>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limits: Limits,
    pub(crate) hooks: Arc<dyn Hooks>,
    /// First half of the request ids that are made here.
    pub(crate) seed: u64,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) pool: Pool,
}

impl EventLoop {
    /// Makes the poller know everything that is there from the start.
    pub(crate) fn new(parts: Parts) -> io::Result<Self> {
        let Parts { poll, signal, counters, limits, hooks, seed, mut listeners, mut pool } = parts;
        for (index, listener) in listeners.iter_mut().enumerate() {
            listener.register(poll.registry(), Token(LISTENERS + index))?;
        }
        pool.register(poll.registry(), UPSTREAM)?;
        Ok(Self {
            poll,
            signal,
            max_response_bytes: limits.max_response_bytes,
            listeners,
            connections: Connections::new(limits, hooks, Arc::clone(&counters), seed, CONNECTIONS),
            counters,
            pool,
            now: Instant::now(),
            extra_fields: Vec::new(),
            discard: Vec::new(),
            drain: None,
        })
    }

    /// Serves until drained; gives the number of requests back that were not finished by then.
    pub(crate) fn run(mut self) -> io::Result<usize> {
        let mut events = Events::with_capacity(256);
        loop {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            self.now = Instant::now();
            self.connections.begin_turn(self.now);
            for event in &events {
                self.on_event(event);
            }
            self.accept();
            self.submit_queue();
            self.pool.flush();
            self.connections.expire();
            if self.pool.is_broken() {
                return Err(io::Error::other("tiny_http no longer answers"));
            }
            if let Some(unfinished) = self.drained() {
                return Ok(unfinished);
            }
        }
    }

    fn timeout(&self) -> Option<Duration> {
        let retries = self.listeners.iter().filter_map(|listener| listener.retry(self.now));
        let drain = self.drain.iter().map(Drain::next_deadline);
        let deadlines = retries.chain(self.connections.next_deadline()).chain(drain);
        let next = deadlines.chain(self.pool.next_deadline(self.now)).min();
        next.map(|moment| moment.saturating_duration_since(Instant::now()))
    }

    fn on_event(&mut self, event: &Event) {
        match event.token() {
            WAKER => self.begin_drain(),
            Token(token) if token >= CONNECTIONS => {
                if let Some(slot) = self.connections.on_event(event) {
                    self.advance(slot);
                }
            }
            Token(token) if token >= UPSTREAM => self.take_responses(token - UPSTREAM),
            Token(token) => self.listeners.get_mut(token - LISTENERS).into_iter().for_each(Listener::on_event),
        }
    }

    fn accept(&mut self) {
        for index in 0..self.listeners.len() {
            for _ in 0..ACCEPTS_A_TURN {
                if !self.accept_one(index) {
                    break;
                }
            }
        }
    }

    /// False when there is no client to accept now.
    fn accept_one(&mut self, index: usize) -> bool {
        let Some(listener) = self.listeners.get_mut(index) else { return false };
        match listener.accept(self.now) {
            Accepted::Client(stream, peer) => {
                if let Some(slot) = self.connections.on_accept(stream, peer, index, self.poll.registry()) {
                    self.advance(slot);
                }
            }
            Accepted::Error => self.counters.add_accept_error(),
            Accepted::Nothing => return false,
        }
        true
    }

    /// Moves a connection on until it has to wait for something.
    fn advance(&mut self, slot: usize) {
        if self.connections.advance(slot) == Next::Submit {
            self.submit(slot);
        }
    }

    /// Hands a whole request to tiny_http, or puts it in the queue.
    fn submit(&mut self, slot: usize) {
        let Some(conn) = self.connections.await_upstream(slot) else { return };
        let id = conn.id();
        let free = if self.pool.has_queue() { None } else { self.pool.pick(self.now) };
        match free {
            Some(index) => self.send(index, slot, id),
            None => self.pool.enqueue((slot, id), self.connections.is_probe(slot)),
        }
    }

    fn submit_queue(&mut self) {
        while self.pool.has_queue()
            && let Some(index) = self.pool.pick(self.now)
            && let Some((slot, id)) = self.pool.dequeue()
        {
            self.send(index, slot, id);
        }
    }

    /// Puts the request of a connection that still waits for its response on a connection to tiny_http.
    fn send(&mut self, index: usize, slot: usize, id: u64) {
        if self.connections.reject_if_overloaded(slot, id) {
            return self.advance(slot);
        }
        let Some(conn) = self.connections.awaiting(slot, id) else { return };
        let in_flight = InFlight { slot, id, is_head: conn.is_head(), sent: self.now };
        self.pool.send(index, conn.request(), in_flight);
        conn.clear_request();
    }

    fn take_responses(&mut self, index: usize) {
        self.pool.on_event(index);
        while self.take_response(index) {}
        self.fail_in_flight(index);
        self.submit_queue();
    }

    /// Passes one response on; false if there is none.
    fn take_response(&mut self, index: usize) -> bool {
        let Some(next) = self.pool.next(index) else { return false };
        self.extra_fields.clear();
        self.discard.clear();
        let Some(conn) = self.connections.awaiting(next.slot, next.id) else {
            // The client has gone, but the response still has to be read out of the way.
            return self.pool.take(index, self.max_response_bytes, &[], &mut self.discard).is_some();
        };
        conn.write_extra_fields(self.drain.is_some(), &mut self.extra_fields);
        let response = self.pool.take(index, self.max_response_bytes, &self.extra_fields, conn.output());
        let Some(response) = response else { return false };
        self.pool.on_response(next, self.now);
        if response.rejected {
            self.connections.reject(next.slot, Rejection::InvalidUpstreamResponse);
        } else {
            self.connections.respond(next.slot, response.status, response.body);
        }
        self.advance(next.slot);
        true
    }

    /// Tells those who wait for a connection to tiny_http that broke.
    fn fail_in_flight(&mut self, index: usize) {
        let lost = self.pool.take_in_flight(index);
        if !lost.is_empty() {
            log::error!("a connection to tiny_http broke; {} requests were lost", lost.len());
        }
        for InFlight { slot, id, .. } in lost {
            if self.connections.awaiting(slot, id).is_some() {
                self.connections.reject(slot, Rejection::InvalidUpstreamResponse);
                self.advance(slot);
            }
        }
    }

    /// Accepts the clients that have connected, then no more.
    fn begin_drain(&mut self) {
        let Some(timeout) = self.signal.timeout().filter(|_| self.drain.is_none()) else { return };
        for index in 0..self.listeners.len() {
            while self.accept_one(index) {}
        }
        self.listeners.clear();
        self.connections.begin_drain();
        self.drain = Some(Drain::new(self.now, timeout));
    }

    /// How many requests are left unfinished, once it is time to go.
    fn drained(&mut self) -> Option<usize> {
        let drain = self.drain.as_mut()?;
        let is_over = drain.is_over(self.now);
        if drain.take_grace(self.now) {
            self.close_idle();
        }
        if !self.connections.is_empty() && !is_over {
            return None;
        }
        let unfinished = self.connections.slots_in(&[State::ReadBody, State::AwaitUpstream, State::WriteResponse]);
        for slot in self.connections.slots_in(&[State::ReadBody, State::AwaitUpstream]) {
            self.connections.reject(slot, Rejection::ShuttingDown);
            self.advance(slot);
        }
        Some(unfinished.len())
    }

    /// Closes idle connections, after a last look for a request that has just come.
    fn close_idle(&mut self) {
        for slot in self.connections.slots_in(&[State::Idle]) {
            self.connections.look_again(slot);
            self.advance(slot);
            self.connections.close_idle(slot);
        }
        self.pool.flush();
    }
}
