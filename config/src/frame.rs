//! Fractions of a frame to polygons and pixels.

use ::config::ValueKind;
use lineshot_domain::{Crop, Fraction, GeometryError, Mask, Point, Polygon, Show, Size};
use serde_json::json;

use crate::key::{Key, Keys, Shape};
use crate::shape::{List, Nested, Own, Text, number};
use crate::tree::At;

/// Corners in order around an area.
const POLYGON: Own<Polygon> = Own {
    read: |at| Polygon::new(corners(at)?).map_or_else(|error| geometry(at, error), Some),
    schema: corners_schema,
    words: CORNERS,
};

/// The same round what is covered, whose edges may cross.
const COVERED: Own<Polygon> = Own {
    read: |at| Polygon::enclosing(corners(at)?).map_or_else(|error| geometry(at, error), Some),
    schema: corners_schema,
    words: CORNERS,
};

fn corners(at: &At<'_>) -> Option<Vec<Point>> {
    let Some(corners) = at.list() else {
        return at.not(CORNERS, "write a list of corners in [brackets]");
    };
    let corners: Vec<Option<Point>> = corners.iter().map(|corner| point(at, corner)).collect();
    corners.into_iter().collect()
}

fn corners_schema() -> serde_json::Value {
    let fraction = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let corner = json!({ "type": "array", "items": fraction, "minItems": 2, "maxItems": 2 });
    json!({ "type": "array", "items": corner, "minItems": 3, "maxItems": 256 })
}

/// More areas than this are drawn by a program, and nobody could look through them.
const MOST_AREAS: usize = 64;

const CORNERS: &str = "three or more corners [from the left, from the top], in fractions of the frame";

fn point(polygon: &At<'_>, corner: &At<'_>) -> Option<Point> {
    match corner.list().as_deref() {
        Some([x, y]) => {
            let (x, y) = (fraction(x), fraction(y));
            Some(Point { x: x?, y: y? })
        }
        Some(other) => {
            let found = format!("a corner of {} numbers", other.len());
            let place = if other.is_empty() { polygon } else { corner };
            place.wrong(found, "[from the left, from the top]", "give each corner two fractions")
        }
        None => corner.not("[from the left, from the top]", "give each corner two fractions"),
    }
}

fn fraction(at: &At<'_>) -> Option<Fraction> {
    let value = number(at).and_then(|number| Fraction::new(number).ok());
    let expected = "a fraction of the frame, from 0 to 1";
    value.or_else(|| at.not(expected, "divide pixels by the frame's width or height"))
}

/// What the domain says about a shape.
pub(crate) fn geometry<T>(at: &At<'_>, error: GeometryError) -> Option<T> {
    let found = format!("a shape that cannot be used ({error})");
    at.wrong(found, "simple shapes within the frame", "list the corners in order around the area")
}

static NAME: Key<Text<String>> = Key::needed(
    "name",
    Text {
        read: |at, text| {
            let name = text.trim();
            if !(1..=80).contains(&name.chars().count()) || name.chars().any(char::is_control) {
                return at.not("1 to 80 characters in one line", "say what it hides");
            }
            Some(name.to_owned())
        },
        words: "1 to 80 characters in one line",
        pattern: "\\S",
    },
    "What it hides, for people.",
);
static AREA: Key<Own<Polygon>> = Key::needed(
    "polygon",
    COVERED,
    "The area, in fractions of the frame. If its edges cross, all within its outermost corners is covered.",
);

static MASK_KEYS: Keys =
    Keys { about: "What is covered inside the shown area.", keys: &[&NAME, &AREA], elsewhere: &[] };

const MASK: Nested<Mask> = Nested {
    keys: &MASK_KEYS,
    read: |table| {
        let (name, polygon) = (table.read(&NAME), table.read(&AREA));
        Some(Mask { name: name?, polygon: polygon? })
    },
};

/// `[[view.mask]]`.
pub(crate) const MASKS: List<Nested<Mask>> = List {
    of: MASK,
    count: 0..=MOST_AREAS,
    words: "a list of tables",
    mend: "write one [[view.mask]] for each area",
};

/// `"all"`, or a list of polygons.
pub(crate) const SHOW: Own<Show> = Own {
    read: |at| match at.kind() {
        Some(ValueKind::String(word)) if word == "all" => Some(Show::All),
        Some(ValueKind::Array(_)) => AREAS.read(at).map(Show::Within),
        _ => at.not("\"all\" or a list of polygons", "write one of them"),
    },
    schema: || json!({ "oneOf": [{ "const": "all" }, AREAS.schema()] }),
    words: "\"all\" or a list of polygons",
};

