//! Who sent a request, when proxies stand in between.

use std::net::IpAddr;

use gateway::AccessRecord;

/// The entry of `X-Forwarded-For` that the outermost trusted hop wrote: the client as that hop saw it. What stands left
/// of it any client may have written; with fewer entries than trusted hops, trusted ones wrote them all. Where there is
/// none, or one that is no address, it is the peer.
pub(super) fn address(record: &AccessRecord<'_>, trusted_hops: usize) -> IpAddr {
    let peer = record.peer.ip();
    let entries = record.forwarded_for.as_deref().unwrap_or_default().rsplit(',').map(str::trim);
    // Empty members of a list do not count (RFC 9110, section 5.6.1).
    let trusted = entries.filter(|entry| !entry.is_empty()).take(trusted_hops).last();
    trusted.and_then(parse).unwrap_or(peer)
}

/// An address, with a port where the proxy is told to write one.
fn parse(entry: &str) -> Option<IpAddr> {
    let without_port = || entry.rsplit_once(':').map_or(entry, |(host, _)| host);
    entry.parse().ok().or_else(|| without_port().trim_start_matches('[').trim_end_matches(']').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_may_have_a_port() {
        let right: [IpAddr; 2] = ["203.0.113.7".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert_eq!(["203.0.113.7", "2001:db8::1"].map(parse), right.map(Some));
        assert_eq!(["203.0.113.7:4711", "[2001:db8::1]:4711"].map(parse), right.map(Some));
        assert_eq!(["", "unknown", "_hidden", "example.com:80"].map(parse), [None; 4]);
    }
}
