//! Any bytes as a head: never a panic, a result that stays the same, and nothing accepted that others could read otherwise.
#![no_main]

use libfuzzer_sys::fuzz_target;
use gateway::Limits;
use gateway::http1::framing::Framing;
use gateway::http1::head;

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default();
    let (mut read, mut space) = (input.to_vec(), head::space());
    let Ok(Some(head)) = head::read(&mut read, &mut space, &limits) else { return };
    let taken = &input[..head.length];
    assert!(taken.len() <= limits.max_head_bytes + 2 * input.len() && taken.ends_with(b"\r\n\r\n"));
    assert!(head.headers.len() <= limits.max_fields && head.path.len() <= limits.max_target_bytes + 1);
    assert!(head.path.bytes().all(|byte| byte.is_ascii_graphic()));
    for (at, byte) in taken.iter().enumerate() {
        assert!(*byte != b'\n' || taken[at - 1] == b'\r', "a bare LF was accepted");
        assert!(*byte != b'\r' || taken[at + 1] == b'\n', "a bare CR was accepted");
        assert!(*byte >= b' ' || b"\r\n\t".contains(byte), "a control character was accepted");
    }
    let count = |name: &str| head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).count();
    assert!(count("host") == 1 || (head.minor == 0 && count("host") == 0));
    assert!(count("content-length") <= 1);
    match head.framing {
        Framing::Chunked => assert!(count("content-length") == 0 && count("transfer-encoding") >= 1 && head.minor == 1),
        Framing::Length(_) => assert_eq!(count("transfer-encoding"), 0),
    }
    let (length, mut copy, mut space) = (head.length, taken.to_vec(), head::space());
    let again = head::read(&mut copy, &mut space, &limits);
    assert!(again.is_ok_and(|again| again.is_some_and(|again| again.length == length)), "the result changed");
});
