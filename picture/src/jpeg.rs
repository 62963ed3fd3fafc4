//! The structure of a camera's JPEG (ITU-T T.81): read strictly before a decoder sees it.
//!
//! Taken is what cameras send: baseline, 8 bits, grey or colour of 4:4:4, 4:2:2, 4:4:0 or 4:2:0 in one
//! interleaved scan, restart markers or none, with or without Huffman tables. Everything else is refused
//! by name; so are the same samplings written with larger factors (FFmpeg's 4:2:2 is 2x2, 1x2, 1x2), as
//! how far a decoder bleeds colour there was not tested. What is handed to the decoder is written anew from the parts that matter: no metadata, no
//! embedded thumbnail, nothing after the end. A picture that has to be turned is refused: it is not known which way up
//! the polygons were drawn, and an orientation is never applied.

use std::ops::Range;

use lineshot_domain::Size;
use zeroize::Zeroizing;

use crate::coded::{Block, Coded, Share};
use crate::exif::{Way, way};
use crate::huffman::{STANDARD, Table};

/// What is wrong with a camera's JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegError {
    /// The bytes end within a segment or before the picture begins.
    #[error("it ends at byte {0}, in the middle of its header; was the frame cut off on its way?")]
    Header(usize),
    /// No marker, or one that has no place there.
    #[error("there is no usable marker at byte {0}")]
    Marker(usize),
    /// Its EXIF says that it has to be turned or mirrored: nobody knows which way up the polygons were drawn.
    #[error(
        "its EXIF says that it must be turned or mirrored (orientation {0}); set the camera to send it upright"
    )]
    Turned(u16),
    /// Its EXIF cannot be read, so it may have to be turned.
    #[error("its EXIF cannot be read, so it may have to be turned; set the camera to send none")]
    Exif,
    /// A way of coding that is not taken.
    #[error("{0} is not taken; set the camera to baseline JPEG, 8 bits, 4:2:0, 4:2:2 or 4:4:4")]
    Kind(&'static str),
    /// Not a size that a frame has.
    #[error("it says to be {0}x{1} pixels, which no frame is")]
    Dimensions(u16, u16),
    /// A Huffman table is broken or missing.
    #[error("its Huffman tables are broken")]
    Tables,
    /// The coded data does not decode, ends early or goes on too long.
    #[error("its coded data breaks off at unit {mcu} of {of}; was the frame damaged on its way?")]
    Entropy {
        /// The MCU at which it stopped making sense.
        mcu: u32,
        /// How many there should be.
        of: u32,
    },
    /// The last two bytes are not the end marker that ends the scan.
    #[error("{0} bytes are left where it should end; was it cut off, or two frames glued together?")]
    End(usize),
}

/// One colour component as the frame header declares it.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    across: u32,
    down: u32,
    quantiser: u8,
}

/// Counts of codes per length and the symbols, as in a DHT segment.
pub(crate) type Code<'a> = ([u8; 16], &'a [u8]);

/// A JPEG whose header was read. Its coded data was not looked at yet.
pub(crate) struct Jpeg<'a> {
    bytes: &'a [u8],
    size: Size,
    components: Vec<Component>,
    quantisers: Vec<Range<usize>>,
    codes: [Option<Code<'a>>; 8],
    restart: u16,
    /// Per component: its DC and AC table.
    tables: Vec<(u8, u8)>,
    scan: usize,
}

