//! A car on what carries it, as far as it is built: shadow, carrier, body, wheels, and always the plate with the
//! number on its roof.

use crate::body::{self, Body, ROOF_HEIGHT};
use crate::canvas::{Picture, Rgb};
use crate::car::Car;
use crate::gear::Gear;
use crate::letters::{self, capsule, write};
use crate::light::Light;
use crate::lines::Lines;
use crate::station::Stage;
use crate::view::{Place, Spot, by_line, on_floor, scale, spot, to_line};
use crate::{skin, wheel};

/// So far from its place a car is out of the picture.
const WAY: f32 = 9.5;

/// Body panels before the paint shop.
const METAL: Rgb = [150.0, 152.0, 145.0];

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

/// Draws `car` as it is at this stage, `way` from its place: -1 is just not yet in the picture, 1 no longer.
pub(crate) fn draw(picture: &mut Picture, light: Light, stage: Stage, car: Car, way: f32) {
    let along = way * WAY;
    let body = body::of(car.shape);
    let paint = if stage == Stage::Shell { METAL } else { car.colour.rgb().map(f32::from) };
    shadow(picture, body, along);
    match stage {
        Stage::Shell => Gear { picture, light, body, along }.skid(),
        Stage::Marriage => Gear { picture, light, body, along }.marriage(),
        Stage::Finished => {
            carrier(picture, light, along, body);
            for axle in body.axles {
                let middle = [along + axle, 0.60, body.wheel + body.lift];
                wheel::disc(picture, middle, body.wheel, light.on([14.0; 3]));
            }
        }
    }
    skin::draw(picture, light, body, stage, along, paint);
    let mut lines = Lines { picture, light, body, along };
    lines.doors();
    if stage == Stage::Finished {
        lines.fittings(paint);
    } else {
        lines.holes();
    }
    for axle in body.axles {
        match stage {
            Stage::Finished => wheel::draw(picture, light, body, along, axle),
            Stage::Shell | Stage::Marriage => wheel::arch(picture, light, body, along, axle),
        }
    }
    if stage == Stage::Marriage {
        Gear { picture, light, body, along }.springs();
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
