//! The parts of a `multipart/x-mixed-replace` stream, byte by byte as they come.
//!
//! The format is that of RFC 2046 as cameras really write it: the boundary with more or fewer dashes
//! than announced or not announced at all, lines ended by LF alone, no `Content-Length`, no line end
//! before a boundary.
//!
//! Holds:
//! - however the bytes are split, the same parts come out;
//! - a part begins with its first byte, not with its header, which may come long before;
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
    /// The next byte is the first of a body, and is there. Unless [`Parts::keep`] is called now, the body
    /// is dropped.
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
    /// After a header, before the first byte of its body.
    Before { length: Option<usize> },
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
                Place::Between | Place::Header { .. } => (self.eat_line(rest)?, Event::Hungry),
                Place::Before { length } => (0, self.begin(length)),
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

    fn begin(&mut self, length: Option<usize>) -> Event {
        self.kept = false;
        self.place = match length {
            Some(left) => Place::Counted { left },
            None => Place::Open { seen: 0 },
        };
        Event::Begins
    }

    fn eat_line(&mut self, bytes: &[u8]) -> Result<usize, PartError> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let eaten = end.map_or(bytes.len(), |at| at + 1);
        self.header_bytes += eaten;
        if self.header_bytes > HEADER_LIMIT {
            return Err(PartError::Header);
        }
        self.line.extend_from_slice(&bytes[..eaten]);
        if end.is_none() {
            return Ok(eaten);
        }
        let line = std::mem::take(&mut self.line);
        self.read_line(line.trim_ascii())?;
        Ok(eaten)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), PartError> {
        match &mut self.place {
            Place::Header { length } if line.is_empty() => {
                let length = *length;
                self.header_bytes = 0;
                self.place = match length {
                    Some(0) => Place::Between,
                    length => Place::Before { length },
                };
            }
            Place::Header { length } => {
                if let Some(found) = read_header(line)? {
                    *length = Some(found);
                }
            }
            _ => {
                if self.is_boundary(line) {
                    if self.written.is_empty() {
                        self.written = line.to_vec();
                    }
                    self.place = Place::Header { length: None };
                }
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::jpeg;

    /// Feeds a stream in pieces of these sizes, over and over; keeps each part that `keep` says.
    fn read(
        boundary: Option<&str>,
        stream: &[u8],
        pieces: &[usize],
        keep: impl Fn(usize) -> bool,
    ) -> Result<Vec<Option<Vec<u8>>>, PartError> {
        let mut parts = Parts::new(boundary);
        let (mut found, mut rest, mut begun) = (Vec::new(), stream, 0);
        let mut sizes = pieces.iter().copied().cycle();
        while !rest.is_empty() {
            let (mut piece, more) = rest.split_at(sizes.next().unwrap_or(1).clamp(1, rest.len()));
            rest = more;
            while !piece.is_empty() {
                let (eaten, event) = parts.eat(piece)?;
                piece = &piece[eaten..];
                match event {
                    Event::Hungry => assert!(piece.is_empty(), "hungry with bytes left"),
                    Event::Begins => {
                        if keep(begun) {
                            parts.keep();
                        }
                        begun += 1;
                    }
                    Event::Ends(part) => found.push(part),
                }
            }
        }
        Ok(found)
    }

    fn lens(found: Result<Vec<Option<Vec<u8>>>, PartError>) -> Result<Vec<usize>, PartError> {
        found.map(|parts| parts.into_iter().map(|part| part.map_or(0, |part| part.len())).collect())
    }

    /// Two pictures, 10 and 20 bytes long, as a camera would write them: before, between and after.
    fn stream(before: &str, between: &str, after: &str) -> Vec<u8> {
        let with_length = |text: &str, len: usize| text.replace('#', &len.to_string()).into_bytes();
        [with_length(before, 10), jpeg(10), with_length(between, 20), jpeg(20), after.into()].concat()
    }

    /// (announced boundary, before the first picture, between, after)
    const CAMERAS: [(Option<&str>, &str, &str, &str); 11] = [
        // ffmpeg: the next boundary right after each picture.
        (
            Some("ffmpeg"),
            "--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: #\r\n\r\n",
            "\r\n--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: #\r\n\r\n",
            "\r\n--ffmpeg\r\n",
        ),
        // Announced with its dashes.
        (
            Some("--myboundary"),
            "\r\n--myboundary\r\nContent-Type: image/jpeg\r\nContent-Length:#\r\n\r\n",
            "\r\n--myboundary\r\nContent-Type: image/jpeg\r\nContent-Length:#\r\n\r\n",
            "\r\n--myboundary--\r\n",
        ),
        // Announced with dashes, written with two more.
        (
            Some("--b"),
            "----b\r\nContent-Length: #\r\n\r\n",
            "\r\n----b\r\nContent-Length: #\r\n\r\n",
            "\r\n----b",
        ),
        // Written without dashes.
        (Some("b"), "b\r\nContent-Length: #\r\n\r\n", "\r\nb\r\nContent-Length: #\r\n\r\n", ""),
        // No line end before the boundary.
        (Some("b"), "--b\r\nContent-Length: #\r\n\r\n", "--b\r\nContent-Length: #\r\n\r\n", "--b"),
        // Lines ended by LF alone, header names in any case, more headers.
        (
            Some("b"),
            "--b\ncontent-LENGTH: #\nX-Timestamp: 1.5\nno header\n\n",
            "\n--b\nCONTENT-LENGTH: #\nCONTENT-TYPE: image/jpg; q=1\n\n",
            "\n",
        ),
        // No boundary announced.
        (None, "--anything\r\nContent-Length: #\r\n\r\n", "\r\n--anything\r\nContent-Length: #\r\n\r\n", ""),
        // Only dashes announced.
        (Some("--"), "--x\r\nContent-Length: #\r\n\r\n", "\r\n--x\r\nContent-Length: #\r\n\r\n", ""),
        // No length.
        (
            Some("b"),
            "--b\r\nContent-Type: image/jpeg\r\n\r\n",
            "\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n",
            "\r\n--b\r\n",
        ),
        // No length, no header at all, LF alone.
        (Some("b"), "preamble\n--b\n\n", "\n--b\n\n", "\n--b--\n"),
        // No length, no line end before the boundary.
        (Some("b"), "--b\r\n\r\n", "--b\r\n\r\n", "--b\r\n"),
    ];

    #[test]
    fn streams_as_cameras_write_them_give_their_pictures() {
        for (boundary, before, between, after) in CAMERAS {
            let stream = stream(before, between, after);
            let found = read(boundary, &stream, &[stream.len()], |_| true);
            assert_eq!(found, Ok(vec![Some(jpeg(10)), Some(jpeg(20))]), "{before:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_boundary_is_picture() {
        let mut tricky = vec![0xff, 0xd8];
        tricky.extend(b"--b x--b\r--b\r\n-b\r\n--");
        tricky.extend([0xff, 0xd9]);
        let stream = [b"--b\r\n\r\n".as_slice(), &tricky, b"\r\n--b\r\n"].concat();
        for piece in 1..stream.len() {
            assert_eq!(read(Some("b"), &stream, &[piece], |_| true), Ok(vec![Some(tricky.clone())]));
        }
    }

    #[test]
    fn limits_hold_and_what_is_no_picture_is_refused() {
        let long = |head: &str, len: usize| [head.as_bytes(), &vec![b'x'; len]].concat();
        let counted = format!("--b\r\nContent-Length: {}\r\n\r\n", PART_LIMIT + 1);
        for (name, stream, want) in [
            ("no boundary", long("", HEADER_LIMIT + 1), Err(PartError::Header)),
            ("endless header line", long("--b\r\nX: ", HEADER_LIMIT), Err(PartError::Header)),
            ("endless header lines", b"--b\r\n".repeat(HEADER_LIMIT / 5 + 1), Err(PartError::Header)),
            ("announced too long", counted.into_bytes(), Err(PartError::Part)),
            ("grows too long", long("--b\r\n\r\n", PART_LIMIT + 1), Err(PartError::Part)),
            ("no number", b"--b\r\nContent-Length: -1\r\n\r\n".to_vec(), Err(PartError::Length)),
            (
                "text",
                b"--b\r\nContent-Type: text/html\r\n\r\n".to_vec(),
                Err(PartError::Type("text/html".into())),
            ),
            ("empty part", b"--b\r\nContent-Length: 0\r\n\r\n\r\n--b\r\n".to_vec(), Ok(vec![])),
            ("just allowed", long("--b\r\n\r\n", PART_LIMIT), Ok(vec![])),
        ] {
            for keep in [true, false] {
                assert_eq!(lens(read(Some("b"), &stream, &[4096], |_| keep)), want, "{name}");
            }
        }
    }

    #[test]
    fn a_part_nobody_asked_for_is_not_kept() {
        for head in ["--b\r\nContent-Length: 5000000\r\n\r\n", "--b\r\n\r\n"] {
            let mut parts = Parts::new(Some("b"));
            assert_eq!(parts.eat(head.as_bytes()), Ok((head.len(), Event::Hungry)));
            assert_eq!(parts.eat(&[0x5a]), Ok((0, Event::Begins)));
            for _ in 0..1000 {
                parts.eat(&[0x5a; 4096]).unwrap();
                assert!(parts.body.capacity() < 100, "{}", parts.body.capacity());
            }
        }
    }

    #[test]
    fn a_part_forgotten_half_way_is_dropped_and_the_next_one_is_whole() {
        for head in ["--b\r\nContent-Length: 10\r\n\r\n", "--b\r\n\r\n"] {
            let mut parts = Parts::new(Some("b"));
            let first = [head.as_bytes(), &jpeg(10)[..5]].concat();
            let (eaten, _) = parts.eat(&first).unwrap();
            parts.keep();
            assert_eq!(parts.eat(&first[eaten..]).unwrap().1, Event::Hungry);
            parts.forget();
            let rest = [&jpeg(10)[5..], b"\r\n", head.as_bytes(), &jpeg(10), b"\r\n--b\r\n"].concat();
            let (eaten, event) = parts.eat(&rest).unwrap();
            assert_eq!(event, Event::Ends(None));
            let (more, event) = parts.eat(&rest[eaten..]).unwrap();
            assert_eq!(event, Event::Begins);
            parts.keep();
            assert_eq!(parts.eat(&rest[eaten + more..]).unwrap().1, Event::Ends(Some(jpeg(10))));
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_parts(
            camera in 0..CAMERAS.len(),
            pieces in proptest::collection::vec(1usize..40, 1..20),
            kept: [bool; 2],
        ) {
            let (boundary, before, between, after) = CAMERAS[camera];
            let stream = stream(before, between, after);
            let want = vec![kept[0].then(|| jpeg(10)), kept[1].then(|| jpeg(20))];
            prop_assert_eq!(read(boundary, &stream, &pieces, |part| kept[part]), Ok(want));
        }

        #[test]
        fn a_mutated_stream_gives_parts_or_an_error(
            camera in 0..CAMERAS.len(),
            cuts in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
            pieces in proptest::collection::vec(1usize..40, 1..20),
            end: proptest::sample::Index,
        ) {
            let (boundary, before, between, after) = CAMERAS[camera];
            let mut stream = stream(before, between, after);
            for (at, byte) in cuts {
                let at = at.index(stream.len());
                stream[at] = byte;
            }
            stream.truncate(end.index(stream.len()) + 1);
            let whole = read(boundary, &stream, &[stream.len()], |_| true);
            prop_assert_eq!(read(boundary, &stream, &pieces, |_| true), whole);
        }

        #[test]
        fn garbage_gives_parts_or_an_error(
            stream in proptest::collection::vec(prop_oneof![
                Just(b'-'), Just(b'b'), Just(b'\r'), Just(b'\n'), Just(0xff), Just(0xd9), any::<u8>()
            ], 0..2000),
            pieces in proptest::collection::vec(1usize..300, 1..9),
        ) {
            let whole = read(Some("b"), &stream, &[stream.len()], |_| true);
            prop_assert_eq!(read(Some("b"), &stream, &pieces, |_| true), whole);
        }
    }
}
