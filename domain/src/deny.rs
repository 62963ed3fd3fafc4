//! The deny list: albums that nothing may be added to.
//!
//! Its text is one line `lineshot-deny-1 <RFC 3339 time of issue>` and then one album a line (32
//! hexadecimal digits, as `lineshot album` prints them); blank lines and what follows `#` do not count.
//! It holds pseudonyms alone, so that it may lie on a broker.

use std::collections::HashSet;

use crate::{AlbumId, Wall};

/// First word of a deny list, with its version.
const LABEL: &str = "lineshot-deny-1";

/// What is wrong with a deny list. Never repeats its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DenyError {
    /// Its first line is another.
    #[error("the first line must be `{LABEL}`, a blank, and the time of issue, such as 2026-11-23T10:00:00Z")]
    Heading,
    /// A line is no album.
    #[error("line {0} is no album: write 32 hexadecimal digits, as `lineshot album` prints them")]
    Line(usize),
}

/// A deny list as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyList {
    issued: Wall,
    albums: HashSet<AlbumId>,
}

impl DenyList {
    /// Reads the text of a list.
    ///
    /// # Errors
    /// [`DenyError`]: one wrong line spoils the whole list, since it may have been the one that counts.
    pub fn parse(text: &str) -> Result<DenyList, DenyError> {
        let mut lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let heading = lines.next().and_then(|line| line.strip_prefix(LABEL)).ok_or(DenyError::Heading)?;
        let issued: jiff::Timestamp = heading.trim().parse().map_err(|_| DenyError::Heading)?;
        let mut albums = HashSet::new();
        for (index, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            albums.insert(AlbumId::parse(line).map_err(|_| DenyError::Line(index + 2))?);
        }
        Ok(DenyList { issued: Wall::from_unix_ms(issued.as_millisecond()), albums })
    }

    /// When it was issued.
    pub fn issued(&self) -> Wall {
        self.issued
    }

    /// The albums.
    pub fn albums(&self) -> &HashSet<AlbumId> {
        &self.albums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALBUM: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_list_has_a_time_of_issue_and_albums() {
        let list =
            DenyList::parse(&format!("lineshot-deny-1 2026-11-23T10:00:00Z\n\n{ALBUM} # a car\n")).unwrap();
        assert_eq!(list.issued().unix_ms(), 1_795_428_000_000);
        assert!(list.albums().contains(&AlbumId::parse(ALBUM).unwrap()));
        assert!(DenyList::parse("lineshot-deny-1 2026-11-23T10:00:00Z").unwrap().albums().is_empty());
    }

    #[test]
    fn one_wrong_line_spoils_the_list() {
        for (text, want) in [
            (String::new(), DenyError::Heading),
            (ALBUM.to_owned(), DenyError::Heading),
            ("lineshot-deny-1 yesterday".to_owned(), DenyError::Heading),
            (format!("lineshot-deny-1 2026-11-23T10:00:00Z\n{ALBUM}\n4711"), DenyError::Line(3)),
        ] {
            assert_eq!(DenyList::parse(&text), Err(want), "{text}");
        }
    }
}
