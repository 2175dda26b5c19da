//! The one thread that owns every connection: it waits for events, and moves each connection on as far as it will go.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Events, Interest, Poll, Token};

use super::Shared;
use super::accept::Listener;
use super::client::{Phase, Progress, Spares};
use super::doors::Drain;
use super::intake::{Rules, Step};
use super::lane::{Lane, Lanes};
use super::limits::Limits;
use super::policy::Policy;
use super::refusal::Refusal;
use super::table::Table;

pub(super) const WAKER: Token = Token(0);
const LISTENERS: usize = 1;
const LANES: usize = 1 << 10;
pub(super) const CLIENTS: usize = 1 << 20;

pub(super) struct Engine {
    pub(super) poll: Poll,
    pub(super) limits: Limits,
    pub(super) policy: Arc<dyn Policy>,
    pub(super) shared: Arc<Shared>,
    pub(super) seed: u64,
    pub(super) listeners: Vec<Listener>,
    pub(super) lanes: Lanes,
    pub(super) table: Table,
    pub(super) now: Instant,
    pub(super) spares: Spares,
    pub(super) scratch: Vec<u8>,
    pub(super) tail: Vec<u8>,
    pub(super) nowhere: Vec<u8>,
    pub(super) reserve: VecDeque<(usize, u64)>,
    pub(super) next_id: u64,
    pub(super) alarm: Option<Instant>,
    pub(super) held: usize,
    pub(super) drain: Option<Drain>,
}

impl Engine {
    pub(super) fn new(
        poll: Poll,
        limits: Limits,
        policy: Arc<dyn Policy>,
        shared: Arc<Shared>,
        seed: u64,
        listeners: Vec<Listener>,
        lanes: Lanes,
    ) -> Self {
        Self {
            poll,
            limits,
            policy,
            shared,
            seed,
            listeners,
            lanes,
            table: Table::default(),
            now: Instant::now(),
            spares: Spares::default(),
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
    pub(super) fn register(&mut self) -> io::Result<()> {
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
    pub(super) fn run(mut self) -> io::Result<usize> {
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
    pub(super) fn advance(&mut self, slot: usize) {
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

    pub(super) fn take_in(&mut self, slot: usize) -> Progress {
        let rules = Rules { limits: &self.limits, policy: &*self.policy, seed: self.seed };
        let Some(client) = self.table.get(slot) else { return Progress::Gone };
        match client.step(&rules, self.now) {
            Step::Ready if self.held > self.limits.held_bytes && !client.wants_vital(&*self.policy) => {
                return self.refuse(slot, Refusal::TooMuchHeld);
            }
            Step::Ready => {
                self.submit(slot);
                return Progress::Blocked;
            }
            Step::Refuse(refusal) => return self.refuse(slot, refusal),
            Step::More => {}
        }
        if client.phase != Phase::Idle && self.held > self.limits.held_bytes {
            return self.refuse(slot, Refusal::TooMuchHeld);
        }
        // Only a 100 (Continue) can be waiting here.
        if client.flush() == Progress::Gone {
            return Progress::Gone;
        }
        client.borrow_buffers(&mut self.spares);
        client.fill(&mut self.scratch, self.limits.target_bytes)
    }

    /// Hands a whole request to tiny_http, or puts it in line.
    fn submit(&mut self, slot: usize) {
        let in_line = !self.lanes.waiting.is_empty();
        let Some(client) = self.table.get(slot) else { return };
        client.phase = Phase::Waiting;
        client.deadline = self.now + self.limits.handler_time;
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
            return lane.take(self.limits.answer_bytes, &[], &mut self.nowhere).is_some();
        };
        client.write_tail(self.seed, draining, &mut self.tail);
        let Some(whole) = lane.take(self.limits.answer_bytes, &self.tail, &mut client.output) else { return false };
        self.lanes.answered(pending, self.now);
        if whole.unfit {
            self.refuse(pending.slot, Refusal::BadAnswer);
        } else {
            self.shared.counters.in_flight.fetch_sub(1, Relaxed);
            client.begin_answer(whole.into(), self.now + self.limits.write_time, draining);
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
                self.refuse(pending.slot, Refusal::BadAnswer);
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
        client.report(self.seed, self.now, true, |exchange| self.policy.finished(exchange));
        if !client.persistent {
            return client.linger(self.now);
        }
        client.start_over();
        client.deadline = self.now + self.limits.idle_time;
        Progress::Some
    }

    pub(super) fn refuse(&mut self, slot: usize, refusal: Refusal) -> Progress {
        let Some(client) = self.table.get(slot) else { return Progress::Gone };
        if client.phase == Phase::Waiting {
            self.shared.counters.in_flight.fetch_sub(1, Relaxed);
        }
        self.shared.counters.refuse(refusal);
        client.begin_refusal(refusal, self.now + self.limits.write_time);
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

    pub(super) fn close(&mut self, slot: usize, in_time: bool) {
        let Some(mut client) = self.table.remove(slot) else { return };
        let counters = &self.shared.counters;
        if client.phase == Phase::Waiting {
            counters.in_flight.fetch_sub(1, Relaxed);
        }
        client.report(self.seed, self.now, in_time, |exchange| self.policy.finished(exchange));
        self.held -= client.held;
        counters.open.store(self.table.open(), Relaxed);
        counters.held.store(self.held, Relaxed);
    }
}
