//! The installed units: whether they run, and may reach what the configuration names.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::Path;
use std::process::Command;

use crate::Finding;

const CHECK: &str = "units";

/// Something that a daemon has to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Such as `the broker`.
    pub what: String,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Whether the unit of this name runs, starts with this PC, and may reach all of it.
pub fn unit(name: &str, reached: &[Reached]) -> Finding {
    if !Path::new("/run/systemd/system").is_dir() {
        return Finding::skipped(CHECK, "there is no systemd here");
    }
    let asked = Command::new("systemctl")
        .args(["show", name, "--property=LoadState,ActiveState,UnitFileState,IPAddressAllow,NRestarts"])
        .output();
    let text = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let addresses: Vec<(String, IpAddr)> = reached.iter().flat_map(addresses).collect();
    unit_of(name, &text, &addresses)
}

/// None, if the name is not known: that is told of where it is to be reached.
fn addresses(reached: &Reached) -> Vec<(String, IpAddr)> {
    let found = (reached.host.as_str(), reached.port).to_socket_addrs().into_iter().flatten();
    found.map(|address| (reached.what.clone(), address.ip())).collect()
}

/// By what `systemctl show` says.
fn unit_of(name: &str, shown: &str, reached: &[(String, IpAddr)]) -> Finding {
    let value = |key: &str| {
        shown
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
            .unwrap_or_default()
            .to_owned()
    };
    if value("LoadState") != "loaded" {
        let mend = "install it (`systemctl` knows it then), or go on without for a trial";
        return Finding::warning(CHECK, format!("{name} is not installed as a unit"), mend);
    }
    let allowed = value("IPAddressAllow");
    if let Some((what, address)) = reached.iter().find(|(_, address)| !allows(&allowed, *address)) {
        let mend = format!(
            "add IPAddressAllow={address} to a drop-in (`systemctl edit {name}`), as the unit's first lines show"
        );
        return Finding::failed(CHECK, format!("{name} may not reach {what} at {address}"), mend);
    }
    if value("ActiveState") != "active" {
        let mend = format!("`systemctl start {name}`; if it ends, `journalctl -u {name}` says why");
        return Finding::failed(CHECK, format!("{name} does not run"), mend);
    }
    if value("UnitFileState") != "enabled" {
        let mend = format!("`systemctl enable {name}`");
        return Finding::warning(CHECK, format!("{name} runs, but does not start with this PC"), mend);
    }
    match value("NRestarts").as_str() {
        "" | "0" => {
            Finding::ok(CHECK, format!("{name} runs, starts with this PC, and may reach all it has to"))
        }
        count => {
            let mend = format!("`journalctl -u {name}` says why");
            Finding::warning(CHECK, format!("{name} runs, and was started anew {count} times since"), mend)
        }
    }
}

/// Whether one of the prefixes, as `systemctl show` writes them (`10.0.0.0/8 ::1/128`), has this address.
fn allows(prefixes: &str, address: IpAddr) -> bool {
    prefixes.split_whitespace().any(|prefix| {
        let Some((network, length)) = prefix.split_once('/') else { return false };
        match (network.parse(), length.parse(), address) {
            (Ok(IpAddr::V4(network)), Ok(length @ 0..=32), IpAddr::V4(address)) => {
                same(u128::from(network.to_bits()), u128::from(address.to_bits()), 32 - length)
            }
            (Ok(IpAddr::V6(network)), Ok(length @ 0..=128), IpAddr::V6(address)) => {
                same(network.to_bits(), address.to_bits(), 128 - length)
            }
            _ => false,
        }
    })
}

/// But for the last bits.
fn same(network: u128, address: u128, last: u32) -> bool {
    let first = |bits: u128| bits.checked_shr(last).unwrap_or(0);
    first(network) == first(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_unit_is_told_of_by_the_worst_that_is_known() {
        let good = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nIPAddressAllow=10.0.0.0/29\nNRestarts=0\n";
        let reached = [("the broker".to_owned(), "10.0.0.5".parse().unwrap())];
        for (from, to, verdict, part) in [
            ("", "", Verdict::Ok, "runs, starts with this PC"),
            ("=loaded", "=not-found", Verdict::Warning, "is not installed"),
            ("=10.0.0.0/29", "=", Verdict::Failed, "may not reach the broker at 10.0.0.5"),
            ("=10.0.0.0/29", "=10.0.0.0/30 ::/0", Verdict::Failed, "may not reach the broker"),
            ("=active", "=failed", Verdict::Failed, "does not run"),
            ("=enabled", "=disabled", Verdict::Warning, "does not start with this PC"),
            ("NRestarts=0", "NRestarts=3", Verdict::Warning, "anew 3 times"),
        ] {
            let finding = unit_of("lineshot-agent", &good.replace(from, to), &reached);
            assert!(finding.verdict == verdict && finding.found.contains(part), "{finding:?}");
        }
        assert_eq!(unit_of("x", "", &[]).verdict, Verdict::Warning);
    }

    #[test]
    fn a_prefix_has_the_addresses_that_begin_like_it() {
        for (prefixes, address, has) in [
            ("10.0.0.5/32", "10.0.0.5", true),
            ("10.0.0.5/32", "10.0.0.4", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "::1", false),
            ("127.0.0.0/8 ::1/128", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("10.0.0.0/33", "10.0.0.0", false),
            ("any", "10.0.0.0", false),
        ] {
            assert_eq!(allows(prefixes, address.parse().unwrap()), has, "{prefixes} {address}");
        }
    }
}
