//! From an answer to bytes for a client, and to the record of what happened.

use std::time::Instant;

use crate::access::{self, AccessRecord, HeadSpans};
use crate::downstream::conn::{Conn, Outcome, Phase};
use crate::rejection::Rejection;

impl Conn {
    /// The fields that an answer to the request in hand ends with. A draining gateway closes every connection.
    pub(crate) fn write_tail(&self, seed: u64, draining: bool, tail: &mut Vec<u8>) {
        match (self.persistent && !draining, self.minor) {
            (false, _) => tail.extend_from_slice(b"Connection: close\r\n"),
            (true, 0) => tail.extend_from_slice(b"Connection: keep-alive\r\n"),
            (true, _) => {}
        }
        if let Some(marks) = &self.marks {
            let mut space = [0; 32];
            tail.extend_from_slice(b"X-Request-Id: ");
            tail.extend_from_slice(marks.request_id(&self.input, seed, self.id, self.requests, &mut space).as_bytes());
            tail.extend_from_slice(b"\r\n");
        }
    }

    /// Starts to send an answer that is already in the output.
    pub(crate) fn begin_answer(&mut self, outcome: Outcome, deadline: Instant, draining: bool) {
        self.outcome = Some(outcome);
        self.persistent &= !draining;
        self.phase = Phase::Writing;
        self.deadline = deadline;
    }

    /// Starts to send a rejection, after which the connection ends.
    pub(crate) fn begin_rejection(&mut self, rejection: Rejection, deadline: Instant) {
        let body_bytes = rejection.write(self.bodiless, &mut self.output);
        self.request = Vec::new();
        self.body = None;
        self.persistent = false;
        self.begin_answer(
            Outcome { status: rejection.status(), body_bytes, rejection: Some(rejection) },
            deadline,
            true,
        );
    }

    /// Calls back with what became of the request in hand, if there was one.
    pub(crate) fn report(&mut self, seed: u64, now: Instant, delivered: bool, call: impl FnOnce(&AccessRecord<'_>)) {
        let Some(outcome) = self.outcome.take() else { return };
        let nothing = HeadSpans::default();
        let marks = self.marks.as_ref().unwrap_or(&nothing);
        let text = |mark: &Option<_>| mark.as_ref().map(|mark| access::text(&self.input, mark));
        let mut space = [0; 32];
        call(&AccessRecord {
            listener: self.listener,
            peer: self.peer,
            method: access::text(&self.input, &marks.method),
            target: access::text(&self.input, &marks.target),
            version: match (&self.marks, marks.minor) {
                (None, _) => "",
                (_, 0) => "1.0",
                _ => "1.1",
            },
            status: outcome.status,
            body_bytes: outcome.body_bytes,
            duration: now.saturating_duration_since(self.started),
            request_id: marks.request_id(&self.input, seed, self.id, self.requests, &mut space),
            user_agent: text(&marks.user_agent),
            traceparent: text(&marks.traceparent),
            amazon_trace: text(&marks.amazon_trace),
            rejection: outcome.rejection,
            delivered,
        });
    }
}
