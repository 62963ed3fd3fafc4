//! Signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig).

use std::collections::BTreeSet;

use lineshot_domain::Wall;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, SshSig};

use crate::signers::{Signer, is_supported};

/// Behind the 64 bytes of a security key's signature: somebody touched it (U2F raw message formats, 4.3).
const FLAGS: usize = 64;
const TOUCHED: u8 = 1;

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Signed {
    pub(crate) principal: String,
    /// `SHA256:…`.
    pub(crate) fingerprint: String,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// Not of `ssh-keygen -Y sign`.
    #[error("it is no signature of `ssh-keygen -Y sign`")]
    Unreadable,
    /// Signed as something else.
    #[error("it was signed as {found:?}, not as {wanted:?}: sign with `ssh-keygen -Y sign -n {wanted}`")]
    Namespace {
        /// What it was signed as.
        found: String,
        /// What it must be signed as.
        wanted: String,
    },
    /// A kind of key that is not supported.
    #[error(
        "its key is of the kind {0}, which is not supported: use ed25519, ecdsa on P-256, or a security key with ed25519"
    )]
    Kind(String),
    /// Nobody's key.
    #[error("nobody in allowed_signers has its key ({0})")]
    Stranger(String),
    /// Somebody's key that may not sign this.
    #[error(
        "{principal}'s key may not sign {namespace} now: look at its namespaces and times in allowed_signers"
    )]
    MayNot {
        /// Whose key.
        principal: String,
        /// What was to be signed.
        namespace: String,
    },
    /// Revoked.
    #[error("{0}'s key is revoked")]
    Revoked(String),
    /// A security key that nobody touched.
    #[error("nobody touched {0}'s security key")]
    Untouched(String),
    /// Other bytes, or a forged signature.
    #[error("it was not made of these bytes: sign the file again")]
    Wrong,
}

/// Who signed these bytes.
pub(crate) fn verify(
    signers: &[Signer],
    revoked: &BTreeSet<String>,
    namespace: &str,
    bytes: &[u8],
    signature: &[u8],
    now: Wall,
) -> Result<Signed, SignatureError> {
    let signature = SshSig::from_pem(signature).map_err(|_| SignatureError::Unreadable)?;
    if signature.namespace() != namespace {
        let found: String = signature.namespace().chars().take(40).collect();
        return Err(SignatureError::Namespace { found, wanted: namespace.to_owned() });
    }
    let key: &KeyData = signature.public_key();
    let algorithm = key.algorithm();
    if !is_supported(&algorithm) || signature.algorithm() != algorithm {
        return Err(SignatureError::Kind(algorithm.to_string()));
    }
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    let theirs: Vec<&Signer> = signers.iter().filter(|signer| signer.key.key_data() == key).collect();
    let first = theirs.first().ok_or_else(|| SignatureError::Stranger(fingerprint.clone()))?;
    let signer = theirs.iter().find(|signer| signer.may(namespace, now)).ok_or_else(|| {
        SignatureError::MayNot { principal: first.principal.clone(), namespace: namespace.to_owned() }
    })?;
    let principal = signer.principal.clone();
    if revoked.contains(&fingerprint) {
        return Err(SignatureError::Revoked(principal));
    }
    signer.key.verify(namespace, bytes, &signature).map_err(|_| SignatureError::Wrong)?;
    let is_touched = signature.signature_bytes().get(FLAGS).is_some_and(|flags| flags & TOUCHED != 0);
    if algorithm == Algorithm::SkEd25519 && !is_touched {
        return Err(SignatureError::Untouched(principal));
    }
    Ok(Signed { principal, fingerprint })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use sha2::{Digest as _, Sha256};
    use ssh_key::public::{Ed25519PublicKey, SkEd25519};
    use ssh_key::{LineEnding, PublicKey, Signature};

    use super::*;
    use crate::signers::signers;

    const TEXT: &[u8] = b"what is signed";

    /// What a security key would say with these flags (openssh PROTOCOL.u2f, "SSH U2F signatures"): no such key is
    /// plugged into a test, so its part is played here.
    fn by_security_key(flags: u8, application: &str) -> (PublicKey, String) {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let key = Ed25519PublicKey(secret.verifying_key().to_bytes());
        let key = KeyData::from(SkEd25519::new(key, "ssh:"));
        let said = SshSig::signed_data("lineshot-release", HashAlg::Sha512, TEXT).unwrap();
        let mut bytes = Sha256::digest(application.as_bytes()).to_vec();
        let counter = 41_u32.to_be_bytes();
        bytes.push(flags);
        bytes.extend(counter);
        bytes.extend(Sha256::digest(&said));
        let mut signature = secret.sign(&bytes).to_bytes().to_vec();
        signature.push(flags);
        signature.extend(counter);
        let signature = Signature::new(Algorithm::SkEd25519, signature).unwrap();
        let all = SshSig::new(key.clone(), "lineshot-release", HashAlg::Sha512, signature).unwrap();
        (key.into(), all.to_pem(LineEnding::LF).unwrap())
    }

    fn found(flags: u8, application: &str, bytes: &[u8]) -> Result<String, SignatureError> {
        let (key, signature) = by_security_key(flags, application);
        let line = format!("anna namespaces=\"lineshot-release\" {}\n", key.to_openssh().unwrap());
        let signers = signers(&line).unwrap();
        let now = Wall::from_unix_ms(0);
        verify(&signers, &BTreeSet::new(), "lineshot-release", bytes, signature.as_bytes(), now)
            .map(|signed| signed.principal)
    }

    #[test]
    fn a_security_key_counts_if_somebody_touched_it() {
        assert_eq!(found(TOUCHED, "ssh:", TEXT).unwrap(), "anna");
        assert_eq!(found(TOUCHED | 4, "ssh:", TEXT).unwrap(), "anna", "with a PIN besides");
        for untouched in [0, 4] {
            assert_eq!(found(untouched, "ssh:", TEXT), Err(SignatureError::Untouched("anna".to_owned())));
        }
        assert_eq!(found(TOUCHED, "ssh:", b"other bytes"), Err(SignatureError::Wrong));
        // Made for a website by the same key.
        assert_eq!(found(TOUCHED, "https://example.org", TEXT), Err(SignatureError::Wrong));
    }
}
