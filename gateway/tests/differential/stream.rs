//! Streams of requests, some of them odd, some cut short.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;

use crate::oddities::{ODDITIES, Oddity};
use crate::request::{self, Parts};

/// Requests that follow each other on a connection.
#[derive(Clone)]
pub(crate) struct Stream {
    requests: Vec<(Parts, Vec<&'static Oddity>)>,
    /// So many bytes of the last request are missing.
    missing: usize,
}

pub(crate) fn generated() -> impl Strategy<Value = Stream> {
    let missing = prop_oneof![9 => Just(0), 1 => 1_usize..100];
    (prop::collection::vec(odd_request(), 1..5), missing).prop_map(|(requests, missing)| Stream { requests, missing })
}

/// A request with at most one oddity of each place.
fn odd_request() -> impl Strategy<Value = (Parts, Vec<&'static Oddity>)> {
    let oddity = || select(ODDITIES.iter().collect::<Vec<_>>());
    let number = prop_oneof![6 => Just(0_usize), 3 => Just(1), 1 => Just(2)];
    (request::plain(), oddity(), oddity(), number).prop_map(|(mut parts, first, second, number)| {
        let mut oddities = [first, second][..number].to_vec();
        oddities.dedup_by_key(|oddity| oddity.place);
        for oddity in &oddities {
            (oddity.make)(&mut parts);
        }
        (parts, oddities)
    })
}

impl Stream {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.requests.iter().flat_map(|(parts, _)| parts.bytes()).collect();
        bytes.truncate(bytes.len() - self.missing.min(bytes.len()));
        bytes
    }

    /// The oddities of the requests up to the one with this number.
    pub(crate) fn oddities(&self, last: usize) -> impl Iterator<Item = &'static Oddity> {
        self.requests.iter().take(last + 1).flat_map(|(_, oddities)| oddities.iter().copied())
    }

    /// The one oddity of a request that has no other and follows none.
    pub(crate) fn only_oddity(&self, number: usize) -> Option<&'static Oddity> {
        let mut oddities = self.oddities(number);
        let first = oddities.next().filter(|_| oddities.next().is_none())?;
        let own = &self.requests.get(number)?.1;
        own.iter().any(|oddity| oddity.name == first.name).then_some(first)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.oddities(usize::MAX - 1).map(|oddity| oddity.name).collect();
        write!(f, "{names:?} in \"{}\"", self.bytes().escape_ascii())
    }
}
