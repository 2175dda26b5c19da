//! tiny_http with nothing in front of it and one worker: what mote's gateway is measured against.

use tiny_http::{Header, Request, Response, Server};

fn main() {
    let server = Server::http("127.0.0.1:18082").expect("the port is free");
    let json: Header = "Content-Type: application/json".parse().expect("a header");
    for request in server.incoming_requests() {
        // A client that has gone needs no answer.
        let _ = match request.url() {
            "/health" => request.respond(Response::from_string(r#"{"status":"ok"}"#).with_header(json.clone())),
            "/echo" => echo(request),
            "/large" => request.respond(Response::from_string("x".repeat(16384))),
            _ => request.respond(Response::from_string("not found").with_status_code(404)),
        };
    }
}

fn echo(mut request: Request) -> std::io::Result<()> {
    let mut body = Vec::new();
    request.as_reader().read_to_end(&mut body)?;
    request.respond(Response::from_data(body))
}
