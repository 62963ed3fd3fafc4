//! The agent's signing key and the uploader's pinned copy of its public half.
//!
//! Ed25519 (RFC 8032). Every signature is over a label, a NUL byte and the signed bytes, so that a
//! signature for one purpose is none for another.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// Signs a parcel's facts.
pub const PARCEL_LABEL: &str = "lineshot/parcel/1";
/// Signs the state file.
pub const STATE_LABEL: &str = "lineshot/state/1";

/// What is wrong with a key or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The random source of the system failed.
    #[error("the system gave no random bytes for a new key")]
    Random,
    /// The file's text is no key.
    #[error("a key is 64 hexadecimal digits")]
    Text,
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not fit: the bytes were changed, or signed by another agent's key")]
    Signature,
}

/// The 32 bytes of which an Ed25519 key is made.
type Seed = Zeroizing<[u8; 32]>;

fn fresh() -> Result<Seed, KeyError> {
    let mut seed = Seed::default();
    getrandom::fill(seed.as_mut()).map_err(|_| KeyError::Random)?;
    Ok(seed)
}

fn read(text: &str) -> Result<Seed, KeyError> {
    let mut seed = Seed::default();
    hex::decode_to_slice(text.trim_end(), seed.as_mut()).map_err(|_| KeyError::Text)?;
    Ok(seed)
}

fn written(seed: &Seed) -> Zeroizing<String> {
    let digits = Zeroizing::new(hex::encode(**seed));
    Zeroizing::new(format!("{}\n", *digits))
}

/// The agent's private key. Wiped when dropped; never printed.
pub struct AgentKey(SigningKey);

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentKey(…)")
    }
}

impl AgentKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<AgentKey, KeyError> {
        Ok(AgentKey(SigningKey::from_bytes(&*fresh()?)))
    }

    /// Reads the private key's file.
    ///
    /// # Errors
    /// [`KeyError::Text`].
    pub fn parse(text: &str) -> Result<AgentKey, KeyError> {
        Ok(AgentKey(SigningKey::from_bytes(&*read(text)?)))
    }

    /// The private key's file.
    pub(crate) fn secret_text(&self) -> Zeroizing<String> {
        written(&Zeroizing::new(self.0.to_bytes()))
    }

    /// The public key, as `state/agent.pub` has it.
    pub fn public_text(&self) -> String {
        format!("{}\n", hex::encode(self.0.verifying_key().as_bytes()))
    }

    /// Signs `bytes` for one purpose: 128 hexadecimal digits.
    pub fn sign(&self, label: &str, bytes: &[u8]) -> String {
        hex::encode(self.0.sign(&labelled(label, bytes)).to_bytes())
    }
}

/// The uploader's private key for albums, 32 bytes of an Ed25519 key. Wiped when dropped; never printed.
pub struct AlbumKey(Seed);

impl fmt::Debug for AlbumKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AlbumKey(…)")
    }
}

impl AlbumKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<AlbumKey, KeyError> {
        fresh().map(AlbumKey)
    }

    /// Reads the key's file.
    ///
    /// # Errors
    /// [`KeyError::Text`].
    pub fn parse(text: &str) -> Result<AlbumKey, KeyError> {
        read(text).map(AlbumKey)
    }

    /// The key's file.
    pub(crate) fn secret_text(&self) -> Zeroizing<String> {
        written(&self.0)
    }

    /// The secret, to sign by.
    pub fn seed(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The public key that the uploader believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedKey(VerifyingKey);

impl PinnedKey {
    /// Reads a public key's file.
    ///
    /// # Errors
    /// [`KeyError::Text`].
    pub fn parse(text: &str) -> Result<PinnedKey, KeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim_end(), &mut bytes).map_err(|_| KeyError::Text)?;
        VerifyingKey::from_bytes(&bytes).map(PinnedKey).map_err(|_| KeyError::Text)
    }

    /// The key, as its file has it.
    pub(crate) fn text(&self) -> String {
        format!("{}\n", hex::encode(self.0.as_bytes()))
    }

    /// Whether `signature` (128 hexadecimal digits) is the agent's over `bytes` for this purpose.
    ///
    /// # Errors
    /// [`KeyError::Signature`].
    pub fn verify(&self, label: &str, bytes: &[u8], signature: &str) -> Result<(), KeyError> {
        let mut raw = [0; 64];
        hex::decode_to_slice(signature.trim_end(), &mut raw).map_err(|_| KeyError::Signature)?;
        let signature = Signature::from_bytes(&raw);
        self.0.verify_strict(&labelled(label, bytes), &signature).map_err(|_| KeyError::Signature)
    }
}

fn labelled(label: &str, bytes: &[u8]) -> Vec<u8> {
    [label.as_bytes(), b"\0", bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_key_one_purpose_and_these_bytes() {
        let (key, other) = (AgentKey::generate().unwrap(), AgentKey::generate().unwrap());
        let pinned = PinnedKey::parse(&key.public_text()).unwrap();
        let signature = key.sign(PARCEL_LABEL, b"facts");
        assert_eq!(pinned.verify(PARCEL_LABEL, b"facts", &signature), Ok(()));
        for (label, bytes, signature) in [
            (STATE_LABEL, &b"facts"[..], signature.clone()),
            (PARCEL_LABEL, b"fact", signature.clone()),
            (PARCEL_LABEL, b"facts", other.sign(PARCEL_LABEL, b"facts")),
            (PARCEL_LABEL, b"facts", String::new()),
        ] {
            assert_eq!(pinned.verify(label, bytes, &signature), Err(KeyError::Signature));
        }
    }

    #[test]
    fn a_key_reads_back_and_never_prints() {
        let key = AgentKey::generate().unwrap();
        let again = AgentKey::parse(&key.secret_text()).unwrap();
        assert_eq!(key.public_text(), again.public_text());
        assert_eq!(format!("{key:?}"), "AgentKey(…)");
        let pinned = key.public_text();
        assert_eq!(PinnedKey::parse(&pinned).unwrap().text(), pinned);
    }

    #[test]
    fn an_albums_key_is_the_secret_of_its_file() {
        let text = format!("{}\n", "5a".repeat(32));
        let key = AlbumKey::parse(&text).unwrap();
        assert_eq!((key.seed(), key.secret_text().as_str()), (&[0x5a; 32], text.as_str()));
        assert_eq!(format!("{key:?}"), "AlbumKey(…)");
    }
}
