//! Sends a stream to a server, and reads from its responses which requests the server took.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A server that has seen the end of its client's bytes has to be done by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request as a server understood it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    method: String,
    target: String,
    body: Vec<u8>,
}

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Understood {
    pub(crate) taken: Vec<Taken>,
    /// The status of the response that rejected what came then, if one did. Nothing after it counts.
    pub(crate) rejected: Option<u16>,
}

/// Sends all, and says that there is no more.
pub(crate) fn send(address: SocketAddr, bytes: &[u8]) -> Understood {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // A server may close as soon as it knows enough.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error} after {} for {}", received.escape_ascii(), bytes.escape_ascii()),
    }
    read(&String::from_utf8_lossy(&received))
}

fn read(mut received: &str) -> Understood {
    let mut taken = Vec::new();
    while let Some((head, rest)) = received.split_once("\r\n\r\n") {
        received = rest;
        let status: u16 = head.get(9..12).and_then(|digits| digits.parse().ok()).expect("a status line");
        if (100..200).contains(&status) {
            continue;
        }
        let field = head.lines().find_map(|line| line.strip_prefix("Seen: ").or(line.strip_prefix("seen: ")));
        let Some(seen) = field else { return Understood { taken, rejected: Some(status) } };
        taken.push(Taken::read(seen));
    }
    Understood { taken, rejected: None }
}

impl Taken {
    fn read(seen: &str) -> Self {
        let mut words = seen.split(' ').map(unhex);
        let mut next = || words.next().unwrap_or_default();
        let text = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect::<String>();
        Self { method: text(next()), target: path_and_query(&text(next())), body: next() }
    }
}

/// What stands in an absolute target after the authority: servers differ in what they give to a handler, which is no matter here.
fn path_and_query(target: &str) -> String {
    let Some((scheme, rest)) = target.split_once("://") else { return target.to_owned() };
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return target.to_owned();
    }
    let path = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.target, self.body.escape_ascii().to_string())
    }
}
