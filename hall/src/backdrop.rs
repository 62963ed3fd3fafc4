//! What never moves: wall, windows, floor, conveyor, lamps.

use crate::boards;
use crate::canvas::{Picture, Rgb};
use crate::light::Light;
use crate::robot;
use crate::station::Station;
use crate::view::{HEIGHT, Place, Spot, WIDTH, by_line, mix, on_floor, on_wall, spot, to_line};

/// Where the back wall stands.
pub(crate) const WALL: f32 = 5.0;
/// The windows' lower edge, and how wide each is.
const SILL: f32 = 2.06;
const WINDOW: f32 = 1.9;

const CONCRETE: Rgb = [176.0, 178.0, 178.0];
const STEEL: Rgb = [96.0, 101.0, 106.0];
const YELLOW: Rgb = [238.0, 190.0, 24.0];

const WAINSCOT: Rgb = [92.0, 112.0, 124.0];

/// The empty hall in this light, at this station.
pub(crate) fn backdrop(light: Light, station: Station) -> Picture {
    let mut picture = Picture::black(WIDTH, HEIGHT);
    let sign = station.sign();
    wall(&mut picture, light, sign.map_or(WAINSCOT, |(_, hue)| mix(WAINSCOT, hue, 0.8)));
    windows(&mut picture, light);
    floor(&mut picture, light);
    conveyor(&mut picture, light);
    boards::poster(&mut picture, light);
    boards::whiteboard(&mut picture, light);
    if let Some((number, hue)) = sign {
        boards::sign(&mut picture, light, number, hue);
    }
    lamps(&mut picture, light);
    robot::cell(&mut picture, light);
    picture
}

/// The corners of an upright rectangle at depth `y`.
pub(crate) fn upright(left: f32, right: f32, bottom: f32, top: f32, y: f32) -> [Spot; 4] {
    [[left, y, top], [right, y, top], [right, y, bottom], [left, y, bottom]].map(spot)
}

/// The corners of a rectangle on the floor, along and across the line.
fn flat(from: f32, to: f32, front: f32, back: f32, z: f32) -> [Spot; 4] {
    [[from, back, z], [to, back, z], [to, front, z], [from, front, z]].map(|place| spot(by_line(place)))
}

fn wall(picture: &mut Picture, light: Light, wainscot: Rgb) {
    let shade =
        |z: f32| light.on(mix([196.0, 202.0, 205.0], [226.0, 229.0, 230.0], (z / 3.0).clamp(0.0, 1.0)));
    picture.fill_with(&upright(-9.0, 9.0, 0.0, 4.0, WALL), |x, y| (shade(on_wall([x, y], WALL)[2]), 1.0));
    picture.fill(&upright(-9.0, 9.0, 0.0, 0.34, WALL), light.on(wainscot), 1.0);
    picture.fill(&upright(-9.0, 9.0, 0.34, 0.37, WALL), light.on([150.0, 160.0, 166.0]), 1.0);
    for column in -4..=4_i8 {
        let x = f32::from(column) * WINDOW - 0.3;
        picture.fill(&upright(x - 0.16, x + 0.16, 0.0, 3.0, WALL), light.on([178.0, 186.0, 190.0]), 1.0);
        picture.fill(&upright(x + 0.10, x + 0.16, 0.0, 3.0, WALL), light.on([150.0, 158.0, 164.0]), 1.0);
    }
    picture.fill_with(&upright(-9.0, 9.0, 0.0, 0.5, WALL), |x, y| {
        ([20.0; 3], 0.28 * (1.0 - on_wall([x, y], WALL)[2] / 0.5).powi(2))
    });
}

fn windows(picture: &mut Picture, light: Light) {
    let sill = light.on([120.0, 128.0, 134.0]);
    for window in -4..=3_i8 {
        let left = f32::from(window) * WINDOW - 0.10;
        let right = left + WINDOW - 0.40;
        picture.fill(&upright(left - 0.05, right + 0.05, SILL - 0.07, 3.2, WALL), sill, 1.0);
        let pane = upright(left, right, SILL, 3.2, WALL);
        picture.fill_with(&pane, |x, y| (light.sky((on_wall([x, y], WALL)[2] - SILL) / 1.1), 1.0));
        // Roofs of other halls, with lights in them at night.
        let far = mix(light.sky(0.2), [60.0, 70.0, 84.0], 0.55);
        let step = f32::from(window.rem_euclid(3)) * 0.07;
        picture.fill(&upright(left, right, SILL, SILL + 0.16 + step, WALL), far, 1.0);
        picture.fill(&upright(left + 0.5, left + 0.62, SILL, SILL + 0.42 + step, WALL), far, 1.0);
        for lit in 0..5_u8 {
            let x = left + 0.12 + f32::from(lit) * 0.27;
            let glow = upright(x, x + 0.07, SILL + 0.06, SILL + 0.10, WALL);
            picture.fill(&glow, [255.0, 214.0, 140.0], (1.0 - light.day) * 0.8);
        }
        let middle = f32::midpoint(left, right);
        picture.fill(&upright(middle - 0.025, middle + 0.025, SILL, 3.2, WALL), sill, 1.0);
        picture.fill(&upright(left, right, SILL + 0.55, SILL + 0.58, WALL), sill, 1.0);
    }
}

