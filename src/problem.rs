//! Error bodies after RFC 9457, with `about:blank` as the type: the title is then the status's own phrase.

use serde_json::json;

/// Media type of [`body`].
pub const CONTENT_TYPE: &str = "application/problem+json";

/// The body of an error answer. `detail` is for people and says nothing about the inside of the service.
#[must_use]
pub fn body(status: u16, detail: &str) -> String {
    json!({ "title": title(status), "status": status, "detail": detail }).to_string()
}

/// The phrase that RFC 9110, section 15, gives to a status.
#[must_use]
pub fn title(status: u16) -> &'static str {
    match status {
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_repeats_its_status_and_escapes_its_detail() {
        assert_eq!(body(404, "no \"x\" here"), r#"{"detail":"no \"x\" here","status":404,"title":"Not Found"}"#);
    }
}
