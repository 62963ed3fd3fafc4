//! How a camera is, in words that health topics and logs share.

use std::time::Duration;

use lineshot_domain::Reason;

/// What a camera does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Closed, because no frame may be wanted.
    Closed,
    /// Being opened.
    Opening,
    /// Open; no frame came yet.
    Silent,
    /// Frames come.
    Live,
    /// The last thing that was wrong, and no frame since.
    Lost(Reason),
}

impl CameraState {
    /// As it is told: `closed`, `opening`, `silent`, `live` or `lost`.
    pub fn as_str(&self) -> &'static str {
        match self {
            CameraState::Closed => "closed",
            CameraState::Opening => "opening",
            CameraState::Silent => "silent",
            CameraState::Live => "live",
            CameraState::Lost(_) => "lost",
        }
    }
}

/// How a camera is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// What it does now.
    pub state: CameraState,
    /// How long ago a frame came, wanted or not; `None` if none has since the start.
    pub last_frame: Option<Duration>,
    /// Frames that never came, or were of no use, since the start; only sources that number their frames know.
    pub dropped: u64,
    /// How often it was lost after frames had come, since the start.
    pub resets: u64,
}
