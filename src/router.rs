//! From a request to the handler of its route. What a table does not have follows from what it has: 404, 405 with
//! `Allow`, 413, 415, HEAD and OPTIONS.

mod route;

use crate::problem::Problem;
use crate::request::header;
use crate::response::{self, Response};
use crate::target;

pub use route::{ADMIN, Handler, PUBLIC, Route};

/// A route table.
pub struct Router<C: 'static>(&'static [Route<C>]);

impl<C> Router<C> {
    /// A router for a table.
    #[must_use]
    pub const fn new(routes: &'static [Route<C>]) -> Self {
        Self(routes)
    }

    /// Answers one request. HEAD is GET whose body `tiny_http` leaves out.
    pub fn handle(&self, context: &C, request: &mut tiny_http::Request) -> Response {
        // The gateway names every listener but the first.
        let listener = header(request, "Gateway-Listener").and_then(|name| name.parse().ok()).unwrap_or(PUBLIC);
        let (method, path) = (request.method().as_str(), target::path(request.url()));
        match self.route(listener, method, path) {
            Some(route) => route.handle(context, request).unwrap_or_else(|problem| problem.response()),
            None => self.no_route(listener, method, path),
        }
    }

    /// The largest body that a request may have; `None` where there is no route for it, so that its body does not matter.
    #[must_use]
    pub fn max_body_bytes(&self, listener: usize, method: &str, target: &str) -> Option<usize> {
        self.route(listener, method, target::path(target)).map(Route::max_body_bytes)
    }

    /// The largest body that any route takes.
    #[must_use]
    pub fn largest_body_bytes(&self) -> usize {
        self.0.iter().map(Route::max_body_bytes).max().unwrap_or(0)
    }

