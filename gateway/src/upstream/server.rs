//! Starts tiny_http where only the gateway can connect to it.

use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

use tiny_http::Server;

/// Starts tiny_http on an abstract socket, connects to it so many times, and seals it: from then on no process can connect to
/// it any more, so that there is no way round the gateway, not even from the same network namespace. The server lives as
/// long as the process, since tiny_http panics when a server on an abstract socket is dropped.
pub(crate) fn start(connections: usize, seed: u64) -> io::Result<(&'static Server, Vec<UnixStream>)> {
    let name = format!("gateway-{}-{seed:016x}", std::process::id());
    let address = SocketAddr::from_abstract_name(name)?;
    let listener = UnixListener::bind_addr(&address)?;
    let streams = (0..connections.max(1)).map(|_| connect(&address)).collect::<io::Result<_>>()?;
    // The standard library has shutdown(2) for streams only. Those that have connected are still accepted after it.
    UnixStream::from(OwnedFd::from(listener.try_clone()?)).shutdown(Shutdown::Both)?;
    let server = Server::from_listener(listener, None).map_err(io::Error::other)?;
    // The accept thread ends with an error once it has accepted all connections. The error is taken out of the queue here,
    // so that it is not taken for the end of the service.
    if server.recv().is_ok() {
        return Err(io::Error::other("a request came before any was sent"));
    }
    Ok((Box::leak(Box::new(server)), streams))
}

fn connect(address: &SocketAddr) -> io::Result<UnixStream> {
    let stream = UnixStream::connect_addr(address)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}
