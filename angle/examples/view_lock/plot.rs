//! The share that is accepted against how far a corner went, as SVG.

use std::fmt::Write as _;

use crate::way::{NEVER, TOLERANCE};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 50.0;
const MOST: f64 = 50.0;
const COLOURS: [&str; 3] = ["#1b7837", "#2166ac", "#b2182b"];

/// Near zero a pixel is wider than far from it.
fn across(pixels: f64) -> f64 {
    LEFT + (WIDTH - LEFT - 20.0) * (1.0 + pixels).ln() / (1.0 + MOST).ln()
}

fn up(part: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 40.0) * part
}

/// One line for each, with its name.
pub(crate) fn accepted(curves: &[(String, Vec<(f64, f64)>)]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\">Frames accepted, by how far a corner of the picture really went</text>\n"
    );
    let mut line = |words: String| {
        let _infallible = writeln!(svg, "{words}");
    };
    for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = up(part);
        line(format!("<path d=\"M{LEFT} {y:.1}H{}\" stroke=\"#ddd\"/>", WIDTH - 20.0));
        line(format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{} %</text>",
            LEFT - 6.0,
            y + 4.0,
            part * 100.0
        ));
    }
    for pixels in [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 40.0] {
        let x = across(pixels);
        line(format!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{pixels}</text>", HEIGHT - 30.0));
    }
    line(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">pixels of a frame of 1080 lines</text>",
        (LEFT + WIDTH) / 2.0,
        HEIGHT - 10.0
    ));
    for (pixels, words, anchor) in [(TOLERANCE, "tolerance", "end"), (NEVER, "never from here", "start")] {
        let x = across(pixels);
        line(format!("<path d=\"M{x:.1} 40V{:.1}\" stroke=\"#888\" stroke-dasharray=\"4 3\"/>", up(0.0)));
        line(format!("<text x=\"{x:.1}\" y=\"36\" text-anchor=\"{anchor}\" fill=\"#666\">{words}</text>"));
    }
    for (number, ((name, points), colour)) in curves.iter().zip(COLOURS).enumerate() {
        let places: Vec<(f64, f64)> = points.iter().map(|(x, y)| (across(*x), up(*y))).collect();
        let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        line(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        ));
        for (x, y) in places {
            line(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
        }
        let y = 70.0 + 18.0 * number as f64;
        line(format!(
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>",
            WIDTH - 24.0
        ));
    }
    svg + "</svg>\n"
}