    /// The first route of a target, whatever its method.
    #[must_use]
    pub fn find(&self, listener: usize, target: &str) -> Option<&'static Route<C>> {
        let path = target::path(target);
        self.0.iter().find(|route| route.matches(listener, path))
    }

    fn route(&self, listener: usize, method: &str, path: &str) -> Option<&'static Route<C>> {
        self.0.iter().find(|route| route.has_method(method) && route.matches(listener, path))
    }

    fn no_route(&self, listener: usize, method: &str, path: &str) -> Response {
        let allow = self.allow(listener, path);
        let response = match method {
            _ if allow.is_empty() => return Problem::new(404, "there is nothing at this path").response(),
            "OPTIONS" => response::empty(),
            _ => Problem::new(405, "the method is not one of those in Allow").response(),
        };
        response.with_header(response::header("Allow", &allow))
    }

    /// The methods of a path, as `Allow` lists them; empty where it has no route.
    fn allow(&self, listener: usize, path: &str) -> String {
        let mut list = String::new();
        for methods in self.0.iter().filter_map(|route| route.allow(listener, path)) {
            if !list.contains(methods) {
                list.push_str(methods);
                list.push_str(", ");
            }
        }
        if !list.is_empty() {
            list.push_str("OPTIONS");
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use tiny_http::{Method, TestRequest};

    use super::*;
    use crate::content::JSON;
    use crate::request::Request;
    use crate::response::{empty, with_body};

    struct Context;

    #[expect(clippy::unnecessary_wraps, reason = "it is a handler")]
    fn echo(_: &Context, request: &Request<'_>) -> Result<Response, Problem> {
        let text = format!("{} {:?} {}", request.param("id"), request.query("q"), request.body().len());
        Ok(with_body(200, "text/plain", text))
    }

    const ROUTER: Router<Context> = Router::new(&[
        Route::get("/", echo).probe(),
        Route::get("/things/none", |_, _| Ok(empty())),
        Route::get("/things/{id}", echo),
        Route::post("/things", echo).accepts(JSON, 8),
        Route::new("DELETE", "/things/{id}", |_, _| Err(Problem::new(409, "in use"))),
        Route::get("/metrics", echo).admin(),
    ]);

    fn handle(request: TestRequest) -> Response {
        ROUTER.handle(&Context, &mut request.into())
    }

    fn ask(method: Method, path: &str) -> Response {
        handle(TestRequest::new().with_method(method).with_path(path))
    }

    fn field(response: &Response, name: &'static str) -> Option<String> {
        response.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.to_string())
    }

    fn body(response: Response) -> String {
        let mut text = String::new();
        response.into_reader().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_handler_gets_the_decoded_parameters_of_path_and_query() {
        assert_eq!(body(ask(Method::Get, "/things/a%2Fb%20c?q=%C3%BC")), "a/b c Some(\"ü\") 0");
        assert_eq!(body(ask(Method::Get, "/")), " None 0");
    }

    #[test]
    fn a_handler_that_wants_to_know_is_told_who_asks() {
        const ROUTES: Router<Context> = Router::new(&[Route::get("/who", |_, request| {
            Ok(with_body(200, "text/plain", format!("{:?} {:?}", request.client(), request.id())))
        })
        .with_origin()]);
        let header = |text: &str| text.parse().unwrap();
        let asked = TestRequest::new().with_path("/who");
        let told = asked.with_header(header("Gateway-Client: 192.0.2.7:80")).with_header(header("X-Request-Id: a1"));
        assert_eq!(body(ROUTES.handle(&Context, &mut told.into())), "Some(\"192.0.2.7:80\") Some(\"a1\")");
        assert!(ROUTES.find(PUBLIC, "/who").is_some_and(Route::wants_origin));
    }

    #[test]
    fn the_first_pattern_that_matches_counts_and_a_part_is_never_empty() {
        let cases = [
            ("/things/none", 204),
            ("/things/%6eone", 204),
            ("/things/other", 200),
            ("/things/", 404),
            ("/things//", 404),
            ("/things/a/b", 404),
            ("/things/%ff", 404),
            ("/things/%2", 404),
            ("/%74hings/1", 200),
            ("/metrics", 404),
        ];
        for (path, status) in cases {
            assert_eq!(ask(Method::Get, path).status_code().0, status, "{path}");
        }
    }

    #[test]
    fn the_methods_of_a_path_follow_from_the_table() {
        let cases = [
            ("/", "GET, HEAD, OPTIONS"),
            ("/things", "POST, OPTIONS"),
            ("/things/1", "GET, HEAD, DELETE, OPTIONS"),
            ("*", "GET, HEAD, POST, DELETE, OPTIONS"),
        ];
        for (path, allow) in cases {
            for (method, status) in [(Method::Options, 204), (Method::Put, 405)] {
                let response = ask(method, path);
                let right = (status, Some(allow.to_owned()));
                assert_eq!((response.status_code().0, field(&response, "Allow")), right, "{path}");
            }
        }
        assert_eq!(ask(Method::Options, "/nothing").status_code().0, 404);
    }

    #[test]
    fn a_problem_of_a_handler_is_the_response() {
        let response = ask(Method::Delete, "/things/1");
        assert_eq!(response.status_code().0, 409);
        assert_eq!(field(&response, "Content-Type").as_deref(), Some("application/problem+json"));
    }

    #[test]
    fn a_body_of_another_type_or_coding_is_415_and_says_what_is_accepted() {
        let post = |fields: &[(&'static str, &str)]| {
            let request = TestRequest::new().with_method(Method::Post).with_path("/things").with_body("{}");
            let add = |request: TestRequest, field: &(&'static str, &str)| {
                request.with_header(response::header(field.0, field.1))
            };
            handle(fields.iter().fold(request, add))
        };
        for good in ["application/json", "Application/JSON; charset=utf-8"] {
            assert_eq!(body(post(&[("Content-Type", good)])), " None 2", "{good}");
        }
        for bad in ["text/plain", "application/jsonp", ""] {
            let response = post(&[("Content-Type", bad)]);
            let right = (415, Some("application/json".to_owned()));
            assert_eq!((response.status_code().0, field(&response, "Accept")), right, "{bad}");
        }
        assert_eq!(post(&[]).status_code().0, 415);
        let coded = post(&[("Content-Type", "application/json"), ("Content-Encoding", "gzip")]);
        assert_eq!((coded.status_code().0, field(&coded, "Accept-Encoding")), (415, Some("identity".to_owned())));
    }

    #[test]
    fn a_body_is_bounded_by_its_route_and_does_not_matter_without_one() {
        let cases = [
            (PUBLIC, "POST", "/things?x", Some(8)),
            (PUBLIC, "GET", "/things/1", Some(0)),
            (PUBLIC, "PUT", "/things", None),
            (PUBLIC, "POST", "/nothing", None),
            (ADMIN, "POST", "/things", None),
        ];
        for (listener, method, target, right) in cases {
            assert_eq!(ROUTER.max_body_bytes(listener, method, target), right, "{method} {target}");
        }
        assert_eq!(ROUTER.largest_body_bytes(), 8);
    }

    #[test]
    fn a_target_has_the_name_of_its_pattern() {
        let found = |listener, target| ROUTER.find(listener, target).map(|route| (route.pattern(), route.is_probe()));
        assert_eq!(found(PUBLIC, "/?x"), Some(("/", true)));
        assert_eq!(found(PUBLIC, "/things/7"), Some(("/things/{id}", false)));
        assert_eq!(found(ADMIN, "/metrics"), Some(("/metrics", false)));
        assert_eq!(found(PUBLIC, "/metrics"), None);
    }
}
