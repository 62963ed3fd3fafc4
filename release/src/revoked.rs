//! `revoked`: releases and keys that count no more.
//!
//! A text: `lineshot-revoked-1 2026-11-25T10:00:00Z`, the time of issue, then a line each: `release <sha256>` or
//! `key SHA256:<fingerprint>`. One line that cannot be read spoils the list, and then nothing is released.

use std::collections::BTreeSet;

use lineshot_domain::Wall;

const HEADER: &str = "lineshot-revoked-1";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) releases: BTreeSet<String>,
    pub(crate) keys: BTreeSet<String>,
    /// When it was issued.
    pub(crate) at: Option<Wall>,
}

/// The number of the line that is wrong.
pub(crate) fn read(text: &str) -> Result<Revoked, usize> {
    let mut lines = text.lines();
    let at = lines.next().and_then(|line| line.strip_prefix(HEADER)).and_then(|at| at.trim().parse().ok());
    let at: jiff::Timestamp = at.ok_or(1_usize)?;
    let mut revoked = Revoked { at: Some(Wall::from_unix_ms(at.as_millisecond())), ..Revoked::default() };
    for (index, line) in lines.enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(' ') {
            Some(("release", hash)) if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                revoked.releases.insert(hash.to_ascii_lowercase());
            }
            Some(("key", print)) if print.starts_with("SHA256:") && !print.contains(' ') => {
                revoked.keys.insert(print.to_owned());
            }
            _ => return Err(index + 2),
        }
    }
    Ok(revoked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_a_whole_or_not_at_all() {
        let hash = "AB".repeat(32);
        let text =
            format!("lineshot-revoked-1 2026-11-25T10:00:00Z\n# lost\nrelease {hash}\n\nkey SHA256:abc\n");
        let revoked = read(&text).unwrap();
        assert!(revoked.releases.contains(&hash.to_lowercase()) && revoked.keys.contains("SHA256:abc"));
        for (text, line) in [
            ("", 1),
            ("lineshot-revoked-1\n", 1),
            ("lineshot-revoked-1 2026-11-25T10:00:00Z\nrelease abc\n", 2),
            ("lineshot-revoked-1 2026-11-25T10:00:00Z\n\nkey MD5:abc\n", 3),
            ("lineshot-revoked-1 2026-11-25T10:00:00Z\nrelease\n", 2),
        ] {
            assert_eq!(read(text), Err(line), "{text:?}");
        }
    }
}
