use lineshot_domain::Wall;

use super::*;
use crate::view::{HEIGHT, WIDTH};
use crate::{Hall, Plan, Position, Renderer, Visit};

fn nudge(right: i32, down: i32, turn: i32, zoom: i32) -> Nudge {
    Nudge::new(right, down, turn, zoom).unwrap()
}

/// Whether `moved` shows each pixel of `picture` so much further to the right and down, the border's repeated.
fn is_moved(moved: &Picture, picture: &Picture, right: i32, down: i32) -> bool {
    let from = |at: u32, by: i32, pixels: u32| (at as i32 - by).clamp(0, pixels as i32 - 1) as u32;
    let pixels = picture.rgb().as_chunks::<3>().0;
    let expected = Picture::of(WIDTH, HEIGHT, |x, y| {
        pixels[(from(y, down, HEIGHT) * WIDTH + from(x, right, WIDTH)) as usize]
    });
    *moved == expected
}

/// Black but for a soft white dot around this spot, which counts from the picture's left and upper edge.
fn dot([x, y]: Spot) -> Picture {
    Picture::of(WIDTH, HEIGHT, |column, row| {
        let far = (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y);
        [(255.0 * (-far * far / 18.0).exp()) as u8; 3]
    })
}

/// Where the middle of all that is bright is.
fn middle(picture: &Picture) -> [f64; 2] {
    let mut sums = [0.0; 3];
    for (at, pixel) in picture.rgb().as_chunks::<3>().0.iter().enumerate() {
        let (x, y) = (at % WIDTH as usize, at / WIDTH as usize);
        for (sum, value) in sums.iter_mut().zip([x as f64 + 0.5, y as f64 + 0.5, 1.0]) {
            *sum += value * f64::from(pixel[0]);
        }
    }
    [sums[0] / sums[2], sums[1] / sums[2]]
}

#[test]
fn a_nudge_beyond_its_bounds_is_none() {
    let (shift, turn, zoom) = (Nudge::MOST_SHIFT, Nudge::MOST_TURN, Nudge::MOST_ZOOM);
    assert_eq!([shift, turn, zoom], [5_000, 10_000, 100_000]);
    for sign in [1, -1] {
        let [beyond_shift, beyond_turn, beyond_zoom] = [shift, turn, zoom].map(|most| sign * (most + 1));
        for (by, error) in [
            ([sign * shift, sign * shift, sign * turn, sign * zoom], None),
            ([beyond_shift, 0, 0, 0], Some(NudgeError::Shift(beyond_shift))),
            ([0, beyond_shift, 0, 0], Some(NudgeError::Shift(beyond_shift))),
            ([0, 0, beyond_turn, 0], Some(NudgeError::Turn(beyond_turn))),
            ([0, 0, 0, beyond_zoom], Some(NudgeError::Zoom(beyond_zoom))),
        ] {
            let [right, down, turn, zoom] = by;
            assert_eq!(Nudge::new(right, down, turn, zoom).err(), error, "{by:?}");
        }
    }
    let said = NudgeError::Turn(10_001).to_string();
    assert_eq!(said, "a nudge turns by at most 10000 thousandths of a degree, not by 10001");
    assert!(Nudge::new(i32::MIN, i32::MAX, i32::MIN, i32::MAX).is_err());
}

#[test]
fn points_are_turned_clockwise_about_the_centre_then_grown_then_moved() {
    for (spot, by, expected) in [
        ([1_500.0, 540.0], [0, 0, 0, 0], [1_500.0, 540.0]),
        ([1_500.0, 540.0], [0, 0, 10_000, 0], [1_491.796, 633.770]),
        ([1_500.0, 540.0], [0, 0, -10_000, 0], [1_491.796, 446.230]),
        ([960.0, 140.0], [0, 0, 10_000, 0], [1_029.459, 146.077]),
        ([1_800.0, 540.0], [0, 0, 100, 0], [1_799.999, 541.466]),
        ([1_500.0, 540.0], [0, 0, 0, 100_000], [1_554.0, 540.0]),
        ([300.0, 900.0], [0, 0, 0, -100_000], [366.0, 864.0]),
        ([300.0, 900.0], [0, 0, 0, 2_000], [298.68, 900.72]),
        ([300.0, 900.0], [5_000, -5_000, 0, 0], [800.0, 400.0]),
        ([300.0, 900.0], [4, -7, 0, 0], [300.4, 899.3]),
        ([1_500.0, 540.0], [125, -300, 10_000, 100_000], [1_557.476, 613.147]),
        ([960.0, 540.0], [0, 0, 7_777, -77_777], [960.0, 540.0]),
    ] {
        let [right, down, turn, zoom] = by;
        let found = middle(&nudge(right, down, turn, zoom).seen(&dot(spot)));
        let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
        assert!(off < 0.05, "{spot:?} by {by:?}: {found:?}, not {expected:?}");
    }
}

