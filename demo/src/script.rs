//! What is played: the stations, the cars, and what must become of each.
//!
//! Holds: what is expected here is compared with what the programs did, and never shown. What the page says of a
//! car beside its outcome (market, prototype …) is what the order directory says.
//!
//! Deliberately absent: times. The plant's program ([`crate::plc`]) lets cars come as soon as there is room.

use std::time::Duration;

/// A station of the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Station {
    /// As in its file's name.
    pub(crate) id: &'static str,
    /// For people.
    pub(crate) name: &'static str,
    /// Its place on the rendered line.
    pub(crate) position: u8,
}

/// In the order of the line.
pub(crate) const STATIONS: [Station; 3] = [
    Station { id: "body-shop", name: "Body shop", position: 0 },
    Station { id: "marriage", name: "Marriage", position: 1 },
    Station { id: "final-line", name: "Final line", position: 2 },
];

/// What the plant's order directory knows of a car.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Car {
    /// Its order, which is also on its roof.
    pub(crate) order: u32,
    /// Where it will be sold.
    pub(crate) market: &'static str,
    /// What it is.
    pub(crate) class: &'static str,
    /// Whether its customer agreed to photographs.
    pub(crate) consent: bool,
    /// Whether the order still stands.
    pub(crate) active: bool,
}

const fn car(order: u32, market: &'static str) -> Car {
    Car { order, market, class: SERIAL, consent: true, active: true }
}

const SERIAL: &str = "serial";

/// Where photographs are permitted.
pub(crate) const MARKETS: [&str; 2] = ["US", "DE"];

/// Every car that the order directory knows.
pub(crate) const CARS: [Car; 12] = [
    car(1, "US"),
    car(2, "JP"),
    car(3, "DE"),
    Car { class: "prototype", ..car(4, "US") },
    car(5, "US"),
    car(6, "DE"),
    car(7, "US"),
    car(8, "DE"),
    Car { consent: false, ..car(9, "US") },
    Car { active: false, ..car(10, "DE") },
    car(11, "US"),
    car(12, "DE"),
];

/// How many of them come by themselves.
pub(crate) const PLAYED: usize = 6;

/// This order leaves this station before its picture can be taken.
const IN_A_HURRY: (u32, usize) = (5, 1);

/// How long a car stands at a station...
const STANDS: Duration = Duration::from_millis(4_200);

/// ...and the one that leaves too early: well before `delay` of its station is over.
const HURRIES: Duration = Duration::from_millis(350);

/// How long the car of `order` stands at the station with this index.
pub(crate) fn stands(order: u32, station: usize) -> Duration {
    if (order, station) == IN_A_HURRY { HURRIES } else { STANDS }
}

/// What the directory knows of an order.
pub(crate) fn known(order: u32) -> Option<&'static Car> {
    CARS.iter().find(|car| car.order == order)
}

impl Car {
    /// What is special about it, for people.
    pub(crate) fn note(&self) -> Option<&'static str> {
        match self {
            Car { active: false, .. } => Some("order cancelled"),
            Car { consent: false, .. } => Some("customer did not agree"),
            Car { class, .. } if *class != SERIAL => Some(class),
            Car { market, .. } if !MARKETS.contains(market) => Some("market not enabled"),
            Car { .. } => None,
        }
    }
}

/// What must become of a visit: a picture in the album (`None`), or an outcome and its reason.
pub(crate) fn expected(order: u32, station: usize) -> Option<(&'static str, &'static str)> {
    match (order, station) {
        (2, _) => Some(("refused", "market")),
        (4, _) => Some(("refused", "class")),
        it if it == IN_A_HURRY => Some(("missed", "departed")),
        _ => None,
    }
}

/// The classes that are permitted.
pub(crate) const CLASSES: [&str; 1] = [SERIAL];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_of_an_order_follows_from_what_the_directory_says_of_it() {
        let mut refused = 0;
        for order in 1..=PLAYED as u32 {
            let car = known(order).unwrap();
            assert!(car.consent && car.active);
            for (station, Station { name, .. }) in STATIONS.iter().enumerate() {
                let follows = match car {
                    Car { market, .. } if !MARKETS.contains(market) => Some(("refused", "market")),
                    Car { class, .. } if !CLASSES.contains(class) => Some(("refused", "class")),
                    _ if stands(order, station) < STANDS => Some(("missed", "departed")),
                    _ => None,
                };
                assert_eq!(expected(order, station), follows, "order {order} at {name}");
                refused += usize::from(follows.is_some());
            }
        }
        assert_eq!(refused, 7);
    }

    #[test]
    fn of_every_special_car_it_is_said_what_is_special() {
        let noted: Vec<_> = CARS.iter().filter_map(|car| Some((car.order, car.note()?))).collect();
        let expected = [
            (2, "market not enabled"),
            (4, "prototype"),
            (9, "customer did not agree"),
            (10, "order cancelled"),
        ];
        assert_eq!(noted, expected);
        assert!(known(99).is_none());
    }
}
