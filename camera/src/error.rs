//! What can be wrong with a camera, said so that somebody can act on it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Reason;

/// What is wrong with a camera, without its name. [`CameraError`] adds that.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is no way to it: nothing answers, or it hung up.
    #[error("it cannot be reached: {what}")]
    Unreachable {
        /// What was tried, and where.
        what: String,
        /// The cause, where a library named one.
        #[source]
        cause: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It wants other credentials than it got.
    #[error("it denied access: {what}")]
    Denied {
        /// What it said.
        what: String,
    },
    /// It did not prove that it is the camera.
    #[error("over https: {what}")]
    Untrusted {
        /// What is wrong, and what to do.
        what: String,
        /// The cause, where it is on this PC.
        #[source]
        cause: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It is connected, but nothing comes.
    #[error("it is connected but sent nothing for {patience:?}")]
    Stalled {
        /// How long nothing came.
        patience: Duration,
    },
    /// The driver on this PC does not come back from what it was asked.
    #[error(
        "its driver hangs: {what} has not ended after {waited:?}; plug the camera in anew, or restart this PC"
    )]
    Hangs {
        /// What it was asked.
        what: &'static str,
        /// For how long now.
        waited: Duration,
    },
    /// What is attached is not the camera, or cannot be told apart from another.
    #[error("it is not there: {what}")]
    Identity {
        /// What was found instead, and what was looked for.
        what: String,
    },
    /// It gives one picture again and again.
    #[error("its picture is frozen: {what}")]
    Frozen {
        /// What was the same, and for how long.
        what: String,
    },
    /// It delivers another size than the polygons were drawn for.
    #[error("its frames have another size: {what}")]
    Size {
        /// What it was asked for, and what it gives.
        what: String,
    },
    /// It cannot do what its settings ask, or does something else.
    #[error("it does not take its settings: {what}")]
    Setting {
        /// Which, what was asked for, and what it does.
        what: String,
    },
    /// Frames come, and none of them is whole or of a time that can be right.
    #[error("its frames are damaged: {what}")]
    Damaged {
        /// What is wrong with them, and for how long.
        what: String,
    },
    /// What it sends is no picture stream.
    #[error("what it sent is of no use: {what}")]
    Answer {
        /// What came.
        what: String,
        /// The cause, where a library named one.
        #[source]
        cause: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It works, but no frame was wholly exposed within the time.
    #[error("it works, but no frame was exposed within the permitted time")]
    NoFrame,
    /// The thread that serves it is dead.
    #[error("the thread that serves it has died")]
    Died,
}

impl Fault {
    /// There is no way to the camera; `what` was tried, and where.
    pub fn unreachable(what: impl Into<String>) -> Fault {
        Fault::Unreachable { what: what.into(), cause: None }
    }

    /// `what` came, and it is of no use.
    pub fn answer(what: impl Into<String>) -> Fault {
        Fault::Answer { what: what.into(), cause: None }
    }

    /// The reason a case ends for, if this is all that came of the camera.
    pub fn reason(&self) -> Reason {
        match self {
            Fault::Unreachable { .. } => Reason::CameraUnreachable,
            Fault::Denied { .. } => Reason::CameraDenied,
            Fault::Untrusted { .. } => Reason::CameraCertificate,
            Fault::Stalled { .. } | Fault::Hangs { .. } => Reason::CameraStalled,
            Fault::Identity { .. } => Reason::CameraIdentity,
            Fault::Frozen { .. } => Reason::CameraFrozen,
            Fault::Size { .. } => Reason::CameraSize,
            Fault::Setting { .. } => Reason::CameraSetting,
            Fault::Damaged { .. } => Reason::CameraFrame,
            Fault::Answer { .. } => Reason::CameraAnswer,
            Fault::NoFrame => Reason::NoFrame,
            Fault::Died => Reason::Internal,
        }
    }
}

/// Why a camera gave no frame: which camera, what happened, what to do.
#[derive(Clone, Debug)]
pub struct CameraError {
    camera: Arc<str>,
    fault: Arc<Fault>,
}

impl CameraError {
    /// Says of which camera.
    pub fn new(camera: Arc<str>, fault: Arc<Fault>) -> CameraError {
        CameraError { camera, fault }
    }

    /// The reason that the case ends for.
    pub fn reason(&self) -> Reason {
        self.fault.reason()
    }

    /// What is wrong with the camera.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl fmt::Display for CameraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "camera {}: {}. {}", self.camera, self.fault, self.reason().mend())
    }
}

impl Error for CameraError {
    /// The fault is part of the message; its own cause is not.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.fault.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_camera_fault_and_mend_and_leaves_the_cause_to_the_chain() {
        let cause = std::io::Error::other("no route to host");
        let fault = Fault::Unreachable { what: "connecting failed".into(), cause: Some(cause.into()) };
        let error = CameraError::new("front at http://10.0.0.7/mjpeg".into(), Arc::new(fault));
        assert_eq!(
            error.to_string(),
            "camera front at http://10.0.0.7/mjpeg: it cannot be reached: connecting failed. \
             Check its power, its cable and its address."
        );
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("no route to host"));
        assert_eq!(error.reason(), Reason::CameraUnreachable);
    }
}
