//! What kept a parcel from its end this time.

use lineshot_spool::{BackError, Hold, QueueError, ReadError};

use crate::PutError;

/// What kept one parcel from its end, by who has to wait for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Hold(Hold),
    #[error("its release does not let it leave now: {0}")]
    Release(String),
    #[error("somebody is setting up the station {0}: its pictures wait until they have ended that")]
    Commissioned(String),
    #[error(transparent)]
    Put(#[from] PutError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Back(#[from] BackError),
}

impl From<QueueError> for Trouble {
    fn from(error: QueueError) -> Trouble {
        Trouble::Back(error.into())
    }
}

impl From<Hold> for Trouble {
    fn from(hold: Hold) -> Trouble {
        match hold {
            Hold::Forgetful(error) => error.into(),
            hold => Trouble::Hold(hold),
        }
    }
}

/// One word: as long as it stays the same, the log need not say it again.
pub(crate) fn kind_of_hold(hold: &Hold) -> &'static str {
    match hold {
        Hold::Silent { .. } => "silent",
        Hold::Unread(_) => "unread",
        Hold::Unsigned { .. } => "unsigned",
        Hold::Unknown { .. } => "unknown",
        Hold::WentBack { .. } => "went back",
        Hold::Old { .. } => "old",
        Hold::Future { .. } => "future",
        Hold::Stopped => "stopped",
        Hold::Forgetful(_) => "forgetful",
    }
}

/// As [`kind_of_hold`].
pub(crate) fn kind_of_put(error: &PutError) -> &'static str {
    match error {
        PutError::Offline { .. } => "offline",
        PutError::Certificate { .. } => "certificate",
        PutError::Denied { .. } => "denied",
        PutError::Clock { .. } => "clock",
        PutError::NoBucket { .. } => "no bucket",
        PutError::Refused { .. } => "refused",
        PutError::Never { .. } => "never",
        PutError::Unproven => "unproven",
    }
}
