//! Reads the tables in `cases/`; their README says how they are written.

use std::fmt::{self, Display};
use std::iter::Peekable;
use std::str::Chars;

const TABLES: [&str; 6] = [
    include_str!("cases/request_line.txt"),
    include_str!("cases/fields.txt"),
    include_str!("cases/connection.txt"),
    include_str!("cases/length.txt"),
    include_str!("cases/coding.txt"),
    include_str!("cases/chunked.txt"),
];

/// One row: what is sent, and what has to come of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

/// Outcomes of which one has to happen.
pub(crate) struct Expected {
    pub(crate) outcomes: Vec<Outcome>,
    text: String,
}

/// One way in which an exchange may go.
pub(crate) struct Outcome {
    pub(crate) answers: Vec<Answer>,
    pub(crate) fate: Fate,
    /// Body of the last answer.
    pub(crate) body: Option<Vec<u8>>,
}

/// One answer: its possible statuses, and whether it comes without a body.
pub(crate) struct Answer {
    pub(crate) statuses: Vec<u16>,
    pub(crate) is_head: bool,
}

/// What becomes of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Close,
    Keep,
    Wait,
}

/// Every case of every table.
pub(crate) fn all() -> Vec<Case> {
    TABLES.iter().flat_map(|table| read_table(table)).collect()
}

fn read_table(table: &str) -> Vec<Case> {
    let mut lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut cases = Vec::new();
    while let Some(title) = lines.next() {
        let bytes = lines.next().and_then(|line| line.strip_prefix("  "));
        cases.push(read_case(title, bytes.unwrap_or_else(|| panic!("no bytes after {title:?}"))));
    }
    cases
}

fn read_case(title: &str, bytes: &str) -> Case {
    let columns: Vec<_> = title.split(" | ").collect();
    let [name, expected, source] = columns[..] else { panic!("not three columns: {title:?}") };
    Case {
        name: name.to_owned(),
        source: source.to_owned(),
        bytes: unescape(&expand(bytes)),
        expected: Expected { outcomes: expected.split(" or ").map(read_outcome).collect(), text: expected.to_owned() },
    }
}

fn read_outcome(text: &str) -> Outcome {
    let (text, body) = text.split_once(" = ").map_or((text, None), |(text, body)| (text, Some(unescape(body))));
    let mut words: Vec<_> = text.split(' ').collect();
    let fate = match words.pop() {
        Some("close") => Fate::Close,
        Some("keep") => Fate::Keep,
        Some("wait") => Fate::Wait,
        other => panic!("{other:?} is no fate"),
    };
    Outcome { answers: words.into_iter().map(read_answer).collect(), fate, body }
}

fn read_answer(word: &str) -> Answer {
    let statuses = word.trim_end_matches('h').split('/').map(|status| status.parse().unwrap());
    Answer { statuses: statuses.collect(), is_head: word.ends_with('h') }
}

/// Puts text in the place of what stands in braces.
fn expand(text: &str) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (inside, after) = rest.split_once('}').unwrap_or_else(|| panic!("no end of braces in {text:?}"));
    let middle = match inside {
        "echo" => r"POST /echo HTTP/1.1\r\nHost: m\r\n".to_owned(),
        "chunked" => r"POST /echo HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        _ => {
            let (part, times) = inside.rsplit_once('*').unwrap_or_else(|| panic!("{inside:?} is not known"));
            part.repeat(times.parse().unwrap())
        }
    };
    format!("{before}{middle}{}", expand(after))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => bytes.push(escaped(&mut chars)),
            _ => bytes.push(u8::try_from(c).unwrap()),
        }
    }
    bytes
}

fn escaped(chars: &mut Peekable<Chars>) -> u8 {
    match chars.next() {
        Some('r') => b'\r',
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some('0') => 0,
        Some('\\') => b'\\',
        Some('x') => u8::from_str_radix(&chars.by_ref().take(2).collect::<String>(), 16).unwrap(),
        other => panic!("{other:?} is no escape"),
    }
}

impl Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}
