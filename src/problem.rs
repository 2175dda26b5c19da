//! Error bodies after RFC 9457, with `about:blank` as the type: the title is then the status's own phrase.

use std::fmt::Write;

use crate::response::{Response, header, with_body};

/// Media type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request cannot be served, for its client.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    detail: String,
    /// The members of `errors`, as JSON.
    errors: String,
    header: Option<(&'static str, String)>,
}

impl Problem {
    /// `detail` is one sentence for people, and says nothing about the inside of the service.
    #[must_use]
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: String::new(), header: None }
    }

    /// Adds a field to the response, such as `Retry-After` to a 429.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// Names a member of the body that is wrong, by its JSON pointer (RFC 6901, section 6), and what it has to be.
    pub fn add_error(&mut self, member: &str, detail: &str) {
        let pointer = format!("#/{}", member.replace('~', "~0").replace('/', "~1"));
        let comma = if self.has_errors() { "," } else { "" };
        // Writing to memory does not fail.
        let _ = write!(self.errors, r#"{comma}{{"pointer":{},"detail":{}}}"#, quote(&pointer), quote(detail));
    }

    /// Whether a member of the body is wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The response to the request.
    #[must_use]
    pub fn response(&self) -> Response {
        let response = with_body(self.status, CONTENT_TYPE, self.body());
        match &self.header {
            Some((name, value)) => response.with_header(header(name, value)),
            None => response,
        }
    }

    /// The body of the response.
    #[must_use]
    pub fn body(&self) -> String {
        let Self { status, detail, errors, .. } = self;
        let (title, detail) = (title(*status), quote(detail));
        let (open, close) = if self.has_errors() { (r#","errors":["#, "]") } else { ("", "") };
        format!(r#"{{"title":"{title}","status":{status},"detail":{detail}{open}{errors}{close}}}"#)
    }
}

/// A JSON string.
#[must_use]
pub fn quote(text: &str) -> String {
    // A string always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

/// The phrase that RFC 9110, section 15, or RFC 6585 gives to a status.
#[must_use]
pub fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_repeats_its_status_and_escapes_its_detail() {
        let body = Problem::new(404, "no \"x\" here").body();
        assert_eq!(body, r#"{"title":"Not Found","status":404,"detail":"no \"x\" here"}"#);
    }

    #[test]
    fn wrong_members_are_named_by_their_pointers() {
        let mut problem = Problem::new(422, "wrong");
        problem.add_error("author", "has to be text");
        problem.add_error("a/b~", "is unknown");
        let body = problem.body();
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value["title"], "Unprocessable Content");
        assert_eq!(value["errors"][0]["pointer"], "#/author");
        assert_eq!(value["errors"][0]["detail"], "has to be text");
        assert_eq!(value["errors"][1]["pointer"], "#/a~1b~0");
    }

    #[test]
    fn statuses_that_handlers_give_have_titles() {
        for (status, right) in [(409, "Conflict"), (415, "Unsupported Media Type"), (429, "Too Many Requests")] {
            assert_eq!(title(status), right);
        }
    }
}
