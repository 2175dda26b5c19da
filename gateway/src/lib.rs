//! The bounded front of a tiny_http service: it owns every connection of every client, and hands whole, well-formed
//! requests on to an unmodified `tiny_http::Server` in the same process.
//!
//! tiny_http alone can be ended by one request, and stopped by a few silent clients. Behind the gateway it sees a handful
//! of lasting connections from a peer that it can trust: heads within limits, bodies that are already there, lengths
//! that are digits. Nothing a client withholds keeps a thread waiting, and nothing it sends is passed on unread.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let mut gateway = gateway::Gateway::bind("127.0.0.1:8080".parse()?, Default::default())?;
//! let server = gateway.server()?;
//! for request in server.incoming_requests() {
//!     request.respond(tiny_http::Response::from_string("hello"))?;
//! }
//! # Ok(()) }
//! ```
//!
//! A handler finds the client's address in `Gateway-Client`, the request's id in `X-Request-Id`, and the number of the
//! listener, if it is not the first, in `Gateway-Listener`; clients cannot set any of them. Handlers answer with
//! `Request::respond`, or are called by [`serve`], which costs less; `upgrade` and `into_writer` are not for connections
//! that many clients share.

mod access;
mod counters;
mod downstream;
mod event_loop;
mod hooks;
pub mod http1;
mod limits;
mod rejection;
mod serve;
mod upstream;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{self as unix, UnixListener, UnixStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Poll, Waker};
use tiny_http::Server;

pub use access::AccessRecord;
pub use counters::Counters;
pub use hooks::Hooks;
pub use limits::{Limits, open_files};
pub use rejection::Rejection;
pub use serve::serve;

use downstream::listener::Listener;
use event_loop::{EventLoop, WAKER};
use upstream::conn::{Lane, Lanes};

/// The front of one service.
pub struct Gateway {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    limits: Limits,
    hooks: Arc<dyn Hooks>,
    poll: Option<Poll>,
    shared: Arc<Shared>,
    engine: Option<JoinHandle<io::Result<usize>>>,
}

/// What the engine and its owner have in common.
#[derive(Debug)]
struct Shared {
    counters: Arc<Counters>,
    waker: Waker,
    drain: Mutex<Option<Duration>>,
}

impl Shared {
    fn drain_time(&self) -> Option<Duration> {
        *self.drain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway {
    /// A gateway with one address. Nothing is accepted before [`Gateway::server`].
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn bind(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        let mut gateway = Self::new(limits)?;
        gateway.listen(address)?;
        Ok(gateway)
    }

    /// A gateway without an address.
    ///
    /// # Errors
    /// When the operating system gives no poller.
    pub fn new(limits: Limits) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let shared = Arc::new(Shared { counters: Arc::default(), waker, drain: Mutex::new(None) });
        let (listeners, addresses) = (Vec::new(), Vec::new());
        Ok(Self { listeners, addresses, limits, hooks: Arc::new(()), poll: Some(poll), shared, engine: None })
    }

    /// Listens on one more address. Its requests carry the number of the listener.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn listen(&mut self, address: SocketAddr) -> io::Result<()> {
        let listener = TcpListener::bind(address)?;
        self.addresses.push(listener.local_addr()?);
        self.listeners.push(listener);
        Ok(())
    }

    /// Asks a hooks instead of allowing all that the limits allow.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Arc<dyn Hooks>) -> Self {
        self.hooks = hooks;
        self
    }

    /// The addresses that are listened on, in the order in which they were given.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What is counted.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// Starts to accept, and gives the server whose requests are to be answered. It lives as long as the process, since
    /// tiny_http panics when a server on an abstract socket is dropped.
    ///
    /// # Errors
    /// When the operating system gives no socket or thread, or on a second call.
    pub fn server(&mut self) -> io::Result<&'static Server> {
        let poll = self.poll.take().ok_or_else(|| io::Error::other("the gateway has its server already"))?;
        let seed = RandomState::new().build_hasher().finish();
        let (server, lanes) = connect(self.limits.upstream_connections, seed)?;
        let listeners = self.listeners.drain(..).map(Listener::new).collect();
        let (limits, hooks, shared) = (self.limits.clone(), Arc::clone(&self.hooks), Arc::clone(&self.shared));
        let lanes = Lanes::new(lanes, limits.pipeline_depth);
        let mut engine = EventLoop::new(poll, limits, hooks, shared, seed, listeners, lanes);
        engine.register()?;
        self.engine = Some(Builder::new().name("gateway".into()).spawn(move || engine.run())?);
        Ok(server)
    }

    /// Stops accepting, answers what is in flight with `Connection: close`, and ends after at most the given time.
    pub fn drain(&self, time: Duration) {
        *self.shared.drain.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        // Without a waker there is no engine that could be told.
        let _ = self.shared.waker.wake();
    }

    /// Whether the gateway has ended, drained or not.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.engine.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the gateway has ended; gives the number of requests back that were not finished by then.
    ///
    /// # Errors
    /// When it ended for another reason than being drained.
    pub fn wait(&mut self) -> io::Result<usize> {
        let Some(engine) = self.engine.take() else { return Ok(0) };
        engine.join().unwrap_or_else(|_| Err(io::Error::other("the gateway panicked")))
    }
}

/// Starts tiny_http on an abstract socket with as many connections as there are lanes, and seals it: from then on nobody
/// can connect to it any more, so that there is no way round the gateway, not even from the same network namespace.
fn connect(count: usize, seed: u64) -> io::Result<(&'static Server, Vec<Lane>)> {
    let name = format!("gateway-{}-{seed:016x}", std::process::id());
    let address = unix::SocketAddr::from_abstract_name(name)?;
    let listener = UnixListener::bind_addr(&address)?;
    let lanes = (0..count.max(1)).map(|_| lane(&address)).collect::<io::Result<_>>()?;
    // The standard library has shutdown(2) for streams only. Those that have connected are still accepted after it.
    UnixStream::from(OwnedFd::from(listener.try_clone()?)).shutdown(Shutdown::Both)?;
    let server = Server::from_listener(listener, None).map_err(io::Error::other)?;
    // The accept thread ends with an error once it has accepted all lanes. The error is taken out of the queue here, so
    // that nobody takes it for the end of the service.
    if server.recv().is_ok() {
        return Err(io::Error::other("a request came from nowhere"));
    }
    Ok((Box::leak(Box::new(server)), lanes))
}

fn lane(address: &unix::SocketAddr) -> io::Result<Lane> {
    let stream = UnixStream::connect_addr(address)?;
    stream.set_nonblocking(true)?;
    Ok(Lane::new(mio::net::UnixStream::from_std(stream)))
}
