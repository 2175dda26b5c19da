//! Why a service is not healthy.

use std::net::SocketAddr;
use std::{error, fmt, io};

/// Displayed without its source.
#[derive(Debug)]
pub enum Error {
    /// The settings leave the port to the operating system.
    NoPort,
    /// No whole response came in time.
    NoResponse {
        /// The address that was asked.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The response is not the one of a healthy service.
    Unhealthy {
        /// The address that was asked.
        address: SocketAddr,
        /// The first line of the response.
        status: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPort => f.write_str("MOTE_PORT is 0, but a health check needs the port itself"),
            Self::NoResponse { address, .. } => write!(f, "{address} does not respond"),
            Self::Unhealthy { address, status } => write!(f, "{address} responds, but is not healthy: {status:?}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NoResponse { source, .. } => Some(source),
            Self::NoPort | Self::Unhealthy { .. } => None,
        }
    }
}
