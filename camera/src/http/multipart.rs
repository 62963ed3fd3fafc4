//! The parts of a `multipart/x-mixed-replace` stream, byte by byte as they come.
//!
//! The format is that of RFC 2046 as cameras really write it: the boundary with more or fewer dashes
//! than announced or not announced at all, lines ended by LF alone, no `Content-Length`, no line end
//! before a boundary.
//!
//! Holds:
//! - however the bytes are split, the same parts come out;
//! - a part nobody asked for is not kept: only as many bytes as finding its end takes;
//! - header and part have hard limits; whatever comes, there is an error or a part, never a panic;
//! - memory that held a part is wiped.

use zeroize::Zeroizing;

/// The most bytes between the end of a part and the first byte of the next.
pub(super) const HEADER_LIMIT: usize = 8 * 1024;
/// The most bytes of a part: an uncompressed-looking 4K JPEG has a third of it.
pub(super) const PART_LIMIT: usize = 16 * 1024 * 1024;
/// What a body starts with where its length is unknown.
const UNKNOWN_LENGTH: usize = 256 * 1024;

/// Why a stream is no multipart stream of pictures.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PartError {
    #[error("{HEADER_LIMIT} bytes without a part")]
    Header,
    #[error("a part of more than {PART_LIMIT} bytes")]
    Part,
    #[error("a part whose length cannot be read")]
    Length,
    #[error("a part of type {0:?}")]
    Type(String),
}

/// What happened in the bytes eaten.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// All bytes were eaten, nothing happened.
    Hungry,
    /// The next byte is the first of a body. Unless [`Parts::keep`] is called now, it is dropped.
    Begins,
    /// A body ended: its bytes, if they were kept.
    Ends(Option<Vec<u8>>),
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the lines before a boundary.
    Between,
    /// In the lines of a header.
    Header { length: Option<usize> },
    /// In a body of which so many bytes are still to come.
    Counted { left: usize },
    /// In a body that ends where the boundary is; so many of its bytes are gone.
    Open { seen: usize },
}

/// The reader of one stream.
pub(super) struct Parts {
    /// The announced boundary without dashes at its sides; `None`: any line of two dashes or more is one.
    boundary: Option<Vec<u8>>,
    /// The boundary as the stream writes it.
    written: Vec<u8>,
    place: Place,
    line: Vec<u8>,
    /// Bytes since the last body.
    header_bytes: usize,
    kept: bool,
    body: Zeroizing<Vec<u8>>,
}

impl Parts {
    /// A reader at the start of a stream. `boundary` as in the `Content-Type`.
    pub(super) fn new(boundary: Option<&str>) -> Parts {
        let boundary = boundary
            .map(|written| trim_dashes(written.as_bytes()).to_vec())
            .filter(|boundary| !boundary.is_empty());
        Parts {
            boundary,
            written: Vec::new(),
            place: Place::Between,
            line: Vec::new(),
            header_bytes: 0,
            kept: false,
            body: Zeroizing::new(Vec::new()),
        }
    }

    /// Keeps the body that begins now.
    pub(super) fn keep(&mut self) {
        self.kept = true;
        let room = match self.place {
            Place::Counted { left } => left,
            _ => UNKNOWN_LENGTH,
        };
        self.body.reserve_exact(room);
    }

    /// Drops the body that is under way, if any.
    pub(super) fn forget(&mut self) {
        self.kept = false;
        let tail = match self.place {
            Place::Open { .. } => self.written.len() + 2,
            _ => 0,
        };
        self.forget_all_but(tail);
    }

    /// Eats bytes up to the next event. Returns how many were eaten.
    ///
    /// # Errors
    /// The stream is no stream of pictures. The reader is of no use afterwards.
    pub(super) fn eat(&mut self, bytes: &[u8]) -> Result<(usize, Event), PartError> {
        let mut eaten = 0;
        while eaten < bytes.len() {
            let rest = &bytes[eaten..];
            let (more, event) = match self.place {
                Place::Between | Place::Header { .. } => self.eat_line(rest)?,
                Place::Counted { left } => self.eat_counted(rest, left),
                Place::Open { seen } => self.eat_open(rest, seen)?,
            };
            eaten += more;
            if event != Event::Hungry {
                return Ok((eaten, event));
            }
        }
        Ok((eaten, Event::Hungry))
    }

