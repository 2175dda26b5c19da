//! tiny_http's `Server` and its workers: start, drain, stop.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use tiny_http::{Request, Server};

use crate::config::Config;
use crate::routes;

/// Why the service could not start, or ended otherwise than by a signal.
#[derive(Debug)]
pub enum Error {
    /// The address cannot be listened on.
    Listen {
        /// The address of the settings.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The operating system gave no thread.
    Thread(io::Error),
    /// tiny_http did not take the listener.
    Serve(Box<dyn std::error::Error + Send + Sync>),
    /// The handler of SIGTERM and SIGINT could not be installed.
    Signals(ctrlc::Error),
    /// Requests were still being answered when the deadline passed.
    Unfinished {
        /// How many of them.
        workers: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } => {
                write!(f, "cannot listen on {address}: {source}; MOTE_ADDRESS and MOTE_PORT say where")
            }
            Self::Thread(source) => write!(f, "cannot start a thread: {source}"),
            Self::Serve(source) => write!(f, "cannot serve: {source}"),
            Self::Signals(source) => write!(f, "cannot handle signals: {source}"),
            Self::Unfinished { workers } => write!(f, "{workers} workers were still busy at the drain deadline"),
        }
    }
}

impl std::error::Error for Error {}

/// Serves until SIGTERM, SIGINT or SIGHUP, then finishes what is in flight.
///
/// # Errors
/// When the service cannot start or cannot finish in time.
pub fn run(config: &Config) -> Result<(), Error> {
    let (stop, stopped) = mpsc::channel();
    let handler = move || {
        let _ = stop.send(());
    };
    ctrlc::set_handler(handler).map_err(Error::Signals)?;
    let address = SocketAddr::new(config.address, config.port);
    let listener = TcpListener::bind(address).map_err(|source| Error::Listen { address, source })?;
    serve(config, listener, &stopped)
}

/// Serves a bound listener until a message comes, so that a test can stop it at will.
///
/// # Errors
/// As [`run`].
pub fn serve(config: &Config, listener: TcpListener, stopped: &Receiver<()>) -> Result<(), Error> {
    let address = listener.local_addr().map_err(Error::Thread)?;
    let server = Arc::new(Server::from_listener(listener, None).map_err(Error::Serve)?);
    let finished = start_workers(config, &server)?;
    log::info!("listening on {address}");
    // The sender lives in the signal handler for as long as the process does.
    let _ = stopped.recv();
    log::info!("stopping");
    for _ in 0..config.workers {
        server.unblock();
    }
    wait(config, &finished)?;
    log::info!("stopped");
    Ok(())
}

/// Starts the workers; each sends one message when it has ended.
fn start_workers(config: &Config, server: &Arc<Server>) -> Result<Receiver<()>, Error> {
    let (sender, finished) = mpsc::channel();
    for number in 0..config.workers {
        let (config, server, sender) = (config.clone(), Arc::clone(server), sender.clone());
        let work = move || {
            while let Ok(request) = server.recv() {
                answer(&config, request);
            }
            let _ = sender.send(());
        };
        thread::Builder::new().name(format!("worker-{number}")).spawn(work).map_err(Error::Thread)?;
    }
    Ok(finished)
}

fn wait(config: &Config, finished: &Receiver<()>) -> Result<(), Error> {
    let end = std::time::Instant::now() + config.drain_deadline;
    for done in 0..config.workers {
        let left = end.saturating_duration_since(std::time::Instant::now());
        finished.recv_timeout(left).map_err(|_| Error::Unfinished { workers: config.workers - done })?;
    }
    Ok(())
}

/// Answers one request; a handler that panics gives a 500 and leaves the worker alive.
fn answer(config: &Config, request: Request) {
    let answer = catch_unwind(AssertUnwindSafe(|| routes::answer(config, &request)))
        .unwrap_or_else(|_| routes::error(500, "the request could not be answered"));
    // The client may have gone; that is its right, and nobody is left to be told.
    if let Err(error) = request.respond(answer) {
        log::debug!("answer not delivered: {error}");
    }
}
