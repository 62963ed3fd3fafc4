//! What stands in a picture's place until it is loaded: a thumbhash (<https://evanw.github.io/thumbhash/>), some thirty
//! bytes of blurred colour.
//!
//! Holds: it is made of a proven picture alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lineshot_proof::Proven;

/// Of the narrowest of a case's pictures, in base64; `None` if there is none that can be decoded.
pub(crate) fn thumbhash<'p>(pictures: impl Iterator<Item = &'p Proven>) -> Option<String> {
    let small = pictures.min_by_key(|picture| picture.size().width())?.thumbnail().ok()?;
    let rgba: Vec<u8> = small.rgb.as_chunks().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
    Some(STANDARD.encode(thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &rgba)))
}
