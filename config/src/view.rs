//! One `[[view]]` of a station: a permitted camera angle.

use std::time::Duration;

use lineshot_domain::{Crop, Scene, ViewId};

use crate::CameraSetting;

/// One permitted camera angle at a station.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Its id, unique at the station.
    pub id: ViewId,
    /// Where its frames come from.
    pub camera: CameraSetting,
    /// What is shown and covered, for frames of one size.
    pub scene: Scene,
    /// The part of the frame that becomes the picture.
    pub crop: Crop,
    /// Widths of the smaller pictures, each less than the crop's, ascending.
    pub sizes: Vec<u32>,
    /// From the arrival to the first frame that may be used, at most 60 s.
    pub delay: Duration,
    /// How long frames are looked for after that, 100 ms to 10 min.
    pub within: Duration,
    /// How long before its first byte arrives a frame may have been exposed, at most 10 s and less
    /// than `within`; zero for a file.
    pub latency: Duration,
}
