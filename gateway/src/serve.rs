//! Answers one request after another, and lets answers that are ready together leave together.

use std::io::{Error, Read, Write};
use std::time::{Duration, Instant};

use tiny_http::{HTTPVersion, Method, Request, Response, Server};

/// Longest time for which an answer is kept while others are made.
const HOLD: Duration = Duration::from_millis(1);

/// Answers every request on the calling thread, and gives back why there are no more of them. For a gateway with one upstream connection:
/// with several, an answer could wait in the buffer of one on which nothing follows.
///
/// `Request::respond` writes each answer by itself, and each wakes the gateway. Here requests that came together are
/// answered in one write, which saves almost each of them a system call.
pub fn serve<R: Read>(server: &Server, mut answer: impl FnMut(&mut Request) -> Response<R>) -> Error {
    loop {
        let request = match server.recv() {
            Ok(request) => request,
            Err(error) => return error,
        };
        let first = Instant::now();
        let mut connection = write(request, &mut answer);
        while let Some(next) = another(server, first) {
            // tiny_http keeps the order of answers: the next is written once this one has let go of the connection.
            drop(connection);
            connection = write(next, &mut answer);
        }
        // A gateway that is gone takes no answers, and tells its owner by itself.
        let _ = connection.flush();
    }
}

/// A request that has come already, unless the first answer has been kept for long enough.
fn another(server: &Server, first: Instant) -> Option<Request> {
    if first.elapsed() < HOLD { server.try_recv().ok().flatten() } else { None }
}

/// Writes one answer into the buffer of its connection, and gives back what flushes it.
fn write<R: Read>(mut request: Request, answer: &mut impl FnMut(&mut Request) -> Response<R>) -> Box<dyn Write + Send> {
    let answer = answer(&mut request);
    let is_head = *request.method() == Method::Head;
    let mut connection = request.into_writer();
    // The gateway speaks HTTP/1.1, and passes on no field that says how an answer is to be transferred.
    let _ = answer.raw_print(&mut connection, HTTPVersion(1, 1), &[], is_head, None);
    connection
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::net::TcpStream;
    use std::thread;

    use super::*;

    /// Each answer says what was asked; the one for `/slow` takes longer than an answer may be kept.
    fn tell(request: &mut Request) -> Response<Cursor<Vec<u8>>> {
        if request.url() == "/slow" {
            thread::sleep(2 * HOLD);
        }
        let mut text = request.url().to_owned();
        request.as_reader().read_to_string(&mut text).unwrap();
        Response::from_data(text)
    }

    #[test]
    fn requests_that_come_together_are_all_answered_and_in_their_order() {
        let server = Server::http("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(server.server_addr().to_ip().unwrap()).unwrap();
        thread::spawn(move || serve(&server, tell));
        let requests = "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /slow HTTP/1.1\r\n\r\n\
            POST /c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        stream.write_all(requests.repeat(50).as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let bodies: Vec<_> =
            text.split("HTTP/1.1 200 OK").filter_map(|answer| answer.split("\r\n\r\n").nth(1)).collect();
        assert_eq!(bodies, ["/a", "", "/slow", "/chi"].repeat(50));
    }
}
