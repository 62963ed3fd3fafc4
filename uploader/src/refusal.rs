//! What the store said no with: is it the link, the right, the bucket, or this one object?

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use lineshot_tls::fault_of;

/// Why an object is not in the store. Whatever it is but [`PutError::Never`], the PUT is tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// No answer, or an answer that says "later".
    #[error(
        "the object store cannot be reached or says \"later\" ({why}); if this lasts, check the network, `endpoint` and `ca` in uploader.toml"
    )]
    Offline {
        /// What happened.
        why: String,
    },
    /// The store did not prove who it is.
    #[error("the object store at `endpoint` of uploader.toml: {why}")]
    Certificate {
        /// What is wrong, and what to do.
        why: String,
    },
    /// The credentials are not good for this.
    #[error(
        "the object store denies PutObject ({said}); check the credentials and their right to put objects into the bucket, and the region"
    )]
    Denied {
        /// Status and code.
        said: String,
    },
    /// The two clocks differ.
    #[error(
        "the object store says that this PC's clock is wrong ({said}); set both clocks by the same time server"
    )]
    Clock {
        /// Status and code.
        said: String,
    },
    /// The bucket is not there.
    #[error(
        "the object store has no such bucket ({said}); make it, or correct `bucket` in uploader.toml: buckets are never made from here"
    )]
    NoBucket {
        /// Status and code.
        said: String,
    },
    /// An answer that names neither link nor right nor object.
    #[error("the object store refuses ({said}); check endpoint, region and bucket in uploader.toml")]
    Refused {
        /// Status and code.
        said: String,
    },
    /// This object will never be taken.
    #[error("the object store will never take this object ({said}); it is kept in uploader/failed")]
    Never {
        /// Status and code.
        said: String,
    },
    /// It said yes without proof.
    #[error(
        "the object store answered 200 with neither the SHA-256 nor the MD5 of what was sent; is there a proxy or another program at the endpoint?"
    )]
    Unproven,
}

impl PutError {
    /// The answer of one PUT.
    pub(crate) fn of<E>(error: &SdkError<E>) -> PutError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        match (error, status) {
            (SdkError::ServiceError(service), Some(status)) => {
                PutError::answered(status, service.err().code().unwrap_or_default())
            }
            (_, Some(status)) if !(200..300).contains(&status) => PutError::answered(status, ""),
            _ => match fault_of(error) {
                Some(fault) => PutError::Certificate { why: fault.to_string() },
                None => PutError::Offline { why: causes(error) },
            },
        }
    }

    /// The meaning of an HTTP status and an S3 error code.
    fn answered(status: u16, code: &str) -> PutError {
        let said = said(status, code);
        match (status, code) {
            (_, "RequestTimeTooSkewed" | "RequestExpired") => PutError::Clock { said },
            (413, _)
            | (_, "EntityTooLarge" | "KeyTooLongError" | "InvalidObjectName" | "XMinioInvalidObjectName") => {
                PutError::Never { said }
            }
            (401 | 403, _)
            | (
                _,
                "AccessDenied"
                | "SignatureDoesNotMatch"
                | "InvalidAccessKeyId"
                | "InvalidToken"
                | "ExpiredToken"
                | "AuthorizationHeaderMalformed",
            ) => PutError::Denied { said },
            (404, _) | (_, "NoSuchBucket" | "InvalidBucketName") => PutError::NoBucket { said },
            // A body damaged on the way is sent again.
            (408 | 409 | 429, _)
            | (_, "RequestTimeout" | "InvalidDigest" | "BadDigest" | "SlowDown" | "IncompleteBody") => {
                PutError::Offline { why: said }
            }
            (501, _) => PutError::Refused { said },
            (500..600, _) => PutError::Offline { why: said },
            _ => PutError::Refused { said },
        }
    }
}

/// The code is the server's: only what a code looks like is repeated.
fn said(status: u16, code: &str) -> String {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    if code.is_empty() { status.to_string() } else { format!("{status} {code}") }
}

/// The sources of an error in one line: connection refused, name not found, handshake failed …
fn causes(error: &dyn Error) -> String {
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        source = cause.source();
    }
    if causes.is_empty() {
        causes.push(error.to_string());
    }
    causes.join(": ").chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_is_told_apart_by_what_mends_it() {
        for (status, code, want) in [
            (403, "AccessDenied", "Denied"),
            (403, "SignatureDoesNotMatch", "Denied"),
            (403, "NotSignedUp", "Denied"),
            (401, "", "Denied"),
            (400, "AuthorizationHeaderMalformed", "Denied"),
            (400, "ExpiredToken", "Denied"),
            (403, "RequestTimeTooSkewed", "Clock"),
            (404, "NoSuchBucket", "NoBucket"),
            (404, "", "NoBucket"),
            (400, "InvalidBucketName", "NoBucket"),
            (400, "EntityTooLarge", "Never"),
            (413, "", "Never"),
            (400, "KeyTooLongError", "Never"),
            (400, "InvalidDigest", "Offline"),
            (400, "BadDigest", "Offline"),
            (400, "RequestTimeout", "Offline"),
            (408, "", "Offline"),
            (409, "OperationAborted", "Offline"),
            (429, "", "Offline"),
            (500, "InternalError", "Offline"),
            (503, "SlowDown", "Offline"),
            (301, "PermanentRedirect", "Refused"),
            (307, "TemporaryRedirect", "Refused"),
            (400, "InvalidRequest", "Refused"),
            (405, "MethodNotAllowed", "Refused"),
            (412, "PreconditionFailed", "Refused"),
            (501, "NotImplemented", "Refused"),
        ] {
            let error = PutError::answered(status, code);
            assert!(format!("{error:?}").starts_with(want), "{status} {code}: {error:?}");
        }
    }

    #[test]
    fn a_servers_code_cannot_forge_a_line_of_the_log() {
        let error = PutError::answered(403, "Access\nDenied: <b>");
        assert_eq!(error, PutError::Denied { said: "403 AccessDeniedb".to_owned() });
    }
}
