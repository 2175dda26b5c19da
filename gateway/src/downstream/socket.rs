//! The socket of a client: what the kernel has for it, and what it takes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// What came of reading or writing once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Io {
    /// There may be more to do.
    Ready,
    /// The kernel has nothing, or takes nothing, right now.
    WouldBlock,
    /// The other end is gone.
    Closed,
}

/// Polling is edge-triggered, so the socket remembers whether there may be something to read.
pub(crate) struct Socket {
    stream: TcpStream,
    readable: bool,
    /// The client has said that it sends no more.
    half_closed: bool,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        // A response leaves at once; it is one write anyway.
        let _ = stream.set_nodelay(true);
        // Most clients have sent something by the time they are accepted.
        Self { stream, readable: true, half_closed: false }
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.stream, token, Interest::READABLE | Interest::WRITABLE)
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_error();
        self.half_closed |= event.is_read_closed();
    }

    /// Makes the next read ask the kernel, whatever it has said before.
    pub(crate) fn look_again(&mut self) {
        self.readable = true;
    }

    /// Reads once, if the kernel may have something. Gives the bytes, or what to do without any.
    pub(crate) fn read<'s>(&mut self, scratch: &'s mut [u8]) -> Result<&'s [u8], Io> {
        if !self.readable {
            return Err(Io::WouldBlock);
        }
        match self.stream.read(scratch) {
            Ok(0) => Err(Io::Closed),
            Ok(count) => {
                // A read that did not fill the buffer has emptied the socket, unless the end of the stream is still to be
                // read.
                self.readable = self.half_closed || count == scratch.len();
                Ok(scratch.get(..count).unwrap_or_default())
            }
            Err(error) => {
                let io = from_error(&error);
                self.readable &= io != Io::WouldBlock;
                Err(io)
            }
        }
    }

    /// Writes once. Gives the number of bytes that the kernel took, or what to do if it took none.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        match self.stream.write(bytes) {
            Ok(0) => Err(Io::Closed),
            Ok(count) => Ok(count),
            Err(error) => Err(from_error(&error)),
        }
    }

    /// Says that nothing more will be written.
    pub(crate) fn finish(&mut self) -> Io {
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => Io::Ready,
            Err(_) => Io::Closed,
        }
    }
}

fn from_error(error: &io::Error) -> Io {
    match error.kind() {
        ErrorKind::WouldBlock => Io::WouldBlock,
        ErrorKind::Interrupted => Io::Ready,
        _ => Io::Closed,
    }
}
