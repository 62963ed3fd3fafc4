//! The one form of a delivered JPEG (ITU-T T.81, JFIF 1.02).
//!
//! ```text
//! SOI  APP0  [APP1]  { SOF0 | DQT | DHT }  SOS  coded data with FF 00 only  EOI  end of file
//! ```
//! APP0 is the fixed 18 bytes of a JFIF header without thumbnail; APP1 is there if a caption was claimed, and is that,
//! byte for byte; SOF0 has 8 bits and three components, brightness of
//! 1×1, 2×1, 1×2 or 2×2 samples for one of colour; every table is there once and well formed. Whatever else a JPEG may hold is an error that names
//! it, so that a file has no place for anything that a decoder would not show.

use lineshot_domain::{Caption, Size};

/// Where a file leaves the one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrammarError {
    /// Something that must be there is not, or is not as it must be.
    #[error("at byte {at} there is no proper {what}")]
    Malformed {
        /// The part of the file.
        what: &'static str,
        /// Offset in bytes.
        at: usize,
    },
    /// A segment that a picture never has, or has a second time.
    #[error("at byte {at} there is a segment FF{marker:02X}, which has no place there")]
    Foreign {
        /// The marker's second byte.
        marker: u8,
        /// Offset in bytes.
        at: usize,
    },
    /// The header declares another size than was claimed.
    #[error("the picture is {}x{}, not {}x{} as claimed", .found.0, .found.1,
            .claimed.width(), .claimed.height())]
    Size {
        /// The claim.
        claimed: Size,
        /// Width and height in the file.
        found: (u16, u16),
    },
    /// The coded data is not exactly that of the picture.
    #[error("the coded data is not that of the picture from unit {unit} of {of} on")]
    Coded {
        /// The MCU.
        unit: u32,
        /// How many there are.
        of: u32,
    },
    /// Bytes behind the end of the picture.
    #[error("{0} bytes follow the end of the picture")]
    Trailing(usize),
}

/// JFIF 1.02, aspect ratio 1:1, no thumbnail.
const HEADER: [u8; 20] =
    [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 2, 0, 0, 1, 0, 1, 0, 0];

/// How many codes there are of each length, and what they stand for.
pub(crate) type Code<'a> = (&'a [u8; 16], &'a [u8]);

/// What the coded data is read by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout<'a> {
    /// Samples of brightness for one of colour, across and down.
    pub(crate) sampling: (u32, u32),
    /// By which the averages of brightness and of colour are multiplied.
    pub(crate) steps: [u8; 2],
    /// DC of brightness and of colour, AC of brightness and of colour.
    pub(crate) codes: [Code<'a>; 4],
    /// Where the coded data begins.
    pub(crate) scan: usize,
}

/// Checks the whole file but for what the coded data means.
pub(crate) fn check<'a>(
    file: &'a [u8],
    claimed: Size,
    caption: Option<&Caption>,
) -> Result<Layout<'a>, GrammarError> {
    if !file.starts_with(&HEADER) {
        return Err(GrammarError::Malformed { what: "JFIF header", at: 0 });
    }
    let mut at = HEADER.len();
    if let Some(caption) = caption {
        let other = GrammarError::Malformed { what: "caption as it was claimed", at };
        let (marker, body) = segment(file, at)?;
        if marker != 0xE1 || caption.segment().ok().as_deref() != Some(body) {
            return Err(other);
        }
        at += 4 + body.len();
    }
    let mut seen = Seen::default();
    loop {
        let (marker, body) = segment(file, at)?;
        let malformed = |what| GrammarError::Malformed { what, at };
        match marker {
            0xC0 if seen.sampling.is_none() => seen.sampling = Some(frame(body, at, claimed)?),
            0xDB => quantisers(body, &mut seen.quantisers).ok_or(malformed("quantisation table"))?,
            0xC4 => codes(body, &mut seen.codes).ok_or(malformed("Huffman table"))?,
            0xDA if seen.sampling.is_some() => {
                let scan = at + 4 + body.len();
                let layout = layout(body, scan, &seen).ok_or(malformed("scan of all three components"))?;
                coded(file, scan)?;
                return Ok(layout);
            }
            _ => return Err(GrammarError::Foreign { marker, at }),
        }
        at += 4 + body.len();
    }
}

