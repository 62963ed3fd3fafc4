//! Poster and whiteboard: what no customer may ever read, and is made up.

use crate::backdrop::{WALL, upright};
use crate::canvas::{Picture, Rgb};
use crate::letters::{HEIGHT, length, write};
use crate::light::Light;
use crate::view::spot;

/// Metres: left, right, bottom, top.
pub(crate) const POSTER: [f32; 4] = [-6.35, -4.05, 0.66, 1.94];
pub(crate) const WHITEBOARD: [f32; 4] = [-3.65, -0.05, 0.66, 1.94];

/// The sign of a planned line's station: shown to everybody, so it hangs clear of all that is covered.
pub(crate) const SIGN: [f32; 4] = [0.72, 2.62, 0.96, 1.92];

const RED: Rgb = [190.0, 24.0, 30.0];
const DARK: Rgb = [36.0, 40.0, 48.0];
const BLUE: Rgb = [26.0, 66.0, 160.0];

/// A line of text on a board: how far its left and lower edges are from the board's left upper corner, to the
/// right and down, and the height of its letters (metres).
struct Line(f32, f32, f32, &'static str, Rgb);

const ON_POSTER: [Line; 7] = [
    Line(0.14, 0.265, 0.15, "PROJECT 9X1", [255.0; 3]),
    Line(0.14, 0.49, 0.09, "CONFIDENTIAL", RED),
    Line(0.14, 0.63, 0.072, "DO NOT PHOTOGRAPH", DARK),
    Line(0.14, 0.82, 0.07, "START OF SERIES  W14/27", DARK),
    Line(0.14, 0.93, 0.07, "RANGE TARGET     640 KM", DARK),
    Line(0.14, 1.04, 0.07, "POWER            515 KW", DARK),
    Line(0.14, 1.15, 0.07, "BODY STIFFNESS     +18%", DARK),
];

const ON_WHITEBOARD: [Line; 11] = [
    Line(0.16, 0.25, 0.11, "TORQUE TABLE", BLUE),
    Line(0.16, 0.43, 0.085, "M10 SUBFRAME  62 NM + 90", DARK),
    Line(0.16, 0.575, 0.085, "M12 STRUT    110 NM", DARK),
    Line(0.16, 0.72, 0.085, "M14 HUB      460 NM", DARK),
    Line(0.16, 0.865, 0.085, "BATTERY 28X   24 NM", RED),
    Line(0.16, 1.03, 0.085, "REWORK W46: 3.1%", BLUE),
    Line(0.16, 1.175, 0.085, "SUPPLIER B LATE - SECRET!", RED),
    Line(2.28, 0.25, 0.11, "CYCLE TIME", BLUE),
    Line(2.28, 0.43, 0.085, "OP 10  41.2 S", DARK),
    Line(2.28, 0.575, 0.085, "OP 20  38.7 S", DARK),
    Line(2.28, 0.72, 0.085, "OP 30  57.9 S", RED),
];

/// Every line that is written on the poster.
pub fn poster_says() -> impl Iterator<Item = &'static str> {
    ON_POSTER.iter().map(|line| line.3)
}

/// Every line that is written on the whiteboard.
pub fn whiteboard_says() -> impl Iterator<Item = &'static str> {
    ON_WHITEBOARD.iter().map(|line| line.3)
}

fn print(picture: &mut Picture, light: Light, board: [f32; 4], line: &Line, thick: f32) {
    let [board_left, _, _, board_top] = board;
    let &Line(right, down, height, text, colour) = line;
    let (left, bottom, unit) = (board_left + right, board_top - down, height / HEIGHT);
    write(picture, text, thick, light.on(colour), |[x, y]| spot([left + x * unit, WALL, bottom + y * unit]));
}

fn sheet(picture: &mut Picture, light: Light, [left, right, bottom, top]: [f32; 4], frame: Rgb, paper: Rgb) {
    for step in 0..4_u8 {
        let by = 0.02 * f32::from(step);
        let shadow = upright(left, right + 0.04 + by, bottom - 0.03 - by, top - 0.04, WALL);
        picture.fill(&shadow, [20.0, 24.0, 30.0], 0.09);
    }
    picture.fill(&upright(left, right, bottom, top, WALL), light.on(frame), 1.0);
    picture.fill(&upright(left + 0.04, right - 0.04, bottom + 0.04, top - 0.04, WALL), light.on(paper), 1.0);
}

pub(crate) fn poster(picture: &mut Picture, light: Light) {
    let [left, right, _, top] = POSTER;
    sheet(picture, light, POSTER, [52.0, 58.0, 66.0], [246.0, 246.0, 242.0]);
    picture.fill(&upright(left + 0.04, right - 0.04, top - 0.34, top - 0.04, WALL), light.on(RED), 1.0);
    let [title, rest @ ..] = &ON_POSTER;
    print(picture, light, POSTER, title, 0.95);
    for line in rest {
        print(picture, light, POSTER, line, 0.85);
    }
    // The outline of a car that nobody has seen yet.
    let outline: [[f32; 2]; 12] = [
        [0.0, 0.06],
        [0.02, 0.16],
        [0.14, 0.22],
        [0.30, 0.32],
        [0.52, 0.33],
        [0.68, 0.23],
        [0.86, 0.18],
        [0.90, 0.08],
        [0.74, 0.04],
        [0.64, 0.07],
        [0.24, 0.07],
        [0.14, 0.04],
    ];
    let drawn = outline.map(|[u, v]| spot([right - 0.92 + u * 0.85, WALL, top - 0.76 + v * 0.85]));
    picture.fill(&drawn, light.on([120.0, 128.0, 138.0]), 1.0);
}

pub(crate) fn whiteboard(picture: &mut Picture, light: Light) {
    let [left, right, bottom, _] = WHITEBOARD;
    sheet(picture, light, WHITEBOARD, [150.0, 156.0, 162.0], [250.0, 251.0, 252.0]);
    picture.fill(
        &upright(left + 0.3, right - 0.3, bottom - 0.05, bottom + 0.01, WALL),
        light.on([128.0; 3]),
        1.0,
    );
    for line in &ON_WHITEBOARD {
        print(picture, light, WHITEBOARD, line, 0.75);
    }
    for (bar, height) in [0.20, 0.15, 0.28, 0.12, 0.23].into_iter().enumerate() {
        let from = left + 2.32 + bar as f32 * 0.2;
        let bar = upright(from, from + 0.13, bottom + 0.10, bottom + 0.10 + height, WALL);
        picture.fill(&bar, light.on(if height > 0.25 { RED } else { BLUE }), 0.85);
    }
}

/// A station's number, white on its hue.
pub(crate) fn sign(picture: &mut Picture, light: Light, number: u8, hue: Rgb) {
    let [left, right, bottom, top] = SIGN;
    sheet(picture, light, SIGN, [236.0, 238.0, 238.0], hue);
    let number = number.to_string();
    for (text, low, height, thick) in
        [("STATION", top - 0.27, 0.15, 0.9), (&*number, bottom + 0.13, 0.40, 1.1)]
    {
        let unit = height / HEIGHT;
        let from = (left + right - length(text) * unit) / 2.0;
        write(picture, text, thick, light.on([250.0; 3]), |[x, y]| {
            spot([from + x * unit, WALL, low + y * unit])
        });
    }
}
