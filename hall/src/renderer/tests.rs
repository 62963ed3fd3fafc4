//! What the pictures promise, with the darkroom that they are made for.

use std::time::Duration;

use lineshot_domain::{Crop, Fraction, Mask, Point, Polygon, Scene, Show, Size};
use lineshot_picture::{Frame, Mark, Plan, develop};
use proptest::prelude::*;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

use super::*;
use crate::plan::{self, Visit};
use crate::{FRAME, POSTER, ROBOT_CELL, SHOW, WHITEBOARD, read_order};

/// Good enough to be read, and less than any camera's.
const QUALITY: u8 = 60;

fn polygon(corners: &[[f64; 2]]) -> Polygon {
    let fraction = |value| Fraction::new(value).unwrap();
    Polygon::new(corners.iter().map(|&[x, y]| Point { x: fraction(x), y: fraction(y) }).collect()).unwrap()
}

/// The confidential parts masked, with the band of trial operation, in full and 480 and 960 pixels wide.
fn plan() -> Plan {
    let frame = Size::new(FRAME[0], FRAME[1]).unwrap();
    let masks = [&POSTER[..], &WHITEBOARD, &ROBOT_CELL]
        .map(|part| Mask { name: "confidential".into(), polygon: polygon(part) });
    let scene = Scene::new(frame, Show::Within(vec![polygon(&SHOW)]), masks.into()).unwrap();
    Plan::new(&scene, Crop::whole(frame), &[480, 960], Mark::Unreleased).unwrap()
}

fn read(jpeg: &[u8]) -> Option<u32> {
    let mut decoder = JpegDecoder::new(ZCursor::new(jpeg));
    let rgb = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    read_order(&rgb, width as u32, height as u32)
}

/// The numbers read from the frame and from the pictures that the darkroom makes of it.
fn numbers(renderer: &mut Renderer, at: Wall) -> Vec<Option<u32>> {
    numbers_in(renderer.jpeg(at, QUALITY))
}

fn numbers_in(jpeg: Vec<u8>) -> Vec<Option<u32>> {
    let plan = plan();
    let from_frame = read(&jpeg);
    let masked = develop(Frame::mjpeg(jpeg).unwrap(), &plan).unwrap();
    let pictures = masked.pictures().unwrap();
    pictures.iter().map(|picture| read(picture.as_bytes())).chain([from_frame]).collect()
}

fn line() -> impl Strategy<Value = (Hall, Position, Wall)> {
    let position = (0..=15_u8).prop_map(|n| Position::new(n).unwrap());
    let takt = (1_000..120_000_u64).prop_map(Duration::from_millis);
    // Days and nights between 2020 and 2036.
    let at = (1_577_836_800_000..2_082_758_400_000_i64).prop_map(Wall::from_unix_ms);
    (any::<u64>(), takt, position, at)
        .prop_map(|(seed, takt, position, at)| (Hall::new(seed, takt), position, at))
}

