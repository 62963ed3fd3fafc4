//! Fractions of a frame to polygons and pixels.

use ::config::{Value, ValueKind};
use lineshot_domain::{Crop, Fraction, GeometryError, Mask, Point, Polygon, Show, Size};
use serde::Deserialize;

use crate::ConfigError;
use crate::section::{Number, Section, quoted};

/// A polygon as written: corners of two numbers. No fixed-size arrays: serde would pass over a third
/// number in silence.
type RawPolygon = Vec<Vec<Number>>;

/// `[[view.mask]]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawMask {
    name: String,
    polygon: RawPolygon,
}

impl RawMask {
    pub(crate) fn checked(&self, section: &Section<'_>) -> Result<Mask, ConfigError> {
        let name = self.name.trim();
        if !(1..=80).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            let found = quoted(&self.name);
            return Err(section.wrong("name", found, "1 to 80 characters in one line", "say what it hides"));
        }
        let polygon = polygon(section, "polygon", &self.polygon)?;
        Ok(Mask { name: name.to_owned(), polygon })
    }
}

/// `"all"`, or a list of polygons.
pub(crate) fn show(section: &Section<'_>, raw: Value) -> Result<Show, ConfigError> {
    match raw.kind {
        ValueKind::String(word) if word == "all" => Ok(Show::All),
        ValueKind::String(word) => {
            Err(section.wrong("show", quoted(&word), "\"all\" or a list of polygons", "write one of them"))
        }
        _ => {
            let section = section.under("show");
            let raw: Vec<RawPolygon> = raw.try_deserialize().map_err(|error| section.explain(error))?;
            let number = |(i, raw)| polygon(&section, &format!("[{}]", i + 1), raw);
            raw.iter().enumerate().map(number).collect::<Result<_, _>>().map(Show::Within)
        }
    }
}

fn polygon(section: &Section<'_>, key: &str, raw: &RawPolygon) -> Result<Polygon, ConfigError> {
    let corner = |corner: &Vec<Number>| match corner.as_slice() {
        [x, y] => Ok(Point { x: fraction(section, key, *x)?, y: fraction(section, key, *y)? }),
        other => {
            let found = format!("a corner of {} numbers", other.len());
            Err(section.wrong(key, found, "[from the left, from the top]", "give each corner two fractions"))
        }
    };
    let corners = raw.iter().map(corner).collect::<Result<_, _>>()?;
    Polygon::new(corners).map_err(|error| geometry(section, key, error))
}

fn fraction(section: &Section<'_>, key: &str, number: Number) -> Result<Fraction, ConfigError> {
    Fraction::new(number.value()).map_err(|_| {
        let expected = "a fraction of the frame, from 0 to 1";
        section.wrong(
            key,
            number.value().to_string(),
            expected,
            "divide pixels by the frame's width or height",
        )
    })
}

/// What the domain says about a shape.
pub(crate) fn geometry(section: &Section<'_>, key: &str, error: GeometryError) -> ConfigError {
    let mend = "list the corners in order around the area";
    section.wrong(
        key,
        format!("a shape that cannot be used ({error})"),
        "simple shapes within the frame",
        mend,
    )
}

/// `1920x1080`.
pub(crate) fn size(section: &Section<'_>, text: &str) -> Result<Size, ConfigError> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides.and_then(|(width, height)| Size::new(width, height).ok()).ok_or_else(|| {
        let expected = "the frame's width x height, 16 to 16384 pixels each, such as \"1920x1080\"";
        section.wrong("size", quoted(text), expected, "write the size at which the camera delivers")
    })
}

/// `[left, top, right, bottom]` in fractions, rounded outward to even pixels: JPEG's halved chroma then
/// begins with the crop.
pub(crate) fn crop(section: &Section<'_>, frame: Size, edges: &[Number]) -> Result<Crop, ConfigError> {
    let &[left, top, right, bottom] = edges else {
        let found = format!("{} numbers", edges.len());
        return Err(section.wrong("crop", found, "[left, top, right, bottom]", "give four fractions"));
    };
    let edge = |number| fraction(section, "crop", number).map(|f| u64::from(f.millionths()));
    let (left, top, right, bottom) = (edge(left)?, edge(top)?, edge(right)?, edge(bottom)?);
    let (x, width) = span(left, right, frame.width());
    let (y, height) = span(top, bottom, frame.height());
    if left >= right || top >= bottom {
        let expected = "left before right and top before bottom";
        return Err(section.wrong("crop", "edges in another order", expected, "swap them"));
    }
    Crop::pixels(frame, x, y, width, height)
        .map_err(|error| section.wrong("crop", error.to_string(), "a part of the frame", "widen the crop"))
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
