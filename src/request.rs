//! What handlers get: the head of a request, the parameters of its path and query, and its whole body.

use crate::json::Object;
use crate::problem::Problem;
use crate::target;

/// One request.
pub struct Request<'a> {
    head: &'a tiny_http::Request,
    pattern: &'static str,
    body: Vec<u8>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(head: &'a tiny_http::Request, pattern: &'static str, body: Vec<u8>) -> Self {
        Self { head, pattern, body }
    }

    /// The part of the path that the route's pattern calls `{name}`, decoded and never empty. A name that the pattern
    /// does not have gives an empty text.
    #[must_use]
    pub fn param(&self, name: &str) -> String {
        target::part(self.pattern, target::path(self.head.url()), name).unwrap_or_default()
    }

    /// A parameter of the query, decoded; the first one where a name comes twice.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        target::parameter(self.head.url(), name)
    }

    /// The value of a field; the first one where it comes twice.
    #[must_use]
    pub fn header(&self, name: &'static str) -> Option<&str> {
        header(self.head, name)
    }

    /// The values of a list, joined by commas where it comes in several fields (RFC 9110, section 5.3).
    #[must_use]
    pub fn list(&self, name: &'static str) -> String {
        let fields = self.head.headers().iter().filter(|header| header.field.equiv(name));
        fields.map(|header| header.value.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Address and port of who asks, which behind a load balancer is that one; on routes `with_origin`.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.header("Gateway-Client")
    }

    /// The request's id, which its response and the log have too; on routes `with_origin`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.header("X-Request-Id")
    }

    /// The body; no longer than the route allows, and of a media type that it accepts.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The members of the body's JSON object.
    ///
    /// # Errors
    /// 400 where the body is not JSON, 422 where it is not an object.
    pub fn json(&self) -> Result<Object, Problem> {
        Object::parse(&self.body)
    }
}

/// The first value of a field.
pub(crate) fn header<'a>(head: &'a tiny_http::Request, name: &'static str) -> Option<&'a str> {
    let field = head.headers().iter().find(|header| header.field.equiv(name));
    field.map(|header| header.value.as_str())
}
