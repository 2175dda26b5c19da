//! `mote healthcheck`: asks the own port for `/health`, because the image has no shell and no curl for ECS to call.

mod error;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::handlers::HEALTH_BODY;

pub use error::Error;

/// ECS gives a container health check five seconds by default; this ends before it is ended.
const DEADLINE: Duration = Duration::from_secs(3);

/// More than any honest response has.
const MAX_RESPONSE_BYTES: usize = 4096;

/// Asks the service that runs with the same settings.
///
/// # Errors
/// Why the service is not healthy.
pub fn ask(config: &Config) -> Result<(), Error> {
    if config.port == 0 {
        return Err(Error::NoPort);
    }
    probe(SocketAddr::new(reachable(config.address), config.port), DEADLINE)
}

/// Asks one address for `/health` and compares the whole body.
///
/// # Errors
/// What went wrong.
pub fn probe(address: SocketAddr, deadline: Duration) -> Result<(), Error> {
    let response = get_health(address, deadline).map_err(|source| Error::NoResponse { address, source })?;
    if response.starts_with("HTTP/1.1 200 ") && response.ends_with(&format!("\r\n\r\n{HEALTH_BODY}")) {
        return Ok(());
    }
    Err(Error::Unhealthy { address, status: response.lines().next().unwrap_or_default().to_owned() })
}

fn get_health(address: SocketAddr, deadline: Duration) -> io::Result<String> {
    let end = Instant::now() + deadline;
    let mut stream = TcpStream::connect_timeout(&address, deadline)?;
    stream.set_write_timeout(Some(deadline))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    let mut piece = [0; 512];
    while response.len() < MAX_RESPONSE_BYTES {
        let left = end.saturating_duration_since(Instant::now());
        // A zero timeout would mean "for ever" and is refused by the standard library.
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match stream.read(&mut piece)? {
            0 => break,
            n => response.extend(piece.iter().take(n)),
        }
    }
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// An address that listens for all is asked over the loopback.
#[must_use]
pub fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        given => given,
    }
}
