//! A lane: one lasting connection to tiny_http, on which requests of many clients follow each other.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::net::UnixStream;

use crate::upstream::response::{self, Broken, Partial, Whole};

/// An answer that took longer than this makes the gateway stop sending several requests down one lane, because each of
/// them waits for the one before. Above the 100 ms for which the kernel holds back a process that has used up its share.
const SLOW: Duration = Duration::from_millis(250);

/// Longest time for which requests wait for the answers to those before them, so that they can leave together.
const GATHER: Duration = Duration::from_millis(5);

/// How long a slow answer is remembered.
const MEMORY: Duration = Duration::from_secs(10);

/// Whose answer comes next on a lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) slot: usize,
    pub(crate) id: u64,
    pub(crate) bodiless: bool,
    sent: Instant,
}

pub(crate) struct Lane {
    pub(crate) stream: UnixStream,
    pending: VecDeque<Pending>,
    out: Vec<u8>,
    input: Vec<u8>,
    partial: Option<Box<Partial>>,
    broken: bool,
}

impl Lane {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self { stream, pending: VecDeque::new(), out: Vec::new(), input: Vec::new(), partial: None, broken: false }
    }

    /// Writes what is waiting; the rest goes when the lane is writable again.
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
    pub(crate) fn fill(&mut self, scratch: &mut [u8]) {
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

    /// Whose answer is next, if anybody waits for one and something has come.
    pub(crate) fn next(&self) -> Option<Pending> {
        if self.input.is_empty() && self.partial.is_none() { None } else { self.pending.front().copied() }
    }

    /// Takes the next answer, if it is whole.
    pub(crate) fn take(&mut self, limit: usize, tail: &[u8], out: &mut Vec<u8>) -> Option<Whole> {
        let bodiless = self.pending.front()?.bodiless;
        match response::take(&mut self.input, &mut self.partial, bodiless, limit, tail, out) {
            Ok(Some(whole)) => {
                self.pending.pop_front();
                Some(whole)
            }
            Ok(None) => None,
            Err(Broken) => {
                self.broken = true;
                None
            }
        }
    }

    /// Everybody who waits, once the lane is of no use any more. An answer that nobody asked for breaks it too.
    pub(crate) fn abandoned(&mut self) -> VecDeque<Pending> {
        self.broken |= self.pending.is_empty() && !self.input.is_empty();
        if self.broken { std::mem::take(&mut self.pending) } else { VecDeque::new() }
    }
}

/// All lanes, and who waits for one.
pub(crate) struct Lanes {
    pub(crate) all: Vec<Lane>,
    /// Slot and id of clients whose requests are whole, in the order in which they became so.
    pub(crate) waiting: VecDeque<(usize, u64)>,
    current: Option<usize>,
    slow_until: Option<Instant>,
    batch: usize,
}

impl Lanes {
    pub(crate) fn new(all: Vec<Lane>, batch: usize) -> Self {
        Self { all, waiting: VecDeque::new(), current: None, slow_until: None, batch }
    }

    /// A lane that may take one more request now. While handlers are quick, requests gather until those before them are
    /// answered, and then leave together: one write and one wake-up serve them all.
    pub(crate) fn free(&mut self, now: Instant) -> Option<usize> {
        let slow = self.slow_until.is_some_and(|until| now < until);
        let depth = if slow { 1 } else { self.batch };
        let has_room = |lane: &Lane| !lane.broken && lane.pending.len() < depth;
        if let Some(current) = self.current.filter(|index| self.all.get(*index).is_some_and(has_room)) {
            return Some(current);
        }
        if !slow && self.gathering(now).is_some() {
            return None;
        }
        let free = self.all.iter().enumerate().filter(|(_, lane)| has_room(lane));
        self.current = free.min_by_key(|(_, lane)| lane.pending.len()).map(|(index, _)| index);
        self.current
    }

    /// Until when requests gather, if they do.
    fn gathering(&self, now: Instant) -> Option<Instant> {
        let sent = self.all.iter().filter_map(|lane| lane.pending.back().map(|last| last.sent)).max()?;
        Some(sent + GATHER).filter(|end| now < *end)
    }

    /// When those who wait have to be looked at again, answers or not.
    pub(crate) fn next(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() { None } else { self.gathering(now) }
    }

    /// Puts a request on a lane; it leaves with the next [`Lanes::flush`].
    pub(crate) fn send(&mut self, index: usize, request: &[u8], slot: usize, id: u64, bodiless: bool, now: Instant) {
        if let Some(lane) = self.all.get_mut(index) {
            lane.out.extend_from_slice(request);
            lane.pending.push_back(Pending { slot, id, bodiless, sent: now });
        }
    }

    /// Whether there is no way to tiny_http any more.
    pub(crate) fn are_broken(&self) -> bool {
        self.all.iter().all(|lane| lane.broken)
    }

    /// Remembers how long an answer took.
    pub(crate) fn answered(&mut self, pending: Pending, now: Instant) {
        if now.duration_since(pending.sent) > SLOW {
            self.slow_until = Some(now + MEMORY);
        }
    }

    /// Ends the turn.
    pub(crate) fn flush(&mut self) {
        self.current = None;
        self.all.iter_mut().for_each(Lane::flush);
    }
}
