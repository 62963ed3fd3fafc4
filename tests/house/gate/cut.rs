//! The broker cut off between arrival and departure, while the next car drives up before the camera.

use std::thread;
use std::time::Duration;

use lineshot_domain::Wall;
use lineshot_hall::Stand;

use super::line::{LinePlant, LineStation, arrival};
use crate::peers::Relay;

const TAKT: Duration = Duration::from_secs(6);

/// Exposed a takt and [`LATE`] after the arrival: by then the next car stands there.
const TOLD: LineStation =
    LineStation { id: "told", position: 1, trigger: "max_age = \"2s\"", delay: "6800ms", within: "3s" };

/// The same, where the PLC never says that a car has left.
const UNTOLD: LineStation = LineStation { id: "untold", ..TOLD };

/// Exposed at once.
const SOON: LineStation = LineStation { id: "soon", delay: "100ms", within: "1s", ..TOLD };

const DELAY: Duration = Duration::from_millis(6_800);

/// From the moment that a frame may be exposed to the latest at which one is: the grid of frames, the drawing, and a
/// machine that has much to do.
const SLACK: Duration = Duration::from_millis(700);

/// A machine that is too slow to expose the next car so many times is no place for this test.
const TRIES: usize = 6;

fn plant() -> LinePlant {
    LinePlant::built(TAKT, &[TOLD, UNTOLD, SOON])
}

fn start(line: &mut LinePlant) {
    line.plant.start_agent(&["--unreleased"]);
}

/// The car that stands there all the while a frame is exposed that was due `DELAY` after the receipt.
fn exposed(line: &LinePlant, station: &LineStation, car: Stand) -> Option<u32> {
    let from = line.received(station, car)?.plus(DELAY);
    let shown = |at: Wall| line.hall.standing(station.position(), at).map(|stand| stand.order);
    shown(from).filter(|order| shown(from.plus(SLACK)) == Some(*order))
}

/// The PLC tells of the departure and of the next car, as they happen.
fn go_on(line: &LinePlant, station: &LineStation, car: Stand) -> Stand {
    line.until(car.leaves);
    line.tell_departure(station, car);
    let next = line.car_after(station, car);
    line.until(next.arrives);
    line.tell_arrival(station, next);
    next
}

/// A car arrives, the link is cut, the car leaves and the next one comes; then the link is mended. Says what was
/// before the camera when the frame was exposed.
fn cut_between_arrival_and_departure(
    line: &LinePlant,
    cut: impl Fn(&LinePlant),
    mend: impl Fn(&LinePlant),
) -> String {
    for tried in 1..=TRIES {
        let car = line.next_car(&TOLD);
        line.tell_arrival(&TOLD, car);
        line.plant.until(|| line.received(&TOLD, car).is_some());
        cut(line);
        let next = go_on(line, &TOLD, car);
        let outcome = line.outcome(&TOLD, car);
        mend(line);
        line.plc.until_taken();
        assert_eq!(outcome, "withheld(link)", "no proof, no picture");
        // Late as it is, the next car is heard of, and the agent has all of the line again.
        line.until(next.leaves);
        line.tell_departure(&TOLD, next);
        let late = line.outcome(&TOLD, next);
        assert!(late.starts_with("missed"), "{late}");
        if exposed(line, &TOLD, car) == Some(next.order) {
            return format!(
                "try {tried}: withheld for order {}, before the camera {}",
                car.order, next.order
            );
        }
    }
    panic!("the next car was never before the camera when the frame was exposed");
}

/// The house works again: a car that is photographed at once is the right one.
fn photographs_go_on(line: &LinePlant) {
    for _ in 0..TRIES {
        let car = line.next_car(&SOON);
        line.tell_arrival(&SOON, car);
        if line.outcome(&SOON, car) == "sealed" {
            assert!(line.assert_every_picture_shows_its_car() > 0);
            return;
        }
    }
    panic!("nothing is sealed any more: {:?}", line.plant.outcomes());
}

