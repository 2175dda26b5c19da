//! The bodies that a route takes.

use crate::problem::Problem;
use crate::request::header;
use crate::response;

/// Media types of JSON bodies.
pub const JSON: &[&str] = &[response::JSON];

/// Which bodies, and how large.
pub struct Content {
    media_types: &'static [&'static str],
    max_bytes: usize,
    /// A pointer, so that a program whose routes take no body does not carry the code that reads one.
    read: fn(&Self, &mut tiny_http::Request) -> Result<Vec<u8>, Problem>,
}

impl Content {
    /// Bodies of these media types and of at most so many bytes.
    #[must_use]
    pub const fn new(media_types: &'static [&'static str], max_bytes: usize) -> Self {
        Self { media_types, max_bytes, read: Self::read_whole }
    }

    /// The bound that the gateway keeps.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The body of a request, which the gateway has bounded.
    ///
    /// # Errors
    /// 415 where it is of another media type, or has a content coding (RFC 9110, section 15.5.16).
    pub fn read(&self, request: &mut tiny_http::Request) -> Result<Vec<u8>, Problem> {
        (self.read)(self, request)
    }

    fn read_whole(&self, request: &mut tiny_http::Request) -> Result<Vec<u8>, Problem> {
        if request.body_length().is_none_or(|length| length == 0) {
            return Ok(Vec::new());
        }
        self.check(request)?;
        let mut body = Vec::new();
        request.as_reader().read_to_end(&mut body).map_err(|_| Problem::new(400, "the body did not come whole"))?;
        Ok(body)
    }

    fn check(&self, request: &tiny_http::Request) -> Result<(), Problem> {
        if !matches!(header(request, "Content-Encoding"), None | Some("identity")) {
            let problem = Problem::new(415, "the body must not have a content coding");
            return Err(problem.with_header("Accept-Encoding", "identity"));
        }
        let essence = header(request, "Content-Type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if self.media_types.iter().any(|media_type| media_type.eq_ignore_ascii_case(essence)) {
            return Ok(());
        }
        let accept = self.media_types.join(", ");
        Err(Problem::new(415, format!("the media type of the body has to be {accept}")).with_header("Accept", accept))
    }
}
