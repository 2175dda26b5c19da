//! How connections come and go: the cap and its reserve, deadlines, draining.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Token};

use crate::downstream::conn::{Conn, Phase};
use crate::downstream::listener::Accepted;
use crate::event_loop::{CLIENTS, EventLoop};
use crate::rejection::Rejection;

/// Connections that are accepted before others get their turn.
const ACCEPTS_A_TURN: usize = 64;

/// Deadlines are looked at no more often than this: they may be late by it.
const DEADLINE_STEP: Duration = Duration::from_millis(100);

/// How long a connection in reserve may take to say what it wants.
const RESERVE_TIME: Duration = Duration::from_secs(2);

/// How long idle connections stay open while draining: a request may be on its way on each of them.
const DRAIN_GRACE: Duration = Duration::from_secs(1);

/// When a gateway that takes no more connections lets go of those it has.
pub(crate) struct Drain {
    /// Until then an idle connection may still send a request.
    grace: Option<Instant>,
    end: Instant,
}

impl Drain {
    pub(crate) fn next(&self) -> Instant {
        self.grace.unwrap_or(self.end)
    }
}

impl EventLoop {
    pub(crate) fn accept(&mut self) {
        for index in 0..self.listeners.len() {
            for _ in 0..ACCEPTS_A_TURN {
                if !self.accept_one(index) {
                    break;
                }
            }
        }
    }

    /// False when there is nobody to accept now.
    fn accept_one(&mut self, index: usize) -> bool {
        let Some(listener) = self.listeners.get_mut(index) else { return false };
        match listener.accept(self.now) {
            Accepted::Conn(stream, peer) => self.welcome(stream, peer, index),
            Accepted::Error => {
                self.shared.counters.accept_errors.fetch_add(1, Relaxed);
            }
            Accepted::Nothing => return false,
        }
        true
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr, listener: usize) {
        self.shared.counters.accepted.fetch_add(1, Relaxed);
        self.make_room();
        // An answer leaves at once; it is one write anyway.
        let _ = stream.set_nodelay(true);
        self.next_id += 1;
        let mut client = Conn::new(stream, peer, listener, self.next_id, self.now + self.limits.keepalive_timeout);
        let slot = self.table.next_slot();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(client.stream(), Token(CLIENTS + slot), interest).is_err() {
            return;
        }
        if self.table.open() >= self.limits.max_connections {
            client.reserve = true;
            client.deadline = self.now + RESERVE_TIME;
            self.reserve.push_back((slot, client.id));
        }
        self.table.insert(client);
        self.shared.counters.open_connections.store(self.table.open(), Relaxed);
        self.advance(slot);
    }

    /// At the cap and its reserve the longest in reserve goes, so that whoever comes gets a moment to be heard.
    fn make_room(&mut self) {
        if self.table.open() < self.limits.max_connections {
            self.reserve.clear();
        }
        while self.table.open() >= self.limits.max_connections + self.limits.reserved_connections {
            let Some((slot, id)) = self.reserve.pop_front() else { return };
            if self.table.same(slot, id).is_some() {
                self.shared.counters.reject(Rejection::TooManyConnections);
                self.close(slot, false);
            }
        }
    }

    /// Ends what has taken too long.
    pub(crate) fn expire(&mut self) {
        if self.alarm.is_none_or(|alarm| self.now < alarm) {
            return;
        }
        let now = self.now;
        for slot in self.table.slots(|client| client.deadline <= now) {
            self.expire_one(slot);
        }
        self.alarm = self.table.earliest().map(|moment| moment.max(now + DEADLINE_STEP));
    }

    fn expire_one(&mut self, slot: usize) {
        let Some(client) = self.table.get(slot) else { return };
        let rejection = match client.phase {
            Phase::Head => Rejection::HeadTimeout,
            Phase::Body => Rejection::BodyTimeout,
            Phase::Waiting => Rejection::HandlerTimeout,
            Phase::Writing => {
                self.shared.counters.slow_readers.fetch_add(1, Relaxed);
                return self.close(slot, false);
            }
            Phase::Idle | Phase::Lingering => return self.close(slot, false),
        };
        self.refuse(slot, rejection);
        self.advance(slot);
    }

    /// Takes whoever has already connected, then nobody any more.
    pub(crate) fn begin_drain(&mut self) {
        let Some(time) = self.shared.drain_time().filter(|_| self.drain.is_none()) else { return };
        for index in 0..self.listeners.len() {
            while self.accept_one(index) {}
        }
        self.listeners.clear();
        self.drain = Some(Drain { grace: Some(self.now + DRAIN_GRACE), end: self.now + time });
    }

    /// How many requests are left unfinished, once it is time to go.
    pub(crate) fn drained(&mut self) -> Option<usize> {
        let now = self.now;
        let drain = self.drain.as_mut()?;
        let end = drain.end;
        if drain.grace.is_some_and(|grace| grace <= now) {
            drain.grace = None;
            self.dismiss_idle();
        }
        if self.table.open() > 0 && now < end {
            return None;
        }
        Some(self.table.slots(|client| matches!(client.phase, Phase::Body | Phase::Waiting | Phase::Writing)).len())
    }

    /// Closes idle connections, after a last look for a request that has just come.
    fn dismiss_idle(&mut self) {
        for slot in self.table.slots(|client| client.phase == Phase::Idle) {
            if let Some(client) = self.table.get(slot) {
                client.readable = true;
                self.advance(slot);
            }
            if self.table.get(slot).is_some_and(|client| client.phase == Phase::Idle) {
                self.close(slot, true);
            }
        }
        self.lanes.flush();
    }
}
