//! Sends a case over a connection of its own, followed by the canary, and reads until the end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use crate::answers::{self, CANARY};
use crate::case::{Case, Fate};

/// A connection that has to end is given this long.
const PATIENCE: Duration = Duration::from_secs(3);

/// Long enough for a wrong answer to come, short enough for many cases.
const PAUSE: Duration = Duration::from_millis(25);

/// Sending byte by byte is for what a person could type.
const MOST_SINGLE_BYTES: usize = 600;

/// The ways to send the same bytes. A server that acts on packets instead of bytes behaves differently in each.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    InOnePiece,
    ByteByByte,
    WithAPauseBeforeTheCanary,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::InOnePiece, Self::ByteByByte, Self::WithAPauseBeforeTheCanary];
}

/// Whether the case ends in one of its outcomes.
pub(crate) fn run(case: &Case, way: Way, address: SocketAddr) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).map_err(|error| format!("no connection: {error}"))?;
    stream.set_nodelay(true).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    if case.expected.outcomes.iter().any(|outcome| outcome.fate == Fate::Wait) {
        return run_wait(case, &mut stream);
    }
    send(case, way, &mut stream);
    let received = read_to_end(&mut stream)?;
    let mut problems = Vec::new();
    for outcome in &case.expected.outcomes {
        match answers::check(outcome, &received) {
            Ok(()) => return Ok(()),
            Err(problem) => problems.push(problem),
        }
    }
    Err(problems.join("; or: "))
}

/// Failures to write are no failures of the case: a server may close as soon as it knows enough.
fn send(case: &Case, way: Way, stream: &mut TcpStream) {
    match way {
        Way::InOnePiece => drop(stream.write_all(&[&case.bytes, CANARY].concat())),
        Way::ByteByByte if case.bytes.len() <= MOST_SINGLE_BYTES => {
            let _ = case.bytes.iter().chain(CANARY).try_for_each(|byte| stream.write_all(&[*byte]));
        }
        Way::ByteByByte | Way::WithAPauseBeforeTheCanary => {
            let _ = stream.write_all(&case.bytes);
            thread::sleep(PAUSE);
            let _ = stream.write_all(CANARY);
        }
    }
}

fn read_to_end(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Ok(_) => Ok(received),
        // Bytes that were still on their way to a closed connection are answered by a reset.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(received),
        Err(_) => Err(format!("the connection is still open after {}", answers::show(&received))),
    }
}

/// A request that is not whole: no answer while more can come, and none but a rejection when no more can.
fn run_wait(case: &Case, stream: &mut TcpStream) -> Result<(), String> {
    stream.write_all(&case.bytes).map_err(|error| format!("not sent: {error}"))?;
    stream.set_read_timeout(Some(PAUSE)).unwrap();
    let mut byte = [0];
    match stream.read(&mut byte) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        other => return Err(format!("there was no waiting: {other:?}")),
    }
    stream.shutdown(Shutdown::Write).map_err(|error| format!("not half closed: {error}"))?;
    let received = read_to_end(stream)?;
    let refused = ["HTTP/1.1 400 ", "HTTP/1.1 408 "].iter().any(|line| received.starts_with(line.as_bytes()));
    let ended = received.is_empty() || (refused && !received[1..].windows(7).any(|seven| seven == b"HTTP/1."));
    if ended { Ok(()) } else { Err(format!("half a request was answered by {}", answers::show(&received))) }
}
