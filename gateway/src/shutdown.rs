//! How a gateway ends: its owner asks for it, and the event loop lets go of one connection after the other.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::Waker;

/// How long idle connections stay open while draining: a request may be on its way on each of them.
const IDLE_GRACE: Duration = Duration::from_secs(1);

/// What the owner of a gateway tells the event loop with.
#[derive(Debug)]
pub(crate) struct Signal {
    waker: Waker,
    timeout: Mutex<Option<Duration>>,
}

impl Signal {
    pub(crate) fn new(waker: Waker) -> Self {
        Self { waker, timeout: Mutex::new(None) }
    }

    /// Asks for an end after at most the given time.
    pub(crate) fn send(&self, timeout: Duration) -> io::Result<()> {
        *self.timeout.lock().unwrap_or_else(PoisonError::into_inner) = Some(timeout);
        self.waker.wake()
    }

    /// The time that was given, once it was.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        *self.timeout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a gateway that accepts no more connections lets go of those it has.
pub(crate) struct Drain {
    /// Until then an idle connection may still send a request.
    grace: Option<Instant>,
    end: Instant,
}

impl Drain {
    pub(crate) fn new(now: Instant, timeout: Duration) -> Self {
        Self { grace: Some(now + IDLE_GRACE), end: now + timeout }
    }

    pub(crate) fn next_deadline(&self) -> Instant {
        self.grace.unwrap_or(self.end)
    }

    /// Whether idle connections have had their time; told once.
    pub(crate) fn take_grace(&mut self, now: Instant) -> bool {
        self.grace.take_if(|grace| *grace <= now).is_some()
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        now >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_connections_get_their_grace_once_and_everything_ends_at_the_timeout() {
        let start = Instant::now();
        let mut drain = Drain::new(start, Duration::from_secs(5));
        assert!(!drain.take_grace(start) && drain.next_deadline() == start + IDLE_GRACE);
        let later = start + IDLE_GRACE;
        assert!(drain.take_grace(later) && !drain.take_grace(later));
        assert_eq!(drain.next_deadline(), start + Duration::from_secs(5));
        assert!(!drain.is_over(later) && drain.is_over(start + Duration::from_secs(5)));
    }
}