impl<'a> Jpeg<'a> {
    /// Reads the header, up to the scan's first byte.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Jpeg<'a>, JpegError> {
        let mut reader = Reader { bytes, at: 2 };
        let mut frame = None;
        let mut quantisers = Vec::new();
        let mut codes = [None; 8];
        for (id, counts, symbols) in STANDARD {
            codes[slot(id)?] = Some((counts, symbols));
        }
        let mut restart = 0;
        loop {
            let start = reader.at;
            let (marker, body) = reader.segment()?;
            match marker {
                0xC0 if frame.is_none() => frame = Some(frame_header(body)?),
                0xC1..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF => return Err(JpegError::Kind(coding(marker))),
                0xC4 => read_codes(body, &mut codes)?,
                0xDB => quantisers.push(reader.at - body.len() - 4..reader.at),
                0xDD => {
                    let interval = body.try_into().map_err(|_| JpegError::Marker(start))?;
                    restart = u16::from_be_bytes(interval);
                }
                0xE1 => match way(body) {
                    Way::Up => {}
                    Way::Turned(orientation) => return Err(JpegError::Turned(orientation)),
                    Way::Unknown => return Err(JpegError::Exif),
                },
                0xE0 | 0xE2..=0xEF | 0xFE => {}
                0xDA => {
                    let (size, components) = frame.ok_or(JpegError::Marker(start))?;
                    let tables = scan_header(body, &components)?;
                    let scan = reader.at;
                    return Ok(Jpeg { bytes, size, components, quantisers, codes, restart, tables, scan });
                }
                _ => return Err(JpegError::Marker(start)),
            }
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Checks the coded data to its last bit and writes the JPEG anew for the decoder.
    pub(crate) fn sound(&self) -> Result<Zeroizing<Vec<u8>>, JpegError> {
        let read = self.coded();
        self.walk(&read, |_| {})?;
        let coded = &self.bytes[self.scan..];
        // Exactly as much as is written: growing would leave unwiped copies behind.
        let tables: usize = self.quantisers.iter().map(Range::len).sum();
        let codes: usize = self.codes.iter().flatten().map(|(_, symbols)| 21 + symbols.len()).sum();
        let mut out = Vec::with_capacity(64 + tables + codes + coded.len());
        out.extend([0xFF, 0xD8]);
        for part in &self.quantisers {
            out.extend(&self.bytes[part.clone()]);
        }
        self.write_frame_header(&mut out);
        for (slot, code) in (0_u8..).zip(&self.codes) {
            if let Some((counts, symbols)) = code {
                out.extend([0xFF, 0xC4]);
                out.extend((19 + symbols.len() as u16).to_be_bytes());
                out.push(slot / 4 * 16 + slot % 4);
                out.extend(counts);
                out.extend(*symbols);
            }
        }
        if self.restart != 0 {
            out.extend([0xFF, 0xDD, 0, 4]);
            out.extend(self.restart.to_be_bytes());
        }
        out.extend([0xFF, 0xDA, 0, 6 + 2 * self.components.len() as u8, self.components.len() as u8]);
        for (component, (dc, ac)) in self.components.iter().zip(&self.tables) {
            out.extend([component.id, dc << 4 | ac]);
        }
        out.extend([0, 63, 0]);
        out.extend(coded);
        Ok(Zeroizing::new(out))
    }

    fn write_frame_header(&self, out: &mut Vec<u8>) {
        let count = self.components.len() as u8;
        out.extend([0xFF, 0xC0, 0, 8 + 3 * count, 8]);
        out.extend((self.size.height() as u16).to_be_bytes());
        out.extend((self.size.width() as u16).to_be_bytes());
        out.push(count);
        for component in &self.components {
            out.extend([component.id, (component.across << 4 | component.down) as u8, component.quantiser]);
        }
    }

    pub(crate) fn coded(&self) -> Coded {
        Coded::read(&self.bytes[self.scan..])
    }

    /// Tells each block of the scan, which is followed by the end of the picture and nothing else.
    pub(crate) fn walk(&self, coded: &Coded, told: impl FnMut(&Block)) -> Result<(), JpegError> {
        let mut tables = Vec::new();
        for &(dc, ac) in &self.tables {
            let build = |slot: u8| {
                let (counts, symbols) = self.codes[usize::from(slot)].ok_or(JpegError::Tables)?;
                Table::new(&counts, symbols)
            };
            tables.push((build(dc)?, build(4 + ac)?));
        }
        let shares: Vec<Share<'_>> = (self.components.iter().zip(&tables))
            .map(|(component, (dc, ac))| Share { blocks: component.across * component.down, dc, ac })
            .collect();
        let (columns, rows) = self.mcus();
        coded.walk(columns * rows, &shares, u32::from(self.restart), told)?;
        let rest = &self.bytes[self.scan + coded.length..];
        if rest == [0xFF, 0xD9] { Ok(()) } else { Err(JpegError::End(rest.len())) }
    }

    /// How many MCUs there are from left to right and from top to bottom.
    pub(crate) fn mcus(&self) -> (u32, u32) {
        let (width, height) = self.mcu();
        (self.size.width().div_ceil(width), self.size.height().div_ceil(height))
    }

    /// Width and height of an MCU, in pixels.
    pub(crate) fn mcu(&self) -> (u32, u32) {
        let across = self.components.iter().map(|component| component.across).max().unwrap_or(1);
        let down = self.components.iter().map(|component| component.down).max().unwrap_or(1);
        (8 * across, 8 * down)
    }

    /// A component's table of steps in the order in which they are coded; `None` if it is missing, has steps of 16
    /// bits or of nothing.
    pub(crate) fn steps(&self, component: usize) -> Option<[u8; 64]> {
        let wanted = self.components[component].quantiser;
        let mut found = None;
        for segment in &self.quantisers {
            let mut body = &self.bytes[segment.clone()][4..];
            while let Some((&id, rest)) = body.split_first() {
                let (steps, rest) = rest.split_first_chunk::<64>()?;
                if id >> 4 != 0 {
                    return None;
                }
                if id == wanted {
                    found = Some(*steps);
                }
                body = rest;
            }
        }
        found.filter(|steps| !steps.contains(&0))
    }

    /// Whether a component is coded by these tables of Annex K.3 (DC, AC).
    pub(crate) fn is_coded_by(&self, component: usize, standard: [Code<'_>; 2]) -> bool {
        let (dc, ac) = self.tables[component];
        [dc, 4 + ac].into_iter().zip(standard).all(|(slot, code)| self.codes[usize::from(slot)] == Some(code))
    }

    /// How many there are, one or three.
    pub(crate) fn components(&self) -> usize {
        self.components.len()
    }

    /// How often brightness is sampled for each sample of colour, as in a frame header.
    pub(crate) fn sampling(&self) -> u8 {
        (self.components[0].across << 4 | self.components[0].down) as u8
    }
}

fn coding(marker: u8) -> &'static str {
    match marker {
        0xC1 => "extended sequential JPEG",
        0xC2 => "progressive JPEG",
        0xC3 | 0xC7 => "lossless JPEG",
        _ => "differential or arithmetic JPEG",
    }
}

/// Where a Huffman table is kept: DC 0 to 3, then AC 0 to 3.
fn slot(class_and_id: u8) -> Result<usize, JpegError> {
    match (class_and_id >> 4, class_and_id & 15) {
        (class @ 0..=1, id @ 0..=3) => Ok(usize::from(class * 4 + id)),
        _ => Err(JpegError::Tables),
    }
}

fn read_codes<'a>(mut body: &'a [u8], codes: &mut [Option<Code<'a>>; 8]) -> Result<(), JpegError> {
    while let Some((&id, rest)) = body.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or(JpegError::Tables)?;
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(JpegError::Tables)?;
        codes[slot(id)?] = Some((*counts, symbols));
        body = rest;
    }
    Ok(())
}