#[test]
fn between_two_pixels_their_mean_is_seen() {
    let stripes = Picture::of(WIDTH, HEIGHT, |x, _| [(x % 2) as u8 * 200, 100, 7]);
    let seen = nudge(5, 0, 0, 0).seen(&stripes);
    let (pixels, _) = seen.rgb().as_chunks::<3>();
    assert_eq!(pixels[0], [0, 100, 7], "beyond the border is the border");
    assert!(pixels[1..WIDTH as usize].iter().all(|&pixel| pixel == [100, 100, 7]));
}

/// `ms` after six in the morning of 2026-11-23, UTC.
fn moment(ms: i64) -> Wall {
    Wall::from_unix_ms(1_795_413_600_000 + ms)
}

fn place(position: u8) -> Position {
    Position::new(position).unwrap()
}

/// An order stands at position 1 from 10 s to 20 s after [`moment`] 0.
fn plan(order: u32) -> Plan {
    let (position, arrives, leaves) = (place(1), moment(10_000), moment(20_000));
    Plan::new(vec![Visit { order, position, arrives, leaves }]).unwrap()
}

fn hall(plan: Plan) -> Hall {
    Hall::planned(7, plan)
}

#[test]
fn a_nudge_by_whole_pixels_moves_each_pixel_by_exactly_that() {
    for ms in [5_000, 9_500, 15_000] {
        let picture = hall(plan(7)).picture(place(1), moment(ms));
        for (right, down) in [(10, 0), (0, -3), (-37, 21), (500, -500)] {
            let knocked = hall(plan(7).nudged(place(1), nudge(right * 10, down * 10, 0, 0)));
            let moved = knocked.picture(place(1), moment(ms));
            assert!(is_moved(&moved, &picture, right, down), "{right} {down} {ms}");
        }
    }
}

#[test]
fn without_a_nudge_of_its_own_a_camera_sees_the_same_bytes() {
    for ms in [5_000, 9_500, 15_000] {
        let still = hall(plan(7)).jpeg(place(1), moment(ms), 88);
        let elsewhere = plan(7).nudged(place(0), nudge(90, 0, 0, 0)).nudged(place(2), nudge(0, 0, 900, 0));
        assert!(hall(elsewhere).jpeg(place(1), moment(ms), 88) == still, "{ms}");
        let by_nothing = plan(7).nudged(place(1), nudge(0, 0, 0, 0));
        assert!(hall(by_nothing).jpeg(place(1), moment(ms), 88) == still, "{ms}");
    }
}

#[test]
fn what_was_drawn_before_changes_no_pixel_of_a_camera_that_is_knocked() {
    let (one, other) = (nudge(33, -8, 1_500, 9_000), nudge(-120, 64, 0, -20_000));
    let mut kept = Renderer::new(hall(plan(7)), place(1));
    for (ms, nudge, order) in [
        (15_000, None, 7),
        (15_000, Some(one), 7),
        (15_100, Some(one), 7),
        (15_100, Some(other), 7),
        (15_200, None, 7),
        (15_200, Some(other), 8),
        (20_300, Some(other), 8),
        (5_000, Some(one), 8),
        (5_000, None, 8),
        (15_000, Some(one), 7),
    ] {
        let hall = hall(nudge.map_or(plan(order), |nudge| plan(order).nudged(place(1), nudge)));
        kept.watch(hall.clone());
        assert!(kept.picture(moment(ms)) == &hall.picture(place(1), moment(ms)), "{ms} {nudge:?} {order}");
    }
}
