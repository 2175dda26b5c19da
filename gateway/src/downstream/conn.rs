//! One client's connection: what has come, what is going out, and what may happen next.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use crate::access::HeadSpans;
use crate::downstream::read::Reading;
use crate::rejection::Rejection;

/// After its last answer a connection is read on for this long, so that the client sees the answer and not a reset
/// (RFC 9112, section 9.6).
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Most bytes that are read and dropped then.
const MAX_LINGER_BYTES: usize = 256 * 1024;

/// Where a connection is between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Head,
    Body,
    /// The request is whole and waits for its answer.
    Waiting,
    Writing,
    Lingering,
}

/// What came of reading or writing once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There may be more to do.
    Some,
    /// The kernel has nothing, or takes nothing, right now.
    Blocked,
    /// The other end is gone.
    Gone,
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) body_bytes: usize,
    pub(crate) rejection: Option<Rejection>,
}

/// A connection. `input` starts with the head of the request in hand, which stays there until the answer is out, because
/// `marks` point into it.
pub(crate) struct Conn {
    /// Unlike a slot never used again.
    pub(crate) id: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) listener: usize,
    /// Beyond the number of connections: served only if it asks for something vital.
    pub(crate) reserve: bool,
    pub(crate) phase: Phase,
    pub(crate) deadline: Instant,
    /// The kernel may have bytes for us.
    pub(crate) readable: bool,
    /// The client has said that it sends no more.
    pub(crate) half_closed: bool,
    /// Something came that may complete what was incomplete.
    pub(crate) fresh: bool,
    pub(crate) input: Vec<u8>,
    /// Bytes of the input that are the head of the request in hand.
    pub(crate) taken: usize,
    pub(crate) marks: Option<HeadSpans>,
    pub(crate) body: Option<Box<Reading>>,
    pub(crate) started: Instant,
    /// Sets the ids of this connection's requests apart.
    pub(crate) requests: u32,
    /// The request in hand is a HEAD.
    pub(crate) bodiless: bool,
    /// The client wants to send more requests after this one.
    pub(crate) persistent: bool,
    /// HTTP/1.0 has to be told that the connection stays.
    pub(crate) minor: u8,
    /// The request in hand, written anew for tiny_http.
    pub(crate) request: Vec<u8>,
    pub(crate) output: Vec<u8>,
    pub(crate) outcome: Option<Outcome>,
    /// Bytes of memory that were last counted for this client.
    pub(crate) held: usize,
    stream: TcpStream,
    sent: usize,
    dropped: usize,
}

impl Conn {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr, listener: usize, id: u64, deadline: Instant) -> Self {
        Self {
            id,
            peer,
            listener,
            reserve: false,
            phase: Phase::Idle,
            deadline,
            // Most clients have sent something by the time they are accepted.
            readable: true,
            half_closed: false,
            fresh: false,
            input: Vec::new(),
            taken: 0,
            marks: None,
            body: None,
            started: deadline,
            requests: 0,
            bodiless: false,
            persistent: false,
            minor: 1,
            request: Vec::new(),
            output: Vec::new(),
            outcome: None,
            held: 0,
            stream,
            sent: 0,
            dropped: 0,
        }
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Memory that this client costs beyond its place in the table.
    pub(crate) fn weight(&self) -> usize {
        self.input.capacity() + self.request.capacity() + self.output.capacity()
    }

    /// Reads once, if the kernel may have something. An unfinished line is looked at again only when it is `long`.
    pub(crate) fn fill(&mut self, scratch: &mut [u8], long: usize) -> Progress {
        if !self.readable {
            return Progress::Blocked;
        }
        match self.stream.read(scratch) {
            Ok(0) => Progress::Gone,
            Ok(count) => {
                // Polling is edge-triggered. A read that did not fill the buffer has emptied the socket, unless the
                // end of the stream is still to be read.
                self.readable = self.half_closed || count == scratch.len();
                self.keep(scratch.get(..count).unwrap_or_default(), long)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                Progress::Blocked
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Progress::Some,
            Err(_) => Progress::Gone,
        }
    }

    /// A client that lingers is read, so that it can be told apart from one that is gone, but not listened to.
    fn keep(&mut self, bytes: &[u8], long: usize) -> Progress {
        if self.phase != Phase::Lingering {
            self.input.extend_from_slice(bytes);
            self.fresh |= self.phase != Phase::Head || bytes.contains(&b'\n') || self.input.len() > long;
            return Progress::Some;
        }
        self.dropped += bytes.len();
        if self.dropped > MAX_LINGER_BYTES { Progress::Gone } else { Progress::Some }
    }

    /// Writes what is waiting. `Some` means that all of it is written.
    pub(crate) fn flush(&mut self) -> Progress {
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(0) => return Progress::Gone,
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Blocked,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Progress::Gone,
            }
        }
        self.output.clear();
        self.sent = 0;
        Progress::Some
    }

    /// Forgets the request that was answered, and keeps what came after it.
    pub(crate) fn start_over(&mut self) {
        self.input.drain(..self.taken.min(self.input.len()));
        self.taken = 0;
        self.marks = None;
        self.body = None;
        self.bodiless = false;
        self.phase = Phase::Idle;
        self.fresh = !self.input.is_empty();
    }

    /// Takes buffers that others have used before.
    pub(crate) fn borrow_buffers(&mut self, spares: &mut BufferPool) {
        for buffer in [&mut self.input, &mut self.request, &mut self.output] {
            if buffer.capacity() == 0 {
                *buffer = spares.take();
            }
        }
    }

    /// Gives empty buffers back: an idle connection costs no more than its place in the table.
    pub(crate) fn return_buffers(&mut self, spares: &mut BufferPool) {
        for buffer in [&mut self.input, &mut self.request, &mut self.output] {
            if buffer.is_empty() {
                spares.give(std::mem::take(buffer));
            }
        }
    }

    /// Says that nothing more will be written, and reads on for a while.
    pub(crate) fn linger(&mut self, now: Instant) -> Progress {
        self.phase = Phase::Lingering;
        self.deadline = now + LINGER;
        self.input = Vec::new();
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => Progress::Some,
            Err(_) => Progress::Gone,
        }
    }
}

/// Empty buffers between two uses, because asking the allocator three times a request is dear.
#[derive(Default)]
pub(crate) struct BufferPool(Vec<Vec<u8>>);

impl BufferPool {
    /// Larger ones go back to the allocator: many connections may keep one each.
    const MAX_CAPACITY: usize = 1024;
    const MAX_COUNT: usize = 192;

    fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    fn give(&mut self, buffer: Vec<u8>) {
        if (1..=Self::MAX_CAPACITY).contains(&buffer.capacity()) && self.0.len() < Self::MAX_COUNT {
            self.0.push(buffer);
        }
    }
}
