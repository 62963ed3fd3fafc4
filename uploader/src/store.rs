//! The object store: one PUT at a time, and proof that it holds what was sent.
//!
//! Bodies are whole and in memory with their SHA-256 known beforehand, so that one header-signed
//! request carries each of them: streaming signatures are refused by several servers. Deliberately
//! absent: any other operation, following a redirect, making a bucket.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lineshot_spool::contract::ObjectText;
use lineshot_spool::{Leave, Parcel, RecordId};
use lineshot_tls::{FileError, authorities};
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::{Credentials, Keys, PutError, Record};

/// A host that is there answers within a second; five bridge a lost SYN or two.
const CONNECT: Duration = Duration::from_secs(5);
/// 64 MiB through 20 Mbit/s.
const ATTEMPT: Duration = Duration::from_secs(30);
/// One blip; what lasts longer is the drain's to wait for.
const ATTEMPTS: u32 = 2;

/// A picture under its key never changes, but may be taken back.
const CACHE_PICTURE: &str = "private, max-age=3600";
/// A record changes.
const CACHE_RECORD: &str = "no-cache";

/// Why the store cannot be spoken to at all.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The file of authorities cannot be used.
    #[error("`ca` in uploader.toml cannot be used")]
    Ca(#[from] FileError),
    /// The TLS client could not be made.
    #[error("the TLS client cannot be set up: {why}")]
    Tls {
        /// Why.
        why: String,
    },
}

/// How long a request may take.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build()
}

/// A bucket, and the right to put objects into it.
pub struct Store {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    keys: Keys,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

impl Store {
    /// Prepares to speak to the store; nothing is sent yet.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connect(
        settings: &lineshot_config::Store,
        credentials: &Credentials,
    ) -> Result<Store, ConnectError> {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .endpoint_url(settings.endpoint.as_str())
            .force_path_style(settings.path_style)
            .credentials_provider(credentials.for_sdk())
            .http_client(http_client(settings)?)
            .timeout_config(timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .build();
        Ok(Store {
            client: Client::from_conf(config),
            bucket: settings.bucket.clone(),
            keys: Keys::below(&settings.prefix),
        })
    }

    /// Consumes the permission: one PUT.
    async fn send(&self, _leave: Leave, key: &str, body: Body<'_>, cache: &str) -> Result<(), PutError> {
        let sha256 = BASE64.encode(body.sha256);
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(body.kind)
            .cache_control(cache)
            .checksum_sha256(&sha256)
            .body(ByteStream::from(body.bytes.to_vec()));
        let answer = put.send().await.map_err(|error| PutError::of(&error))?;
        let echoed = answer.checksum_sha256() == Some(sha256.as_str());
        if echoed || answer.e_tag().is_some_and(|tag| is_md5(tag, body.bytes)) {
            Ok(())
        } else {
            Err(PutError::Unproven)
        }
    }
}

/// The door to the store: what leaves, one PUT at a time.
pub trait Shelf {
    /// The layout of keys in this store.
    fn keys(&self) -> &Keys;

    /// Puts the picture with this index (0 is the full size) of a parcel.
    ///
    /// # Errors
    /// [`PutError`].
    ///
    /// # Panics
    /// If the parcel has no such picture.
    fn put(
        &self,
        leave: Leave,
        parcel: &Parcel,
        index: usize,
    ) -> impl Future<Output = Result<ObjectText, PutError>> + Send;

    /// Puts a station record.
    ///
    /// # Errors
    /// [`PutError`].
    fn put_record(&self, leave: Leave, record: &Record) -> impl Future<Output = Result<(), PutError>> + Send;
}

impl Shelf for Store {
    fn keys(&self) -> &Keys {
        &self.keys
    }

    async fn put(&self, leave: Leave, parcel: &Parcel, index: usize) -> Result<ObjectText, PutError> {
        let (object, picture) = (object(&self.keys, parcel, index), &parcel.pictures()[index]);
        let body = Body { bytes: picture.bytes(), sha256: picture.sha256(), kind: "image/jpeg" };
        self.send(leave, &object.key, body, CACHE_PICTURE).await?;
        Ok(object)
    }

    async fn put_record(&self, leave: Leave, record: &Record) -> Result<(), PutError> {
        let bytes = record.json().as_bytes();
        let body = Body { bytes, sha256: Sha256::digest(bytes).into(), kind: "application/json" };
        self.send(leave, record.key(), body, CACHE_RECORD).await
    }
}

/// What a picture of a parcel is called in the store, and how it is told there.
///
/// # Panics
/// If the parcel has no such picture.
pub fn object(keys: &Keys, parcel: &Parcel, index: usize) -> ObjectText {
    let (facts, picture) = (parcel.facts(), &parcel.pictures()[index]);
    let smaller = (index > 0).then_some(picture.width());
    let key = keys.picture(&RecordId::of(facts), &facts.id, smaller);
    ObjectText { key, bytes: picture.bytes().len() as u64, sha256: hex::encode(picture.sha256()) }
}

struct Body<'a> {
    bytes: &'a [u8],
    sha256: [u8; 32],
    kind: &'static str,
}

/// Stores without encryption by key answer with the MD5 of the body as the ETag.
pub(crate) fn is_md5(tag: &str, bytes: &[u8]) -> bool {
    tag.trim_matches('"').eq_ignore_ascii_case(&hex::encode(Md5::digest(bytes)))
}

/// It never follows a redirect, uses no proxy, and speaks TLS by ring alone.
pub(crate) fn http_client(settings: &lineshot_config::Store) -> Result<SharedHttpClient, ConnectError> {
    if settings.endpoint.as_str().starts_with("http://") {
        return Ok(Builder::new().build_http());
    }
    let trust = match &settings.ca {
        // The client would panic on certificates that cannot be read: they are checked here.
        Some(path) => TrustStore::empty().with_pem_certificate(authorities(path)?.1),
        None => TrustStore::default(),
    };
    let tls = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .map_err(|error| ConnectError::Tls { why: error.to_string() })?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_proves_only_the_very_bytes() {
        // RFC 1321, A.5: MD5 of "abc".
        assert!(is_md5("\"900150983cd24fb0d6963f7d28e17f72\"", b"abc"));
        assert!(!is_md5("\"900150983cd24fb0d6963f7d28e17f72-2\"", b"abc"));
        assert!(!is_md5("\"900150983cd24fb0d6963f7d28e17f72\"", b"abd"));
        assert!(!is_md5("", b""));
    }
}
