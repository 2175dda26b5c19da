//! From the bytes of a client to a request for tiny_http: admits heads, gathers bodies.

use std::net::SocketAddr;

use crate::access::HeadSpans;
use crate::downstream::buffers::BufferPool;
use crate::hooks::Hooks;
use crate::http1::body::Body;
use crate::http1::encode::{self, ForwardedInfo};
use crate::http1::framing::Framing;
use crate::http1::head::{self, Head};
use crate::limits::Limits;
use crate::rejection::Rejection;
use crate::request_id;

/// What all connections have in common.
pub(crate) struct Rules<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) hooks: &'a dyn Hooks,
    /// First half of the request ids that are made here.
    pub(crate) seed: u64,
}

/// The connection that a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// Unlike a slot never used again.
    pub(crate) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) listener: usize,
    /// Beyond the number of connections: served only if it is a health check.
    pub(crate) reserved: bool,
}

/// The request in hand. `input` starts with its head, which stays there until the response is out, because `spans` point
/// into it.
#[derive(Default)]
pub(crate) struct RequestReader {
    input: Vec<u8>,
    /// Something came that may complete what was incomplete.
    fresh: bool,
    /// Bytes of empty lines before the head.
    skipped: usize,
    head_len: usize,
    /// Apart, because an idle connection has none.
    spans: Option<Box<HeadSpans>>,
    body: Option<Box<PendingBody>>,
    /// Bytes of the body, as the head announced it.
    announced: u64,
    /// Sets the ids of this connection's requests apart.
    requests: u32,
    is_head: bool,
    expects_continue: bool,
    /// The client wants to send more requests after this one.
    keep_alive: bool,
    /// The request, written anew for tiny_http.
    request: Vec<u8>,
}

/// A body on its way into the request.
struct PendingBody {
    body: Body,
    /// Where in the request the body starts.
    start: usize,
    chunked: bool,
}

impl RequestReader {
    /// Adds what has come. An unfinished line of a head is looked at again only when it is longer than `long`.
    pub(crate) fn append(&mut self, bytes: &[u8], in_head: bool, long: usize) {
        self.input.extend_from_slice(bytes);
        self.fresh |= !in_head || bytes.contains(&b'\n') || self.input.len() > long;
    }

