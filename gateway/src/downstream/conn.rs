//! A connection of a client: what it is about, until when, and what may happen next.

use std::time::{Duration, Instant};

use mio::event::Event;
use mio::{Registry, Token};

use crate::access::AccessRecord;
use crate::downstream::buffers::BufferPool;
use crate::downstream::read::{Origin, RequestReader, Rules};
use crate::downstream::socket::{Io, Socket};
use crate::downstream::write::{Outcome, ResponseWriter};
use crate::hooks::Hooks;
use crate::rejection::Rejection;
use crate::request_id;

/// After its last response a connection is read on for this long, so that the client sees the response and not a reset
/// (RFC 9112, section 9.6).
const LINGER: Duration = Duration::from_secs(1);

/// Most bytes that are read and dropped then, unless the body was announced to be longer: a proxy sends all of a body
/// before it looks for a response.
const MAX_LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// Where a connection is between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Idle,
    ReadHead,
    ReadBody,
    /// The request is whole and waits for its response.
    AwaitUpstream,
    WriteResponse,
    Linger,
}

/// A connection.
pub(crate) struct Conn {
    origin: Origin,
    state: State,
    deadline: Instant,
    /// When the first byte of the request in hand came.
    started: Instant,
    socket: Socket,
    reader: RequestReader,
    writer: ResponseWriter,
    /// Bytes that were dropped while lingering.
    discarded: u64,
    /// Bytes that were last counted as buffered by this connection.
    counted: usize,
}

/// There is one for each idle connection, so what only a request needs is boxed. musl's allocator rounds up to 284, then 316 bytes.
const _: () = assert!(size_of::<Conn>() <= 284);

