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
