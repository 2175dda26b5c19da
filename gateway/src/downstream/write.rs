//! A response on its way to a client.

use crate::downstream::buffers::BufferPool;
use crate::downstream::socket::{Io, Socket};
use crate::rejection::Rejection;

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) body_bytes: usize,
    pub(crate) rejection: Option<Rejection>,
}

/// Bytes that wait to be written.
#[derive(Default)]
pub(crate) struct ResponseWriter {
    output: Vec<u8>,
    sent: usize,
    outcome: Option<Outcome>,
}

impl ResponseWriter {
    /// Where a response is written to, before [`ResponseWriter::begin`].
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Starts to send a response that is already in the output.
    pub(crate) fn begin(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    /// Starts to send a rejection, behind what was in the output before.
    pub(crate) fn begin_rejection(&mut self, rejection: Rejection, is_head: bool) {
        let body_bytes = rejection.write(is_head, &mut self.output);
        self.begin(Outcome { status: rejection.status(), body_bytes, rejection: Some(rejection) });
    }

    /// What became of the request in hand, told once.
    pub(crate) fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    /// Writes what is waiting. `Ready` means that all of it is written.
    pub(crate) fn flush(&mut self, socket: &mut Socket) -> Io {
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match socket.write(rest) {
                Ok(count) => self.sent += count,
                Err(Io::Ready) => {}
                Err(io) => return io,
            }
        }
        self.output.clear();
        self.sent = 0;
        Io::Ready
    }

    pub(crate) fn buffered(&self) -> usize {
        self.output.capacity()
    }

    pub(crate) fn take_buffers(&mut self, pool: &mut BufferPool) {
        pool.fill(&mut self.output);
    }

    pub(crate) fn return_buffers(&mut self, pool: &mut BufferPool) {
        pool.take_back(&mut self.output);
    }
}
