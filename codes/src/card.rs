//! The test card: QR codes and rows of letters, each smaller than the one before, on one sheet of A4.
//!
//! All lengths are in millimetres on the sheet as it is printed at its own size.

use std::fmt::Write as _;

use font8x8::{BASIC_FONTS, UnicodeFonts as _};
use qrcode::{Color, EcLevel, QrCode};

/// What the card is called in certificates.
pub const CARD: &str = "lineshot card 1";

/// The sheet's width and height.
const SHEET: (f64, f64) = (190.0, 250.0);

/// Left, top and side of each code.
pub(crate) const CODES: [(f64, f64, f64); 4] =
    [(10.0, 10.0, 80.0), (110.0, 10.0, 40.0), (110.0, 65.0, 20.0), (145.0, 65.0, 10.0)];

/// Height of the letters and what stands in each row; no letters that are easily taken for another.
pub(crate) const ROWS: [(f64, &str); 9] = [
    (32.0, "HKVRS"),
    (22.0, "ZNTCE"),
    (16.0, "PLAXD"),
    (11.0, "UFYMH"),
    (8.0, "RSKTZ"),
    (5.5, "NEVCP"),
    (4.0, "XLDAF"),
    (2.8, "MYUHR"),
    (2.0, "TKZSN"),
];

/// Where the first row begins, and what a letter and a row take of its height.
const FIRST: f64 = 105.0;
const ADVANCE: f64 = 1.1;
const LEADING: f64 = 1.3;

/// Dots of a letter each way.
pub(crate) const DOTS: usize = 8;

/// The card.
#[derive(Clone, Copy, Debug)]
pub struct Card;

impl Card {
    /// Left, top, width and height of everything black on it.
    pub fn ink() -> Vec<[f64; 4]> {
        let mut ink = Vec::new();
        for (left, top, side) in CODES {
            let code =
                QrCode::with_error_correction_level(says(side), EcLevel::M).expect("a short text has a code");
            let (across, dot) = (code.width(), side / code.width() as f64);
            for (at, colour) in code.to_colors().into_iter().enumerate() {
                if colour == Color::Dark {
                    let (x, y) = ((at % across) as f64, (at / across) as f64);
                    ink.push([left + x * dot, top + y * dot, dot, dot]);
                }
            }
        }
        for letter in letters() {
            let dot = letter.height / DOTS as f64;
            for (x, y) in dots(letter.letter) {
                ink.push([letter.left + x as f64 * dot, letter.top + y as f64 * dot, dot, dot]);
            }
        }
        ink
    }

    /// The sheet's width and height.
    pub fn sheet() -> (f64, f64) {
        SHEET
    }

    /// The sheet as a drawing to print at its own size.
    pub fn svg() -> String {
        let (width, height) = SHEET;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"0 0 {width} {height}\">\n<title>{CARD}: print at 100 %</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n<path d=\""
        );
        for [left, top, across, down] in Card::ink() {
            let _infallible = write!(svg, "M{left:.4} {top:.4}h{across:.4}v{down:.4}h-{across:.4}z");
        }
        svg.push_str("\"/>\n</svg>\n");
        svg
    }

    /// Left, top and side of the code that says this on the card.
    pub(crate) fn place(text: &str) -> Option<(f64, f64, f64)> {
        CODES.into_iter().find(|(_, _, side)| says(*side) == text)
    }
}

fn says(side: f64) -> String {
    format!("LINESHOT:{side}MM")
}

/// One letter of the card.
pub(crate) struct Letter {
    pub(crate) row: usize,
    pub(crate) letter: char,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) height: f64,
}

impl Letter {
    pub(crate) fn middle(&self) -> (f64, f64) {
        (self.left + self.height / 2.0, self.top + self.height / 2.0)
    }
}

pub(crate) fn letters() -> impl Iterator<Item = Letter> {
    let mut top = FIRST;
    ROWS.into_iter().enumerate().flat_map(move |(row, (height, text))| {
        let from = top;
        top += height * LEADING;
        text.chars().enumerate().map(move |(at, letter)| Letter {
            row,
            letter,
            left: 10.0 + at as f64 * height * ADVANCE,
            top: from,
            height,
        })
    })
}

/// The dots of a letter that are black: from the left and from the top.
pub(crate) fn dots(letter: char) -> impl Iterator<Item = (usize, usize)> {
    let rows = BASIC_FONTS.get(letter).unwrap_or([0; DOTS]);
    (0..DOTS * DOTS).map(|at| (at % DOTS, at / DOTS)).filter(move |(x, y)| rows[*y] >> x & 1 == 1)
}
