//! Calls a handler for one request after another, and lets responses that are ready together leave together.

use std::io::{Error, Read, Write};
use std::time::{Duration, Instant, SystemTime};

use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::http1::date::Date;
use crate::http1::number;

/// Longest time for which a response is kept while others are made.
const HOLD: Duration = Duration::from_millis(1);

/// Calls the handler for every request on the calling thread, and gives back why there are no more of them. For a gateway
/// with one upstream connection: with several, a response could wait in the buffer of one on which nothing follows.
///
/// `Request::respond` writes each response by itself, and each wakes the gateway. Here requests that came together are
/// answered in one write, which saves almost each of them a system call. A response is gathered whole before it leaves;
/// one whose reader fails becomes a 500.
pub fn serve<R: Read>(server: &Server, handler: impl FnMut(&mut Request) -> Response<R>) -> Error {
    serve_within(HOLD, server, handler)
}

/// The same on one of several threads: no response waits for another.
pub fn serve_each<R: Read>(server: &Server, handler: impl FnMut(&mut Request) -> Response<R>) -> Error {
    serve_within(Duration::ZERO, server, handler)
}

fn serve_within<R: Read>(
    hold: Duration,
    server: &Server,
    mut handler: impl FnMut(&mut Request) -> Response<R>,
) -> Error {
    let mut encoder = Encoder::default();
    loop {
        let request = match server.recv() {
            Ok(request) => request,
            Err(error) => return error,
        };
        let first = Instant::now();
        let mut connection = write(request, &mut encoder, &mut handler);
        while first.elapsed() < hold
            && let Ok(Some(next)) = server.try_recv()
        {
            // tiny_http keeps the order of responses: the next is written once this one has let go of the connection.
            drop(connection);
            connection = write(next, &mut encoder, &mut handler);
        }
        // A gateway that is gone takes no responses, and tells its owner by itself.
        let _ = connection.flush();
    }
}

/// Writes one response into the buffer of its connection, and gives back what flushes it.
fn write<R: Read>(
    mut request: Request,
    encoder: &mut Encoder,
    handler: &mut impl FnMut(&mut Request) -> Response<R>,
) -> Box<dyn Write + Send> {
    let response = handler(&mut request);
    let bytes = encoder.encode(response, *request.method() == Method::Head);
    let mut connection = request.into_writer();
    let _ = connection.write_all(bytes);
    connection
}

/// Writes responses for the gateway. tiny_http's own writer formats, allocates and locks several times a field.
#[derive(Default)]
struct Encoder {
    date: Date,
    body: Vec<u8>,
    out: Vec<u8>,
}

impl Encoder {
    /// Larger buffers go back to the allocator after one response.
    const MAX_CAPACITY: usize = 16 * 1024;

    fn encode<R: Read>(&mut self, response: Response<R>, is_head: bool) -> &[u8] {
        let (status, mut length) = (response.status_code(), response.data_length());
        self.begin(status, response.headers());
        if !is_head && !matches!(status.0, ..200 | 204 | 304) {
            if response.into_reader().read_to_end(&mut self.body).is_err() {
                self.begin(StatusCode(500), &[]);
            }
            length = Some(self.body.len());
        }
        self.end(length);
        &self.out
    }

    /// Starts with the status line and the fields.
    fn begin(&mut self, status: StatusCode, fields: &[Header]) {
        for buffer in [&mut self.body, &mut self.out] {
            buffer.clear();
            buffer.shrink_to(Self::MAX_CAPACITY);
        }
        self.out.extend_from_slice(b"HTTP/1.1 ");
        number::write(u64::from(status.0), &mut self.out);
        self.out.push(b' ');
        self.out.extend_from_slice(status.default_reason_phrase().as_bytes());
        for header in fields {
            self.field(header.field.as_str().as_bytes(), header.value.as_bytes());
        }
        if !fields.iter().any(|header| header.field.equiv("Date")) {
            self.out.extend_from_slice(b"\r\nDate: ");
            self.out.extend_from_slice(self.date.at(SystemTime::now()).as_bytes());
        }
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        for part in [b"\r\n", name, b": ", value] {
            self.out.extend_from_slice(part);
        }
    }

    /// Ends the head, with the length of the body where that is known, and adds the body.
    fn end(&mut self, length: Option<usize>) {
        if let Some(length) = length {
            self.field(b"Content-Length", b"");
            number::write(length as u64, &mut self.out);
        }
        self.out.extend_from_slice(b"\r\n\r\n");
        self.out.extend_from_slice(&self.body);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, empty};
    use std::net::TcpStream;
    use std::thread;

    use super::*;

    /// Each response says what was asked; the one for `/slow` takes longer than a response may be kept.
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
        for hold in [HOLD, Duration::ZERO] {
            let server = Server::http("127.0.0.1:0").unwrap();
            let mut stream = TcpStream::connect(server.server_addr().to_ip().unwrap()).unwrap();
            thread::spawn(move || serve_within(hold, &server, tell));
            let requests = "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /slow HTTP/1.1\r\n\r\n\
                POST /c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
            stream.write_all(requests.repeat(50).as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            let responses = text.split("HTTP/1.1 200 OK");
            let bodies: Vec<_> = responses.filter_map(|response| response.split("\r\n\r\n").nth(1)).collect();
            assert_eq!(bodies, ["/a", "", "/slow", "/chi"].repeat(50));
        }
    }

    /// The response as it is written, but for the date.
    fn written<R: Read>(response: Response<R>, is_head: bool) -> String {
        let bytes = Encoder::default().encode(response, is_head).to_vec();
        let text = String::from_utf8(bytes).unwrap();
        let (before, after) = text.split_once("\r\nDate: ").unwrap();
        format!("{before}{}", after.split_at("Thu, 01 Jan 1970 00:00:00 GMT".len()).1)
    }

    #[test]
    fn a_response_has_its_fields_and_a_length_and_no_body_where_none_may_be() {
        let whole = |status: u16| Response::from_string("hi").with_status_code(status);
        let fields = "Content-Type: text/plain; charset=UTF-8\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(written(whole(404), false), format!("HTTP/1.1 404 Not Found\r\n{fields}hi"));
        assert_eq!(written(whole(200), true), format!("HTTP/1.1 200 OK\r\n{fields}"));
        assert_eq!(written(whole(304), false), format!("HTTP/1.1 304 Not Modified\r\n{fields}"));
        let unstated = |status: u16| Response::new(StatusCode(status), Vec::new(), &b"hi"[..], None, None);
        assert_eq!(written(unstated(200), false), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(written(unstated(204), false), "HTTP/1.1 204 No Content\r\n\r\n");
    }

    #[test]
    fn a_handler_may_date_its_response_itself() {
        let date = "Date: Thu, 01 Jan 1970 00:00:00 GMT".parse::<Header>().unwrap();
        let response = Response::new(StatusCode(200), vec![date], empty(), None, None);
        let text = Encoder::default().encode(response, true).to_vec();
        assert_eq!(text, b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
    }

    /// Gives a byte, then fails.
    struct Broken(bool);

    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(Error::other("broken"));
            }
            buffer[0] = b'x';
            Ok(1)
        }
    }

    #[test]
    fn a_reader_that_fails_gives_a_500_and_none_of_its_bytes() {
        let response = Response::new(StatusCode(200), Vec::new(), Broken(false), Some(2), None);
        assert_eq!(written(response, false), "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
    }
}
