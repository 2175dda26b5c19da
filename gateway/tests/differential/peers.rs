//! The three servers. Each answers a request that it takes with an empty 200 whose field `Seen` says what it understood: method,
//! target and body, in hex.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::process::{Child, Command, Stdio};
use std::task::{Context, Poll, Waker};
use std::thread;

use gateway::{Gateway, Limits};
use hyper::body::{Body, Bytes, Incoming};
use hyper::rt::ReadBufCursor;
use tiny_http::{Header, Response};

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Go,
    Hyper,
}

/// All of them, until it is dropped.
pub(crate) struct Servers {
    pub(crate) gateway: SocketAddr,
    go: SocketAddr,
    hyper: SocketAddr,
    _gateway: Gateway,
    child: Child,
}

impl Servers {
    pub(crate) fn start() -> Self {
        let (child, go) = start_go();
        let gateway = start_gateway();
        Self { gateway: gateway.addresses()[0], go, hyper: start_hyper(), _gateway: gateway, child }
    }

    pub(crate) fn address(&self, peer: Peer) -> SocketAddr {
        match peer {
            Peer::Go => self.go,
            Peer::Hyper => self.hyper,
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

fn seen(method: &str, target: &str, body: &[u8]) -> String {
    format!("{} {} {}", hex(method.as_bytes()), hex(target.as_bytes()), hex(body))
}

fn start_gateway() -> Gateway {
    let mut gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), Limits::default()).unwrap();
    let server = gateway.server().unwrap();
    thread::spawn(move || {
        gateway::serve(server, |request| {
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).unwrap();
            let seen = seen(request.method().as_str(), request.url(), &body);
            Response::<Cursor<Vec<u8>>>::from_data([]).with_header(Header::from_bytes("Seen", seen).unwrap())
        })
    });
    gateway
}

/// Built first, so that the process to end later is the server itself. The tests need Go, as the deployment does.
fn start_go() -> (Child, SocketAddr) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/peer");
    let program = format!("{}/go-peer", env!("CARGO_TARGET_TMPDIR"));
    let built = Command::new("go").args(["build", "-o", &program, "."]).current_dir(folder).status();
    assert!(built.expect("go is installed").success(), "go build in {folder}");
    let mut child = Command::new(&program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().parse().unwrap())
}

/// Hyper without a runtime: a thread for each connection, whose reads and writes wait.
fn start_hyper() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || serve_hyper(stream));
        }
    });
    address
}

fn serve_hyper(stream: TcpStream) {
    let mut rest = stream.try_clone().unwrap();
    let mut server = hyper::server::conn::http1::Builder::new();
    server.half_close(true);
    let mut connection = pin!(server.serve_connection(Blocking(stream), hyper::service::service_fn(answer)));
    // Reads and writes are never pending, so nothing has to be woken: hyper only lets others have their turn.
    while connection.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
    // Closing with unread bytes would be a reset, which can take the last response with it.
    let _ = rest.shutdown(Shutdown::Write);
    let _ = rest.read_to_end(&mut Vec::new());
}

async fn answer(request: hyper::Request<Incoming>) -> Result<hyper::Response<String>, hyper::http::Error> {
    let (head, mut body) = request.into_parts();
    let response = hyper::Response::builder();
    match read_body(&mut body).await {
        Some(body) => {
            response.header("Seen", seen(head.method.as_str(), &head.uri.to_string(), &body)).body(String::new())
        }
        None => response.status(400).header("Connection", "close").body(String::new()),
    }
}

/// Nothing when it is malformed or cut short.
async fn read_body(body: &mut Incoming) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        whole.extend(frame.ok()?.into_data().unwrap_or(Bytes::new()));
    }
    Some(whole)
}

struct Blocking(TcpStream);

impl hyper::rt::Read for Blocking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let mut buffer = vec![0; cursor.remaining().min(16 * 1024)];
        Poll::Ready(self.0.read(&mut buffer).map(|count| cursor.put_slice(&buffer[..count])))
    }
}

impl hyper::rt::Write for Blocking {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(self.0.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(self.0.shutdown(Shutdown::Write))
    }
}
