//! Holds what mote understood of a stream against what another server did.

use std::cmp::Ordering;

use crate::exchange::Understood;
use crate::oddities::Verdict;
use crate::peers::Peer;
use crate::stream::Stream;

/// How two servers agree, or why they need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Judgement {
    Same,
    MoteIsStricter,
    MoteIsMilder,
}

/// The error is for people.
pub(crate) fn judge(stream: &Stream, peer: Peer, mote: &Understood, theirs: &Understood) -> Result<Judgement, String> {
    let same = mote.taken.iter().zip(&theirs.taken).take_while(|(ours, theirs)| ours == theirs).count();
    let fail = |what: &str| Err(format!("{what}: mote understood {mote:?}, {peer:?} {theirs:?}"));
    // Where an oddity stands alone, its row says what mote does, whatever the others do.
    if let Some(oddity) = (0..mote.taken.len()).find_map(|number| stream.only_oddity(number))
        && oddity.mote == Verdict::Reject
    {
        return fail(&format!("{} ({}) was taken", oddity.name, oddity.reason));
    }
    if same < mote.taken.len().min(theirs.taken.len()) {
        return fail("a request was understood in two ways");
    }
    let ordering = mote.taken.len().cmp(&theirs.taken.len());
    let explained = stream.oddities(same).any(|oddity| oddity.explains(peer, ordering));
    match ordering {
        Ordering::Equal => Ok(Judgement::Same),
        Ordering::Less if explained => Ok(Judgement::MoteIsStricter),
        Ordering::Greater if explained => Ok(Judgement::MoteIsMilder),
        _ => fail("no oddity is the reason"),
    }
}
