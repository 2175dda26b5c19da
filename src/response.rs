//! What handlers give back.

use std::io::Cursor;

use tiny_http::Header;

/// Media type of JSON bodies.
pub const JSON: &str = "application/json";

/// A whole body, so that its length is always known.
pub type Response = tiny_http::Response<Cursor<Vec<u8>>>;

/// A response with a body of a media type.
#[must_use]
pub fn with_body(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
    let response = Response::from_data(body)
        .with_status_code(status)
        // A known length is always stated, whatever the client's TE field asks for.
        .with_chunked_threshold(usize::MAX);
    response.with_header(header("Content-Type", content_type)).with_header(header("X-Content-Type-Options", "nosniff"))
}

/// A response with a JSON body.
#[must_use]
pub fn json(status: u16, value: &serde_json::Value) -> Response {
    with_body(status, JSON, value.to_string())
}

/// A response without a body: 204.
#[must_use]
pub fn empty() -> Response {
    Response::from_data(Vec::new()).with_status_code(204)
}

/// A field of a response. Bytes that could end its line become spaces, since `tiny_http` lets them pass.
#[must_use]
pub fn header(name: &'static str, value: &str) -> Header {
    let clean: String = value.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    Header {
        // Every caller names the field by a literal; a name that is not ASCII could only come from the source.
        field: name.parse().unwrap_or_else(|()| unreachable!("field names are ASCII")),
        value: clean.parse().unwrap_or_else(|_| unreachable!("the value was made ASCII")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_value_cannot_end_its_line() {
        assert_eq!(header("X-Test", "a\r\nb\u{e9}").value.as_str(), "a  b ");
    }
}