const AREAS: List<Own<Polygon>> = List {
    of: POLYGON,
    count: 0..=MOST_AREAS,
    words: "a list of polygons",
    mend: "write one polygon for each shown area",
};

/// `1920x1080`.
pub(crate) const SIZE: Text<Size> = Text {
    read: |at, text| {
        let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let size = sides.and_then(|(width, height)| Size::new(width, height).ok());
        size.or_else(|| at.not(SIZES, "write the size at which the camera delivers"))
    },
    words: SIZES,
    pattern: "^[0-9]+x[0-9]+$",
};

const SIZES: &str = "the frame's width x height, 16 to 16384 pixels each, such as \"1920x1080\"";

/// Edges of a crop in millionths of the frame: left, top, right, bottom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edges([u64; 4]);

const EDGES: &str = "[left, top, right, bottom] in fractions of the frame";

pub(crate) const CROP: Own<Edges> = Own {
    read: |at| {
        let Some(list) = at.list() else { return at.not(EDGES, "give four fractions") };
        let edges: Vec<Option<Fraction>> = list.iter().map(fraction).collect();
        let edges: Vec<Fraction> = edges.into_iter().collect::<Option<_>>()?;
        let edges: Vec<u64> = edges.into_iter().map(|edge| u64::from(edge.millionths())).collect();
        let Ok(edges) = <[u64; 4]>::try_from(edges) else {
            return at.wrong(format!("{} numbers", list.len()), EDGES, "give four fractions");
        };
        let [left, top, right, bottom] = edges;
        if left >= right || top >= bottom {
            return at.wrong(
                "edges in another order",
                "left before right and top before bottom",
                "swap them",
            );
        }
        Some(Edges(edges))
    },
    schema: || {
        let fraction = json!({ "type": "number", "minimum": 0, "maximum": 1 });
        json!({ "type": "array", "items": fraction, "minItems": 4, "maxItems": 4 })
    },
    words: EDGES,
};

impl Edges {
    /// In pixels of this frame, rounded outward to even ones: JPEG's halved chroma then begins with the crop.
    pub(crate) fn of(self, frame: Size, at: Option<&At<'_>>) -> Option<Crop> {
        let [left, top, right, bottom] = self.0;
        let (x, width) = span(left, right, frame.width());
        let (y, height) = span(top, bottom, frame.height());
        match Crop::pixels(frame, x, y, width, height) {
            Ok(crop) => Some(crop),
            Err(error) => at?.wrong(error.to_string(), "a part of the frame", "widen the crop"),
        }
    }
}

/// First pixel and number of pixels between two edges in millionths of `side`.
fn span(from: u64, to: u64, side: u32) -> (u32, u32) {
    let side_px = u64::from(side);
    let first = from * side_px / 1_000_000 / 2 * 2;
    let last = ((to * side_px).div_ceil(1_000_000).div_ceil(2) * 2).min(side_px);
    let pixels = |value: u64| u32::try_from(value).unwrap_or(side);
    (pixels(first), pixels(last.saturating_sub(first)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_crop_is_rounded_outward_to_even_pixels() {
        for (from, to, side, want) in [
            (0, 1_000_000, 1920, (0, 1920)),
            (0, 1_000_000, 1921, (0, 1921)),
            (100_000, 900_000, 1920, (192, 1536)),
            (101_000, 899_000, 1920, (192, 1536)),
            (500_000, 500_001, 1080, (540, 2)),
        ] {
            assert_eq!(span(from, to, side), want, "{from}..{to} of {side}");
        }
    }

    proptest! {
        #[test]
        fn a_crop_never_loses_what_was_asked_for(
            from in 0u64..1_000_000, length in 1u64..=1_000_000, side in 16u32..=16_384,
        ) {
            let to = (from + length).min(1_000_000);
            let (first, count) = span(from, to, side);
            let side = u64::from(side);
            let (first, last) = (u64::from(first), u64::from(first) + u64::from(count));
            prop_assert!(first * 1_000_000 <= from * side && last * 1_000_000 >= to * side);
            prop_assert!(first % 2 == 0 && last <= side);
            prop_assert!(from * side - first * 1_000_000 < 2_000_000);
            prop_assert!(last == side || last * 1_000_000 - to * side < 2_000_000);
        }
    }
}
