//! Any bytes as a body, in any pieces: never a panic, never more than the cap, and the same body in one piece.
#![no_main]

use libfuzzer_sys::fuzz_target;
use gateway::http1::body::Body;
use gateway::http1::framing::Framing;

const CAP: usize = 512;

// The first two bytes choose the framing and the size of the pieces.
fuzz_target!(|input: &[u8]| {
    let [kind, size, input @ ..] = input else { return };
    let framing = if *kind == 0 { Framing::Chunked } else { Framing::Length(u64::from(*kind)) };
    let whole = read(framing, input, input.len().max(1));
    let pieces = read(framing, input, usize::from(*size).max(1));
    assert_eq!(whole, pieces);
    if let Some((body, taken, _)) = whole {
        assert!(body.len() <= CAP && taken <= input.len());
    }
});

fn read(framing: Framing, input: &[u8], size: usize) -> Option<(Vec<u8>, usize, bool)> {
    let mut body = Body::new(framing, CAP).ok()?;
    let (mut out, mut taken) = (Vec::new(), 0);
    for piece in input.chunks(size) {
        let used = body.feed(piece, &mut out).ok()?;
        taken += used;
        // A body that is not done has to take every byte it is given.
        assert!(used == piece.len() || body.is_done());
        if body.is_done() {
            break;
        }
    }
    Some((out, taken, body.is_done()))
}
