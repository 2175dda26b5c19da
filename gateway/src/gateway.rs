//! The gateway as its owner sees it: made, started, drained, waited for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Poll, Waker};
use rustix::rand::GetRandomFlags;
use tiny_http::Server;

use crate::counters::Counters;
use crate::downstream::listener::Listener;
use crate::event_loop::{EventLoop, Parts, WAKER};
use crate::hooks::Hooks;
use crate::limits::Limits;
use crate::shutdown::Signal;
use crate::upstream::pool::Pool;
use crate::upstream::server;

/// Connections that the kernel keeps until they are accepted, as while the process has used up its share of the processor.
/// The kernel lowers it to its own maximum.
const BACKLOG: i32 = 4096;

/// A number that no other process has.
fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    rustix::rand::getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(u64::from_ne_bytes(bytes))
}

/// The front of one service.
pub struct Gateway {
    listeners: Vec<Listener>,
    addresses: Vec<SocketAddr>,
    limits: Limits,
    hooks: Arc<dyn Hooks>,
    poll: Option<Poll>,
    counters: Arc<Counters>,
    signal: Arc<Signal>,
    event_loop: Option<JoinHandle<io::Result<usize>>>,
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
        let signal = Arc::new(Signal::new(Waker::new(poll.registry(), WAKER)?));
        Ok(Self {
            listeners: Vec::new(),
            addresses: Vec::new(),
            limits,
            hooks: Arc::new(()),
            poll: Some(poll),
            counters: Arc::default(),
            signal,
            event_loop: None,
        })
    }

    /// Listens on one more address. Its requests carry the number of the listener.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn listen(&mut self, address: SocketAddr) -> io::Result<()> {
        let socket = TcpListener::bind(address)?;
        // Listening again changes the length of the queue.
        rustix::net::listen(&socket, BACKLOG)?;
        self.addresses.push(socket.local_addr()?);
        self.listeners.push(Listener::new(socket));
        Ok(())
    }

    /// Asks these hooks instead of allowing all that the limits allow.
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
        Arc::clone(&self.counters)
    }

    /// Starts to accept, and gives the server whose requests are to be answered. It lives as long as the process.
    ///
    /// # Errors
    /// When the operating system gives no socket or thread, or on a second call.
    pub fn server(&mut self) -> io::Result<&'static Server> {
        let poll = self.poll.take().ok_or_else(|| io::Error::other("the gateway has its server already"))?;
        let seed = random()?;
        let (server, streams) = server::start(self.limits.upstream_connections, seed)?;
        let event_loop = EventLoop::new(Parts {
            poll,
            signal: Arc::clone(&self.signal),
            counters: Arc::clone(&self.counters),
            limits: self.limits.clone(),
            hooks: Arc::clone(&self.hooks),
            seed,
            listeners: std::mem::take(&mut self.listeners),
            pool: Pool::new(streams, self.limits.pipeline_depth),
        })?;
        self.event_loop = Some(Builder::new().name("gateway".into()).spawn(move || event_loop.run())?);
        Ok(server)
    }

    /// Stops accepting, answers what is in flight with `Connection: close`, and ends after at most the given time.
    pub fn drain(&self, timeout: Duration) {
        // Without a waker there is no event loop that could be told.
        let _ = self.signal.send(timeout);
    }

    /// Whether the gateway has ended, drained or not.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.event_loop.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the gateway has ended; gives the number of requests back that were not finished by then.
    ///
    /// # Errors
    /// When it ended for another reason than being drained.
    pub fn wait(&mut self) -> io::Result<usize> {
        let Some(event_loop) = self.event_loop.take() else { return Ok(0) };
        event_loop.join().unwrap_or_else(|_| Err(io::Error::other("the gateway panicked")))
    }
}
