//! Error bodies after RFC 9457, with `about:blank` as the type: the title is then the status's own phrase.

/// Media type of [`body`].
pub const CONTENT_TYPE: &str = "application/problem+json";

/// The body of an error answer. `detail` is for people and says nothing about the inside of the service.
#[must_use]
pub fn body(status: u16, detail: &str) -> String {
    format!(r#"{{"title":{},"status":{status},"detail":{}}}"#, quote(title(status)), quote(detail))
}

/// A JSON string.
#[must_use]
pub fn quote(text: &str) -> String {
    // A string always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

/// The phrase that RFC 9110, section 15, gives to a status.
#[must_use]
pub fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_repeats_its_status_and_escapes_its_detail() {
        assert_eq!(body(404, "no \"x\" here"), r#"{"title":"Not Found","status":404,"detail":"no \"x\" here"}"#);
    }
}
