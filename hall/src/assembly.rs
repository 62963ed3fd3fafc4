//! A car on its carrier: shadow, carrier, body, wheels, and the plate with the number on its roof.

use crate::body::{self, Body, ROOF_HEIGHT};
use crate::canvas::{Picture, Rgb};
use crate::car::Car;
use crate::letters::{self, capsule, write};
use crate::light::Light;
use crate::view::{Place, Spot, by_line, on_floor, scale, spot, to_line};

/// So far from its place a car is out of the picture.
const WAY: f32 = 9.5;

/// The plate on the roof: from, to along the car; half its width; its height above the floor.
const PLATE: [f32; 2] = [-1.02, 0.50];
const PLATE_HALF: f32 = 0.56;
const PLATE_HEIGHT: f32 = ROOF_HEIGHT + 0.045;
/// What is left free around the number, in letter units.
pub(crate) const MARGIN: Spot = [1.1, 1.0];

/// Where a point of the plate of a standing car is seen: parts of its length and width from its lower
/// left corner, as the number is read.
pub(crate) fn on_plate(u: f32, v: f32) -> Spot {
    spot(by_line(plate_place(u, v, 0.0)))
}

fn plate_place(u: f32, v: f32, along: f32) -> Place {
    [PLATE[0] + (PLATE[1] - PLATE[0]) * u + along, PLATE_HALF * (2.0 * v - 1.0), PLATE_HEIGHT]
}

/// The plate in letter units.
pub(crate) fn plate_units() -> Spot {
    [letters::length("0000") + 2.0 * MARGIN[0], letters::HEIGHT + 2.0 * MARGIN[1]]
}

/// Draws `car`, `way` from its place: -1 is just not yet in the picture, 1 no longer.
pub(crate) fn draw(picture: &mut Picture, light: Light, car: Car, way: f32) {
    let along = way * WAY;
    let paint = car.colour.rgb().map(f32::from);
    let body = body::of(car.shape);
    shadow(picture, body, along);
    carrier(picture, light, along, body);
    for axle in body.axles {
        disc(picture, body, along + axle, 0.60, body.wheel, light.on([14.0; 3]));
    }
    body::draw(picture, light, body, along, paint);
    lines(picture, light, body, along, paint);
    for axle in body.axles {
        wheel(picture, light, body, along, axle);
    }
    plate(picture, light, along, car.order);
}

/// Soft and dark, widest below the middle of the car.
fn shadow(picture: &mut Picture, body: &Body, along: f32) {
    let [rear, front] = body.ends();
    let corner = |x: f32, y: f32| spot(by_line([x + along, y, 0.0]));
    let area = [
        corner(rear - 0.9, 1.9),
        corner(front + 0.9, 1.9),
        corner(front + 0.9, -1.9),
        corner(rear - 0.9, -1.9),
    ];
    let (middle, half) = (f32::midpoint(rear, front) + along, (front - rear) / 2.0 - 0.35);
    picture.fill_with(&area, |x, y| {
        let [x, y, _] = to_line(on_floor([x, y], 0.0));
        let (over_x, over_y) = (((x - middle).abs() - half).max(0.0), (y.abs() - 0.55).max(0.0));
        let far = (over_x * over_x + over_y * over_y).sqrt();
        ([8.0, 9.0, 12.0], 0.62 * (1.0 - far / 1.25).clamp(0.0, 1.0).powi(2))
    });
}

fn beam(picture: &mut Picture, from: Place, to: Place, radius: f32, colour: Rgb) {
    let pixels = scale(f32::midpoint(from[1], to[1]));
    picture.fill(&capsule(spot(from), spot(to), radius * pixels), colour, 1.0);
}

/// Two beams with four posts that end below the sills.
fn carrier(picture: &mut Picture, light: Light, along: f32, body: &Body) {
    for across in [0.62, -0.62] {
        let place = |x: f32, z: f32| by_line([x + along, across, z]);
        for x in [-0.85, 0.85] {
            beam(picture, place(x, 0.12), place(x, body.lift + 0.25), 0.05, light.on([188.0, 150.0, 20.0]));
        }
        beam(picture, place(-1.9, 0.12), place(1.9, 0.12), 0.065, light.on([206.0, 166.0, 26.0]));
        beam(picture, place(-1.9, 0.15), place(1.9, 0.15), 0.02, light.on([246.0, 214.0, 90.0]));
    }
}

/// A circle parallel to the car's side, `across` from its middle line towards the camera.
fn ring(body: &Body, x: f32, across: f32, radius: f32, from: f32, to: f32) -> Vec<Spot> {
    let height = body.wheel + body.lift;
    (0..=40_u8)
        .map(|step| {
            let (sin, cos) = (from + (to - from) * f32::from(step) / 40.0).sin_cos();
            spot(by_line([x + radius * cos, -across, height + radius * sin]))
        })
        .collect()
}

