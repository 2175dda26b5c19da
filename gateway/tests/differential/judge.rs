//! Holds what the gateway understood of a stream against what another server did.

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
pub(crate) fn judge(
    stream: &Stream,
    peer: Peer,
    gateway: &Understood,
    theirs: &Understood,
) -> Result<Judgement, String> {
    let same = gateway.taken.iter().zip(&theirs.taken).take_while(|(ours, theirs)| ours == theirs).count();
    let fail = |what: &str| Err(format!("{what}: the gateway understood {gateway:?}, {peer:?} {theirs:?}"));
    // Where an oddity stands alone, its row says what the gateway does, whatever the others do.
    if let Some(oddity) = (0..gateway.taken.len()).find_map(|number| stream.only_oddity(number))
        && oddity.gateway == Verdict::Reject
    {
        return fail(&format!("{} ({}) was taken", oddity.name, oddity.reason));
    }
    if same < gateway.taken.len().min(theirs.taken.len()) {
        return fail("a request was understood in two ways");
    }
    let ordering = gateway.taken.len().cmp(&theirs.taken.len());
    let explained = stream.oddities(same).any(|oddity| oddity.explains(peer, ordering));
    match ordering {
        Ordering::Equal => Ok(Judgement::Same),
        Ordering::Less if explained => Ok(Judgement::MoteIsStricter),
        Ordering::Greater if explained => Ok(Judgement::MoteIsMilder),
        _ => fail("no oddity is the reason"),
    }
}