/// What the header has brought so far.
#[derive(Default)]
struct Seen<'a> {
    sampling: Option<(u32, u32)>,
    /// The first step of each.
    quantisers: [Option<u8>; 2],
    /// DC 0, DC 1, AC 0, AC 1.
    codes: [Option<Code<'a>>; 4],
}

/// The marker at `at` and its segment's content. Fill bytes are not passed over: we write none.
fn segment(file: &[u8], at: usize) -> Result<(u8, &[u8]), GrammarError> {
    let malformed = GrammarError::Malformed { what: "segment", at };
    let Some((&[0xFF, marker, high, low], rest)) = file[at..].split_first_chunk() else {
        return Err(malformed);
    };
    if matches!(marker, 0x00 | 0x01 | 0xD0..=0xD9 | 0xFF) {
        return Err(GrammarError::Foreign { marker, at });
    }
    let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2).ok_or(malformed)?;
    Ok((marker, rest.get(..length).ok_or(malformed)?))
}

/// How often brightness is sampled.
fn frame(body: &[u8], at: usize, claimed: Size) -> Result<(u32, u32), GrammarError> {
    let malformed = GrammarError::Malformed { what: "frame header of three components", at };
    let Ok(&[8, h0, h1, w0, w1, 3, 0, sampling @ (0x11 | 0x12 | 0x21 | 0x22), q0, 1, 0x11, q1, 2, 0x11, q2]) =
        <&[u8; 15]>::try_from(body)
    else {
        return Err(malformed);
    };
    if [q0, q1, q2] != [0, 1, 1] {
        return Err(malformed);
    }
    let found = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
    if (u32::from(found.0), u32::from(found.1)) != (claimed.width(), claimed.height()) {
        return Err(GrammarError::Size { claimed, found });
    }
    Ok((u32::from(sampling >> 4), u32::from(sampling & 15)))
}

/// Tables of 8-bit steps, none of them zero.
fn quantisers(mut body: &[u8], seen: &mut [Option<u8>; 2]) -> Option<()> {
    while let Some((&id, rest)) = body.split_first() {
        let (steps, rest) = rest.split_first_chunk::<64>()?;
        let earlier = seen.get_mut(usize::from(id))?.replace(steps[0]);
        if earlier.is_some() || steps.contains(&0) {
            return None;
        }
        body = rest;
    }
    Some(())
}

fn codes<'a>(mut body: &'a [u8], seen: &mut [Option<Code<'a>>; 4]) -> Option<()> {
    while let Some((&id, rest)) = body.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let slot = match id {
            0x00 => 0,
            0x01 => 1,
            0x10 => 2,
            0x11 => 3,
            _ => return None,
        };
        let symbols: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(symbols)?;
        if symbols.len() > 256 || seen[slot].replace((counts, symbols)).is_some() {
            return None;
        }
        body = rest;
    }
    Some(())
}

/// If all is there, and the scan is the one of all components.
fn layout<'a>(body: &[u8], scan: usize, seen: &Seen<'a>) -> Option<Layout<'a>> {
    let [Some(brightness), Some(colour)] = seen.quantisers else { return None };
    let [Some(dc0), Some(dc1), Some(ac0), Some(ac1)] = seen.codes else { return None };
    let is_ours = body == [3, 0, 0x00, 1, 0x11, 2, 0x11, 0, 63, 0];
    let (sampling, steps, codes) = (seen.sampling?, [brightness, colour], [dc0, dc1, ac0, ac1]);
    is_ours.then_some(Layout { sampling, steps, codes, scan })
}

