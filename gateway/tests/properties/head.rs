//! The reader of heads.

use gateway::http1::framing::Framing;
use gateway::http1::head;
use gateway::{Limits, Rejection};
use proptest::prelude::*;

/// What matters of a head, without borrowing from it.
type Summary = (usize, String, String, u8, Framing);

fn read(input: &[u8]) -> Result<Option<Summary>, Rejection> {
    let (mut input, mut space) = (input.to_vec(), head::space());
    let head = head::read(&mut input, &mut space, &Limits::default())?;
    Ok(head.map(|head| (head.length, head.method.to_owned(), head.path.into_owned(), head.minor, head.framing)))
}

/// Bytes that are likely to be nearly a head.
fn almost() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("GET / HTTP/1.1\r\n".to_owned()),
        Just("Host: a\r\n".to_owned()),
        Just("Content-Length: 3\r\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just(" x\r\n".to_owned()),
        "[ -~]{0,20}\r\n",
        "\\PC{0,8}",
    ];
    let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![pieces, prop::collection::vec(any::<u8>(), 0..200)]
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("x-[a-z0-9!#$%&'*+.^_`|~-]{1,20}", "([!-~]([ -~\t]{0,30}[!-~])?)?"), 0..20)
}

fn text(method: &str, target: &str, fields: &[(String, String)]) -> String {
    let fields = fields.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect::<String>();
    format!("{method} {target} HTTP/1.1\r\nHost: example.com:80\r\n{fields}\r\n")
}

proptest! {
    #[test]
    fn a_verdict_stands_whatever_comes_after(input in almost(), cut in any::<prop::sample::Index>()) {
        let at = cut.index(input.len() + 1);
        match read(&input[..at]) {
            Ok(None) => {}
            Ok(Some(head)) => prop_assert_eq!(read(&input), Ok(Some(head))),
            Err(_) => prop_assert!(read(&input).is_err()),
        }
    }

    #[test]
    fn what_is_accepted_has_one_host_strict_lines_and_one_framing(input in almost()) {
        if let Ok(Some((length, ..))) = read(&input) {
            let head = String::from_utf8_lossy(&input[..length]).to_ascii_lowercase();
            let lines: Vec<_> = head.trim_start_matches("\r\n").split("\r\n").collect();
            prop_assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])));
            let count = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
            prop_assert!(count("host:") == 1 || lines[0].ends_with("http/1.0"));
            prop_assert!(count("content-length:") + count("transfer-encoding:") <= 1);
            prop_assert!(!lines.iter().any(|line| line.starts_with([' ', '\t'])));
        }
    }

    #[test]
    fn a_well_formed_head_is_read_as_it_was_meant(
        method in "[A-Z]{1,10}", target in "/[a-z0-9/._~?=&%-]{0,60}", fields in fields(), body in "[ -~]{0,40}",
    ) {
        prop_assume!(method != "CONNECT");
        let head = text(&method, &target, &fields);
        let right = (head.len(), method, target, 1, Framing::Length(0));
        prop_assert_eq!(read(format!("{head}{body}").as_bytes()), Ok(Some(right)));
    }

    #[test]
    fn a_control_character_anywhere_in_a_head_is_refused(
        fields in fields(), at in any::<prop::sample::Index>(), byte in prop_oneof![0_u8..9, 11_u8..13, 14_u8..32, Just(127)],
    ) {
        let mut head = text("GET", "/", &fields).into_bytes();
        head.insert(at.index(head.len() - 4), byte);
        prop_assert_eq!(read(&head), Err(Rejection::Malformed));
    }

    #[test]
    fn a_bare_line_end_anywhere_in_a_head_is_refused(
        fields in fields(), at in any::<prop::sample::Index>(), byte in prop_oneof![Just(b'\r'), Just(b'\n')],
    ) {
        let mut head = text("GET", "/", &fields).into_bytes();
        // Right after a CR an LF ends the line properly, and the CR of the line's own end becomes the bare one; before the
        // first byte there is no line yet.
        head.insert(1 + at.index(head.len() - 5), byte);
        prop_assert!(read(&head).is_err(), "{:?}", String::from_utf8_lossy(&head));
    }

    #[test]
    fn lengths_are_digits_or_refused(value in "[ -~]{0,12}") {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {value}\r\n\r\n");
        let digits = value.trim_matches(' ');
        let right = digits.parse::<u64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert_eq!(read(head.as_bytes()).ok().flatten().map(|head| head.4), right.map(Framing::Length));
    }
}
