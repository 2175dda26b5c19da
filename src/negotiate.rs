//! Content negotiation by `Accept` (RFC 9110, section 12.5.1).

/// Whether a client prefers JSON to plain text, by the value of its `Accept`; several fields are joined by commas.
#[must_use]
pub fn prefers_json(accept: &str) -> bool {
    let json = quality(accept, "application", "json");
    let text = quality(accept, "text", "plain");
    // A client that names JSON and accepts it as much as text is a program; a bare `*/*` is a person with curl.
    let named = json.rank == Quality::NAMED && json.weight > 0;
    json.weight > text.weight || (named && json.weight == text.weight)
}

/// How acceptable a media type is: weight in thousandths, and how exactly it was named.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Quality {
    rank: u8,
    weight: u16,
}

impl Quality {
    const NAMED: u8 = 3;
}

fn quality(accept: &str, kind: &str, subtype: &str) -> Quality {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let rank = match parts.next()?.split_once('/')? {
            ("*", "*") => 1,
            (k, "*") if k.eq_ignore_ascii_case(kind) => 2,
            (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => Quality::NAMED,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some(Quality { rank, weight: weight.map_or(1000, thousandths) })
    });
    // The most specific range decides, whatever the others say.
    ranges.max().unwrap_or_default()
}

/// A weight between 0 and 1 as thousandths (RFC 9110, section 12.4.2); a malformed one counts as not acceptable.
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => 1000,
        "0" if digits => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_given_only_to_those_who_prefer_it() {
        let cases = [
            ("", false),
            ("*/*", false),
            ("application/json", true),
            ("Application/JSON;charset=utf-8", true),
            ("application/json, text/plain, */*", true),
            ("application/json, text/plain;q=0.9", true),
            ("text/plain, application/json;q=0.5", false),
            ("application/*, */*;q=0.1", true),
            ("application/json;q=0", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("application/json;q=nan, text/plain;q=0", false),
            ("application/json;q=0.25, text/plain;q=0.3", false),
            ("application/json;q=1.000, text/plain;q=0.999", true),
        ];
        for (accept, json) in cases {
            assert_eq!(prefers_json(accept), json, "{accept}");
        }
    }
}
