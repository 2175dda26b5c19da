//! The server that cases are sent to: a gateway before a small service with one route that takes a body and gives it back.

use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gateway::{Gateway, Hooks, Limits};
use tiny_http::{Header, Method, Request, Response};

/// A response that should come at once is waited for no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server, which serves until the process ends.
pub(crate) struct Server {
    gateway: Gateway,
}

/// Only `/echo` takes a body; a request that gets a 404 or a 405 may have one that is not read.
struct Routes;

impl Hooks for Routes {
    fn max_body_bytes(&self, _: usize, method: &str, target: &str) -> Option<usize> {
        match (method, target) {
            ("POST", "/echo") => Some(usize::MAX),
            ("GET" | "HEAD", "/" | "/health") => Some(0),
            _ => None,
        }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), Limits::default()).unwrap();
        let mut gateway = gateway.with_hooks(Arc::new(Routes));
        let server = gateway.server().unwrap();
        thread::spawn(move || gateway::serve(server, handle));
        Self { gateway }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway.addresses()[0]
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// It has not ended, and answers.
    pub(crate) fn check_alive(&self) -> Result<(), String> {
        let mut stream = self.connect();
        let request = b"POST /echo HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\nhi";
        stream.write_all(request).map_err(|error| error.to_string())?;
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match reader.read_line(&mut head) {
                Ok(count) if count > 0 => {}
                other => return Err(format!("afterwards the server answered {other:?} after {head:?}")),
            }
        }
        let mut body = [0; 2];
        reader.read_exact(&mut body).map_err(|error| error.to_string())?;
        if head.starts_with("HTTP/1.1 200 ") && body == *b"hi" {
            Ok(())
        } else {
            Err(format!("afterwards came {head}"))
        }
    }
}

fn handle(request: &mut Request) -> Response<Cursor<Vec<u8>>> {
    let path = request.url().split('?').next().unwrap_or_default().to_owned();
    match (request.method(), path.as_str()) {
        (Method::Post, "/echo") => {
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).unwrap();
            Response::from_data(body).with_header(header("Content-Type: application/octet-stream"))
        }
        (Method::Get | Method::Head, "/") => Response::from_string("hello"),
        (Method::Get | Method::Head, "/health") => {
            Response::from_data(br#"{"status":"ok"}"#).with_header(header("Content-Type: application/json"))
        }
        (Method::Options, "/" | "/health") => Response::from_data([]).with_status_code(204),
        (_, "/" | "/health" | "/echo") => problem(405).with_header(header("Allow: GET, HEAD, OPTIONS")),
        _ => problem(404),
    }
}

fn problem(status: u16) -> Response<Cursor<Vec<u8>>> {
    let body = format!(r#"{{"title":"error","status":{status}}}"#);
    Response::from_data(body).with_status_code(status).with_header(header("Content-Type: application/problem+json"))
}

fn header(line: &str) -> Header {
    line.parse().unwrap()
}
