//! The one alphabet of the hall, in strokes: for the roof's number, the poster and the whiteboard.

use crate::canvas::{Picture, Rgb};
use crate::view::Spot;

/// A letter is 4 wide and 6 high, in units; the next begins so many further.
pub(crate) const ADVANCE: f32 = 5.8;
pub(crate) const HEIGHT: f32 = 6.0;
const WIDTH: f32 = 4.0;

/// Lines of a letter, parted by blanks; each is a run of points of two digits: units to the right and up.
fn lines(letter: char) -> &'static str {
    match letter {
        '0' | 'O' => "011030414536160501",
        '1' => "052620 1030",
        '2' => "05163645440040",
        '3' => "05163645443323 334241301001",
        '4' => "30360242",
        '5' => "460604344341301001",
        '6' => "453616050110304142331302",
        '7' => "064610",
        '8' => "13040516364544331302011030414233",
        '9' => "011030414536160504133344",
        'A' => "002640 1232",
        'B' => "000636454433 033342413000",
        'C' => "4536160501103041",
        'D' => "00062644422000",
        'E' => "46060040 0333",
        'F' => "460600 0333",
        'G' => "45361605011030414323",
        'H' => "0006 4046 0343",
        'I' => "1030 1636 2026",
        'J' => "4641301001",
        'K' => "0006 460340",
        'L' => "060040",
        'M' => "0006234640",
        'N' => "00064046",
        'P' => "00063645443303",
        'Q' => "011030414536160501 2240",
        'R' => "00063645443303 2340",
        'S' => "453616050413334241301001",
        'T' => "0646 2026",
        'U' => "060110304146",
        'V' => "062046",
        'W' => "0610243046",
        'X' => "0046 0640",
        'Y' => "062346 2320",
        'Z' => "06460040",
        '-' => "1333",
        '+' => "1333 2224",
        '=' => "0242 0444",
        '/' => "0046",
        ':' => "2121 2424",
        '.' => "2020",
        '%' => "0046 0505 4141",
        '!' => "2622 2020",
        _ => "",
    }
}

/// The strokes of a letter: both ends of each, in units.
pub(crate) fn strokes(letter: char) -> impl Iterator<Item = [Spot; 2]> {
    lines(letter).split(' ').flat_map(|line| {
        let unit = |digit: u8| f32::from(digit - b'0');
        let points: Vec<Spot> =
            line.as_bytes().chunks_exact(2).map(|point| [unit(point[0]), unit(point[1])]).collect();
        points.windows(2).map(|pair| [pair[0], pair[1]]).collect::<Vec<_>>()
    })
}

/// How wide a text is, in units.
pub(crate) fn length(text: &str) -> f32 {
    text.chars().count() as f32 * ADVANCE - (ADVANCE - WIDTH)
}

/// Writes `text` with strokes `thick` units wide; `place` says where a point of the text, in units from
/// its lower left corner, is in the picture.
pub(crate) fn write(
    picture: &mut Picture,
    text: &str,
    thick: f32,
    colour: Rgb,
    place: impl Fn(Spot) -> Spot,
) {
    for (index, letter) in (0_u8..).zip(text.chars()) {
        let left = f32::from(index) * ADVANCE;
        for [from, to] in strokes(letter) {
            let outline = capsule([from[0] + left, from[1]], [to[0] + left, to[1]], thick / 2.0);
            picture.fill(&outline.map(&place), colour, 1.0);
        }
    }
}

/// A stroke with round ends.
pub(crate) fn capsule(from: Spot, to: Spot, radius: f32) -> [Spot; 26] {
    let along = (to[1] - from[1]).atan2(to[0] - from[0]);
    std::array::from_fn(|corner| {
        let (end, step) = if corner < 13 { (to, corner as f32 - 6.0) } else { (from, corner as f32 - 7.0) };
        let (sin, cos) = (along + step * std::f32::consts::PI / 12.0).sin_cos();
        [end[0] + radius * cos, end[1] + radius * sin]
    })
}
