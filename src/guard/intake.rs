//! From bytes of a client to a request for tiny_http: admits heads, gathers bodies.

use std::time::Instant;

use super::body::Body;
use super::client::{Client, Phase};
use super::forward::{self, Sender};
use super::head::{self, Framing, Head};
use super::limits::Limits;
use super::policy::Policy;
use super::record::{self, Marks};
use super::refusal::Refusal;

/// What the bytes that have come amount to.
#[derive(Debug)]
pub(super) enum Step {
    /// More has to come.
    More,
    /// A request is whole.
    Ready,
    /// There will be no request.
    Refuse(Refusal),
}

/// A body on its way into the request.
#[derive(Debug)]
pub(super) struct Reading {
    body: Body,
    /// Where in the request the body starts.
    start: usize,
    chunked: bool,
}

/// What all clients have in common.
pub(super) struct Rules<'a> {
    pub(super) limits: &'a Limits,
    pub(super) policy: &'a dyn Policy,
    /// First half of the ids that are made here.
    pub(super) seed: u64,
}

impl Client {
    /// Looks at what has come since the last request.
    pub(super) fn step(&mut self, rules: &Rules<'_>, now: Instant) -> Step {
        if !std::mem::take(&mut self.fresh) {
            return Step::More;
        }
        let whole = match self.phase {
            Phase::Idle | Phase::Head => self.take_head(rules, now),
            Phase::Body => self.take_body(),
            Phase::Waiting | Phase::Writing | Phase::Lingering => Ok(false),
        };
        match whole {
            Ok(true) => Step::Ready,
            Ok(false) => Step::More,
            Err(refusal) => Step::Refuse(refusal),
        }
    }

    /// Whether the request in hand is one that is served before all others.
    pub(super) fn wants_vital(&self, policy: &dyn Policy) -> bool {
        self.marks.as_ref().is_some_and(|marks| policy.is_vital(record::text(&self.input, &marks.target)))
    }

    fn take_head(&mut self, rules: &Rules<'_>, now: Instant) -> Result<bool, Refusal> {
        if self.input.is_empty() {
            return Ok(false);
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Head;
            self.started = now;
            self.deadline = now + rules.limits.head_time;
        }
        let mut space = head::space();
        let Some(head) = head::read(&self.input, &mut space, rules.limits)? else { return Ok(false) };
        self.requests = self.requests.wrapping_add(1);
        let marks = Marks::of(&head, &self.input);
        let mut id = [0; 32];
        let id = marks.request_id(&self.input, rules.seed, self.id, self.requests, &mut id);
        let sender = Sender { peer: self.peer, listener: self.listener, request_id: id.as_bytes() };
        self.bodiless = head.method == "HEAD";
        self.minor = head.minor;
        self.taken = head.length;
        self.persistent = !self.reserve && !head.fields.close && (head.minor > 0 || head.fields.keep_alive);
        let body = admit(&head, self.listener, self.reserve, rules);
        if body.as_ref().is_ok_and(|body| !body.is_done()) && head.fields.expects_continue {
            self.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        self.request.clear();
        forward::write_head(&head, &sender, &mut self.request);
        let chunked = head.framing == Framing::Chunked;
        self.marks = Some(marks);
        self.body =
            Some(Reading { body: body?, start: self.request.len(), chunked }).filter(Reading::is_open).map(Box::new);
        self.phase = Phase::Body;
        self.deadline = now + rules.limits.body_time;
        self.take_body()
    }

    fn take_body(&mut self) -> Result<bool, Refusal> {
        let Some(reading) = &mut self.body else { return Ok(true) };
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let used = reading.body.feed(rest, &mut self.request)?;
        self.input.drain(self.taken..self.taken + used);
        if reading.is_open() {
            return Ok(false);
        }
        if reading.chunked {
            let length = self.request.len() - reading.start;
            forward::set_length(&mut self.request, length);
        }
        self.body = None;
        Ok(true)
    }
}

impl Reading {
    fn is_open(&self) -> bool {
        !self.body.is_done()
    }
}

/// Whether the request may come in at all, and with how large a body.
fn admit(head: &Head<'_, '_>, listener: usize, reserve: bool, rules: &Rules<'_>) -> Result<Body, Refusal> {
    if reserve && !rules.policy.is_vital(head.path) {
        return Err(Refusal::TooManyConnections);
    }
    if head.framing == Framing::Length(0) {
        return Body::new(head.framing, 0);
    }
    let welcome = rules.policy.body_bytes(listener, head.method, head.path);
    if welcome == 0 {
        return Err(Refusal::BodyNotWelcome);
    }
    Body::new(head.framing, welcome.min(rules.limits.body_bytes))
}

impl Marks {
    /// The id of a request: the client's own, or one of 32 hexadecimal digits.
    pub(super) fn request_id<'a>(
        &self,
        input: &'a [u8],
        seed: u64,
        client: u64,
        number: u32,
        space: &'a mut [u8; 32],
    ) -> &'a str {
        if let Some(given) = &self.request_id {
            return record::text(input, given);
        }
        let (first, second) = space.split_at_mut(16);
        first.copy_from_slice(&record::hex(seed ^ client.rotate_left(32)));
        second.copy_from_slice(&record::hex(client << 32 | u64::from(number)));
        std::str::from_utf8(space).unwrap_or_default()
    }
}
