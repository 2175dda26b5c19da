//! When connections have to be looked at again, and what follows when their time is over.

use std::time::{Duration, Instant};

use crate::downstream::conn::State;
use crate::rejection::Rejection;

/// Deadlines are looked at no more often than this: they may be late by it.
const DEADLINE_STEP: Duration = Duration::from_millis(100);

/// The earliest deadline of all connections. It may be that of one that is gone or has moved on.
#[derive(Default)]
pub(crate) struct Timeouts {
    next_deadline: Option<Instant>,
}

/// What becomes of a connection whose time is over.
pub(crate) enum Expired {
    Reject(Rejection),
    /// The client did not read its response in time.
    SlowReader,
    Close,
}

impl Timeouts {
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }

    /// Whether some connection's time may be over.
    pub(crate) fn are_due(&self, now: Instant) -> bool {
        self.next_deadline.is_some_and(|deadline| now >= deadline)
    }

    pub(crate) fn watch(&mut self, deadline: Instant) {
        self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
    }

    /// Begins anew with the earliest deadline that is left.
    pub(crate) fn reset(&mut self, earliest: Option<Instant>, now: Instant) {
        self.next_deadline = earliest.map(|deadline| deadline.max(now + DEADLINE_STEP));
    }
}

impl Expired {
    pub(crate) fn of(state: State) -> Self {
        match state {
            State::ReadHead => Self::Reject(Rejection::HeadTimeout),
            State::ReadBody => Self::Reject(Rejection::BodyTimeout),
            State::AwaitUpstream => Self::Reject(Rejection::HandlerTimeout),
            State::WriteResponse => Self::SlowReader,
            State::Idle | State::Linger => Self::Close,
        }
    }
}