fn frame_header(body: &[u8]) -> Result<(Size, Vec<Component>), JpegError> {
    let Some((&[bits, h0, h1, w0, w1, count], rest)) = body.split_first_chunk() else {
        return Err(JpegError::Kind("a frame header of this length"));
    };
    let (width, height) = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
    let size = Size::new(width.into(), height.into()).map_err(|_| JpegError::Dimensions(width, height))?;
    if bits != 8 {
        return Err(JpegError::Kind("JPEG of more than 8 bits"));
    }
    if !matches!(count, 1 | 3) || rest.len() != usize::from(count) * 3 {
        return Err(JpegError::Kind("JPEG of other than one or three colours"));
    }
    let mut components = Vec::new();
    for (index, part) in rest.chunks_exact(3).enumerate() {
        let (across, down) = (u32::from(part[1] >> 4), u32::from(part[1] & 15));
        // A single component has one block per MCU, whatever factors are written.
        let (across, down) = if count == 1 { (1, 1) } else { (across, down) };
        let most = if index == 0 { 2 } else { 1 };
        if !(1..=most).contains(&across) || !(1..=most).contains(&down) {
            return Err(JpegError::Kind(
                "sampling by other factors than 2x2, 2x1, 1x2 or 1x1 for brightness and 1x1 for colour",
            ));
        }
        components.push(Component { id: part[0], across, down, quantiser: part[2] });
    }
    Ok((size, components))
}

/// The table numbers of each component, in the frame header's order.
fn scan_header(body: &[u8], components: &[Component]) -> Result<Vec<(u8, u8)>, JpegError> {
    let Some((&count, rest)) = body.split_first() else {
        return Err(JpegError::Kind("an empty scan header"));
    };
    let (selectors, spectrum) = rest.split_at_checked(usize::from(count) * 2).unwrap_or((&[], rest));
    if usize::from(count) != components.len() || spectrum != [0, 63, 0] {
        return Err(JpegError::Kind("JPEG of several scans"));
    }
    let mut tables = Vec::new();
    for (part, component) in selectors.chunks_exact(2).zip(components) {
        let (dc, ac) = (part[1] >> 4, part[1] & 15);
        if part[0] != component.id || dc > 3 || ac > 3 {
            return Err(JpegError::Kind("this order of colours"));
        }
        tables.push((dc, ac));
    }
    Ok(tables)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next marker and its segment's content. Fill bytes before a marker are passed over.
    fn segment(&mut self) -> Result<(u8, &'a [u8]), JpegError> {
        let start = self.at;
        let cut = JpegError::Header(self.bytes.len());
        if *self.bytes.get(self.at).ok_or(cut)? != 0xFF {
            return Err(JpegError::Marker(start));
        }
        while self.bytes.get(self.at) == Some(&0xFF) {
            self.at += 1;
        }
        let rest = self.bytes.get(self.at..).ok_or(cut)?;
        let (&[marker, high, low], rest) = rest.split_first_chunk().ok_or(cut)?;
        // Markers without a segment have no place in a header.
        if matches!(marker, 0x00..=0x01 | 0xD0..=0xD9) {
            return Err(JpegError::Marker(start));
        }
        let length =
            usize::from(u16::from_be_bytes([high, low])).checked_sub(2).ok_or(JpegError::Marker(start))?;
        let body = rest.get(..length).ok_or(cut)?;
        self.at += 3 + length;
        Ok((marker, body))
    }
}