    /// Whether there is something new to look at; told once.
    pub(crate) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }

    /// Whether a request has begun. Empty lines before it are dropped, and begin none (RFC 9112, section 2.2).
    pub(crate) fn has_begun(&mut self, limits: &Limits) -> Result<bool, Rejection> {
        let blank = head::blank_lines(&self.input);
        if blank > 0 {
            self.input.drain(..blank);
            self.skipped += blank;
        }
        if self.skipped > limits.max_head_bytes {
            return Err(Rejection::HeadTooLarge);
        }
        Ok(!matches!(self.input.as_slice(), [] | [b'\r']))
    }

    /// Reads the head, and starts the request for tiny_http; false when more has to come.
    pub(crate) fn read_head(&mut self, origin: &Origin, rules: &Rules<'_>) -> Result<bool, Rejection> {
        let start = self.input.as_ptr().addr();
        let mut space = head::space();
        let Some(head) = head::read(&mut self.input, &mut space, rules.limits)? else { return Ok(false) };
        self.requests = self.requests.wrapping_add(1);
        let made_id = request_id::make(rules.seed, origin.id, self.requests);
        self.spans = Some(Box::new(HeadSpans::of(&head, start, made_id)));
        self.is_head = head.method == "HEAD";
        self.head_len = head.length;
        self.announced = if let Framing::Length(length) = head.framing { length } else { 0 };
        let (framing, body) = admit(&head, origin, rules)?;
        // What is left of a body that is not read cannot be told from a next request.
        let all_read = framing == head.framing;
        self.keep_alive =
            all_read && !origin.reserved && !head.fields.close && (head.minor > 0 || head.fields.keep_alive);
        self.expects_continue = head.fields.expects_continue && !body.is_done();
        let told = rules.hooks.wants_origin(origin.listener, &head.path);
        let request_id = head.fields.request_id.unwrap_or(&made_id);
        let info = ForwardedInfo { listener: origin.listener, origin: told.then_some((origin.peer, request_id)) };
        self.request.clear();
        encode::write_head(&head, framing, &info, &mut self.request);
        let pending = PendingBody { body, start: self.request.len(), chunked: framing == Framing::Chunked };
        self.body = Some(pending).filter(PendingBody::is_open).map(Box::new);
        Ok(true)
    }

    /// Adds what has come of the body to the request; false when more has to come.
    pub(crate) fn read_body(&mut self) -> Result<bool, Rejection> {
        let Some(pending) = &mut self.body else { return Ok(true) };
        let rest = self.input.get(self.head_len..).unwrap_or_default();
        let used = pending.body.feed(rest, &mut self.request)?;
        self.input.drain(self.head_len..self.head_len + used);
        if pending.is_open() {
            return Ok(false);
        }
        if pending.chunked {
            let length = self.request.len() - pending.start;
            encode::set_length(&mut self.request, length);
        }
        self.body = None;
        Ok(true)
    }

    /// Whether the client waits for a 100 (Continue) before it sends its body; told once.
    pub(crate) fn take_expectation(&mut self) -> bool {
        std::mem::take(&mut self.expects_continue)
    }

    /// The request for tiny_http, once it is whole.
    pub(crate) fn request(&self) -> &[u8] {
        &self.request
    }

    pub(crate) fn clear_request(&mut self) {
        self.request.clear();
    }

    /// The path and query of the request in hand.
    pub(crate) fn target(&self) -> Option<&str> {
        self.spans.as_ref().map(|spans| spans.target(&self.input))
    }

    /// Where the parts of the head in hand are, and the input that they are in.
    pub(crate) fn head(&self) -> Option<(&HeadSpans, &[u8])> {
        self.spans.as_deref().map(|spans| (spans, self.input.as_slice()))
    }

    /// The request in hand is a HEAD.
    pub(crate) fn is_head(&self) -> bool {
        self.is_head
    }

    pub(crate) fn is_keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Lets no request follow the one in hand.
    pub(crate) fn end_keep_alive(&mut self) {
        self.keep_alive = false;
    }

    /// Bytes of the body, as the head in hand announced it.
    pub(crate) fn announced(&self) -> u64 {
        self.announced
    }

    pub(crate) fn requests(&self) -> u32 {
        self.requests
    }

    /// Gives up the request in hand. Also of a head that is not whole it is known whether it is that of a HEAD.
    pub(crate) fn reject(&mut self) {
        self.is_head |= self.spans.is_none() && head::is_head_request(&self.input);
        self.request = Vec::new();
        self.body = None;
        self.keep_alive = false;
    }

    /// Forgets the request that was answered, and keeps what came after it.
    pub(crate) fn start_over(&mut self) {
        self.input.drain(..self.head_len.min(self.input.len()));
        self.skipped = 0;
        self.head_len = 0;
        self.spans = None;
        self.body = None;
        self.is_head = false;
        self.fresh = !self.input.is_empty();
    }

    /// Forgets everything: the client is no longer listened to.
    pub(crate) fn drop_input(&mut self) {
        self.input = Vec::new();
    }

    pub(crate) fn buffered(&self) -> usize {
        self.input.capacity() + self.request.capacity()
    }

    pub(crate) fn take_buffers(&mut self, pool: &mut BufferPool) {
        pool.fill(&mut self.input);
        pool.fill(&mut self.request);
    }

    pub(crate) fn return_buffers(&mut self, pool: &mut BufferPool) {
        pool.take_back(&mut self.input);
        pool.take_back(&mut self.request);
    }
}

impl PendingBody {
    fn is_open(&self) -> bool {
        !self.body.is_done()
    }
}

/// Whether the request may come in at all, and with which body: the one that its head announces, or none.
fn admit(head: &Head<'_, '_>, origin: &Origin, rules: &Rules<'_>) -> Result<(Framing, Body), Rejection> {
    if origin.reserved && !rules.hooks.is_probe(&head.path) {
        return Err(Rejection::TooManyConnections);
    }
    if head.framing == Framing::Length(0) {
        return Ok((head.framing, Body::new(head.framing, 0)?));
    }
    let (framing, max) = match rules.hooks.max_body_bytes(origin.listener, head.method, &head.path) {
        None => (Framing::Length(0), 0),
        Some(0) if head.framing != Framing::Chunked => return Err(Rejection::BodyNotAllowed),
        Some(max) => (head.framing, max.min(rules.limits.max_body_bytes)),
    };
    Ok((framing, Body::new(framing, max)?))
}
