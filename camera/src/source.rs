//! What a kind of camera has to do: open, stay warm, give a shot.

use std::sync::Arc;

use lineshot_domain::{Exposure, Mono};
use lineshot_picture::Frame;

use crate::{Fault, Post};

/// A frame and when it was exposed.
#[derive(Debug)]
pub struct Shot {
    /// The pixels, which only the darkroom can see.
    pub frame: Frame,
    /// When it was exposed, with every uncertainty of the source in it.
    pub exposure: Exposure,
}

/// A way to one camera. It lives on the camera's own thread and may block it, if it heeds
/// [`Post`]'s closing within a moment.
pub trait Source: Send {
    /// Where the camera is, for messages; never with credentials.
    fn address(&self) -> String;

    /// Opens the camera. Source or stream tell [`Post::connected`] when the camera has let them in. Once
    /// the post is closed, the result is ignored.
    ///
    /// # Errors
    /// What is wrong with the camera; it is opened again after a pause.
    fn open<'a>(&'a mut self, post: &Arc<Post>) -> Result<Box<dyn Stream + 'a>, Fault>;
}

/// An open camera. After an error it is dropped and the source opened anew.
pub trait Stream {
    /// Stays warm until a call waits or the post is closed. What the camera sends meanwhile is dropped
    /// unread, each frame told to [`Post::frame_passed`].
    ///
    /// # Errors
    /// What is wrong with the camera.
    fn idle(&mut self, post: &Post) -> Result<(), Fault>;

    /// The first shot whose whole exposure lies at or after `from`; `None` when `until` has passed or the
    /// post was closed. Frames that do not fit are told to [`Post::frame_passed`].
    ///
    /// # Errors
    /// What is wrong with the camera.
    fn shot(&mut self, from: Mono, until: Mono, post: &Post) -> Result<Option<Shot>, Fault>;
}
