//! The address of a client, behind proxies or not.
//!
//! Owns how far `X-Forwarded-For` is believed: no further than the proxies that are configured as
//! trusted. Knows nothing of requests and sockets.

use std::net::{IpAddr, SocketAddr};

use natter_runtime::config::{GatewayConfig, Network};

/// Tells clients' addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientAddresses {
    hops: usize,
    proxies: Vec<Network>,
}

impl ClientAddresses {
    pub(crate) fn new(config: &GatewayConfig) -> Self {
        Self { hops: config.trusted_hops.into(), proxies: config.trusted_proxies.clone() }
    }

    /// The client's address, by the address at the other end of the connection and all of its
    /// `X-Forwarded-For`, joined by commas.
    ///
    /// Each proxy appends whom it was called by, so the list is walked from its end: one entry a
    /// trusted hop, and no further than an entry that is no address, or whose proxy is not trusted.
    pub(crate) fn of(&self, remote: IpAddr, forwarded_for: Option<&str>) -> IpAddr {
        let mut client = remote.to_canonical();
        let entries = forwarded_for.unwrap_or_default().rsplit(',');
        for entry in entries.take(self.hops) {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = parse(entry.trim()) else { break };
            client = address;
        }
        client
    }

    fn trusts(&self, proxy: IpAddr) -> bool {
        self.proxies.is_empty() || self.proxies.iter().any(|network| network.contains(proxy))
    }
}

/// An address, with or without a port, as proxies write it.
fn parse(entry: &str) -> Option<IpAddr> {
    let address = entry
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip()))
        .or_else(|_| entry.trim_start_matches('[').trim_end_matches(']').parse());
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(hops: u8, proxies: &[&str]) -> ClientAddresses {
        let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        ClientAddresses { hops: hops.into(), proxies }
    }

    #[track_caller]
    fn check(addresses: &ClientAddresses, remote: &str, forwarded_for: &str, expected: &str) {
        let found = addresses.of(remote.parse().unwrap(), Some(forwarded_for));
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{remote} for {forwarded_for:?}");
    }

    #[test]
    fn without_trusted_hops_the_header_is_not_looked_at() {
        check(&addresses(0, &[]), "10.0.0.1", "203.0.113.7", "10.0.0.1");
    }

    #[test]
    fn one_entry_is_believed_a_hop() {
        let one = addresses(1, &[]);
        check(&one, "10.0.0.1", "203.0.113.7", "203.0.113.7");
        check(&one, "10.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7");
        check(&one, "10.0.0.1", "", "10.0.0.1");
        check(&addresses(2, &[]), "10.0.0.1", "6.6.6.6,203.0.113.7,10.0.0.2", "203.0.113.7");
        check(&addresses(3, &[]), "10.0.0.1", "203.0.113.7", "203.0.113.7");
    }

    #[test]
    fn who_is_no_proxy_of_ours_speaks_for_nobody() {
        let ours = addresses(2, &["10.0.0.0/8"]);
        check(&ours, "203.0.113.9", "6.6.6.6", "203.0.113.9");
        check(&ours, "10.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7");
        check(&ours, "10.0.0.1", "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7");
        check(&ours, "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7");
    }

    #[test]
    fn entries_are_addresses_in_several_clothes() {
        let one = addresses(1, &[]);
        check(&one, "10.0.0.1", "203.0.113.7:4711", "203.0.113.7");
        check(&one, "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1");
        check(&one, "10.0.0.1", "[2001:db8::1]", "2001:db8::1");
        check(&one, "10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7");
        check(&one, "10.0.0.1", "203.0.113.7, unknown", "10.0.0.1");
    }
}
