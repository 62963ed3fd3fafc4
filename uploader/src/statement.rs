//! What the uploader vouches for: one visit's pictures and facts, as lines of text under a signature that anybody's
//! `ssh-keygen` can check.
//!
//! The lines with hashes are those of `sha256sum`, so that `sha256sum --check` reads the statement as it stands.
//! Ed25519 (RFC 8032) is deterministic: the same facts have the same signature in every revision of a record.

use std::fmt::Write as _;

use lineshot_spool::{AlbumKey, RecordFacts, ViewFacts};
use serde::{Deserialize, Serialize};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::record::{PictureRecord, TakenRecord};

/// What an album's statements are signed as (PROTOCOL.sshsig).
pub const ALBUM_NAMESPACE: &str = "lineshot-album";

/// A statement and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Lines of text, each ended.
    pub statement: String,
    /// As of `ssh-keygen -Y sign -n lineshot-album`.
    pub signature: String,
}

/// Signs statements for albums.
pub struct Signer(PrivateKey);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// Signs by this key.
    pub fn new(key: &AlbumKey) -> Signer {
        let pair = KeypairData::from(Ed25519Keypair::from_seed(key.seed()));
        Signer(PrivateKey::new(pair, ALBUM_NAMESPACE).expect("a key of its own is not encrypted"))
    }

    /// The public half in one line, as in `allowed_signers` behind whose it is.
    pub fn public_line(&self) -> String {
        self.0.public_key().to_openssh().expect("an ed25519 key can be written down")
    }

    /// Signs what is told of a view's pictures.
    pub(crate) fn sign(
        &self,
        record: &RecordFacts,
        view: &ViewFacts,
        taken: &TakenRecord,
        pictures: &[PictureRecord],
    ) -> Signed {
        let statement = statement(record, view, taken, pictures);
        let signature = self
            .0
            .sign(ALBUM_NAMESPACE, HashAlg::Sha512, statement.as_bytes())
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .expect("an ed25519 key signs whatever it is given");
        Signed { statement, signature }
    }
}

fn statement(
    record: &RecordFacts,
    view: &ViewFacts,
    taken: &TakenRecord,
    pictures: &[PictureRecord],
) -> String {
    let facts = &view.facts;
    let mut lines = String::from("lineshot-album 1\n");
    for (name, value) in [
        ("site", record.site.to_string()),
        ("agent", record.agent.to_string()),
        ("album", record.id.album.to_string()),
        ("station", record.id.station.to_string()),
        ("view", facts.view.to_string()),
        ("id", facts.id.to_string()),
        ("taken", format!("{} {}", taken.from, taken.to)),
        ("release", facts.release.clone().unwrap_or_else(|| "unreleased".to_owned())),
        ("simulated", if facts.simulated { "yes" } else { "no" }.to_owned()),
        ("thumbhash", facts.thumbhash.clone().unwrap_or_else(|| "none".to_owned())),
    ] {
        let _infallible = writeln!(lines, "{name} {value}");
    }
    for picture in pictures {
        let _infallible = writeln!(lines, "{}  {}", picture.sha256, picture.key);
    }
    lines
}