/// Coded data up to EOI, and EOI up to the end.
fn coded(file: &[u8], start: usize) -> Result<(), GrammarError> {
    let mut at = start;
    loop {
        let Some(step) = file[at..].iter().position(|&byte| byte == 0xFF) else {
            return Err(GrammarError::Malformed { what: "end of the picture", at: file.len() });
        };
        at += step;
        match file.get(at + 1) {
            Some(0) => at += 2,
            Some(0xD9) if at + 2 == file.len() => return Ok(()),
            Some(0xD9) => return Err(GrammarError::Trailing(file.len() - at - 2)),
            Some(&marker) => return Err(GrammarError::Foreign { marker, at }),
            None => return Err(GrammarError::Malformed { what: "end of the picture", at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size() -> Size {
        Size::new(16, 24).unwrap()
    }

    fn part(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &length[..], body].concat()
    }

    fn table_of(id: u8, symbols: usize) -> Vec<u8> {
        let mut counts = [0_u8; 16];
        for (at, count) in counts.iter_mut().enumerate() {
            let left = symbols.saturating_sub(at * 255);
            *count = u8::try_from(left.min(255)).unwrap();
        }
        [&[id], &counts[..], &vec![0; symbols][..]].concat()
    }

    /// The segments of a file in order, small enough to be read.
    fn parts() -> Vec<Vec<u8>> {
        let quantiser = |id: u8| part(0xDB, &[&[id], &[1; 64][..]].concat());
        let codes = |id: u8| part(0xC4, &table_of(id, 2));
        vec![
            quantiser(0),
            quantiser(1),
            part(0xC0, &[8, 0, 24, 0, 16, 3, 0, 0x11, 0, 1, 0x11, 1, 2, 0x11, 1]),
            codes(0x00),
            codes(0x10),
            codes(0x01),
            codes(0x11),
            part(0xDA, &[3, 0, 0x00, 1, 0x11, 2, 0x11, 0, 63, 0]),
        ]
    }

    fn file(parts: &[Vec<u8>]) -> Vec<u8> {
        [&HEADER[..], &parts.concat(), &[0x12, 0xFF, 0x00, 0x34], &[0xFF, 0xD9]].concat()
    }

    fn judged(parts: &[Vec<u8>]) -> Result<(), GrammarError> {
        check(&file(parts), size(), None).map(drop)
    }

    #[test]
    fn each_segment_has_its_place_and_nothing_stands_twice() {
        assert_eq!(judged(&parts()), Ok(()));
        let whole = parts();
        for at in 0..whole.len() {
            let mut less = whole.clone();
            less.remove(at);
            assert!(judged(&less).is_err(), "without part {at}");
            let mut twice = whole.clone();
            twice.insert(at, whole[at].clone());
            assert!(judged(&twice).is_err(), "part {at} twice");
        }
        let mut early = whole.clone();
        let scan = early.pop().unwrap();
        early.insert(2, scan);
        assert!(
            matches!(judged(&early), Err(GrammarError::Foreign { marker: 0xDA, .. })),
            "a scan of no frame"
        );
    }

    #[test]
    fn the_scan_is_the_one_of_all_components_in_one_go() {
        let whole = parts();
        for byte in 0..10 {
            let mut other = whole.clone();
            *other[7].get_mut(4 + byte).unwrap() ^= 1;
            let at = file(&whole[..7]).len() - 6;
            let malformed = GrammarError::Malformed { what: "scan of all three components", at };
            assert_eq!(judged(&other), Err(malformed), "byte {byte}");
        }
    }

    #[test]
    fn a_table_has_at_most_one_code_for_each_byte() {
        for (symbols, fits) in [(0, true), (1, true), (256, true), (257, false), (300, false)] {
            let mut parts = parts();
            parts[3] = part(0xC4, &table_of(0x00, symbols));
            assert_eq!(judged(&parts).is_ok(), fits, "{symbols} symbols");
        }
    }

    #[test]
    fn what_follows_the_end_is_counted() {
        for more in [1, 2, 700] {
            let longer = [file(&parts()), vec![0; more]].concat();
            assert_eq!(check(&longer, size(), None), Err(GrammarError::Trailing(more)));
        }
    }
}
