//! Which addresses a scenario's HTTP requests may reach. A scenario that can
//! be talked into fetching a URL must not become a way into the own network
//! or a cloud's metadata service (security.md, "Webhook SSRF"), so private
//! addresses are refused unless the configuration names the host.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Url;

/// `host:port` pairs that are allowed though their address is private.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    allowed: BTreeSet<String>,
}

impl Reach {
    /// `hosts` as configured: `host:port`, or `host` for any port.
    pub(crate) fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        Self {
            allowed: hosts
                .into_iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        }
    }

    /// Whether the configuration names this URL's host.
    pub(crate) fn is_allowed(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        self.allows_host(host, url.port_or_known_default().unwrap_or(0))
    }

    /// Whether the configuration names this host, for this port or for any.
    pub(crate) fn allows_host(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        self.allowed.contains(&host) || self.allowed.contains(&format!("{host}:{port}"))
    }

    /// The pair that allows exactly the host and port of a base URL.
    pub(crate) fn pair_of(base: &str) -> Option<String> {
        let url = Url::parse(base).ok()?;
        Some(format!(
            "{}:{}",
            url.host_str()?.to_ascii_lowercase(),
            url.port_or_known_default()?
        ))
    }
}

/// Whether anyone on the internet could have this address: the complement of
/// RFC 6890's special-purpose ranges.
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocol = a == 192 && b == 0 && c == 0;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || shared
        || benchmark
        || protocol)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(ip) {
        return is_public_v4(v4);
    }
    let first = ip.segments()[0];
    // Global unicast is 2000::/3; documentation and the deprecated 6to4 and
    // Teredo tunnels inside it reach places that we cannot judge.
    let global = first & 0xe000 == 0x2000;
    let documentation = first == 0x2001 && ip.segments()[1] == 0x0db8;
    let tunnel = first == 0x2002 || (first == 0x2001 && ip.segments()[1] == 0);
    global && !documentation && !tunnel
}

/// An IPv4 address written as IPv6: mapped (`::ffff:a.b.c.d`), compatible
/// (`::a.b.c.d`) or NAT64 (`64:ff9b::/96`).
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = ip.segments();
    let nat64 = segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    if nat64 {
        let [a, b] = segments[6].to_be_bytes();
        let [c, d] = segments[7].to_be_bytes();
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    ip.to_ipv4()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_not_public() {
        let table = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "203.0.113.9",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
        ];
        for text in table {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_public() {
        for text in [
            "8.8.8.8",
            "1.1.1.1",
            "93.184.216.34",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_pair_allows_that_port_only_and_a_host_any_port() {
        let reach = Reach::new(["127.0.0.1:8080".into(), "Crm.Local".into()]);
        let allowed = |text: &str| reach.is_allowed(&Url::parse(text).unwrap());
        assert!(allowed("http://127.0.0.1:8080/api"));
        assert!(!allowed("http://127.0.0.1:8090/"));
        assert!(!allowed("http://127.0.0.1/"));
        assert!(allowed("https://crm.local:99/"));
        assert!(!allowed("http://127.0.0.1:8080@example.com/"));
    }
}
