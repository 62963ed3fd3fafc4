//! The doorway: cameras give frames of a known exposure, and errors that say what is wrong with them.
//!
//! Holds:
//! - raw bytes exist here only until they become a [`Frame`](lineshot_picture::Frame); nothing here looks
//!   into pixels, decodes, keeps, writes or logs them;
//! - a camera is closed until it is said that a frame may be wanted, and again when it may not;
//! - an open stream is kept warm, but what it sends is dropped unread until somebody asks for a frame;
//! - a frame is given only if its *whole* exposure, with every uncertainty of the source in it, lies at or
//!   after the asked moment;
//! - whoever asks gets a frame or an error by the time given, whatever the camera or its thread does;
//! - user names and passwords never appear in a message, an address or a `Debug`.
//!
//! Deliberately absent: permission (the desk asks only with a permit), any fallback to another camera,
//! sound, redirects, and discovery.

mod backoff;
mod camera;
mod error;
#[cfg(feature = "file")]
mod file;
mod health;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "line")]
mod line;
mod post;
mod source;
#[cfg(test)]
mod testing;
#[cfg(all(feature = "usb", target_os = "linux"))]
pub mod usb;

pub use camera::Camera;
pub use error::{CameraError, Fault};
#[cfg(feature = "file")]
pub use file::FileSource;
pub use health::{CameraState, Health};
#[cfg(feature = "http")]
pub use http::{CameraUrl, HttpSource, Login, Mode, Password, Scheme, UrlError};
#[cfg(feature = "line")]
pub use line::LineSource;
pub use post::Post;
pub use source::{Shot, Source, Stream};
