//! The one thread that owns every connection: it waits for events, and moves each connection on as far as it will go.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use crate::Shared;
use crate::downstream::admission::Drain;
use crate::downstream::conn::{BufferPool, Phase, Progress};
use crate::downstream::listener::Listener;
use crate::downstream::read::{Rules, Step};
use crate::downstream::table::Table;
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::rejection::Rejection;
use crate::upstream::conn::{Lane, Lanes};

pub(crate) const WAKER: Token = Token(0);
const LISTENERS: usize = 1;
const LANES: usize = 1 << 10;
pub(crate) const CLIENTS: usize = 1 << 20;

pub(crate) struct EventLoop {
    pub(crate) poll: Poll,
    pub(crate) limits: Limits,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) seed: u64,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) lanes: Lanes,
    pub(crate) table: Table,
    pub(crate) now: Instant,
    pub(crate) spares: BufferPool,
    pub(crate) scratch: Vec<u8>,
    pub(crate) tail: Vec<u8>,
    pub(crate) nowhere: Vec<u8>,
    pub(crate) reserve: VecDeque<(usize, u64)>,
    pub(crate) next_id: u64,
    pub(crate) alarm: Option<Instant>,
    pub(crate) held: usize,
    pub(crate) drain: Option<Drain>,
}

impl EventLoop {
    pub(crate) fn new(
        poll: Poll,
        limits: Limits,
        hooks: Arc<dyn Hooks>,
        shared: Arc<Shared>,
        seed: u64,
        listeners: Vec<Listener>,
        lanes: Lanes,
    ) -> Self {
        Self {
            poll,
            limits,
            hooks,
            shared,
            seed,
            listeners,
            lanes,
            table: Table::default(),
            now: Instant::now(),
            spares: BufferPool::default(),
            scratch: vec![0; 16 * 1024],
            tail: Vec::new(),
            nowhere: Vec::new(),
            reserve: VecDeque::new(),
            next_id: 0,
            alarm: None,
            held: 0,
            drain: None,
        }
    }