#[test]
fn a_departure_that_is_heard_ends_the_stay_and_the_camera_would_have_shown_the_next_car() {
    let mut line = plant();
    start(&mut line);
    let (mut shown, mut car) = (None, line.next_car(&TOLD));
    for _ in 0..TRIES {
        line.tell_arrival(&TOLD, car);
        line.tell_arrival(&UNTOLD, car);
        let next = go_on(&line, &TOLD, car);
        assert_eq!(line.outcome(&TOLD, car), "missed(departed)");
        assert_eq!(line.outcome(&UNTOLD, car), "sealed", "the link lives; nobody said that the car left");
        shown = exposed(&line, &UNTOLD, car);
        if shown == Some(next.order) {
            break;
        }
        car = line.next_car(&TOLD);
    }
    // The control: this is what the camera shows at that moment, and what a link that is not proven would let out.
    let (order, read) = *line.pictures().last().unwrap();
    assert_eq!((order, read), (car.order, shown), "the picture shows what stood there");
    assert_ne!(read, Some(order));
}

#[test]
fn a_broker_that_freezes_between_arrival_and_departure_gives_no_picture_of_the_next_car() {
    let mut line = plant();
    start(&mut line);
    let seen = cut_between_arrival_and_departure(
        &line,
        |line| line.plant.broker.freeze(),
        |line| line.plant.broker.thaw(),
    );
    println!("{seen}");
    photographs_go_on(&line);
}

#[test]
fn a_wire_cut_between_arrival_and_departure_gives_no_picture_of_the_next_car() {
    let mut line = plant();
    let relay = Relay::start(line.plant.broker.port());
    line.reach_through(relay.port());
    start(&mut line);
    let seen = cut_between_arrival_and_departure(&line, |_| relay.cut(), |_| relay.mend());
    println!("{seen}");
    photographs_go_on(&line);
}

#[test]
fn a_broker_that_restarts_between_arrival_and_departure_and_loses_it_gives_no_picture_of_the_next_car() {
    let mut line = plant();
    start(&mut line);
    for tried in 1..=TRIES {
        let car = line.next_car(&TOLD);
        line.tell_arrival(&TOLD, car);
        line.plant.until(|| line.received(&TOLD, car).is_some());
        line.plant.broker.stop();
        line.plant.broker.restart();
        line.plant.agent.as_ref().unwrap().wait_for("the line to the broker is up");
        // The link lives again before the car leaves; that it left is never heard.
        let next = line.car_after(&TOLD, car);
        assert_eq!(line.outcome(&TOLD, car), "withheld(link)", "what was said meanwhile may be lost");
        if exposed(&line, &TOLD, car) == Some(next.order) {
            println!("try {tried}: withheld for order {}, before the camera {}", car.order, next.order);
            return photographs_go_on(&line);
        }
    }
    panic!("the next car was never before the camera when the frame was exposed");
}

#[test]
fn a_broker_that_freezes_past_the_exposure_and_thaws_at_once_gives_no_picture_of_the_next_car() {
    let mut line = plant();
    start(&mut line);
    for tried in 1..=TRIES {
        let car = line.next_car(&TOLD);
        line.tell_arrival(&TOLD, car);
        line.plant.until(|| line.received(&TOLD, car).is_some());
        let received = line.received(&TOLD, car).unwrap();
        let next = line.car_after(&TOLD, car);
        line.plant.broker.freeze();
        line.until(car.leaves);
        let left = arrival(car, line.now());
        thread::scope(|scope| {
            // A client that has to connect first: the broker takes our pulse before its word.
            let departure = scope.spawn(|| line.plant.broker.publish("line/told/departure", &left, &[]));
            line.until(received.plus(DELAY).plus(SLACK));
            line.plant.broker.thaw();
            departure.join().unwrap();
        });
        let outcome = line.outcome(&TOLD, car);
        let shown = exposed(&line, &TOLD, car);
        assert!(
            ["withheld(link)", "missed(departed)"].contains(&outcome.as_str()),
            "order {} ended as {outcome} while {shown:?} stood before the camera",
            car.order
        );
        if shown == Some(next.order) {
            println!("try {tried}: {outcome} for order {}, before the camera {}", car.order, next.order);
            return photographs_go_on(&line);
        }
    }
    panic!("the next car was never before the camera when the frame was exposed");
}
