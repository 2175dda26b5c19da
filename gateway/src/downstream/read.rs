//! From bytes of a client to a request for tiny_http: admits heads, gathers bodies.

use std::time::Instant;

use crate::access::{self, HeadSpans};
use crate::downstream::conn::{Conn, Phase};
use crate::hooks::Hooks;
use crate::http1::body::Body;
use crate::http1::encode::{self, Sender};
use crate::http1::head::{self, Framing, Head};
use crate::limits::Limits;
use crate::rejection::Rejection;

/// What the bytes that have come amount to.
#[derive(Debug)]
pub(crate) enum Step {
    /// More has to come.
    More,
    /// A request is whole.
    Ready,
    /// There will be no request.
    Refuse(Rejection),
}

/// A body on its way into the request.
#[derive(Debug)]
pub(crate) struct Reading {
    body: Body,
    /// Where in the request the body starts.
    start: usize,
    chunked: bool,
}

/// What all clients have in common.
pub(crate) struct Rules<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) hooks: &'a dyn Hooks,
    /// First half of the ids that are made here.
    pub(crate) seed: u64,
}

impl Conn {
    /// Looks at what has come since the last request.
    pub(crate) fn step(&mut self, rules: &Rules<'_>, now: Instant) -> Step {
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
            Err(rejection) => Step::Refuse(rejection),
        }
    }

    /// Whether the request in hand is one that is served before all others.
    pub(crate) fn wants_vital(&self, hooks: &dyn Hooks) -> bool {
        self.marks.as_ref().is_some_and(|marks| hooks.is_probe(access::text(&self.input, &marks.target)))
    }

    fn take_head(&mut self, rules: &Rules<'_>, now: Instant) -> Result<bool, Rejection> {
        if self.input.is_empty() {
            return Ok(false);
        }
        if self.phase == Phase::Idle {
            self.phase = Phase::Head;
            self.started = now;
            self.deadline = now + rules.limits.head_timeout;
        }
        let mut space = head::space();
        let Some(head) = head::read(&self.input, &mut space, rules.limits)? else { return Ok(false) };
        self.requests = self.requests.wrapping_add(1);
        let marks = HeadSpans::of(&head, &self.input);
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
        encode::write_head(&head, &sender, &mut self.request);
        let chunked = head.framing == Framing::Chunked;
        self.marks = Some(marks);
        self.body =
            Some(Reading { body: body?, start: self.request.len(), chunked }).filter(Reading::is_open).map(Box::new);
        self.phase = Phase::Body;
        self.deadline = now + rules.limits.body_timeout;
        self.take_body()
    }

    fn take_body(&mut self) -> Result<bool, Rejection> {
        let Some(reading) = &mut self.body else { return Ok(true) };
        let rest = self.input.get(self.taken..).unwrap_or_default();
        let used = reading.body.feed(rest, &mut self.request)?;
        self.input.drain(self.taken..self.taken + used);
        if reading.is_open() {
            return Ok(false);
        }
        if reading.chunked {
            let length = self.request.len() - reading.start;
            encode::set_length(&mut self.request, length);
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
fn admit(head: &Head<'_, '_>, listener: usize, reserve: bool, rules: &Rules<'_>) -> Result<Body, Rejection> {
    if reserve && !rules.hooks.is_probe(head.path) {
        return Err(Rejection::TooManyConnections);
    }
    if head.framing == Framing::Length(0) {
        return Body::new(head.framing, 0);
    }
    let welcome = rules.hooks.max_body_bytes(listener, head.method, head.path);
    if welcome == 0 {
        return Err(Rejection::BodyNotAllowed);
    }
    Body::new(head.framing, welcome.min(rules.limits.max_body_bytes))
}

impl HeadSpans {
    /// The id of a request: the client's own, or one of 32 hexadecimal digits.
    pub(crate) fn request_id<'a>(
        &self,
        input: &'a [u8],
        seed: u64,
        client: u64,
        number: u32,
        space: &'a mut [u8; 32],
    ) -> &'a str {
        if let Some(given) = &self.request_id {
            return access::text(input, given);
        }
        let (first, second) = space.split_at_mut(16);
        first.copy_from_slice(&access::hex(seed ^ client.rotate_left(32)));
        second.copy_from_slice(&access::hex(client << 32 | u64::from(number)));
        std::str::from_utf8(space).unwrap_or_default()
    }
}
