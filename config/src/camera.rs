//! The `camera` of a view: where its frames come from.

use std::path::PathBuf;

use crate::HttpUrl;

/// How an HTTP camera gives frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMode {
    /// One endless `multipart/x-mixed-replace` answer of JPEG parts.
    Stream,
    /// One JPEG for each request.
    Snapshot,
}

/// How an HTTP camera asks for a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// RFC 7616: the password does not cross the network.
    Digest,
    /// RFC 7617: the password does, in the clear unless the URL is https.
    Basic,
}

/// What an HTTP camera wants to know before it gives frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraLogin {
    /// How it asks.
    pub scheme: AuthScheme,
    /// User name.
    pub user: String,
    /// The file that holds the password.
    pub password_file: PathBuf,
}

/// Where a view's frames come from.
#[derive(Clone, Debug, PartialEq)]
pub enum CameraSetting {
    /// A network camera.
    Http {
        /// The stream or the snapshot.
        url: HttpUrl,
        /// Which of the two.
        mode: HttpMode,
        /// If the camera asks for one.
        login: Option<CameraLogin>,
    },
    /// A recorded clip or folder of JPEGs, for trials without a camera.
    File {
        /// The file or folder, absolute.
        path: PathBuf,
        /// Frames per second, 0.1 to 60.
        fps: f64,
    },
}
