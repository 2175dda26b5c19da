//! One row of a route table.

use crate::content::Content;
use crate::problem::Problem;
use crate::request::Request;
use crate::response::Response;
use crate::target;

/// The listener of everybody.
pub const PUBLIC: usize = 0;

/// The listener of operators, which a load balancer never sees.
pub const ADMIN: usize = 1;

/// Gives the response, or why there is none.
pub type Handler<C> = fn(&C, &Request<'_>) -> Result<Response, Problem>;

/// One row of a route table; `C` is what its handlers share.
pub struct Route<C> {
    listener: usize,
    method: &'static str,
    pattern: &'static str,
    content: Option<Content>,
    probe: bool,
    origin: bool,
    handler: Handler<C>,
}

impl<C> Route<C> {
    /// A route by its method, its pattern and its handler. `{name}` in a pattern stands for one part of the path; of two
    /// patterns that match, the first in the table counts. A GET route answers HEAD as well.
    #[must_use]
    pub const fn new(method: &'static str, pattern: &'static str, handler: Handler<C>) -> Self {
        Self { listener: PUBLIC, method, pattern, content: None, probe: false, origin: false, handler }
    }

    /// A route for GET and HEAD.
    #[must_use]
    pub const fn get(pattern: &'static str, handler: Handler<C>) -> Self {
        Self::new("GET", pattern, handler)
    }

    /// A route for POST.
    #[must_use]
    pub const fn post(pattern: &'static str, handler: Handler<C>) -> Self {
        Self::new("POST", pattern, handler)
    }

    /// Takes bodies of these media types and of at most so many bytes. Without it a route takes none.
    #[must_use]
    pub const fn accepts(mut self, media_types: &'static [&'static str], max_bytes: usize) -> Self {
        self.content = Some(Content::new(media_types, max_bytes));
        self
    }

    /// Is there for load balancers and supervisors, who ask it all the time: answered beyond the number of connections
    /// too, and as a rule not logged.
    #[must_use]
    pub const fn probe(mut self) -> Self {
        self.probe = true;
        self
    }

    /// Has a handler that wants to know who asks: [`Request::client`] and [`Request::id`].
    #[must_use]
    pub const fn with_origin(mut self) -> Self {
        self.origin = true;
        self
    }

    /// Is on the listener of operators.
    #[must_use]
    pub const fn admin(mut self) -> Self {
        self.listener = ADMIN;
        self
    }

    /// What logs and metrics call it, whatever a client wrote.
    #[must_use]
    pub const fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// Whether it is for load balancers and supervisors.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        self.probe
    }

    /// Whether its handler wants to know who asks.
    #[must_use]
    pub const fn wants_origin(&self) -> bool {
        self.origin
    }

    pub(super) fn max_body_bytes(&self) -> usize {
        self.content.as_ref().map_or(0, Content::max_bytes)
    }

    pub(super) fn matches(&self, listener: usize, path: &str) -> bool {
        self.listener == listener && target::matches(self.pattern, path)
    }

    /// The methods that it serves, if it is one of this path. `*` stands for the server as a whole (RFC 9110, section 9.3.7).
    pub(super) fn allow(&self, listener: usize, path: &str) -> Option<&'static str> {
        let meant = self.matches(listener, path) || (path == "*" && self.listener == listener);
        meant.then_some(if self.method == "GET" { "GET, HEAD" } else { self.method })
    }

    pub(super) fn has_method(&self, method: &str) -> bool {
        self.method == method || (self.method == "GET" && method == "HEAD")
    }

    pub(super) fn handle(&self, context: &C, request: &mut tiny_http::Request) -> Result<Response, Problem> {
        let body = match &self.content {
            Some(accepted) => accepted.read(request)?,
            // The gateway lets no body pass where none is taken.
            None => Vec::new(),
        };
        (self.handler)(context, &Request::new(request, self.pattern, body))
    }
}