fn later(from: Wall, to: Wall, part: f64) -> Wall {
    let ms = ((to.unix_ms() - from.unix_ms()) as f64 * part) as i64;
    Wall::from_unix_ms((from.unix_ms() + ms).min(to.unix_ms() - 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_number_of_a_car_that_stands_can_be_read_from_every_picture_of_it(
        (hall, position, at) in line(), part in 0.0..1.0_f64,
    ) {
        let stand = hall.stands(position, at, Wall::from_unix_ms(i64::MAX)).next().unwrap();
        let moment = later(stand.arrives, stand.leaves, part);
        let found = numbers(&mut Renderer::new(hall, position), moment);
        prop_assert_eq!(found, [Some(stand.order); 4]);
    }

    #[test]
    fn no_number_is_read_while_no_car_is_at_its_place((hall, position, at) in line(), part in 0.0..1.0_f64) {
        let mut stands = hall.stands(position, at, Wall::from_unix_ms(i64::MAX));
        let (former, next) = (stands.next().unwrap(), stands.next().unwrap());
        let moment = later(former.leaves, next.arrives, part);
        let passage = hall.passage(position, moment);
        // Within 10 cm of its place the number is already, or still, there.
        prop_assume!(passage.is_none_or(|passage| passage.way.abs() > 0.011));
        prop_assert_eq!(numbers(&mut Renderer::new(hall, position), moment), [None; 4]);
    }
}

#[test]
fn what_was_drawn_before_changes_no_pixel() {
    let (hall, position) = (Hall::new(7, Duration::from_secs(12)), Position::new(1).unwrap());
    let mut kept = Renderer::new(hall.clone(), position);
    // Around dawn, where the light changes too; a stand, a worker, a passage, and back again.
    let walks =
        (0..200).map(|takt| takt * 12_000 + 6_000).find(|&ms| hall.walk(position, moment(ms)).is_some());
    for ms in [0, 4_000, 4_000, 8_000, walks.unwrap(), 11_500, 15_000, 4_000, 3_600_000, 0] {
        let fresh = hall.jpeg(position, moment(ms), QUALITY);
        assert!(kept.jpeg(moment(ms), QUALITY) == fresh, "{ms}");
    }
}

/// `ms` after six in the morning of 2026-11-23, UTC.
fn moment(ms: i64) -> Wall {
    Wall::from_unix_ms(1_795_413_600_000 + ms)
}

#[test]
fn a_worker_never_hides_the_number() {
    let (hall, position) = (Hall::new(11, Duration::from_secs(12)), Position::new(3).unwrap());
    let mut renderer = Renderer::new(hall.clone(), position);
    let mut seen = [0, 0];
    for half_second in 0..1_200 {
        let at = moment(half_second * 500);
        let (Some(walk), Some(stand)) = (hall.walk(position, at), hall.standing(position, at)) else {
            continue;
        };
        seen[usize::from(walk.in_front)] += 1;
        let picture = renderer.picture(at);
        assert_eq!(read_order(picture.rgb(), WIDTH, HEIGHT), Some(stand.order), "{at:?}");
    }
    assert!(seen.iter().all(|&times| times > 3), "{seen:?}");
}

/// A hall in which this order stands at position 1 from 10 s to 20 s after [`moment`] 0.
fn standing(order: u32) -> Hall {
    standing_at(order, 1)
}

fn standing_at(order: u32, position: u8) -> Hall {
    let (position, arrives, leaves) = (Position::new(position).unwrap(), moment(10_000), moment(20_000));
    Hall::planned(7, plan::Plan::new(vec![Visit { order, position, arrives, leaves }]).unwrap())
}

fn empty() -> Hall {
    Hall::planned(7, plan::Plan::default())
}

#[test]
fn a_planned_cars_number_is_read_with_zeros_before_it_from_every_picture_however_much_is_built() {
    let orders = (1..=12).chain([80, 99, 100, 606, 888, 1_000, 4_711, 7_007, 9_090, 9_999]);
    for position in [0, 1, 2] {
        let mut renderer = Renderer::new(empty(), Position::new(position).unwrap());
        for (order, quality) in orders.clone().zip([60, 74, 88].into_iter().cycle()) {
            renderer.watch(standing_at(order, position));
            let jpeg = renderer.jpeg(moment(15_000), quality);
            assert_eq!(numbers_in(jpeg), [Some(order); 4], "{order} {quality} {position}");
        }
    }
}

/// By how much a part of two pictures differs: the mean of its pixels' colours, 0 to 255.
fn apart(one: &Picture, other: &Picture, [left, right]: [usize; 2], [top, bottom]: [usize; 2]) -> f64 {
    let rows = (top..bottom).map(|row| (row * WIDTH as usize + left) * 3..(row * WIDTH as usize + right) * 3);
    let bytes = rows.flat_map(|row| one.rgb()[row.clone()].iter().zip(&other.rgb()[row]));
    let sum: u32 = bytes.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    f64::from(sum) / ((right - left) * (bottom - top) * 3) as f64
}

#[test]
fn a_planned_car_is_built_from_place_to_place() {
    const DOOR: [[usize; 2]; 2] = [[850, 1_040], [690, 780]];
    const FRONT_WHEEL: [[usize; 2]; 2] = [[1_150, 1_270], [780, 880]];
    let seen = |order, position| {
        let place = Position::new(position).unwrap();
        standing_at(order, position).picture(place, moment(15_000))
    };
    // Of the same shape, one is blue and the other dark red.
    for (position, painted) in [(0, false), (1, true), (2, true), (3, true)] {
        let differ = apart(&seen(3, position), &seen(5, position), DOOR[0], DOOR[1]);
        assert_eq!(differ > 30.0, painted, "{position}: {differ}");
    }
    for order in [1, 2] {
        let stages = [0, 1, 2].map(|position| seen(order, position));
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let differ = apart(&stages[a], &stages[b], FRONT_WHEEL[0], FRONT_WHEEL[1]);
            assert!(differ > 10.0, "{order} at {a} and {b}: {differ}");
        }
    }
}

#[test]
fn an_endless_line_builds_nothing_and_has_no_signs() {
    let takt = Duration::from_secs(12);
    let hall = Hall::new(7, takt);
    let (first, last) = (Position::new(0).unwrap(), Position::new(2).unwrap());
    let stand = hall.stands(first, moment(0), Wall::from_unix_ms(i64::MAX)).next().unwrap();
    let again = hall.stands(last, stand.arrives, Wall::from_unix_ms(i64::MAX)).nth(2).unwrap();
    assert_eq!(stand.order, again.order);
    // The robot's round and the takt do not share a beat, and somebody may walk: the car alone is compared.
    let seen =
        |position, stand: crate::Stand| hall.picture(position, later(stand.arrives, stand.leaves, 0.5));
    let (one, other) = (seen(first, stand), seen(last, again));
    assert_eq!(apart(&one, &other, [420, 1_340], [350, 1_000]), 0.0);
    assert_eq!(apart(&one, &other, [1_000, 1_320], [120, 340]), 0.0);
}

#[test]
fn a_hall_that_is_exchanged_between_two_pictures_changes_no_pixel() {
    let position = Position::new(1).unwrap();
    let takt = Hall::new(7, Duration::from_secs(12));
    let mut kept = Renderer::new(empty(), position);
    let halls = [standing(7), empty(), standing(8), standing(7), takt, standing(7)];
    for (ms, hall) in [15_000, 15_000, 19_999, 20_000, 20_400, 9_300].into_iter().zip(halls) {
        kept.watch(hall.clone());
        let fresh = hall.jpeg(position, moment(ms), QUALITY);
        assert!(kept.jpeg(moment(ms), QUALITY) == fresh, "{ms}");
    }
}

#[test]
fn a_car_that_looks_the_same_on_an_endless_line_is_drawn_anew() {
    let (position, ever) = (Position::new(1).unwrap(), Wall::from_unix_ms(i64::MAX));
    let takt = Hall::new(7, Duration::from_secs(12));
    let alike = |stand: &crate::Stand| crate::looks(7, stand.order) == (stand.colour, stand.shape);
    let stand = takt.stands(position, moment(0), ever).take(500).find(alike).unwrap();
    let visit = Visit { order: stand.order, position, arrives: stand.arrives, leaves: stand.leaves };
    let planned = Hall::planned(7, plan::Plan::new(vec![visit]).unwrap());
    let mut kept = Renderer::new(takt.clone(), position);
    for hall in [takt, planned.clone(), planned] {
        kept.watch(hall.clone());
        assert!(kept.picture(stand.arrives) == &hall.picture(position, stand.arrives), "{hall:?}");
    }
}

#[test]
fn a_car_that_stands_on_in_another_hall_is_not_drawn_anew() {
    let mut kept = Renderer::new(standing(7), Position::new(1).unwrap());
    kept.picture(moment(15_000));
    // Nobody can tell drawn from kept, so the kept one is spoilt.
    kept.stood.as_mut().unwrap().3 = Picture::black(WIDTH, HEIGHT);
    let stays = Visit {
        order: 7,
        position: Position::new(1).unwrap(),
        arrives: moment(10_000),
        leaves: moment(90_000),
    };
    kept.watch(Hall::planned(7, plan::Plan::new(vec![stays]).unwrap()));
    assert_eq!(read_order(kept.picture(moment(16_000)).rgb(), WIDTH, HEIGHT), None);
    kept.watch(standing(8));
    assert_eq!(read_order(kept.picture(moment(16_000)).rgb(), WIDTH, HEIGHT), Some(8));
}

#[test]
fn nobody_walks_through_a_planned_hall() {
    let hall = standing(7);
    assert!((0..4_000).all(|second| hall.walk(Position::new(1).unwrap(), moment(second * 1_000)).is_none()));
}
