//! Requests in parts, so that one part can be made odd. Each letter stands for the byte of its number.

use proptest::prelude::*;
use proptest::sample::select;

/// A request before it is bytes.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) before: String,
    pub(crate) method: String,
    /// What stands between the words of the request line.
    pub(crate) gap: String,
    pub(crate) target: String,
    pub(crate) version: String,
    pub(crate) line_end: String,
    /// Whole lines without their ends, but those that say how long the body is.
    pub(crate) fields: Vec<String>,
    pub(crate) framing: Vec<String>,
    pub(crate) body: String,
}

impl Parts {
    pub(crate) fn plain() -> Self {
        Self {
            before: String::new(),
            method: "POST".to_owned(),
            gap: " ".to_owned(),
            target: "/a".to_owned(),
            version: "HTTP/1.1".to_owned(),
            line_end: "\r\n".to_owned(),
            fields: vec!["Host: h".to_owned()],
            framing: vec!["Content-Length: 3".to_owned()],
            body: "abc".to_owned(),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { before, method, gap, target, version, line_end, body, .. } = self;
        let fields: String =
            self.fields.iter().chain(&self.framing).flat_map(|field| [field, line_end.as_str()]).collect();
        let text = format!("{before}{method}{gap}{target}{gap}{version}{line_end}{fields}{line_end}{body}");
        text.chars().map(|letter| u8::try_from(letter).unwrap()).collect()
    }

    /// Puts a body in the place of the one there is, and says nothing of its length but this.
    pub(crate) fn frame(&mut self, framing: &[&str], body: &str) {
        self.framing = framing.iter().map(ToString::to_string).collect();
        body.clone_into(&mut self.body);
    }

    pub(crate) fn chunks(&mut self, body: &str) {
        self.frame(&["Transfer-Encoding: chunked"], body);
    }

    pub(crate) fn host(&mut self, lines: &[&str]) {
        self.fields.retain(|line| !line.starts_with("Host"));
        self.fields.splice(0..0, lines.iter().map(ToString::to_string));
    }
}

/// Requests on which no two servers may differ.
pub(crate) fn plain() -> impl Strategy<Value = Parts> {
    let method = select(vec!["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "M-SEARCH", "get"]);
    let target = prop_oneof![Just("/".to_owned()), "/[a-z0-9/._~;=-]{0,40}", "/[a-z]{0,5}\\?[a-z0-9&=%20/?-]{0,30}"];
    // A percent sign that no two digits follow is an oddity of its own.
    let target = target.prop_map(|target| target.replace('%', "%2f"));
    let fields =
        prop::collection::vec(("X-[A-Za-z0-9-]{0,12}", "[ \t]{0,2}([!-~]([ -~\t]{0,20}[!-~])?)?[ \t]{0,2}"), 0..6);
    (method, target, fields, select(vec!["h", "h:80", "[::1]:80", "a.example"]), framing()).prop_map(
        |(method, target, fields, host, (framing, body))| {
            let fields = fields.into_iter().map(|(name, value)| format!("{name}:{value}"));
            let fields = std::iter::once(format!("Host: {host}")).chain(fields).collect();
            Parts { method: method.to_owned(), target, fields, framing, body, ..Parts::plain() }
        },
    )
}

/// A body and what says how long it is.
fn framing() -> impl Strategy<Value = (Vec<String>, String)> {
    let none = Just((Vec::new(), String::new()));
    let length = "[ -~]{0,60}".prop_map(|body| (vec![format!("Content-Length: {}", body.len())], body));
    let end = select(vec!["0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "00;end\r\n\r\n"]);
    let chunks = (prop::collection::vec(("[ -~]{1,20}", select(vec!["", ";a", ";a=b"])), 0..4), end);
    let chunked = chunks.prop_map(|(chunks, end)| {
        let coded = chunks.iter().map(|(chunk, extension)| format!("{:x}{extension}\r\n{chunk}\r\n", chunk.len()));
        (vec!["Transfer-Encoding: chunked".to_owned()], coded.collect::<String>() + end)
    });
    prop_oneof![none, length, chunked]
}
