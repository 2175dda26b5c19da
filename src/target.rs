//! The parts of a request target: path and query, percent-decoded (RFC 3986, section 2.1).

use std::borrow::Cow;

/// The target without its query, as the client wrote it.
#[must_use]
pub fn path(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

/// Whether a path is one of a pattern, in which `{name}` stands for one part that is not empty. Parts are compared decoded,
/// so that `/%68ealth` is `/health` (RFC 9110, section 4.2.3); a part that cannot be decoded is none.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    // Almost every path is written as its pattern is; each request asks several times.
    path == pattern || ((path.contains('%') || pattern.contains('{')) && matches_by_parts(pattern, path))
}

fn matches_by_parts(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if is_part(wanted, part) => {}
            _ => return false,
        }
    }
}

fn is_part(wanted: &str, part: &str) -> bool {
    let Some(part) = decode(part) else { return false };
    if wanted.starts_with('{') { !part.is_empty() } else { part == wanted }
}

/// The part of a path that a pattern calls `{name}`, decoded.
#[must_use]
pub fn part(pattern: &str, path: &str, name: &str) -> Option<String> {
    let mut parts = pattern.split('/').zip(path.split('/'));
    let (_, part) =
        parts.find(|(wanted, _)| wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name))?;
    decode(part).map(Cow::into_owned)
}

/// The value of a query's parameter, decoded; the first one where a name comes twice.
#[must_use]
pub fn parameter(target: &str, name: &str) -> Option<String> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decode(key)? == name).then(|| form_decode(value)).flatten()
    })
}

/// Decodes `%XX`. `None` where an escape is malformed, or the bytes are not UTF-8.
#[must_use]
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        // A sign would be taken for part of the number.
        let digits = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The same for forms and queries, where `+` is a space.
fn form_decode(text: &str) -> Option<String> {
    decode(&text.replace('+', " ")).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_only_where_they_are_whole_and_utf_8() {
        let cases = [
            ("", Some("")),
            ("health", Some("health")),
            ("%68ealt%68", Some("health")),
            ("a%2Fb", Some("a/b")),
            ("gr%C3%BC%c3%9f", Some("grüß")),
            ("%", None),
            ("%4", None),
            ("%+4", None),
            ("%zz", None),
            ("%ü", None),
            ("%ff", None),
        ];
        for (text, right) in cases {
            assert_eq!(decode(text).as_deref(), right, "{text}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_decoded_name() {
        let target = "/quotes?a&author=Jane+Doe&%62=%26&author=later&c=%ff";
        for (name, right) in [("a", Some("")), ("author", Some("Jane Doe")), ("b", Some("&")), ("c", None), ("d", None)]
        {
            assert_eq!(parameter(target, name).as_deref(), right, "{name}");
        }
        assert_eq!(parameter("/quotes", "author"), None);
        assert_eq!(path(target), "/quotes");
    }
}
