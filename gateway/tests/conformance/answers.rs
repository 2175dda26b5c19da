//! Takes what a server sent apart, more strictly than any client does, and holds it against an outcome.

use crate::case::{Answer, Fate, Outcome};

/// Follows every case; a path that does not exist, so that its answer is told apart from the case's own.
pub(crate) const CANARY: &[u8] = b"GET /canary HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n";

const CANARY_STATUS: u16 = 404;

/// One answer as it came.
struct Received<'a> {
    status: u16,
    head: &'a str,
    body: &'a [u8],
}

/// Whether all that was received before the connection's end is what the outcome says. The error is for people.
pub(crate) fn check(outcome: &Outcome, received: &[u8]) -> Result<(), String> {
    let canary = Answer { statuses: vec![CANARY_STATUS], is_head: false };
    let kept = (outcome.fate == Fate::Keep).then_some(&canary);
    let mut rest = received;
    for (place, answer) in outcome.answers.iter().chain(kept).enumerate() {
        let one = take(&mut rest, answer.is_head).map_err(|problem| format!("{problem} in {}", show(received)))?;
        if !answer.statuses.contains(&one.status) {
            return Err(format!("answer {} is {} in {}", place + 1, one.status, show(received)));
        }
        if place + 1 == outcome.answers.len() && outcome.body.as_ref().is_some_and(|body| body != one.body) {
            return Err(format!("the body is {}", show(one.body)));
        }
        let ends = outcome.fate == Fate::Close && place + 1 == outcome.answers.len();
        check_fields(&one, answer.is_head, ends).map_err(|problem| format!("{problem} in {}", show(received)))?;
    }
    if rest.is_empty() { Ok(()) } else { Err(format!("more came: {}", show(rest))) }
}

/// Cuts one answer off the front.
fn take<'a>(rest: &mut &'a [u8], is_head: bool) -> Result<Received<'a>, String> {
    let end = rest.windows(4).position(|four| four == b"\r\n\r\n").ok_or("an answer is missing")? + 4;
    let (head, after) = rest.split_at(end);
    let head = std::str::from_utf8(head).map_err(|_| "a head is not text")?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3)?.parse().ok());
    let mut one = Received { status: status.ok_or("a status line is wrong")?, head, body: &[] };
    let length = match one.status {
        100..200 | 204 | 304 => 0,
        _ if is_head => 0,
        _ => one.field("Content-Length").and_then(|text| text.parse().ok()).ok_or("an answer has no length")?,
    };
    (one.body, *rest) = after.split_at_checked(length).ok_or("a body is cut short")?;
    Ok(one)
}

fn check_fields(one: &Received, is_head: bool, ends: bool) -> Result<(), &'static str> {
    let Received { status, head, body } = one;
    let refused = ends && *status >= 400;
    let about = format!("\"status\":{status}");
    let rules = [
        // A clock makes Date a duty, except in interim answers and failures of the server (RFC 9110, section 6.6.1).
        (!(200..500).contains(status) || one.field("Date").is_some_and(is_date), "no Date"),
        (*status != 204 || one.field("Content-Length").is_none(), "a length in a 204"),
        (body.is_empty() || one.field("Content-Type").is_some(), "a body without a type"),
        (*status != 405 || one.field("Allow").is_some(), "a 405 without Allow"),
        (!refused || one.field("Content-Type") == Some("application/problem+json"), "a rejection that is no problem"),
        (!refused || is_head || find(body, about.as_bytes()), "a problem without its status"),
        (!refused || has_close(one), "a rejection without Connection: close"),
        (head.lines().skip(1).all(|line| line.is_empty() || line.contains(": ")), "a field line without a colon"),
    ];
    rules.into_iter().find(|rule| !rule.0).map_or(Ok(()), |rule| Err(rule.1))
}

/// IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let (day, rest) = shape.split_at_checked(3).unwrap_or_default();
    let (before, after) = rest.split_at_checked(5).unwrap_or_default();
    let (month, time) = after.split_at_checked(3).unwrap_or_default();
    let words = [day, month].iter().all(|word| word.chars().all(char::is_alphabetic));
    words && before == ", 00 " && time == " 0000 00:00:00 GMT"
}

fn has_close(one: &Received) -> bool {
    one.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Bytes for a message: escaped, and cut to what a person reads.
pub(crate) fn show(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    let cut: String = text.chars().take(600).collect();
    format!("\"{cut}\"{}", if text.len() > cut.len() { " …" } else { "" })
}

impl Received<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
    }
}

#[test]
fn a_date_is_told_from_what_is_none() {
    assert!(is_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    for wrong in ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC"] {
        assert!(!is_date(wrong), "{wrong}");
    }
}
