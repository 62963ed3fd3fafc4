//! The bucket: a marked object goes in, and nothing else is allowed, to this PC or to anybody.
//!
//! The only place that asks a store for more than PutObject: to see that it is refused.

use std::error::Error;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use lineshot_config::Store as Settings;
use lineshot_doctor::{Finding, of_files, of_peer, told};
use lineshot_domain::Clock;
use lineshot_tls::Trust;
use sha2::{Digest as _, Sha256};

use super::split;
use crate::store::{http_client, is_md5, timeouts};
use crate::{Credentials, PutError, Store};

const CHECK: &str = "bucket";
const BODY: &str = "Put here by `lineshot doctor` to see whether pictures could be. It may be removed.\n";

pub(super) fn bucket(settings: &Settings, credentials: &Credentials, clock: &dyn Clock) -> Vec<Finding> {
    let mut found = certificates(settings, clock);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            found.push(Finding::failed(CHECK, told(&error), "look what else runs on this PC"));
            return found;
        }
    };
    match (Store::connect(settings, credentials), anonymous(settings)) {
        (Ok(store), Ok(nobody)) => found.extend(runtime.block_on(visit(settings, &store, &nobody, clock))),
        (Err(error), _) | (_, Err(error)) => {
            found.push(Finding::failed(CHECK, told(&error), "correct `ca` in uploader.toml"));
        }
    }
    found
}

/// A client without any credentials.
fn anonymous(settings: &Settings) -> Result<Client, crate::ConnectError> {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .endpoint_url(settings.endpoint.as_str())
        .force_path_style(settings.path_style)
        .allow_no_auth()
        .http_client(http_client(settings)?)
        .timeout_config(timeouts())
        .retry_config(RetryConfig::disabled())
        .build();
    Ok(Client::from_conf(config))
}

fn key(settings: &Settings) -> String {
    match settings.prefix.as_str() {
        "" => "doctor.txt".to_owned(),
        prefix => format!("{prefix}/doctor.txt"),
    }
}

async fn visit(settings: &Settings, store: &Store, nobody: &Client, clock: &dyn Clock) -> Vec<Finding> {
    let key = key(settings);
    let began = clock.mono();
    let put = put(store, &key).await;
    let took = clock.mono().since(began).as_millis();
    let bucket = &store.bucket;
    if let Err(error) = put {
        let (found, mend) = split(&error.to_string());
        return vec![Finding::failed(CHECK, found, mend)];
    }
    let mut found = vec![Finding::ok(
        CHECK,
        format!("a marked object was put as {bucket}/{key} in {took} ms, and proven"),
    )];
    if settings.endpoint.is_plaintext() {
        let mend = "use an https:// endpoint";
        found.push(Finding::warning(CHECK, "pictures cross the network in the clear", mend));
    }
    let client = &store.client;
    let too_much = [
        ("read objects (GetObject)", answer(client.get_object().bucket(bucket).key(&key).send().await)),
        (
            "list the bucket (ListBucket)",
            answer(client.list_objects_v2().bucket(bucket).max_keys(1).send().await),
        ),
        (
            "remove objects (DeleteObject)",
            answer(client.delete_object().bucket(bucket).key(&key).send().await),
        ),
    ];
    found.push(rights(
        "this PC by its keys",
        &too_much,
        "give these keys PutObject below the prefix and nothing else",
    ));
    let open = [
        ("read objects", answer(nobody.get_object().bucket(bucket).key(&key).send().await)),
        ("list the bucket", answer(nobody.list_objects_v2().bucket(bucket).max_keys(1).send().await)),
    ];
    found.push(rights("anybody without keys", &open, "block public access to the bucket at once"));
    found
}

async fn put(store: &Store, key: &str) -> Result<(), PutError> {
    let sha256 = BASE64.encode(Sha256::digest(BODY));
    let put = store
        .client
        .put_object()
        .bucket(&store.bucket)
        .key(key)
        .content_type("text/plain")
        .checksum_sha256(&sha256)
        .body(ByteStream::from(BODY.as_bytes().to_vec()));
    let answer = put.send().await.map_err(|error| PutError::of(&error))?;
    let is_proven = answer.checksum_sha256() == Some(sha256.as_str())
        || answer.e_tag().is_some_and(|tag| is_md5(tag, BODY.as_bytes()));
    if is_proven { Ok(()) } else { Err(PutError::Unproven) }
}

/// What a store says to something that it should refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    Refused,
    /// It could not be asked.
    None,
}

fn answer<T, E: Error>(answered: Result<T, SdkError<E>>) -> Answer {
    match answered {
        Ok(_) => Answer::Allowed,
        Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
            // It looked, so it may be asked; there just is nothing.
            Some(404) => Answer::Allowed,
            Some(_) => Answer::Refused,
            None => Answer::None,
        },
    }
}

fn rights(who: &str, asked: &[(&str, Answer)], mend: &str) -> Finding {
    let which = |wanted: Answer| -> Vec<&str> {
        asked.iter().filter(|(_, answer)| *answer == wanted).map(|(what, _)| *what).collect()
    };
    match (which(Answer::Allowed).as_slice(), which(Answer::None).as_slice()) {
        ([], []) => Finding::ok(CHECK, format!("{who} may not {}", which(Answer::Refused).join(", "))),
        ([], unasked) => Finding::skipped(
            CHECK,
            format!("the store did not answer whether {who} may {}", unasked.join(", ")),
        ),
        (allowed, _) => Finding::failed(CHECK, format!("{who} may {}", allowed.join(", ")), mend),
    }
}

fn certificates(settings: &Settings, clock: &dyn Clock) -> Vec<Finding> {
    if !settings.endpoint.is_https() {
        return vec![Finding::skipped("certificates", "the store is not reached over TLS")];
    }
    let now = Timestamp::from_millisecond(clock.wall().unix_ms()).unwrap_or_default();
    let trust = Trust { ca: settings.ca.clone(), own: None };
    let mut found = of_files(&trust, "the store", now);
    if let Some((host, port)) = settings.endpoint.host_and_port() {
        found.extend(of_peer((&host, port), &trust, "the store's certificate", now));
    }
    found
}
