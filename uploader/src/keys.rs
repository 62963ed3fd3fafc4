//! Where things are in the bucket: a contract (`docs/contract/README.md`).
//!
//! `[<prefix>/][unreleased/]albums/<album>/<station>/<public id>.jpg`, smaller sizes
//! `<public id>-<width>.jpg`, and the station record `[…]albums/<album>/<station>.json`. The same case
//! always has the same keys, so that a repeated PUT is harmless.

use lineshot_domain::PublicId;
use lineshot_spool::RecordId;

/// The layout below a prefix.
#[derive(Clone, Debug)]
pub struct Keys {
    root: String,
}

impl Keys {
    /// `prefix` is empty, or path segments without a slash at either end.
    pub fn below(prefix: &str) -> Keys {
        Keys { root: if prefix.is_empty() { String::new() } else { format!("{prefix}/") } }
    }

    /// The folder of an album, without a slash at the end.
    fn album(&self, id: &RecordId) -> String {
        let trial = if id.unreleased { "unreleased/" } else { "" };
        format!("{}{trial}albums/{}", self.root, id.album)
    }

    /// A station record.
    pub fn record(&self, id: &RecordId) -> String {
        format!("{}/{}.json", self.album(id), id.station)
    }

    /// A picture; `smaller` is the width of a smaller size.
    pub fn picture(&self, id: &RecordId, public: &PublicId, smaller: Option<u32>) -> String {
        format!("{}/{}", self.album(id), picture_in_album(id, public, smaller))
    }
}

/// A picture's key relative to its album's folder.
pub(crate) fn picture_in_album(id: &RecordId, public: &PublicId, smaller: Option<u32>) -> String {
    match smaller {
        None => format!("{}/{public}.jpg", id.station),
        Some(width) => format!("{}/{public}-{width}.jpg", id.station),
    }
}

#[cfg(test)]
mod tests {
    use lineshot_domain::{AlbumId, StationId};

    use super::*;

    /// The frozen contract: these lines may never change.
    #[test]
    fn keys_are_a_contract() {
        let public = PublicId::parse("0123456789abcdef").unwrap();
        let mut lines = Vec::new();
        for (prefix, unreleased) in [("", false), ("", true), ("plant/7", true)] {
            let keys = Keys::below(prefix);
            let id = RecordId {
                unreleased,
                album: AlbumId::parse(&"ab".repeat(16)).unwrap(),
                station: StationId::parse("marriage").unwrap(),
            };
            lines.push(keys.record(&id));
            lines.push(keys.picture(&id, &public, None));
            lines.push(keys.picture(&id, &public, Some(480)));
        }
        let golden: Vec<&str> = include_str!("../golden/keys.txt").lines().collect();
        assert_eq!(lines, golden);
    }
}
