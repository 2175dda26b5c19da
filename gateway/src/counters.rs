//! What the gateway counts. One thread writes, any thread may read.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};

use crate::rejection::Rejection;

/// Numbers since the start, and of the moment.
#[derive(Debug, Default)]
pub struct Counters {
    open_connections: AtomicUsize,
    in_flight: AtomicUsize,
    buffered_bytes: AtomicUsize,
    accepted: AtomicU64,
    accept_errors: AtomicU64,
    slow_readers: AtomicU64,
    rejected: [AtomicU64; Rejection::ALL.len()],
}

impl Counters {
    /// Connections that are open.
    pub fn open_connections(&self) -> usize {
        self.open_connections.load(Relaxed)
    }

    /// Requests that wait for the response of a handler.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Bytes that all connections buffer.
    pub fn buffered_bytes(&self) -> usize {
        self.buffered_bytes.load(Relaxed)
    }

    /// Connections that were accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// Times that the kernel would not give a connection.
    pub fn accept_errors(&self) -> u64 {
        self.accept_errors.load(Relaxed)
    }

    /// Connections that were closed because the client did not read its response in time.
    pub fn slow_readers(&self) -> u64 {
        self.slow_readers.load(Relaxed)
    }

    /// How often each rejection was given.
    pub fn rejected(&self) -> impl Iterator<Item = (Rejection, u64)> {
        Rejection::ALL.into_iter().zip(&self.rejected).map(|(rejection, count)| (rejection, count.load(Relaxed)))
    }

    pub(crate) fn set_open_connections(&self, count: usize) {
        self.open_connections.store(count, Relaxed);
    }

    pub(crate) fn set_buffered_bytes(&self, count: usize) {
        self.buffered_bytes.store(count, Relaxed);
    }

    pub(crate) fn add_in_flight(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(crate) fn remove_in_flight(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
    }

    pub(crate) fn add_accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_accept_error(&self) {
        self.accept_errors.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_slow_reader(&self) {
        self.slow_readers.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_rejected(&self, rejection: Rejection) {
        let row = Rejection::ALL.iter().position(|one| *one == rejection);
        if let Some(count) = row.and_then(|row| self.rejected.get(row)) {
            count.fetch_add(1, Relaxed);
        }
    }
}