fn disc(picture: &mut Picture, body: &Body, x: f32, across: f32, radius: f32, colour: Rgb) {
    picture.fill(&ring(body, x, across, radius, 0.0, std::f32::consts::TAU), colour, 1.0);
}

fn wheel(picture: &mut Picture, light: Light, body: &Body, along: f32, axle: f32) {
    let (x, side) = (along + axle, -body.skin(axle, 2.0)[1]);
    let (r, pi) = (body.wheel, std::f32::consts::PI);
    // The arch, open below the wheel's middle where the sill ends.
    picture.fill(
        &ring(body, x, side - 0.015, r + 0.055, -0.14, pi + 0.14),
        light.on([12.0, 12.0, 14.0]),
        1.0,
    );
    disc(picture, body, x, side - 0.16, r, light.on([16.0, 16.0, 18.0]));
    disc(picture, body, x, side - 0.05, r, light.on([34.0, 35.0, 38.0]));
    disc(picture, body, x, side - 0.045, r * 0.97, light.on([24.0, 24.0, 27.0]));
    disc(picture, body, x, side - 0.04, r * 0.74, light.on([150.0, 154.0, 160.0]));
    disc(picture, body, x, side - 0.04, r * 0.69, light.on([40.0, 42.0, 46.0]));
    let height = body.wheel + body.lift;
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
    disc(picture, body, x, side - 0.035, r * 0.15, light.on([120.0, 124.0, 130.0]));
    disc(picture, body, x, side - 0.035, r * 0.08, light.on([60.0, 62.0, 66.0]));
}

/// What is drawn on the skin: shut lines, handles, lamps.
fn lines(picture: &mut Picture, light: Light, body: &Body, along: f32, paint: Rgb) {
    let seen = |x: f32, knot: f32| {
        let [x, y, z] = body.skin(x, knot);
        spot(by_line([x + along, y, z + body.lift]))
    };
    let mut stroke = |points: &[[f32; 2]], width: f32, colour: Rgb, alpha: f32| {
        for pair in points.windows(2) {
            let outline = capsule(seen(pair[0][0], pair[0][1]), seen(pair[1][0], pair[1][1]), width);
            picture.fill(&outline, light.on(colour), alpha);
        }
    };
    for &door in body.doors {
        let shut: Vec<[f32; 2]> = (0..=10_u8).map(|step| [door, 1.0 + 0.4 * f32::from(step)]).collect();
        stroke(&shut, 1.0, [10.0; 3], 0.65);
    }
    for &door in &body.doors[1..] {
        stroke(&[[door + 0.10, 3.35], [door + 0.32, 3.35]], 3.4, [20.0; 3], 0.55);
        stroke(&[[door + 0.10, 3.45], [door + 0.32, 3.45]], 2.0, [214.0; 3], 0.8);
    }
    let [rear, front] = body.ends();
    mirror(picture, light, paint, seen(0.74, 5.05));
    let mut lamp = |corners: [[f32; 2]; 4], colour: Rgb| {
        picture.fill(&corners.map(|[x, knot]| seen(x, knot)), light.on(colour), 1.0);
    };
    lamp(
        [[front - 0.30, 3.9], [front - 0.12, 3.7], [front - 0.10, 2.7], [front - 0.26, 2.9]],
        [40.0, 44.0, 50.0],
    );
    lamp(
        [[front - 0.27, 3.75], [front - 0.14, 3.6], [front - 0.13, 2.95], [front - 0.24, 3.05]],
        [226.0, 236.0, 246.0],
    );
    lamp(
        [[front - 0.34, 1.3], [front - 0.06, 1.5], [front - 0.05, 2.1], [front - 0.22, 1.9]],
        [18.0, 19.0, 22.0],
    );
    lamp(
        [[rear + 0.08, 3.7], [rear + 0.30, 3.9], [rear + 0.26, 3.3], [rear + 0.08, 3.2]],
        [168.0, 16.0, 22.0],
    );
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

fn plate(picture: &mut Picture, light: Light, along: f32, order: u32) {
    let seen = |u: f32, v: f32, up: f32| {
        let [x, y, z] = plate_place(u, v, along);
        spot(by_line([x, y, z + up]))
    };
    let area = |grow: f32, up: f32| {
        [
            seen(-grow, 1.0 + grow, up),
            seen(1.0 + grow, 1.0 + grow, up),
            seen(1.0 + grow, -grow, up),
            seen(-grow, -grow, up),
        ]
    };
    for step in 1..=4_u8 {
        picture.fill(&area(0.012 * f32::from(step), -0.035), [0.0; 3], 0.10);
    }
    picture.fill(&area(0.0, -0.02), light.on([120.0, 122.0, 124.0]), 1.0);
    picture.fill(&area(0.0, 0.0), light.on([248.0, 248.0, 244.0]), 1.0);
    let units = plate_units();
    write(picture, &format!("{order:04}"), 1.15, light.on([18.0, 18.0, 20.0]), |[x, y]| {
        seen((x + MARGIN[0]) / units[0], (y + MARGIN[1]) / units[1], 0.0)
    });
}
