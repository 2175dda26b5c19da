//! What the guard counts. One thread writes, anybody may read.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::refusal::Refusal;

/// Numbers since the start, and of the moment.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections that are open.
    pub open: AtomicUsize,
    /// Requests that wait for an answer of a handler.
    pub in_flight: AtomicUsize,
    /// Bytes that all connections hold.
    pub held: AtomicUsize,
    /// Connections that were accepted.
    pub accepted: AtomicU64,
    /// Times that the kernel would not give a connection.
    pub accept_errors: AtomicU64,
    /// Connections that were closed because the client did not read its answer in time.
    pub slow_readers: AtomicU64,
    refused: [AtomicU64; Refusal::ALL.len()],
}

impl Counters {
    /// How often each refusal was given.
    pub fn refused(&self) -> impl Iterator<Item = (Refusal, u64)> {
        Refusal::ALL.into_iter().zip(&self.refused).map(|(refusal, count)| (refusal, count.load(Ordering::Relaxed)))
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        let row = Refusal::ALL.iter().position(|one| *one == refusal);
        if let Some(count) = row.and_then(|row| self.refused.get(row)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