    /// Makes the poller know everything that is there from the start.
    pub(crate) fn register(&mut self) -> io::Result<()> {
        let registry = self.poll.registry();
        for (index, listener) in self.listeners.iter_mut().enumerate() {
            registry.register(&mut listener.socket, Token(LISTENERS + index), Interest::READABLE)?;
        }
        for (index, lane) in self.lanes.all.iter_mut().enumerate() {
            registry.register(&mut lane.stream, Token(LANES + index), Interest::READABLE | Interest::WRITABLE)?;
        }
        Ok(())
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
            for event in &events {
                self.handle(event);
            }
            self.accept();
            self.submit_waiting();
            self.lanes.flush();
            self.expire();
            if self.lanes.are_broken() {
                return Err(io::Error::other("tiny_http no longer answers"));
            }
            if let Some(unfinished) = self.drained() {
                return Ok(unfinished);
            }
        }
    }

    fn timeout(&self) -> Option<Duration> {
        let retries = self.listeners.iter().filter_map(|listener| listener.retry(self.now));
        let drain = self.drain.iter().map(Drain::next);
        let next = retries.chain(self.alarm).chain(drain).chain(self.lanes.next(self.now)).min();
        next.map(|moment| moment.saturating_duration_since(Instant::now()))
    }

    fn handle(&mut self, event: &Event) {
        match event.token() {
            WAKER => self.begin_drain(),
            Token(token) if token >= CLIENTS => {
                let slot = token - CLIENTS;
                if let Some(client) = self.table.get(slot) {
                    client.readable |= event.is_readable() || event.is_error();
                    client.half_closed |= event.is_read_closed();
                    self.advance(slot);
                }
            }
            Token(token) if token >= LANES => self.take_answers(token - LANES),
            Token(token) => self.listeners.get_mut(token - LISTENERS).into_iter().for_each(Listener::wake),
        }
    }

    /// Moves a connection on until it has to wait for something.
    pub(crate) fn advance(&mut self, slot: usize) {
        loop {
            let Some(client) = self.table.get(slot) else { return };
            let progress = match client.phase {
                Phase::Waiting => Progress::Blocked,
                Phase::Lingering => client.fill(&mut self.scratch, 0),
                Phase::Writing => self.write(slot),
                Phase::Idle | Phase::Head | Phase::Body => self.take_in(slot),
            };
            match progress {
                Progress::Some => {}
                Progress::Blocked => return self.settle(slot),
                Progress::Gone => return self.close(slot, false),
            }
        }
    }

    pub(crate) fn take_in(&mut self, slot: usize) -> Progress {
        let rules = Rules { limits: &self.limits, hooks: &*self.hooks, seed: self.seed };
        let Some(client) = self.table.get(slot) else { return Progress::Gone };
        match client.step(&rules, self.now) {
            Step::Ready if self.held > self.limits.max_buffered_bytes && !client.wants_vital(&*self.hooks) => {
                return self.refuse(slot, Rejection::Overloaded);
            }
            Step::Ready => {
                self.submit(slot);
                return Progress::Blocked;
            }
            Step::Refuse(rejection) => return self.refuse(slot, rejection),
            Step::More => {}
        }
        if client.phase != Phase::Idle && self.held > self.limits.max_buffered_bytes {
            return self.refuse(slot, Rejection::Overloaded);
        }
        // Only a 100 (Continue) can be waiting here.
        if client.flush() == Progress::Gone {
            return Progress::Gone;
        }
        client.borrow_buffers(&mut self.spares);
        client.fill(&mut self.scratch, self.limits.max_target_bytes)
    }

    /// Hands a whole request to tiny_http, or puts it in line.
    fn submit(&mut self, slot: usize) {
        let in_line = !self.lanes.waiting.is_empty();
        let Some(client) = self.table.get(slot) else { return };
        client.phase = Phase::Waiting;
        client.deadline = self.now + self.limits.handler_timeout;
        self.shared.counters.in_flight.fetch_add(1, Relaxed);
        match self.lanes.free(self.now).filter(|_| !in_line) {
            Some(lane) => {
                self.lanes.send(lane, &client.request, slot, client.id, client.bodiless, self.now);
                client.request.clear();
            }
            None => self.lanes.waiting.push_back((slot, client.id)),
        }
    }

    fn submit_waiting(&mut self) {
        while !self.lanes.waiting.is_empty()
            && let Some(lane) = self.lanes.free(self.now)
            && let Some((slot, id)) = self.lanes.waiting.pop_front()
        {
            if let Some(client) = self.table.same(slot, id).filter(|client| client.phase == Phase::Waiting) {
                self.lanes.send(lane, &client.request, slot, id, client.bodiless, self.now);
                client.request.clear();
            }
        }
    }

    fn take_answers(&mut self, index: usize) {
        let Some(lane) = self.lanes.all.get_mut(index) else { return };
        lane.flush();
        lane.fill(&mut self.scratch);
        while self.take_answer(index) {}
        self.bury(index);
        self.submit_waiting();
    }

    /// Passes one answer on; false if there is none.
    fn take_answer(&mut self, index: usize) -> bool {
        let Some(lane) = self.lanes.all.get_mut(index) else { return false };
        let Some(pending) = lane.next() else { return false };
        let draining = self.drain.is_some();
        self.tail.clear();
        self.nowhere.clear();
        let client = self.table.same(pending.slot, pending.id).filter(|client| client.phase == Phase::Waiting);
        let Some(client) = client else {
            // Whoever asked has gone, but the answer still has to be read out of the way.
            return lane.take(self.limits.max_response_bytes, &[], &mut self.nowhere).is_some();
        };
        client.write_tail(self.seed, draining, &mut self.tail);
        let Some(whole) = lane.take(self.limits.max_response_bytes, &self.tail, &mut client.output) else {
            return false;
        };
        self.lanes.answered(pending, self.now);
        if whole.unfit {
            self.refuse(pending.slot, Rejection::InvalidUpstreamResponse);
        } else {
            self.shared.counters.in_flight.fetch_sub(1, Relaxed);
            client.begin_answer(whole.into(), self.now + self.limits.write_timeout, draining);
        }
        self.advance(pending.slot);
        true
    }

    /// Tells those who wait on a lane that broke.
    fn bury(&mut self, index: usize) {
        let abandoned = self.lanes.all.get_mut(index).map(Lane::abandoned).unwrap_or_default();
        if !abandoned.is_empty() {
            log::error!("a connection to tiny_http broke; {} requests were lost", abandoned.len());
        }
        for pending in abandoned {
            if self.table.same(pending.slot, pending.id).is_some_and(|client| client.phase == Phase::Waiting) {
                self.refuse(pending.slot, Rejection::InvalidUpstreamResponse);
                self.advance(pending.slot);
            }
        }
    }

    fn write(&mut self, slot: usize) -> Progress {
        let Some(client) = self.table.get(slot) else { return Progress::Gone };
        let progress = client.flush();
        if progress != Progress::Some {
            return progress;
        }
        client.report(self.seed, self.now, true, |exchange| self.hooks.finished(exchange));
        if !client.persistent {
            return client.linger(self.now);
        }
        client.start_over();
        client.deadline = self.now + self.limits.keepalive_timeout;
        Progress::Some
    }

    pub(crate) fn refuse(&mut self, slot: usize, rejection: Rejection) -> Progress {
        let Some(client) = self.table.get(slot) else { return Progress::Gone };
        if client.phase == Phase::Waiting {
            self.shared.counters.in_flight.fetch_sub(1, Relaxed);
        }
        self.shared.counters.reject(rejection);
        client.begin_rejection(rejection, self.now + self.limits.write_timeout);
        Progress::Some
    }

    /// Counts what a connection holds, and when it has to be looked at again.
    fn settle(&mut self, slot: usize) {
        let Some(client) = self.table.get(slot) else { return };
        if client.phase == Phase::Idle {
            client.return_buffers(&mut self.spares);
        }
        let held = client.weight();
        self.held = self.held + held - client.held;
        client.held = held;
        self.alarm = Some(self.alarm.map_or(client.deadline, |alarm| alarm.min(client.deadline)));
    }

    pub(crate) fn close(&mut self, slot: usize, in_time: bool) {
        let Some(mut client) = self.table.remove(slot) else { return };
        let counters = &self.shared.counters;
        if client.phase == Phase::Waiting {
            counters.in_flight.fetch_sub(1, Relaxed);
        }
        client.report(self.seed, self.now, in_time, |exchange| self.hooks.finished(exchange));
        self.held -= client.held;
        counters.open_connections.store(self.table.open(), Relaxed);
        counters.buffered_bytes.store(self.held, Relaxed);
    }
}
