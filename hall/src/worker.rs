//! A worker with helmet and vest who walks through, behind the line or before it.

use crate::canvas::{Picture, Rgb};
use crate::letters::capsule;
use crate::light::Light;
use crate::takt::Walk;
use crate::view::{Place, Spot, by_line, scale, spot};

/// How far from the line's middle, and between which places along it.
const BEHIND: (f32, f32, f32) = (2.35, -7.6, 6.0);
const BEFORE: (f32, f32, f32) = (-2.15, -7.6, 5.2);

/// Steps a second.
const PACE: f32 = 1.8;

const VEST: Rgb = [255.0, 118.0, 10.0];
const SILVER: Rgb = [232.0, 236.0, 238.0];
const TROUSERS: Rgb = [38.0, 52.0, 84.0];
const SKIN: Rgb = [206.0, 156.0, 124.0];
const HELMET: Rgb = [250.0, 206.0, 20.0];

pub(crate) fn draw(picture: &mut Picture, light: Light, walk: &Walk) {
    let (across, from, to) = if walk.in_front { BEFORE } else { BEHIND };
    let part = if walk.leftwards { 1.0 - walk.part } else { walk.part };
    let along = from + (to - from) * part;
    let facing = if walk.leftwards { -1.0 } else { 1.0 };
    let place = |ahead: f32, aside: f32, z: f32| by_line([along + ahead * facing, across + aside, z]);
    let mut figure = Figure { picture, light };
    figure.shadow(place(0.0, 0.0, 0.0));
    let stride = (walk.seconds * PACE * std::f32::consts::PI).sin();
    let bob = 0.03 * (1.0 - stride.abs());
    let leg = |figure: &mut Figure<'_>, swing: f32, aside: f32| {
        let (hip, foot) =
            (place(0.0, aside, 0.90 + bob), place(0.36 * swing, aside, 0.06 + 0.05 * swing.max(0.0)));
        let knee = place(0.20 * swing + 0.07, aside, 0.49);
        figure.limb(hip, knee, 0.105, TROUSERS);
        figure.limb(knee, foot, 0.08, TROUSERS);
        figure.limb(foot, place(0.36 * swing + 0.15, aside, 0.06), 0.065, [30.0, 28.0, 28.0]);
    };
    let arm = |figure: &mut Figure<'_>, swing: f32, aside: f32| {
        let (shoulder, elbow) =
            (place(0.0, aside, 1.42 + bob), place(0.14 * swing - 0.03, aside * 1.15, 1.15 + bob));
        let hand = place(0.30 * swing + 0.08, aside * 1.1, 0.92 + bob);
        figure.limb(shoulder, elbow, 0.075, [46.0, 62.0, 98.0]);
        figure.limb(elbow, hand, 0.06, [46.0, 62.0, 98.0]);
        figure.limb(hand, hand, 0.06, SKIN);
    };
    arm(&mut figure, stride, 0.24);
    leg(&mut figure, -stride, 0.10);
    leg(&mut figure, stride, -0.10);
    figure.torso(&|aside, z| place(0.0, aside, z + bob));
    arm(&mut figure, -stride, -0.24);
    figure.limb(place(0.0, 0.0, 1.50 + bob), place(0.01, 0.0, 1.60 + bob), 0.065, SKIN);
    figure.limb(place(0.02, 0.0, 1.64 + bob), place(0.02, 0.0, 1.70 + bob), 0.105, SKIN);
    figure.limb(place(0.01, 0.0, 1.74 + bob), place(0.01, 0.0, 1.77 + bob), 0.125, HELMET);
    figure.limb(place(0.02, 0.0, 1.71 + bob), place(0.15, 0.0, 1.71 + bob), 0.02, HELMET);
}

struct Figure<'a> {
    picture: &'a mut Picture,
    light: Light,
}

impl Figure<'_> {
    fn limb(&mut self, from: Place, to: Place, radius: f32, colour: Rgb) {
        let pixels = scale(f32::midpoint(from[1], to[1]));
        let (a, b, r) = (spot(from), spot(to), radius * pixels);
        self.picture.fill(&capsule(a, b, r), self.light.on(colour.map(|part| part * 0.72)), 1.0);
        let lit = |[x, y]: Spot| [x + 0.18 * r, y - 0.16 * r];
        self.picture.fill(&capsule(lit(a), lit(b), r * 0.78), self.light.on(colour), 1.0);
    }

    fn torso(&mut self, place: &impl Fn(f32, f32) -> Place) {
        self.limb(place(-0.04, 0.98), place(-0.04, 1.36), 0.20, VEST);
        self.limb(place(0.04, 0.98), place(0.04, 1.36), 0.20, VEST);
        for z in [1.0, 1.16] {
            let ends = [place(-0.21, z), place(0.21, z)].map(spot);
            let wide = scale(place(0.0, z)[1]) * 0.205;
            let middle = [f32::midpoint(ends[0][0], ends[1][0]), f32::midpoint(ends[0][1], ends[1][1])];
            let band =
                [[-wide, -wide * 0.16], [wide, -wide * 0.16], [wide, wide * 0.16], [-wide, wide * 0.16]];
            let outline = band.map(|[x, y]| [middle[0] + x, middle[1] + y]);
            self.picture.fill(&outline, self.light.on(SILVER), 1.0);
        }
    }

    fn shadow(&mut self, at: Place) {
        for step in 1..=5_u8 {
            let r = 0.10 * f32::from(step);
            let outline: [Spot; 20] = std::array::from_fn(|corner| {
                let (sin, cos) = (corner as f32 / 20.0 * std::f32::consts::TAU).sin_cos();
                spot([at[0] + r * 1.3 * cos, at[1] + r * sin, 0.0])
            });
            self.picture.fill(&outline, [8.0, 9.0, 12.0], 0.14);
        }
    }
}
