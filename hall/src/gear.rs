//! What carries a car that is not finished: the body shop's skid, and the posts and the lift of the marriage.

use crate::body::Body;
use crate::canvas::{Picture, Rgb};
use crate::letters::capsule;
use crate::light::Light;
use crate::view::{Place, by_line, scale, spot};
use crate::wheel::disc;

const SKID: Rgb = [70.0, 104.0, 142.0];
const YELLOW: Rgb = [218.0, 174.0, 30.0];
const CHROME: Rgb = [186.0, 192.0, 198.0];
const PALLET: Rgb = [92.0, 100.0, 110.0];
const BATTERY: Rgb = [54.0, 58.0, 64.0];
const MOTOR: Rgb = [134.0, 140.0, 146.0];
const ORANGE: Rgb = [240.0, 128.0, 24.0];
const SPRING: Rgb = [214.0, 62.0, 30.0];

/// How far below its place in the body the powertrain still is.
const BELOW: f32 = 0.10;

/// What stands below a car `along` metres from its place.
pub(crate) struct Gear<'a> {
    pub(crate) picture: &'a mut Picture,
    pub(crate) light: Light,
    pub(crate) body: &'a Body,
    pub(crate) along: f32,
}

impl Gear<'_> {
    /// Two runners with cross beams on the floor, and posts up to the sills.
    pub(crate) fn skid(&mut self) {
        let top = self.sill();
        self.block([-2.0, 2.0], [0.56, 0.68], [0.03, 0.15], SKID);
        for x in [-1.0, 1.0] {
            self.block([x - 0.05, x + 0.05], [0.59, 0.65], [0.15, top], SKID);
        }
        for x in [-1.5, -0.5, 0.5, 1.5] {
            self.block([x - 0.06, x + 0.06], [-0.56, 0.56], [0.05, 0.13], SKID);
        }
        self.block([-2.0, 2.0], [-0.68, -0.56], [0.03, 0.15], SKID);
        for x in [-1.0, 1.0] {
            self.block([x - 0.09, x + 0.09], [-0.67, -0.57], [0.15, 0.18], SKID);
            self.block([x - 0.05, x + 0.05], [-0.65, -0.59], [0.15, top + 0.1], SKID);
        }
    }

    /// Posts hold the body while the lift raises battery and axles from below.
    pub(crate) fn marriage(&mut self) {
        self.posts([0.70, 0.80]);
        self.block([-1.70, 1.70], [-0.60, 0.60], [0.02, 0.05], PALLET);
        let pallet = self.sill() - 0.33;
        for (x, y) in [(-0.50, 0.46), (0.50, 0.46), (-0.50, -0.46), (0.50, -0.46)] {
            self.rod([x, y, 0.05], [x, y, f32::midpoint(0.05, pallet)], 0.075, PALLET);
            self.rod([x, y, 0.05], [x, y, pallet], 0.05, CHROME);
        }
        self.block([-1.72, 1.72], [-0.62, 0.62], [pallet, pallet + 0.04], PALLET);
        for axle in self.body.axles {
            self.block([axle - 0.24, axle + 0.24], [-0.56, 0.56], [pallet + 0.04, pallet + 0.16], MOTOR);
        }
        self.battery(pallet + 0.04);
        self.posts([-0.80, -0.70]);
    }

    /// What is seen of springs and hubs in the open arches.
    pub(crate) fn springs(&mut self) {
        for axle in self.body.axles {
            self.spring(axle);
            self.hub(axle);
        }
    }

    /// The height of the sills above the floor, between the axles.
    fn sill(&self) -> f32 {
        self.body.skin(0.0, 0.0)[2] + self.body.lift
    }

    fn wheel_height(&self) -> f32 {
        self.body.wheel + self.body.lift - BELOW
    }

    fn posts(&mut self, across: [f32; 2]) {
        let top = self.sill();
        for x in [-0.92, 0.92] {
            self.block([x - 0.12, x + 0.12], [across[0] - 0.05, across[1] + 0.05], [0.0, 0.04], YELLOW);
            self.block([x - 0.055, x + 0.055], across, [0.04, top + 0.1], YELLOW);
        }
    }

    fn battery(&mut self, low: f32) {
        let high = low + 0.14;
        self.block([-0.82, 0.82], [-0.64, 0.64], [low, high], BATTERY);
        for rib in 0..8_u8 {
            let x = -0.77 + 0.22 * f32::from(rib);
            self.block([x - 0.014, x + 0.014], [-0.65, 0.64], [low, high], [88.0, 94.0, 102.0]);
        }
        self.block([-0.82, 0.82], [-0.655, -0.65], [high - 0.035, high - 0.02], ORANGE);
    }

    fn hub(&mut self, axle: f32) {
        let side = -self.body.skin(axle, 2.0)[1] - 0.10;
        let middle = [self.along + axle, side, self.wheel_height()];
        for (radius, shade) in [(0.185, 92.0), (0.175, 158.0), (0.095, 70.0), (0.085, 112.0), (0.03, 48.0)] {
            disc(self.picture, middle, radius, self.light.on([shade, shade + 4.0, shade + 9.0]));
        }
    }

    fn spring(&mut self, axle: f32) {
        let (low, side) = (self.wheel_height() + 0.05, self.body.skin(axle, 2.0)[1] + 0.16);
        let place = |x: f32, up: f32| [axle + x, side, low + up];
        self.rod(place(0.0, 0.0), place(0.0, 0.36), 0.022, CHROME);
        for turn in 0..6_u8 {
            let up = 0.07 + 0.042 * f32::from(turn);
            self.rod(place(-0.06, up), place(0.06, up + 0.022), 0.013, SPRING);
        }
        self.rod(place(-0.07, 0.345), place(0.07, 0.345), 0.018, [80.0, 84.0, 90.0]);
    }

    fn spot(&self, [x, y, z]: Place) -> [f32; 2] {
        spot(by_line([x + self.along, y, z]))
    }

    /// A round bar, lit from above.
    fn rod(&mut self, from: Place, to: Place, radius: f32, colour: Rgb) {
        let [a, b] = [self.spot(from), self.spot(to)];
        let depth = by_line([f32::midpoint(from[0], to[0]), f32::midpoint(from[1], to[1]), 0.0])[1];
        let r = radius * scale(depth);
        for (shift, wide, bright) in [(0.0, 1.0, 0.62), (-0.16, 0.76, 0.9), (-0.34, 0.30, 1.16)] {
            let up = |[x, y]: [f32; 2]| [x + shift * r, y + shift * r];
            let shade = self.light.on(colour.map(|part| (part * bright).min(255.0)));
            self.picture.fill(&capsule(up(a), up(b), r * wide), shade, 1.0);
        }
    }

    /// A box between these places along the car, across it and above the floor.
    fn block(&mut self, x: [f32; 2], y: [f32; 2], z: [f32; 2], colour: Rgb) {
        // The camera sees top and near side; of the two ends the hidden one is covered by these.
        for end in x {
            self.face(
                [[end, y[0], z[0]], [end, y[1], z[0]], [end, y[1], z[1]], [end, y[0], z[1]]],
                colour,
                0.58,
            );
        }
        let near = y[0];
        self.face(
            [[x[0], near, z[0]], [x[1], near, z[0]], [x[1], near, z[1]], [x[0], near, z[1]]],
            colour,
            0.80,
        );
        self.face(
            [[x[0], y[0], z[1]], [x[1], y[0], z[1]], [x[1], y[1], z[1]], [x[0], y[1], z[1]]],
            colour,
            1.12,
        );
    }

    fn face(&mut self, corners: [Place; 4], colour: Rgb, bright: f32) {
        let outline = corners.map(|corner| self.spot(corner));
        let shade = self.light.on(colour.map(|part| (part * bright).min(255.0)));
        self.picture.fill(&outline, shade, 1.0);
    }
}
