//! The darkroom: the only room where raw pixels can be seen.
//!
//! A [`Frame`] comes in, [`develop`] decodes it and fills every confidential area before anything else
//! sees it, [`Masked::pictures`] makes the pictures of it.
//!
//! Holds:
//! - nobody outside can read a frame's pixels, copy or print them; they are wiped when dropped. The feature `raw-still`
//!   opens one door in this wall, for `lineshot-commission` alone;
//! - the only encoder is on [`Masked`];
//! - two frames that differ only under the cover give byte-identical pictures in every size;
//! - no input, however broken, makes this room panic: a frame that is not sound to its last bit is an
//!   error, because damage can shift what is shown into view.
//!
//! # How far the cover reaches
//! What must be covered is everything outside the shown polygons and everything inside a mask; an area
//! counts as shown only if it lies wholly within a single shown polygon.
//! - In the frame, a cell of 16×16 pixels is covered if the cell grown by 7 pixels touches such an area (by more in a
//!   frame of more than 1080 lines).
//!   16×16 is the unit (MCU) in which cameras code 4:2:0: one changed pixel changes all of it. By 4 pixels
//!   ([`lock_tolerance`](lineshot_domain::lock_tolerance)) a camera may have moved; 3 are the least margin for polygons
//!   drawn by hand and lenses that blur.
//! - Then every 8×8 block is covered that touches a covered cell grown by 2 pixels: a decoder mixes the
//!   colour of neighbouring MCUs one coloured sample, two pixels, over the border.
//! - Where the full picture is made of the camera's own coded bits (below), every MCU is covered of which such a block is.
//! - In a crop or a smaller size the polygons are drawn anew: every 8×8 block of the new picture is
//!   covered that, grown by 3 pixels and what those 4 are in its size, touches such an area. The fill is repeated after the resize, so
//!   that each block is the fill exactly.
//!
//! # Two ways to the full picture
//! A frame that the camera compressed by the standard's own codes, and that is neither marked nor cut through an MCU,
//! is never decoded: the bits of what is shown are copied, what is covered becomes constants. Every other frame is
//! decoded, filled and encoded. Smaller sizes are made from the covered picture in both cases. Header and tables alone
//! decide; both ways refuse the same damaged frames.
//!
//! Deliberately absent: files, network, logs, the proof (room `proof/`, with a rasteriser of its own),
//! and any turning: geometry is in pixels as the source delivers them, and a frame that says to be turned is refused.

/// Counts up whenever the darkroom covers, crops, resizes or encodes in another way: a release is signed for one
/// revision, by who saw what it makes. The golden tests hold it to the pictures.
pub const REVISION: u32 = 3;

mod band;
mod coded;
mod cover;
mod decode;
mod develop;
mod exif;
mod frame;
mod huffman;
mod jpeg;
mod kept;
mod plan;
mod splice;
#[cfg(feature = "raw-still")]
mod still;

pub use develop::{DevelopError, EncodeError, Label, Masked, MaskedJpeg, develop};
pub use frame::{Frame, FrameError, RawFormat};
pub use jpeg::JpegError;
pub use plan::{Mark, Plan, PlanError};
#[cfg(feature = "raw-still")]
pub use still::{Negative, Still, StillError, WIDEST};
