//! USB cameras through V4L2 itself, by the crate `v4l`.
//!
//! Holds: a frame is awaited by poll(2) with an end before it is taken from the driver; the library never waits for
//! one by itself. What the library unwraps of a driver's words, and its panic when a stream cannot be stopped, do not
//! end the camera's thread.
//!
//! Deliberately absent: buffers of our own (the driver's are mapped, and only what is asked for is copied).

mod device;
mod feed;

#[cfg(feature = "usb-portable")]
pub(super) use device::Node;
pub(super) use device::modes;
pub(super) use feed::Feed;
