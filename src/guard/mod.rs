//! The bounded front of a tiny_http service: it owns every connection of every client, and hands whole, well-formed
//! requests on to an unmodified `tiny_http::Server` in the same process.
//!
//! tiny_http alone can be ended by one request, and stopped by a few silent clients. Behind the guard it sees a handful
//! of lasting connections from a peer that it can trust: heads within limits, bodies that are already there, lengths
//! that are digits. Nothing a client withholds keeps a thread waiting, and nothing it sends is passed on unread.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let mut guard = mote::guard::Guard::bind("127.0.0.1:8080".parse()?, Default::default())?;
//! let server = guard.server()?;
//! for request in server.incoming_requests() {
//!     request.respond(tiny_http::Response::from_string("hello"))?;
//! }
//! # Ok(()) }
//! ```
//!
//! A handler finds the client's address in `Guard-Client`, the request's id in `X-Request-Id`, and the number of the
//! listener, if it is not the first, in `Guard-Listener`; clients cannot set any of them. Handlers answer with
//! `Request::respond`, or are called by [`serve`], which costs less; `upgrade` and `into_writer` are not for connections
//! that many clients share.

mod accept;
mod answer;
pub mod body;
mod client;
mod counters;
mod doors;
mod engine;
pub mod fields;
mod forward;
pub mod head;
mod intake;
mod lane;
mod limits;
mod output;
mod policy;
mod record;
mod refusal;
mod serve;
mod table;

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

pub use counters::Counters;
pub use limits::{Limits, open_files};
pub use policy::Policy;
pub use record::Exchange;
pub use refusal::Refusal;
pub use serve::serve;

use accept::Listener;
use engine::{Engine, WAKER};
use lane::{Lane, Lanes};

/// The front of one service.
pub struct Guard {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    limits: Limits,
    policy: Arc<dyn Policy>,
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

impl Guard {
    /// A guard with one address. Nothing is accepted before [`Guard::server`].
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn bind(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        let mut guard = Self::new(limits)?;
        guard.listen(address)?;
        Ok(guard)
    }

    /// A guard without an address.
    ///
    /// # Errors
    /// When the operating system gives no poller.
    pub fn new(limits: Limits) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let shared = Arc::new(Shared { counters: Arc::default(), waker, drain: Mutex::new(None) });
        let (listeners, addresses) = (Vec::new(), Vec::new());
        Ok(Self { listeners, addresses, limits, policy: Arc::new(()), poll: Some(poll), shared, engine: None })
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

    /// Asks a policy instead of allowing all that the limits allow.
    #[must_use]
    pub fn with_policy(mut self, policy: Arc<dyn Policy>) -> Self {
        self.policy = policy;
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
        let poll = self.poll.take().ok_or_else(|| io::Error::other("the guard has its server already"))?;
        let seed = RandomState::new().build_hasher().finish();
        let (server, lanes) = connect(self.limits.lanes, seed)?;
        let listeners = self.listeners.drain(..).map(Listener::new).collect();
        let (limits, policy, shared) = (self.limits.clone(), Arc::clone(&self.policy), Arc::clone(&self.shared));
        let lanes = Lanes::new(lanes, limits.batch);
        let mut engine = Engine::new(poll, limits, policy, shared, seed, listeners, lanes);
        engine.register()?;
        self.engine = Some(Builder::new().name("guard".into()).spawn(move || engine.run())?);
        Ok(server)
    }

    /// Stops accepting, answers what is in flight with `Connection: close`, and ends after at most the given time.
    pub fn drain(&self, time: Duration) {
        *self.shared.drain.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        // Without a waker there is no engine that could be told.
        let _ = self.shared.waker.wake();
    }

    /// Whether the guard has ended, drained or not.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.engine.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the guard has ended; gives the number of requests back that were not finished by then.
    ///
    /// # Errors
    /// When it ended for another reason than being drained.
    pub fn wait(&mut self) -> io::Result<usize> {
        let Some(engine) = self.engine.take() else { return Ok(0) };
        engine.join().unwrap_or_else(|_| Err(io::Error::other("the guard panicked")))
    }
}

/// Starts tiny_http on an abstract socket with as many connections as there are lanes, and seals it: from then on nobody
/// can connect to it any more, so that there is no way round the guard, not even from the same network namespace.
fn connect(count: usize, seed: u64) -> io::Result<(&'static Server, Vec<Lane>)> {
    let name = format!("guard-{}-{seed:016x}", std::process::id());
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
