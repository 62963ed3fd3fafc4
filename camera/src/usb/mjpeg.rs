//! Where a JPEG ends, for buffers of which nobody tells how far they were filled.
//!
//! Holds: the end that is found is that of the first picture, never one that lies in its header (a thumbnail) or
//! behind it. What was cut off and goes on with older bytes cannot be told here: the darkroom reads every coded block.
//!
//! Deliberately absent: whether it is a sound JPEG.

/// The index behind the end marker of the JPEG that begins these bytes (ITU-T T.81, B.1 and B.2).
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let (marker, behind) = marker(bytes, at)?;
        at = match marker {
            0xD9 => return Some(behind),
            // Markers that stand alone; and a zero behind the first byte is data, not a marker.
            0x00 | 0x01 | 0xD0..=0xD8 => return None,
            _ => behind + usize::from(u16::from_be_bytes(bytes.get(behind..behind + 2)?.try_into().ok()?)),
        };
        if marker == 0xDA {
            at = scan_end(bytes, at)?;
        }
    }
}

/// The marker here, after any fill bytes, and the index behind it.
fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let fill = bytes.get(at..)?.iter().take_while(|&&byte| byte == 0xFF).count();
    let marker = *bytes.get(at + fill)?;
    (fill > 0).then_some((marker, at + fill + 1))
}

/// Where the coded data that begins here ends: at a marker that is neither a stuffed byte nor a restart.
fn scan_end(bytes: &[u8], at: usize) -> Option<usize> {
    let data = bytes.get(at..)?;
    let is_end = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    data.windows(2).position(is_end).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder};
    use proptest::prelude::*;

    use super::*;

    fn jpeg(seed: u8, restart: u16, progressive: bool) -> Vec<u8> {
        let pixels: Vec<u8> = (0..64 * 48 * 3_u32).map(|i| (i * 7) as u8 ^ seed).collect();
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, 95);
        encoder.set_restart_interval(restart);
        encoder.set_progressive(progressive);
        // A thumbnail has an end of its own.
        encoder.add_app_segment(1, b"Exif\0\0 \xFF\xD8 \xFF\xDA \xFF\xD9".to_vec()).unwrap();
        encoder.encode(&pixels, 64, 48, ColorType::Rgb).unwrap();
        jpeg
    }

    proptest! {
        #[test]
        fn a_jpeg_ends_where_it_ends_whatever_lies_behind_it(
            seed: u8, restart in 0_u16..4, progressive: bool, behind in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let one = jpeg(seed, restart, progressive);
            prop_assert_eq!(end(&one), Some(one.len()));
            prop_assert_eq!(end(&[&one[..], &behind].concat()), Some(one.len()));
            prop_assert_eq!(end(&[&one[..], &one].concat()), Some(one.len()));
        }

        #[test]
        fn a_jpeg_that_is_cut_off_has_no_end(seed: u8, restart in 0_u16..4, cut in 1_usize..2_000) {
            let one = jpeg(seed, restart, false);
            prop_assert_eq!(end(&one[..one.len().saturating_sub(cut)]), None);
        }

        #[test]
        fn whatever_a_buffer_holds_an_end_lies_within_it(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let bytes = [&[0xFF, 0xD8][..], &bytes].concat();
            prop_assert!(end(&bytes).is_none_or(|end| end <= bytes.len() && bytes[..end].ends_with(&[0xFF, 0xD9])));
        }
    }
}
