//! What is drawn on a body's near side: shut lines, and then handles, mirror and lamps, or the holes for them.

use crate::body::Body;
use crate::canvas::{Picture, Rgb};
use crate::letters::capsule;
use crate::light::Light;
use crate::view::{Spot, by_line, spot};

/// The side of a body `along` metres from its place. Its points are given along the body and by knot.
pub(crate) struct Lines<'a> {
    pub(crate) picture: &'a mut Picture,
    pub(crate) light: Light,
    pub(crate) body: &'a Body,
    pub(crate) along: f32,
}

impl Lines<'_> {
    /// The doors' shut lines.
    pub(crate) fn doors(&mut self) {
        for &door in self.body.doors {
            let shut: Vec<[f32; 2]> = (0..=10_u8).map(|step| [door, 1.0 + 0.4 * f32::from(step)]).collect();
            self.stroke(&shut, 1.0, [10.0; 3], 0.65);
        }
    }

    /// Handles, mirror and lamps.
    pub(crate) fn fittings(&mut self, paint: Rgb) {
        for &door in &self.body.doors[1..] {
            self.stroke(&[[door + 0.10, 3.35], [door + 0.32, 3.35]], 3.4, [20.0; 3], 0.55);
            self.stroke(&[[door + 0.10, 3.45], [door + 0.32, 3.45]], 2.0, [214.0; 3], 0.8);
        }
        let [rear, front] = self.body.ends();
        mirror(self.picture, self.light, paint, self.seen([0.74, 5.05]));
        self.patch(headlamp(front), [40.0, 44.0, 50.0]);
        self.patch(
            [[front - 0.27, 3.75], [front - 0.14, 3.6], [front - 0.13, 2.95], [front - 0.24, 3.05]],
            [226.0, 236.0, 246.0],
        );
        self.patch(inlet(front), [18.0, 19.0, 22.0]);
        self.patch(tail_lamp(rear), [168.0, 16.0, 22.0]);
    }

    /// Where fittings will be.
    pub(crate) fn holes(&mut self) {
        for &door in &self.body.doors[1..] {
            self.stroke(&[[door + 0.12, 3.4], [door + 0.30, 3.4]], 2.4, [16.0; 3], 0.8);
        }
        let [rear, front] = self.body.ends();
        for hole in [headlamp(front), inlet(front), tail_lamp(rear)] {
            self.patch(hole, [20.0, 21.0, 24.0]);
        }
    }

    fn seen(&self, [x, knot]: [f32; 2]) -> Spot {
        let [x, y, z] = self.body.skin(x, knot);
        spot(by_line([x + self.along, y, z + self.body.lift]))
    }

    fn stroke(&mut self, points: &[[f32; 2]], width: f32, colour: Rgb, alpha: f32) {
        for pair in points.windows(2) {
            let outline = capsule(self.seen(pair[0]), self.seen(pair[1]), width);
            self.picture.fill(&outline, self.light.on(colour), alpha);
        }
    }

    fn patch(&mut self, corners: [[f32; 2]; 4], colour: Rgb) {
        let outline = corners.map(|corner| self.seen(corner));
        self.picture.fill(&outline, self.light.on(colour), 1.0);
    }
}

fn headlamp(front: f32) -> [[f32; 2]; 4] {
    [[front - 0.30, 3.9], [front - 0.12, 3.7], [front - 0.10, 2.7], [front - 0.26, 2.9]]
}

fn inlet(front: f32) -> [[f32; 2]; 4] {
    [[front - 0.34, 1.3], [front - 0.06, 1.5], [front - 0.05, 2.1], [front - 0.22, 1.9]]
}

fn tail_lamp(rear: f32) -> [[f32; 2]; 4] {
    [[rear + 0.08, 3.7], [rear + 0.30, 3.9], [rear + 0.26, 3.3], [rear + 0.08, 3.2]]
}

/// The mirror at the near door; `at` is its foot.
fn mirror(picture: &mut Picture, light: Light, paint: Rgb, [x, y]: Spot) {
    picture.fill(&capsule([x, y], [x - 6.0, y - 6.0], 5.0), light.on([18.0; 3]), 1.0);
    picture.fill(
        &capsule([x - 20.0, y - 12.0], [x + 14.0, y - 6.0], 14.0),
        light.on(paint.map(|part| part * 0.5)),
        1.0,
    );
    picture.fill(&capsule([x - 19.0, y - 15.0], [x + 13.0, y - 9.0], 11.0), light.on(paint), 1.0);
    let shine = light.on(paint.map(|part| part + (255.0 - part) * 0.35));
    picture.fill(&capsule([x - 16.0, y - 20.0], [x + 8.0, y - 15.0], 3.0), shine, 1.0);
}
