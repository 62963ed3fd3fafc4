//! The robot and its cell: it welds on, whatever stands before it.

use lineshot_domain::Wall;

use crate::backdrop::upright;
use crate::canvas::{Picture, Rgb};
use crate::letters::{capsule, write};
use crate::light::Light;
use crate::view::{Place, Spot, mix, scale, spot};

/// How long the robot takes for one round of its work, in milliseconds.
const ROUND: i64 = 7_000;

const ORANGE: Rgb = [238.0, 112.0, 18.0];
/// The cell: left, right, front, back, height of its fence.
pub(crate) const CELL: [f32; 5] = [3.15, 7.0, 1.75, 4.9, 2.15];

/// Draws the robot at its work, and the fence before it.
pub(crate) fn draw(picture: &mut Picture, light: Light, at: Wall) {
    let turn = at.unix_ms().rem_euclid(ROUND) as f32 / ROUND as f32 * std::f32::consts::TAU;
    arm(picture, light, turn);
    fence(picture, light);
}

fn floor(corners: [Spot; 4]) -> [Spot; 4] {
    corners.map(|[x, y]| spot([x, y, 0.01]))
}

/// What stands still in the cell behind the robot.
pub(crate) fn cell(picture: &mut Picture, light: Light) {
    let [left, right, front, back, _] = CELL;
    let mat = floor([[left, back], [right, back], [right, front], [left, front]]);
    picture.fill(&mat, light.on([104.0, 112.0, 118.0]), 1.0);
    // The cabinet, with a screen that shows what nobody outside may see.
    let (x, y) = (3.55, 4.5);
    picture.fill(&upright(x, x + 0.75, 0.0, 1.65, y), light.on([206.0, 210.0, 212.0]), 1.0);
    let side = [[x, y, 1.65], [x, y + 0.4, 1.65], [x + 0.75, y + 0.4, 1.65], [x + 0.75, y, 1.65]];
    picture.fill(&side.map(spot), light.on([226.0, 230.0, 232.0]), 1.0);
    picture.fill(&upright(x + 0.08, x + 0.67, 0.98, 1.52, y), [16.0, 30.0, 44.0], 1.0);
    for (row, text) in (0_u8..).zip(["PRG 9X1-A", "WELD 118", "SPEED 92%"]) {
        let (unit, bottom) = (0.085 / 6.0, 1.40 - 0.15 * f32::from(row));
        let place = |[u, v]: Spot| spot([x + 0.11 + u * unit * 0.72, y, bottom + v * unit]);
        write(picture, text, 0.9, [110.0, 226.0, 190.0], place);
    }
    picture.fill(&upright(x + 0.08, x + 0.67, 0.1, 0.9, y), light.on([186.0, 191.0, 194.0]), 1.0);
    // The fixture with the part that is welded.
    let metal = light.on([122.0, 128.0, 134.0]);
    picture.fill(&upright(5.65, 6.35, 0.0, 0.72, 2.9), metal, 1.0);
    picture.fill(
        &[[5.4, 2.7, 0.8], [5.5, 3.5, 0.8], [7.2, 3.5, 0.8], [7.2, 2.7, 0.8]].map(spot),
        light.on([178.0, 184.0, 190.0]),
        1.0,
    );
    picture.fill(&upright(5.4, 7.2, 0.72, 0.8, 2.7), light.on([92.0, 98.0, 104.0]), 1.0);
}

/// A limb that is lit from above: three strokes.
fn limb(picture: &mut Picture, light: Light, from: Place, to: Place, radius: f32, colour: Rgb) {
    let pixels = scale(f32::midpoint(from[1], to[1]));
    let (a, b, r) = (spot(from), spot(to), radius * pixels);
    for (shift, wide, bright) in [(0.0, 1.0, 0.70), (-0.16, 0.80, 1.0), (-0.38, 0.32, 1.22)] {
        let up = |[x, y]: Spot| [x + shift * r * 0.5, y + shift * r];
        let shade = light.on(colour.map(|part| (part * bright).min(255.0)));
        picture.fill(&capsule(up(a), up(b), r * wide), shade, 1.0);
    }
}