/// How much of the windows' light a place of the floor mirrors: a band below each window.
fn mirrored([x, y, _]: Place) -> f32 {
    let across = ((x + 0.10).rem_euclid(WINDOW) / WINDOW - 0.40).abs();
    let band = (1.0 - across / 0.45).clamp(0.0, 1.0);
    band * band * (1.0 - (WALL - y) / 8.0).clamp(0.0, 1.0)
}

/// How much of the lamps' light a place of the floor shows.
fn below_lamps([x, y, _]: Place) -> f32 {
    let across = ((x + 1.6 - 1.5).rem_euclid(3.0) - 1.5).abs();
    let band = 1.0 - ((across - 0.5) / 0.9).clamp(0.0, 1.0);
    band * band * (3.0 - 2.0 * band) * (1.0 - ((y - 1.0).abs() / 5.0).clamp(0.0, 1.0))
}

fn floor(picture: &mut Picture, light: Light) {
    let edge = spot([0.0, WALL, 0.0])[1];
    let all = [[0.0, edge], [WIDTH as f32, edge], [WIDTH as f32, HEIGHT as f32], [0.0, HEIGHT as f32]];
    let sky = light.sky(0.3);
    picture.fill_with(&all, |x, y| {
        let place = on_floor([x, y], 0.0);
        let near = ((WALL - place[1]) / 9.0).clamp(0.0, 1.0);
        let vignette = 1.0 - 0.22 * ((x - 960.0) / 960.0).powi(2) - 0.16 * near;
        let base = light.on(CONCRETE.map(|part| part * vignette));
        let base = mix(base, sky, 0.42 * mirrored(place));
        (mix(base, [255.0, 246.0, 226.0], 0.30 * light.lamps() * below_lamps(place)), 1.0)
    });
    let joint = light.on([132.0, 134.0, 136.0]);
    for line in -4..=4_i8 {
        let x = f32::from(line) * 2.4;
        let ends = [[x, WALL, 0.0], [x, -4.2, 0.0]].map(spot);
        picture.fill(&crate::letters::capsule(ends[0], ends[1], 0.8), joint, 0.6);
    }
    for y in [3.6, 1.2, -1.2] {
        let v = spot([0.0, y, 0.0])[1];
        picture.fill(&[[0.0, v], [1920.0, v], [1920.0, v + 1.5], [0.0, v + 1.5]], joint, 0.6);
    }
}

fn conveyor(picture: &mut Picture, light: Light) {
    // The marked way beside the line, then the line itself.
    for (front, back) in [(-1.95, -1.83), (1.55, 1.67)] {
        picture.fill(&flat(-10.0, 7.0, front, back, 0.0), light.on(YELLOW), 0.92);
    }
    picture.fill(&flat(-10.0, 7.0, -1.25, 1.25, 0.0), light.on([70.0, 74.0, 78.0]), 1.0);
    picture.fill_with(&flat(-10.0, 7.0, -1.15, 1.15, 0.0), |x, y| {
        let [along, across, _] = to_line(on_floor([x, y], 0.0));
        let slat = (along * 2.0).rem_euclid(1.0);
        let dark = if slat < 0.06 { 0.72 } else { 1.0 };
        let round = 1.0 - 0.18 * (across / 1.15).powi(2) + 0.08 * slat;
        (light.on(STEEL.map(|part| part * dark * round)), 1.0)
    });
    for across in [-1.22, 1.14] {
        for stripe in -25..18_i8 {
            let from = f32::from(stripe) * 0.4;
            let colour = if stripe % 2 == 0 { YELLOW } else { [34.0, 34.0, 36.0] };
            picture.fill(&flat(from, from + 0.41, across, across + 0.08, 0.0), light.on(colour), 1.0);
        }
    }
}

fn lamps(picture: &mut Picture, light: Light) {
    for x in [-4.6, -1.6, 1.4, 4.4] {
        let (y, z) = (2.4, 3.02);
        let [from, to] = [[x - 0.9, y, z], [x + 0.9, y, z]].map(spot);
        for glow in 1..=9_u8 {
            let outline = crate::letters::capsule(from, to, 6.0 + f32::from(glow) * 6.0);
            picture.fill(&outline, [255.0, 244.0, 222.0], 0.035 * light.lamps());
        }
        picture.fill(&crate::letters::capsule(from, to, 9.0), light.on([120.0, 124.0, 128.0]), 1.0);
        let [from, to] = [[from[0], from[1] + 3.0], [to[0], to[1] + 3.0]];
        let tube = mix([222.0, 226.0, 228.0], [255.0, 250.0, 236.0], light.lamps());
        picture.fill(&crate::letters::capsule(from, to, 5.0), tube, 1.0);
    }
}
