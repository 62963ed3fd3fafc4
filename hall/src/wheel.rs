//! The sides of a car at its axles: wheels, or the open arches where they will be.

use crate::body::Body;
use crate::canvas::{Picture, Rgb};
use crate::light::Light;
use crate::view::{Place, Spot, by_line, spot};

/// A point beside another one on a plane parallel to the car's side: that one is given along the line, across it
/// towards the camera, and by its height.
fn around([x, across, height]: Place, radius: f32, angle: f32) -> Spot {
    let (sin, cos) = angle.sin_cos();
    spot(by_line([x + radius * cos, -across, height + radius * sin]))
}

/// A part of a circle around such a point.
fn ring(middle: Place, radius: f32, from: f32, to: f32) -> Vec<Spot> {
    (0..=40_u8).map(|step| around(middle, radius, from + (to - from) * f32::from(step) / 40.0)).collect()
}

/// A whole circle around such a point.
pub(crate) fn disc(picture: &mut Picture, middle: Place, radius: f32, colour: Rgb) {
    picture.fill(&ring(middle, radius, 0.0, std::f32::consts::TAU), colour, 1.0);
}

/// A wheel in its arch.
pub(crate) fn draw(picture: &mut Picture, light: Light, body: &Body, along: f32, axle: f32) {
    let (x, side) = (along + axle, -body.skin(axle, 2.0)[1]);
    let (r, pi) = (body.wheel, std::f32::consts::PI);
    let height = body.wheel + body.lift;
    let middle = |inwards: f32| [x, side - inwards, height];
    // The arch, open below the wheel's middle where the sill ends.
    picture.fill(&ring(middle(0.015), r + 0.055, -0.14, pi + 0.14), light.on([12.0, 12.0, 14.0]), 1.0);
    disc(picture, middle(0.16), r, light.on([16.0, 16.0, 18.0]));
    disc(picture, middle(0.05), r, light.on([34.0, 35.0, 38.0]));
    disc(picture, middle(0.045), r * 0.97, light.on([24.0, 24.0, 27.0]));
    disc(picture, middle(0.04), r * 0.74, light.on([150.0, 154.0, 160.0]));
    disc(picture, middle(0.04), r * 0.69, light.on([40.0, 42.0, 46.0]));
    let at = |radius: f32, angle: f32| {
        by_line([x + radius * angle.cos(), 0.04 - side, height + radius * angle.sin()])
    };
    for spoke in 0..5_u8 {
        let angle = f32::from(spoke) * pi * 0.4 + pi / 2.0;
        let bright = 176.0 + 40.0 * angle.sin();
        let outline = [
            at(r * 0.12, angle - 1.1),
            at(r * 0.71, angle - 0.17),
            at(r * 0.71, angle + 0.17),
            at(r * 0.12, angle + 1.1),
        ];
        picture.fill(&outline.map(spot), light.on([bright, bright + 3.0, bright + 8.0]), 1.0);
    }
    disc(picture, middle(0.035), r * 0.15, light.on([120.0, 124.0, 130.0]));
    disc(picture, middle(0.035), r * 0.08, light.on([60.0, 62.0, 66.0]));
}

/// The arch without a wheel, open down to the sill.
pub(crate) fn arch(picture: &mut Picture, light: Light, body: &Body, along: f32, axle: f32) {
    let (x, side) = (along + axle, -body.skin(axle, 2.0)[1]);
    let (height, radius) = (body.wheel + body.lift, body.wheel + 0.055);
    let sill = |x: f32| {
        let [x, y, z] = body.skin(x, 0.0);
        spot(by_line([x + along, y, z + body.lift]))
    };
    let edge = |radius: f32| {
        // The sill rises towards the ends; the arch does not reach below it.
        let above = |&angle: &f32| {
            let [_, _, low] = body.skin(axle + radius * angle.cos(), 1.0);
            body.wheel + radius * angle.sin() > low
        };
        let angles = (0..=60_u8).map(|step| std::f32::consts::PI * f32::from(step) / 60.0).filter(above);
        let round = angles.map(|angle| around([x, side - 0.015, height], radius, angle));
        let steps = (0..=12_u8).map(|step| sill(axle - radius + radius * f32::from(step) / 6.0));
        round.chain(steps).collect::<Vec<Spot>>()
    };
    picture.fill(&edge(radius + 0.022), light.on([28.0, 29.0, 31.0]), 0.55);
    let [top, bottom] = [height + radius, body.lift + 0.2].map(|z| spot(by_line([x, -side, z]))[1]);
    picture.fill_with(&edge(radius), |_, y| {
        let down = ((y - top) / (bottom - top)).clamp(0.0, 1.0);
        (light.on([13.0 + 30.0 * down, 14.0 + 31.0 * down, 16.0 + 33.0 * down]), 1.0)
    });
}
