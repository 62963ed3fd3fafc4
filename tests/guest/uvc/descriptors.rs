//! What the camera says of itself: descriptors of USB 2.0 (chapter 9) and of its video class, revision 1.1.
//!
//! Deliberately absent: controls. There is nothing to set but format, size and rate.

use crate::stream::{Format, INTERVALS, SIZES};

/// Video comes from here, in bulk.
pub(crate) const ENDPOINT: u8 = 1;
/// The interface that streams; interface 0 controls.
pub(crate) const STREAMING: u8 = 1;

const INTERFACE: u8 = 4;
/// Descriptors of a class, within its interface.
const OF_CLASS: u8 = 0x24;
const VIDEO: u8 = 0x0e;

/// The kinds of descriptors that are asked for, the high byte of a request's value.
pub(crate) const DEVICE: u8 = 1;
pub(crate) const CONFIGURATION: u8 = 2;
pub(crate) const STRING: u8 = 3;

/// The device: the test identity of pid.codes; strings 1 to 3 name maker, model and serial number.
pub(crate) fn device() -> Vec<u8> {
    one(DEVICE, &[0x00, 0x02, 0xef, 2, 1, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1])
}

/// A string by its number.
pub(crate) fn string(number: u8, serial: &str) -> Vec<u8> {
    const ENGLISH: [u8; 2] = [0x09, 0x04];
    let text = match number {
        0 => return one(STRING, &ENGLISH),
        1 => "lineshot tests",
        2 => "Test camera",
        _ => serial,
    };
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    one(STRING, &units)
}

/// The only configuration: an interface that controls, one that streams.
pub(crate) fn configuration() -> Vec<u8> {
    const ASSOCIATION: u8 = 0x0b;
    let inside = [one(ASSOCIATION, &[0, 2, VIDEO, 3, 0, 2]), control(), streaming()].concat();
    let length = (inside.len() + 9).to_le_bytes();
    // Powered by the bus, 500 mA.
    let head = one(CONFIGURATION, &[length[0], length[1], 2, 1, 0, 0x80, 250]);
    [head, inside].concat()
}

/// Camera terminal 1, through processing unit 2, to output terminal 3.
fn control() -> Vec<u8> {
    let units = [
        one(OF_CLASS, &[2, 1, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]),
        one(OF_CLASS, &[5, 2, 1, 0, 0, 2, 0, 0, 0, 0]),
        one(OF_CLASS, &[3, 3, 0x01, 0x01, 0, 2, 0]),
    ]
    .concat();
    let length = (units.len() + 13).to_le_bytes();
    let clock = 48_000_000_u32.to_le_bytes();
    let head = [&[1, 0x10, 0x01, length[0], length[1]], clock.as_slice(), &[1, STREAMING]].concat();
    [one(INTERFACE, &[0, 0, 0, VIDEO, 1, 0, 2]), one(OF_CLASS, &head), units].concat()
}

fn streaming() -> Vec<u8> {
    let formats = [format(Format::Mjpeg), format(Format::Yuyv)].concat();
    let (length, from) = ((formats.len() + 15).to_le_bytes(), 0x80 | ENDPOINT);
    [
        one(INTERFACE, &[STREAMING, 0, 1, VIDEO, 2, 0, 0]),
        one(OF_CLASS, &[1, 2, length[0], length[1], from, 0, 3, 0, 0, 0, 1, 0, 0]),
        formats,
        one(5, &[from, 2, 0x00, 0x02, 0]),
    ]
    .concat()
}

fn format(format: Format) -> Vec<u8> {
    let (number, sizes) = (format.number(), SIZES.len().to_le_bytes()[0]);
    let head: Vec<u8> = match format {
        Format::Mjpeg => vec![6, number, sizes, 0, 1, 0, 0, 0, 0],
        Format::Yuyv => {
            // The GUID of YUY2.
            let name = b"YUY2\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";
            [[4, number, sizes].as_slice(), name, &[16, 1, 0, 0, 0, 0]].concat()
        }
    };
    let frame_kind = if format == Format::Mjpeg { 7 } else { 5 };
    let mut all = one(OF_CLASS, &head);
    for (index, size) in (1..).zip(SIZES) {
        let mut frame = vec![frame_kind, index, 0];
        frame.extend([size.width, size.height].iter().flat_map(|length| length.to_le_bytes()));
        let (slowest, fastest) = (1_000_000, 400_000_000);
        for number in [slowest, fastest, size.largest_frame(), INTERVALS[0]] {
            frame.extend(number.to_le_bytes());
        }
        frame.push(INTERVALS.len().to_le_bytes()[0]);
        frame.extend(INTERVALS.iter().flat_map(|interval| interval.to_le_bytes()));
        all.extend(one(OF_CLASS, &frame));
    }
    // The colours of BT.709, sRGB and SMPTE 170M.
    all.extend(one(OF_CLASS, &[0x0d, 1, 1, 4]));
    all
}

/// A descriptor: its length, its kind, the rest.
fn one(kind: u8, rest: &[u8]) -> Vec<u8> {
    let length = u8::try_from(rest.len() + 2).expect("no descriptor here is as long as 256 bytes");
    [&[length, kind], rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of all descriptors in there, if their lengths add up.
    fn kinds(mut bytes: &[u8]) -> Vec<u8> {
        let mut kinds = Vec::new();
        while let [length, kind, ..] = bytes {
            kinds.push(*kind);
            bytes = &bytes[usize::from(*length)..];
        }
        assert!(bytes.is_empty());
        kinds
    }

    #[test]
    fn the_lengths_of_the_configuration_add_up() {
        let all = configuration();
        assert_eq!(usize::from(u16::from_le_bytes([all[2], all[3]])), all.len());
        let kinds = kinds(&all);
        assert_eq!(kinds[..4], [CONFIGURATION, 0x0b, INTERFACE, OF_CLASS]);
        assert_eq!(kinds.last(), Some(&5));
    }

    #[test]
    fn a_serial_number_is_a_string_of_utf_16() {
        assert_eq!(string(3, "S1"), [6, 3, b'S', 0, b'1', 0]);
    }
}
