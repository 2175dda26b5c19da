//! Another service behind the gateway: `POST /echo` gives the body back, `GET /big/N` answers N bytes in chunks,
//! `GET /slow/N` answers after N milliseconds, `GET /fields` shows what a handler sees.
//!
//! The address comes as the first argument; the address that is listened on is printed.

use std::io::{Read, repeat};
use std::time::Duration;

use gateway::{Gateway, Limits};
use tiny_http::{Header, Method, Request, Response, StatusCode};

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let mut gateway = Gateway::bind(address.parse()?, Limits { upstream_connections: 2, ..Limits::default() })?;
    let server = gateway.server()?;
    println!("listening on {}", gateway.addresses().iter().map(ToString::to_string).collect::<String>());
    // The second worker shows that a slow handler does not stop the others.
    std::thread::spawn(move || server.incoming_requests().for_each(answer));
    server.incoming_requests().for_each(answer);
    Ok(())
}

fn answer(request: Request) {
    // A client that has gone is no error.
    let _ = match (request.method(), request.url()) {
        (Method::Post, "/echo") => echo(request),
        (Method::Get | Method::Head, "/health") => request.respond(Response::from_string("ok")),
        (Method::Get, path) if path.starts_with("/big/") => big(request),
        (Method::Get, path) if path.starts_with("/slow/") => slow(request),
        (Method::Get, "/fields") => fields(request),
        // tiny_http answers a request that is dropped with a 500.
        (Method::Get, "/drop") => Ok(()),
        _ => request.respond(Response::from_string("nothing here").with_status_code(404)),
    };
}

fn number(request: &Request) -> u64 {
    request.url().rsplit('/').next().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn echo(mut request: Request) -> std::io::Result<()> {
    let mut body = Vec::new();
    request.as_reader().read_to_end(&mut body)?;
    let bytes =
        Header::from_bytes("Content-Type", "application/octet-stream").unwrap_or_else(|()| unreachable!("it is ASCII"));
    request.respond(Response::from_data(body).with_header(bytes))
}

/// The length is not told, so that tiny_http answers in chunks.
fn big(request: Request) -> std::io::Result<()> {
    let body = repeat(b'x').take(number(&request));
    request.respond(Response::new(StatusCode(200), Vec::new(), body, None, None))
}

fn slow(request: Request) -> std::io::Result<()> {
    std::thread::sleep(Duration::from_millis(number(&request)));
    request.respond(Response::from_string("slow"))
}

/// What a handler sees of a request's fields.
fn fields(request: Request) -> std::io::Result<()> {
    let line = |header: &Header| format!("{}: {}\n", header.field, header.value);
    let text: String = request.headers().iter().map(line).collect();
    request.respond(Response::from_string(text))
}
