//! Day and night by the hour, UTC: the sun behind the windows, the lamps below the roof.

use std::f32::consts::TAU;

use lineshot_domain::Wall;

use crate::canvas::Rgb;
use crate::view::mix;

/// The light changes in so many steps from night to day, so that what stands still is drawn seldom.
const STEPS: f32 = 24.0;
const DAY: i64 = 24 * 3600 * 1000;

/// The light of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Light {
    /// 0 is night, 1 is day.
    pub(crate) day: f32,
}

impl Light {
    pub(crate) fn at(at: Wall) -> Light {
        let hour = at.unix_ms().rem_euclid(DAY) as f32 / DAY as f32;
        let height = -(hour * TAU).cos();
        let day = ((height + 0.35) / 0.75).clamp(0.0, 1.0);
        Light { day: (day * day * (3.0 - 2.0 * day) * STEPS).round() / STEPS }
    }

    /// How much of dawn or dusk there is, 0 to 1.
    pub(crate) fn dusk(self) -> f32 {
        1.0 - (2.0 * self.day - 1.0).abs()
    }

    /// The light on everything in the hall.
    pub(crate) fn hall(self) -> Rgb {
        let dusk = self.dusk() * 0.05;
        let [r, g, b] = mix([0.80, 0.77, 0.73], [1.0, 1.0, 1.0], self.day);
        [r + dusk, g, b - dusk]
    }

    /// `colour` in this light.
    pub(crate) fn on(self, colour: Rgb) -> Rgb {
        let light = self.hall();
        [colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]]
    }

    /// The sky at a share of the window's height, 0 at the horizon.
    pub(crate) fn sky(self, up: f32) -> Rgb {
        let day = mix([226.0, 238.0, 247.0], [134.0, 186.0, 228.0], up);
        let night = mix([34.0, 42.0, 66.0], [12.0, 16.0, 34.0], up);
        let dusk = mix([255.0, 158.0, 92.0], [150.0, 120.0, 168.0], up);
        mix(mix(night, day, self.day), dusk, self.dusk() * 0.8)
    }

    /// How bright the lamps look, 0 to 1: they always burn, but by day nobody sees it.
    pub(crate) fn lamps(self) -> f32 {
        1.0 - 0.65 * self.day
    }
}
