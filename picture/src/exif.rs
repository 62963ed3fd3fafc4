//! How a picture must be turned, as its EXIF says (TIFF 6.0 and Exif 2.32, tag 274): read to refuse it.

/// Of an APP1 segment.
const NAME: &[u8] = b"Exif\0\0";
const ORIENTATION: u16 = 274;
const UPRIGHT: u16 = 1;
/// TIFF's type for 16 bits.
const SHORT: u16 = 3;

/// What an APP1 segment says about the way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing, or that it is upright.
    Up,
    /// It has to be turned or mirrored: the value of the tag.
    Turned(u16),
    /// It cannot be read.
    Unknown,
}

pub(crate) fn way(segment: &[u8]) -> Way {
    match segment.strip_prefix(NAME) {
        None => Way::Up,
        Some(tiff) => orientation(tiff).map_or(Way::Unknown, |value| match value {
            UPRIGHT => Way::Up,
            other => Way::Turned(other),
        }),
    }
}

/// The tag of the first directory; upright if it is not there.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        Some(if is_little { second << 16 | first } else { first << 16 | second })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        if short(at)? == ORIENTATION {
            return (short(at + 2)? == SHORT && long(at + 4)? == 1).then(|| short(at + 8))?;
        }
    }
    Some(UPRIGHT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A directory of the width and the orientation.
    fn little(value: u8) -> Vec<u8> {
        let head = b"Exif\0\0II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x80\x02\0\0\x12\x01\x03\0\x01\0\0\0";
        [&head[..], &[value, 0, 0, 0]].concat()
    }

    fn big(value: u8) -> Vec<u8> {
        [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[value, 0, 0]].concat()
    }

    #[test]
    fn the_way_up_is_read_in_both_byte_orders() {
        for (segment, want) in [
            (little(1), Way::Up),
            (big(1), Way::Up),
            (little(6), Way::Turned(6)),
            (big(3), Way::Turned(3)),
            (little(0), Way::Turned(0)),
            (b"http://ns.adobe.com/xap/1.0/\0<x/>".to_vec(), Way::Up),
            (b"Exif\0\0II*\0\x08\0\0\0\0\0".to_vec(), Way::Up),
            (b"Exif\0\0".to_vec(), Way::Unknown),
            (b"Exif\0\0XX*\0\x08\0\0\0\0\0".to_vec(), Way::Unknown),
            (b"Exif\0\0II*\0\xff\xff\xff\xff\0\0".to_vec(), Way::Unknown),
            (little(6)[..37].to_vec(), Way::Unknown),
        ] {
            assert_eq!(way(&segment), want, "{segment:?}");
        }
    }

    proptest! {
        #[test]
        fn no_segment_makes_it_panic(tail in prop::collection::vec(any::<u8>(), 0..64), is_little: bool) {
            let order: &[u8] = if is_little { b"Exif\0\0II*\0" } else { b"Exif\0\0MM\0*" };
            way(&[order, &tail].concat());
        }
    }
}
