//! Finds the trace that a request belongs to, without a tracing library: `traceparent`, else `X-Amzn-Trace-Id`.

/// The id of a trace, 32 hexadecimal digits, and the flags of the W3C's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trace {
    pub(super) id: String,
    pub(super) flags: Option<String>,
}

/// The trace that the headers name, if one of them is valid.
pub(super) fn find(traceparent: Option<&str>, amazon: Option<&str>) -> Option<Trace> {
    traceparent.and_then(w3c).or_else(|| amazon.and_then(xray))
}

/// `00-<32 digits>-<16 digits>-<2 digits>`; later versions may append more (W3C Trace Context, section 3.2).
fn w3c(value: &str) -> Option<Trace> {
    let mut parts = value.split('-');
    let (version, id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let shaped = is_hex(version, 2) && is_hex(id, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    (shaped && known && is_some(id) && is_some(parent))
        .then(|| Trace { id: id.to_owned(), flags: Some(flags.to_owned()) })
}

/// `Root=1-<8 digits>-<24 digits>` among other members.
fn xray(value: &str) -> Option<Trace> {
    let root = value.split(';').find_map(|member| member.trim().strip_prefix("Root="))?;
    let (time, unique) = root.strip_prefix("1-")?.split_once('-')?;
    let shaped = is_hex(time, 8) && is_hex(unique, 24);
    shaped.then(|| Trace { id: format!("{time}{unique}"), flags: None })
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An id of zeros is none.
fn is_some(id: &str) -> bool {
    id.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn a_traceparent_is_taken_only_as_the_standard_has_it() {
        let valid = format!("00-{ID}-b7ad6b7169203331-01");
        assert_eq!(find(Some(&valid), None), Some(Trace { id: ID.to_owned(), flags: Some("01".to_owned()) }));
        assert!(find(Some(&format!("cc-{ID}-b7ad6b7169203331-01-later")), None).is_some());
        for bad in [
            format!("ff-{ID}-b7ad6b7169203331-01"),
            format!("00-{ID}-b7ad6b7169203331-01-more"),
            format!("00-{}-b7ad6b7169203331-01", ID.to_uppercase()),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{ID}-0000000000000000-01"),
            format!("00-{ID}-b7ad6b7169203331"),
            String::new(),
        ] {
            assert_eq!(find(Some(&bad), None), None, "{bad}");
        }
    }

    #[test]
    fn the_load_balancers_header_is_the_second_choice() {
        let amazon = "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678";
        let id = "67891233abcdef012345678912345678";
        assert_eq!(find(None, Some(amazon)), Some(Trace { id: id.to_owned(), flags: None }));
        assert_eq!(find(Some("junk"), Some(amazon)).unwrap().id, id);
        assert_eq!(find(None, Some("Root=1-67891233-\"};")), None);
    }
}
