//! What was seen of a camera, in words for people.

use crate::judge::Seen;

impl Seen {
    /// Where the camera points, against where it should; without a full stop.
    pub fn in_words(&self) -> String {
        let Some(fit) = self.fit else {
            return format!("of {} anchors {} were recognised", self.of, self.found);
        };
        let mut words = Vec::new();
        let mut say = |value: f64, least: f64, text: String| {
            if value.abs() >= least {
                words.push(text);
            }
        };
        let side = |value: f64, positive: &'static str, negative: &'static str| {
            if value > 0.0 { positive } else { negative }
        };
        let (right, down) = (fit.right, fit.down);
        say(
            right,
            0.5,
            format!("points {:.0} px too far to the {}", right.abs(), side(right, "left", "right")),
        );
        say(down, 0.5, format!("points {:.0} px too {}", down.abs(), side(down, "high", "low")));
        let turned = side(fit.turn, "left", "right");
        say(fit.turn, 0.05, format!("is turned {:.1}° to the {turned}", fit.turn.abs()));
        let sized = side(fit.zoom, "large", "small");
        say(fit.zoom, 0.001, format!("shows all {:.1} % too {sized}", fit.zoom.abs() * 100.0));
        if let Some(mask) = &self.aside {
            words.push(format!(
                "was moved aside, or what stands near the mask {mask:?} was: it went, and the rest did not"
            ));
        }
        match words.as_slice() {
            [] => "the camera points where it belongs".to_owned(),
            [one] => format!("the camera {one}"),
            [most @ .., last] => format!("the camera {} and {last}", most.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fit;

    #[test]
    fn a_person_reads_which_way_the_camera_was_moved() {
        let fit = Fit { right: 11.6, down: -3.2, turn: 0.42, zoom: 0.0, corner: 16.0, anchors: 20 };
        let mut seen = Seen { fit: Some(fit), aside: None, found: 22, of: 32, sharpness: None };
        assert_eq!(
            seen.in_words(),
            "the camera points 12 px too far to the left, points 3 px too low and is turned 0.4° to the left"
        );
        seen.fit = Some(Fit { right: 0.2, down: 0.1, turn: 0.0, zoom: -0.013, corner: 14.0, anchors: 20 });
        assert_eq!(seen.in_words(), "the camera shows all 1.3 % too small");
        seen.fit = Some(Fit { zoom: 0.0, corner: 0.3, ..seen.fit.unwrap() });
        assert_eq!(seen.in_words(), "the camera points where it belongs");
        seen.aside = Some("robot".to_owned());
        assert!(seen.in_words().contains("near the mask \"robot\""));
        seen.fit = None;
        assert_eq!(seen.in_words(), "of 32 anchors 22 were recognised");
    }
}