impl Conn {
    pub(crate) fn new(socket: Socket, origin: Origin, deadline: Instant) -> Self {
        Self {
            origin,
            state: State::Idle,
            deadline,
            started: deadline,
            socket,
            reader: RequestReader::default(),
            writer: ResponseWriter::default(),
            discarded: 0,
            counted: 0,
        }
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> std::io::Result<()> {
        self.socket.register(registry, token)
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        self.socket.on_event(event);
    }

    /// Makes the next read ask the kernel, whatever it has said before.
    pub(crate) fn look_again(&mut self) {
        self.socket.look_again();
    }

    pub(crate) fn id(&self) -> u64 {
        self.origin.id
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Looks at what has come since the last time; true when a request is whole.
    pub(crate) fn step(&mut self, rules: &Rules<'_>, now: Instant) -> Result<bool, Rejection> {
        if !self.reader.take_fresh() {
            return Ok(false);
        }
        match self.state {
            State::Idle | State::ReadHead => self.read_head(rules, now),
            State::ReadBody => self.reader.read_body(),
            State::AwaitUpstream | State::WriteResponse | State::Linger => Ok(false),
        }
    }

    fn read_head(&mut self, rules: &Rules<'_>, now: Instant) -> Result<bool, Rejection> {
        if self.state == State::Idle {
            self.started = now;
            if !self.reader.has_begun(rules.limits)? {
                return Ok(false);
            }
            self.enter(State::ReadHead, now + rules.limits.head_timeout);
        }
        if !self.reader.read_head(&self.origin, rules)? {
            return Ok(false);
        }
        self.enter(State::ReadBody, now + rules.limits.body_timeout);
        if self.reader.take_expectation() {
            self.writer.output().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        self.reader.read_body()
    }

    fn enter(&mut self, state: State, deadline: Instant) {
        (self.state, self.deadline) = (state, deadline);
    }

    /// Sends a 100 (Continue) that is waiting, and reads once.
    pub(crate) fn read(&mut self, pool: &mut BufferPool, scratch: &mut [u8], long: usize) -> Io {
        if self.writer.flush(&mut self.socket) == Io::Closed {
            return Io::Closed;
        }
        self.reader.take_buffers(pool);
        self.writer.take_buffers(pool);
        match self.socket.read(scratch) {
            Ok(bytes) => {
                self.reader.append(bytes, self.state == State::ReadHead, long);
                Io::Ready
            }
            Err(io) => io,
        }
    }

    /// Whether the request in hand is a health check.
    pub(crate) fn is_probe(&self, hooks: &dyn Hooks) -> bool {
        self.reader.target().is_some_and(|target| hooks.is_probe(target))
    }

    /// Waits for a response to the request in hand.
    pub(crate) fn await_upstream(&mut self, deadline: Instant) {
        self.enter(State::AwaitUpstream, deadline);
    }

    /// The request for tiny_http.
    pub(crate) fn request(&self) -> &[u8] {
        self.reader.request()
    }

    /// Forgets the request for tiny_http, which has been sent.
    pub(crate) fn clear_request(&mut self) {
        self.reader.clear_request();
    }

    pub(crate) fn is_head(&self) -> bool {
        self.reader.is_head()
    }

    /// The fields that a response to the request in hand ends with.
    pub(crate) fn write_extra_fields(&self, draining: bool, out: &mut Vec<u8>) {
        let Some((spans, input)) = self.reader.head() else { return };
        match (self.reader.is_keep_alive() && !draining, spans.minor()) {
            (false, _) => out.extend_from_slice(b"Connection: close\r\n"),
            (true, 0) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
            (true, _) => {}
        }
        out.extend_from_slice(b"X-Request-Id: ");
        out.extend_from_slice(spans.request_id(input).as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    /// Where a response is written to, before [`Conn::begin_response`].
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        self.writer.output()
    }

    /// Starts to send a response that is already in the output.
    pub(crate) fn begin_response(&mut self, outcome: Outcome, deadline: Instant, draining: bool) {
        if draining {
            self.reader.end_keep_alive();
        }
        self.writer.begin(outcome);
        self.enter(State::WriteResponse, deadline);
    }

    /// Starts to send a rejection, after which the connection ends.
    pub(crate) fn begin_rejection(&mut self, rejection: Rejection, deadline: Instant) {
        self.reader.reject();
        self.writer.begin_rejection(rejection, self.reader.is_head());
        self.enter(State::WriteResponse, deadline);
    }

    /// Writes what is waiting. `Ready` means that all of it is written.
    pub(crate) fn flush(&mut self) -> Io {
        self.writer.flush(&mut self.socket)
    }

    /// Goes on after a response: to the next request, or to the end of the connection.
    pub(crate) fn after_response(&mut self, now: Instant, keepalive_timeout: Duration) -> Io {
        if self.reader.is_keep_alive() {
            self.reader.start_over();
            self.enter(State::Idle, now + keepalive_timeout);
            return Io::Ready;
        }
        self.reader.drop_input();
        self.enter(State::Linger, now + LINGER);
        self.socket.finish()
    }

    /// Reads once and drops it: a client that lingers is read, so that it can be told apart from one that is gone, but
    /// not listened to.
    pub(crate) fn discard(&mut self, scratch: &mut [u8]) -> Io {
        let bytes = match self.socket.read(scratch) {
            Ok(bytes) => bytes.len() as u64,
            Err(io) => return io,
        };
        self.discarded += bytes;
        if self.discarded > MAX_LINGER_BYTES.max(self.reader.announced()) { Io::Closed } else { Io::Ready }
    }

    /// Calls back with what became of the request in hand, if there was one.
    pub(crate) fn report(&mut self, seed: u64, now: Instant, delivered: bool, call: impl FnOnce(&AccessRecord<'_>)) {
        let Some(outcome) = self.writer.take_outcome() else { return };
        let made_id = request_id::make(seed, self.origin.id, self.reader.requests());
        let mut record = AccessRecord {
            listener: self.origin.listener,
            peer: self.origin.peer,
            method: "",
            target: "",
            version: "",
            status: outcome.status,
            body_bytes: outcome.body_bytes,
            duration: now.saturating_duration_since(self.started),
            request_id: std::str::from_utf8(&made_id).unwrap_or_default(),
            user_agent: None,
            traceparent: None,
            amazon_trace: None,
            forwarded_for: None,
            rejection: outcome.rejection,
            delivered,
        };
        if let Some((spans, input)) = self.reader.head() {
            spans.describe(input, &mut record);
        }
        call(&record);
    }

    /// Gives empty buffers back if the connection is idle, and says by how much the bytes that it buffers have changed:
    /// from how many to how many.
    pub(crate) fn recount(&mut self, pool: &mut BufferPool) -> (usize, usize) {
        if self.state == State::Idle {
            self.reader.return_buffers(pool);
            self.writer.return_buffers(pool);
        }
        let before = self.counted;
        self.counted = self.reader.buffered() + self.writer.buffered();
        (before, self.counted)
    }

    /// Bytes that were last counted as buffered by this connection.
    pub(crate) fn counted(&self) -> usize {
        self.counted
    }
}