fn arm(picture: &mut Picture, light: Light, turn: f32) {
    let (x, y) = (4.6, 3.5);
    let base = [x, y, 0.0];
    let swing = 0.55 * turn.sin();
    let (lift, bend) = (1.05 + 0.16 * (turn * 2.0).sin(), -0.62 + 0.26 * (turn * 2.0 + 0.8).cos());
    let reach = |from: Place, length: f32, up: f32| {
        let (sin, cos) = up.sin_cos();
        let flat = length * cos;
        [from[0] + flat * swing.cos(), from[1] - flat * swing.sin() * 0.6, from[2] + length * sin]
    };
    for (z, r, colour) in [(0.06, 0.42, [70.0, 74.0, 80.0]), (0.22, 0.30, ORANGE), (0.46, 0.27, ORANGE)] {
        limb(picture, light, [x - 0.12, y, z], [x + 0.12, y, z], r, colour);
    }
    let shoulder = [x, y, 0.78];
    let elbow = reach(shoulder, 1.12, lift);
    let wrist = reach(elbow, 0.92, bend);
    let tip = reach(wrist, 0.34, bend - 0.7);
    limb(picture, light, [base[0], y, 0.5], shoulder, 0.24, ORANGE);
    limb(picture, light, shoulder, elbow, 0.17, ORANGE);
    limb(picture, light, shoulder, shoulder, 0.22, [60.0, 63.0, 68.0]);
    limb(picture, light, elbow, wrist, 0.125, ORANGE);
    limb(picture, light, elbow, elbow, 0.18, [60.0, 63.0, 68.0]);
    limb(picture, light, wrist, tip, 0.06, [150.0, 154.0, 160.0]);
    limb(picture, light, wrist, wrist, 0.11, [60.0, 63.0, 68.0]);
    if turn.sin() > 0.25 && turn.cos() < 0.55 {
        let at = spot(tip);
        for glow in 1..=8_u8 {
            let colour = mix([255.0; 3], [150.0, 190.0, 255.0], f32::from(glow) / 8.0);
            picture.fill(&capsule(at, at, f32::from(glow) * 4.5), colour, 0.13);
        }
        for ray in 0..9_u8 {
            let (sin, cos) = (f32::from(ray) * 0.7 + turn * 9.0).sin_cos();
            let far = 18.0 + 14.0 * (f32::from(ray) * 2.4 + turn * 31.0).sin();
            let end = [at[0] + cos * far, at[1] + sin.abs() * far * 1.3];
            picture.fill(&capsule(at, end, 1.1), [255.0, 226.0, 150.0], 0.85);
        }
    }
}

fn fence(picture: &mut Picture, light: Light) {
    let [left, right, front, back, top] = CELL;
    let yellow = light.on([236.0, 184.0, 20.0]);
    let wire = light.on([44.0, 47.0, 52.0]);
    // The left side, seen from within, then the front.
    let side = |part: f32| [left, back + (front - back) * part];
    let face = |part: f32| [left + (right - left) * part, front];
    for (line, wires, posts) in [(&side as &dyn Fn(f32) -> Spot, 14_u8, 3_u8), (&face, 26, 3)] {
        let bar = |picture: &mut Picture, from: (Spot, f32), to: (Spot, f32), wide, colour, alpha| {
            let [a, b] = [from, to].map(|([x, y], z)| spot([x, y, z]));
            picture.fill(&capsule(a, b, wide), colour, alpha);
        };
        for step in 0..=wires {
            let foot = line(f32::from(step) / f32::from(wires));
            bar(picture, (foot, 0.15), (foot, top), 0.7, wire, 0.55);
        }
        for step in 1..10_u8 {
            let z = 0.15 + (top - 0.15) * f32::from(step) / 10.0;
            bar(picture, (line(0.0), z), (line(1.0), z), 0.7, wire, 0.55);
        }
        for z in [0.15, top] {
            bar(picture, (line(0.0), z), (line(1.0), z), 3.4, yellow, 1.0);
        }
        for step in 0..=posts {
            let foot = line(f32::from(step) / f32::from(posts));
            bar(picture, (foot, 0.0), (foot, top + 0.04), 5.0, yellow, 1.0);
        }
    }
}
