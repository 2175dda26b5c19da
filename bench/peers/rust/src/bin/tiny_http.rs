//! tiny_http with nothing in front of it and one worker: what mote's gateway is measured against.

use tiny_http::{Header, Response, Server};

fn main() {
    let server = Server::http("127.0.0.1:18082").expect("the port is free");
    let json: Header = "Content-Type: application/json".parse().expect("a header");
    for request in server.incoming_requests() {
        let answer = match request.url() {
            "/health" => Response::from_string(r#"{"status":"ok"}"#).with_header(json.clone()),
            _ => Response::from_string("not found").with_status_code(404),
        };
        // A client that has gone needs no answer.
        let _ = request.respond(answer);
    }
}
