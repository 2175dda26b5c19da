//! The reader of bodies.

use gateway::Rejection;
use gateway::http1::body::Body;
use gateway::http1::framing::Framing;
use proptest::prelude::*;

const CAP: usize = 1000;

/// Feeds the input in pieces that end at the cuts; gives the body, the bytes that were taken and whether it is whole.
fn read(framing: Framing, input: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, usize, bool), Rejection> {
    let mut body = Body::new(framing, CAP)?;
    let (mut out, mut taken) = (Vec::new(), 0);
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut % (input.len() + 1)).chain([input.len()]).collect();
    ends.sort_unstable();
    for end in ends {
        if taken < end && !body.is_done() {
            taken += body.feed(&input[taken..end], &mut out)?;
        }
    }
    Ok((out, taken, body.is_done()))
}

fn chunked(chunks: &[Vec<u8>], last: &str) -> Vec<u8> {
    let chunks = chunks.iter().filter(|chunk| !chunk.is_empty());
    let coded = chunks.flat_map(|chunk| [format!("{:X};a=\"b\"\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    coded.chain(last.bytes()).collect()
}

fn almost() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"3\r\nabc\r\n".to_vec()),
        Just(b"0\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"a;x=y\r\n".to_vec()),
        Just(b"Trailer: x\r\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_body_is_the_same_in_whatever_pieces_it_comes(
        input in almost(), length in 0_u64..40, is_chunked: bool, cuts in prop::collection::vec(any::<usize>(), 0..8),
    ) {
        let framing = if is_chunked { Framing::Chunked } else { Framing::Length(length) };
        prop_assert_eq!(read(framing, &input, &cuts), read(framing, &input, &[]));
    }

    #[test]
    fn chunks_come_out_as_they_went_in_and_what_follows_is_left_alone(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..16), next in "[ -~]{0,30}",
    ) {
        let coded = chunked(&chunks, "0\r\nTrailer: x\r\n\r\n");
        let input = [&coded, next.as_bytes()].concat();
        prop_assert_eq!(read(Framing::Chunked, &input, &[]), Ok((chunks.concat(), coded.len(), true)));
    }

    #[test]
    fn no_body_is_ever_larger_than_its_cap(input in prop::collection::vec(any::<u8>(), 0..1500), size in 0_usize..4000) {
        for framing in [Framing::Length(size as u64), Framing::Chunked] {
            let coded = [format!("{size:x}\r\n").as_bytes(), &input].concat();
            let fed = if framing == Framing::Chunked { &coded } else { &input };
            match read(framing, fed, &[]) {
                Ok((out, ..)) => prop_assert!(out.len() <= CAP && size <= CAP),
                Err(rejection) => prop_assert!(size > CAP || rejection == Rejection::BadChunk),
            }
        }
    }

    #[test]
    fn a_chunk_that_does_not_end_where_it_said_is_refused(chunk in prop::collection::vec(any::<u8>(), 1..50), off in 1_usize..5) {
        for size in [chunk.len() + off, chunk.len().saturating_sub(off)] {
            let plain = chunk.iter().all(|byte| !b"\r\n".contains(byte));
            prop_assume!(size > 0 && plain);
            let input = [format!("{size:x}\r\n").as_bytes(), &chunk, b"\r\n0\r\n\r\n0\r\n\r\n"].concat();
            prop_assert_eq!(read(Framing::Chunked, &input, &[]), Err(Rejection::BadChunk));
        }
    }
}

#[test]
fn sizes_that_others_may_read_otherwise_are_refused() {
    for line in [
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "0x1",
        "1_0",
        "g",
        "11111111111111111",
        "1;",
        "1;=x",
        "1;a=",
        "1;a=\"b",
        "1;a b",
        "1;a=\u{1}",
        "1,",
        "1\r",
        "1\n1",
        "1;\"a\"",
    ] {
        let input = format!("{line}\r\na\r\n0\r\n\r\n");
        assert_eq!(read(Framing::Chunked, input.as_bytes(), &[]), Err(Rejection::BadChunk), "{line:?}");
    }
}

#[test]
fn trailers_are_checked_bounded_and_dropped() {
    let read =
        |trailers: &str| read(Framing::Chunked, format!("0\r\n{trailers}\r\n").as_bytes(), &[]).map(|body| body.2);
    assert_eq!(read("A: b\r\nC:\r\n"), Ok(true));
    for bad in ["A : b\r\n", ": b\r\n", "A\r\n", " A: b\r\n", "A: b\n", "A: \u{1}\r\n"] {
        assert_eq!(read(bad), Err(Rejection::BadChunk), "{bad:?}");
    }
    for large in ["A: b\r\n".repeat(33), format!("A: {}\r\n", "x".repeat(1100))] {
        assert_eq!(read(&large), Err(Rejection::TrailersTooLarge));
    }
}