    fn eat_line(&mut self, bytes: &[u8]) -> Result<(usize, Event), PartError> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let eaten = end.map_or(bytes.len(), |at| at + 1);
        self.header_bytes += eaten;
        if self.header_bytes > HEADER_LIMIT {
            return Err(PartError::Header);
        }
        self.line.extend_from_slice(&bytes[..eaten]);
        if end.is_none() {
            return Ok((eaten, Event::Hungry));
        }
        let line = std::mem::take(&mut self.line);
        let begins = self.read_line(line.trim_ascii())?;
        Ok((eaten, if begins { Event::Begins } else { Event::Hungry }))
    }

    /// Reads a whole line; true if a body begins after it.
    fn read_line(&mut self, line: &[u8]) -> Result<bool, PartError> {
        match &mut self.place {
            Place::Header { length } if line.is_empty() => {
                let length = *length;
                self.header_bytes = 0;
                self.kept = false;
                self.place = match length {
                    Some(0) => Place::Between,
                    Some(left) => Place::Counted { left },
                    None => Place::Open { seen: 0 },
                };
                Ok(length != Some(0))
            }
            Place::Header { length } => {
                if let Some(found) = read_header(line)? {
                    *length = Some(found);
                }
                Ok(false)
            }
            _ => {
                if self.is_boundary(line) {
                    if self.written.is_empty() {
                        self.written = line.to_vec();
                    }
                    self.place = Place::Header { length: None };
                }
                Ok(false)
            }
        }
    }

    fn is_boundary(&self, line: &[u8]) -> bool {
        match &self.boundary {
            Some(boundary) => trim_dashes(line) == boundary.as_slice(),
            None => line.starts_with(b"--"),
        }
    }

    fn eat_counted(&mut self, bytes: &[u8], left: usize) -> (usize, Event) {
        let eaten = left.min(bytes.len());
        if self.kept {
            self.body.extend_from_slice(&bytes[..eaten]);
        }
        if eaten < left {
            self.place = Place::Counted { left: left - eaten };
            return (eaten, Event::Hungry);
        }
        self.place = Place::Between;
        (eaten, Event::Ends(self.take_body()))
    }

    /// Looks for the boundary after a line end, or right after a JPEG's end marker. Bytes that could be
    /// the beginning of that stay in the buffer even if the body is not kept.
    fn eat_open(&mut self, bytes: &[u8], seen: usize) -> Result<(usize, Event), PartError> {
        let had = self.body.len();
        append(&mut self.body, bytes);
        let from = had.saturating_sub(self.written.len() + 1);
        let Some(at) = find_boundary(&self.body, from, &self.written) else {
            let seen = seen + bytes.len();
            if seen > PART_LIMIT {
                return Err(PartError::Part);
            }
            self.place = Place::Open { seen };
            if !self.kept {
                self.forget_all_but(self.written.len() + 2);
            }
            return Ok((bytes.len(), Event::Hungry));
        };
        let body = &self.body[..at];
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        let ends = body.strip_suffix(b"\r").unwrap_or(body).len();
        self.body.truncate(ends);
        self.place = Place::Between;
        // The boundary itself may have begun in an earlier piece: it is read again from what is known.
        self.line = self.written.clone();
        self.header_bytes = self.written.len();
        let eaten = (at + self.written.len()).saturating_sub(had);
        Ok((eaten, Event::Ends(self.take_body())))
    }

    fn take_body(&mut self) -> Option<Vec<u8>> {
        let body = self.kept.then(|| std::mem::take(&mut *self.body));
        self.forget();
        body
    }

    /// A new buffer, so that the old one is wiped and given back.
    fn forget_all_but(&mut self, tail: usize) {
        let gone = self.body.len().saturating_sub(tail);
        self.body = Zeroizing::new(self.body[gone..].to_vec());
    }
}

/// Like `extend`, but what a growing buffer leaves behind is wiped.
pub(super) fn append(body: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let needed = body.len() + bytes.len();
    if needed > body.capacity() {
        let mut larger = Vec::with_capacity(needed.max(2 * body.capacity()));
        larger.extend_from_slice(body);
        *body = Zeroizing::new(larger);
    }
    body.extend_from_slice(bytes);
}

/// Reads one header line; the length, if it says one.
fn read_header(line: &[u8]) -> Result<Option<usize>, PartError> {
    let line = String::from_utf8_lossy(line);
    let Some((name, value)) = line.split_once(':') else { return Ok(None) };
    let value = value.trim();
    if name.trim().eq_ignore_ascii_case("content-length") {
        let length: usize = value.parse().map_err(|_| PartError::Length)?;
        return if length > PART_LIMIT { Err(PartError::Part) } else { Ok(Some(length)) };
    }
    if name.trim().eq_ignore_ascii_case("content-type") && !is_jpeg(value) {
        return Err(PartError::Type(value.chars().take(60).collect()));
    }
    Ok(None)
}

/// Whether a content type is JPEG's, in the spellings of cameras.
pub(super) fn is_jpeg(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["image/jpeg", "image/jpg", "image/pjpeg"].iter().any(|jpeg| essence.eq_ignore_ascii_case(jpeg))
}

fn find_boundary(body: &[u8], from: usize, written: &[u8]) -> Option<usize> {
    let windows = body.get(from..)?.windows(written.len());
    windows.enumerate().map(|(at, window)| (from + at, window)).find_map(|(at, window)| {
        let before = &body[..at];
        let ended = at == 0 || before.ends_with(b"\n") || before.ends_with(&[0xff, 0xd9]);
        (window == written && ended).then_some(at)
    })
}

fn trim_dashes(mut text: &[u8]) -> &[u8] {
    while let [b'-', rest @ ..] | [rest @ .., b'-'] = text {
        text = rest;
    }
    text
}
