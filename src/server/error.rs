//! Why the service could not start, or ended otherwise than by a signal.

use std::net::SocketAddr;
use std::{error, fmt, io};

/// Displayed without its source, which says what the operating system thinks of it.
#[derive(Debug)]
pub enum Error {
    /// The gateway ended by itself.
    Gateway(io::Error),
    /// The address cannot be listened on.
    Listen {
        /// The setting that says otherwise.
        setting: &'static str,
        /// The address of the settings.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The handler of SIGTERM and SIGINT could not be installed.
    Signals(ctrlc::Error),
    /// The operating system gave no socket or thread.
    Start(io::Error),
    /// Requests were still being answered when the deadline passed.
    Unfinished {
        /// How many of them.
        requests: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(_) => f.write_str("cannot go on"),
            Self::Listen { setting, address, .. } => write!(f, "cannot listen on {address}, whose port {setting} sets"),
            Self::Signals(_) => f.write_str("cannot handle signals"),
            Self::Start(_) => f.write_str("cannot start"),
            Self::Unfinished { requests } => {
                write!(f, "{requests} requests were not finished within MOTE_SHUTDOWN_TIMEOUT_SECONDS")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Gateway(source) | Self::Start(source) | Self::Listen { source, .. } => Some(source),
            Self::Signals(source) => Some(source),
            Self::Unfinished { .. } => None,
        }
    }
}
