//! What a person should look at before views are saved.
//!
//! Deliberately absent: letters, people and other cars. Nothing here finds them, so a person says that they have looked.

use lineshot_config::View;
use lineshot_domain::{Polygon, Show};
use lineshot_proof::Proven;

/// More than this part of the frame is nearly everything, in percent.
const NEARLY_ALL: usize = 85;
/// Points a side that are looked at.
const GRID: usize = 100;
/// A mask that ends nearer to the border of the shown area shows what lies behind it as soon as the camera moves a little;
/// as a part of the frame.
const BORDER: f64 = 0.01;

/// The codes of what is to be looked at; their texts are the page's, `{name}` stands for the mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) code: &'static str,
    pub(crate) name: String,
}

/// Of a view, and of a picture of it as it would be shown.
pub(crate) fn warnings(view: &View, picture: Option<&Proven>) -> Vec<Warning> {
    let of = |code, name: &str| Warning { code, name: name.to_owned() };
    let mut all = Vec::new();
    if is_nearly_open(view) {
        all.push(of("nearly_open", ""));
    }
    for mask in view.scene.masks() {
        let is_near = |x: f64, y: f64| {
            [(BORDER, 0.0), (-BORDER, 0.0), (0.0, BORDER), (0.0, -BORDER)]
                .into_iter()
                .any(|(dx, dy)| !is_shown(view.scene.show(), x + dx, y + dy))
        };
        let corners = mask.polygon.corners().iter();
        // Where the frame itself ends, nothing lies behind the border.
        let is_within = |value: f64| (2.0 * BORDER..=1.0 - 2.0 * BORDER).contains(&value);
        let mut points = corners.map(|corner| (corner.x.value(), corner.y.value()));
        if points.any(|(x, y)| is_within(x) && is_within(y) && is_near(x, y)) {
            all.push(of("mask_at_border", &mask.name));
        }
    }
    if picture.is_some_and(|picture| lineshot_codes::is_readable(picture).unwrap_or(false)) {
        all.push(of("code_readable", ""));
    }
    // By eye, and always.
    all.extend(["letters", "people_or_cars", "no_guard"].map(|code| of(code, "")));
    all
}

/// Whether nearly all of the frame is shown.
pub(crate) fn is_nearly_open(view: &View) -> bool {
    let is_open = |x: f64, y: f64| {
        let is_masked = view.scene.masks().iter().any(|mask| is_inside(&mask.polygon, x, y));
        is_shown(view.scene.show(), x, y) && !is_masked
    };
    let middles = (0..GRID * GRID).map(|at| {
        let part = |cell: usize| (cell as f64 + 0.5) / GRID as f64;
        (part(at % GRID), part(at / GRID))
    });
    middles.filter(|(x, y)| is_open(*x, *y)).count() * 100 > NEARLY_ALL * GRID * GRID
}

fn is_shown(show: &Show, x: f64, y: f64) -> bool {
    match show {
        Show::All => (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y),
        Show::Within(polygons) => polygons.iter().any(|polygon| is_inside(polygon, x, y)),
    }
}

/// By the number of edges to the right (even-odd rule).
fn is_inside(polygon: &Polygon, x: f64, y: f64) -> bool {
    let corners = polygon.corners();
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let is_right = |(from, to): (&lineshot_domain::Point, &lineshot_domain::Point)| {
        let ((x1, y1), (x2, y2)) = ((from.x.value(), from.y.value()), (to.x.value(), to.y.value()));
        (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    };
    edges.filter(|edge| is_right(*edge)).count() % 2 == 1
}
