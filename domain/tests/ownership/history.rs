//! Random histories of a plant: orders get cars, lose them, are cancelled; cars get VINs, VINs are moved
//! from body to body; and what the order system says of it, in words that may leave numbers out.

use std::fmt;

use proptest::prelude::*;

use lineshot_domain::{Market, Order, Vehicle, VehicleClass, Wall};

use crate::situations::scene::{body, order, vin};

pub(crate) const CARS: usize = 3;
pub(crate) const ORDERS: usize = 4;

/// What an order permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Facts {
    pub(crate) market: &'static str,
    pub(crate) class: &'static str,
    pub(crate) consent: bool,
    pub(crate) cancelled: bool,
}

/// What was said of an order at a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub(crate) at: i64,
    pub(crate) order: usize,
    /// The car that is meant: what only the plant knows.
    pub(crate) car: Option<usize>,
    pub(crate) vin: Option<usize>,
    pub(crate) names_body: bool,
    pub(crate) facts: Facts,
    /// Says for the first time that VIN and body belong together: without it nobody could know.
    pub(crate) links: bool,
    /// The step of the history that it belongs to.
    pub(crate) step: usize,
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = ["A", "B", "C", "D"][self.order];
        write!(f, "{order}@{} vin {:?} body {}", self.at, self.vin, self.names_body)?;
        write!(f, " of car {:?}, {:?}", self.car, self.facts)
    }
}

impl Word {
    pub(crate) fn claim(&self) -> Order {
        Order {
            number: number(self.order),
            vin: self.vin.map(|n| vin(&n.to_string())),
            body: self.car.filter(|_| self.names_body).map(|n| body(&n.to_string())),
            market: Market::parse(self.facts.market).ok(),
            class: VehicleClass::parse(self.facts.class).ok(),
            consent: self.facts.consent,
            cancelled: self.facts.cancelled,
            at: Wall::from_unix_ms(self.at),
        }
    }
}

pub(crate) fn number(n: usize) -> lineshot_domain::OrderNumber {
    order(["A", "B", "C", "D"][n])
}

/// By what a word names its car.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    Both,
    Vin,
    Body,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// The order gets the car; who had it says so at once, later, or never.
    Take {
        order: usize,
        car: usize,
        loser_says: Option<i64>,
    },
    /// The two orders swap their cars.
    Swap {
        one: usize,
        other: usize,
    },
    /// The car gets a new VIN, or that of another car.
    Plate {
        car: usize,
        from: Option<usize>,
    },
    /// The order is not built any more; its last word still names the car, or not.
    Cancel {
        order: usize,
        names_car: bool,
    },
    /// It is built after all, without a car.
    Revive {
        order: usize,
    },
    /// The order gives its car up.
    Release {
        order: usize,
    },
    Change {
        order: usize,
        facts: Facts,
    },
    Restate {
        order: usize,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pause: i64,
    names: Names,
    deed: Deed,
}

#[derive(Clone, Debug)]
struct Holding {
    car: Option<usize>,
    facts: Facts,
}

/// The plant: cars with VINs, orders with cars, and all that was said so far.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    plates: [Option<usize>; CARS],
    orders: Vec<Holding>,
    next_vin: usize,
    pub(crate) words: Vec<Word>,
    /// The plates after each step.
    pub(crate) after: Vec<[Option<usize>; CARS]>,
}

impl Plant {
    pub(crate) fn run(steps: &[Step]) -> Plant {
        let facts = Facts { market: "US", class: "serial", consent: true, cancelled: false };
        let orders = vec![Holding { car: None, facts }; ORDERS];
        let mut plant =
            Plant { plates: [None; CARS], orders, next_vin: 0, words: Vec::new(), after: Vec::new() };
        let mut now = 1;
        for (number, step) in steps.iter().enumerate() {
            now += step.pause;
            plant.step(number, now, *step);
            plant.after.push(plant.plates);
        }
        plant
    }

    fn holder(&self, car: usize) -> Option<usize> {
        self.orders.iter().position(|holding| holding.car == Some(car))
    }

    fn step(&mut self, number: usize, now: i64, Step { names, deed, .. }: Step) {
        match deed {
            Deed::Take { order, car, loser_says } => {
                let loser = self.holder(car).filter(|loser| *loser != order);
                self.orders[order].car = Some(car);
                self.orders[order].facts.cancelled = false;
                self.say(number, now, order, names, false);
                if let Some(loser) = loser {
                    self.orders[loser].car = None;
                    if let Some(later) = loser_says {
                        self.say(number, now + later, loser, names, false);
                    }
                }
            }
            Deed::Swap { one, other } => {
                let car = self.orders[one].car;
                self.orders[one].car = self.orders[other].car;
                self.orders[other].car = car;
                self.say(number, now, one, names, false);
                self.say(number, now, other, names, false);
            }
            Deed::Plate { car, from } => {
                let Some(order) = self.holder(car) else { return };
                let moved = from.filter(|from| *from != car).and_then(|from| self.plates[from].take());
                self.plates[car] = moved.or_else(|| {
                    self.next_vin += 1;
                    Some(self.next_vin - 1)
                });
                self.say(number, now, order, Names::Both, true);
            }
            Deed::Cancel { order, names_car } => {
                self.orders[order].facts.cancelled = true;
                if !names_car {
                    self.orders[order].car = None;
                }
                self.say(number, now, order, names, false);
                self.orders[order].car = None;
            }
            Deed::Revive { order } => {
                self.orders[order].facts.cancelled = false;
                self.say(number, now, order, names, false);
            }
            Deed::Release { order } => {
                self.orders[order].car = None;
                self.say(number, now, order, names, false);
            }
            Deed::Change { order, facts } => {
                let cancelled = self.orders[order].facts.cancelled;
                self.orders[order].facts = Facts { cancelled, ..facts };
                self.say(number, now, order, names, false);
            }
            Deed::Restate { order } => self.say(number, now, order, names, false),
        }
    }

    fn say(&mut self, step: usize, at: i64, order: usize, names: Names, links: bool) {
        let Holding { car, facts } = self.orders[order];
        let plate = car.and_then(|car| self.plates[car]);
        let vin = plate.filter(|_| !matches!(names, Names::Body));
        let names_body = vin.is_none() || !matches!(names, Names::Vin);
        self.words.push(Word { at, order, car, vin, names_body, facts, links, step });
    }

    /// What may arrive after a step: each car by VIN, by body or by both.
    pub(crate) fn arrivals(&self, step: usize) -> Vec<(usize, Vehicle)> {
        let cars = self.after[step].iter().enumerate();
        cars.flat_map(|(car, plate)| {
            let vin = plate.map(|n| vin(&n.to_string()));
            let body = Some(body(&car.to_string()));
            [(vin.clone(), None), (None, body.clone()), (vin, body)]
                .into_iter()
                .filter_map(move |(vin, body)| Some((car, Vehicle::new(vin, None, body).ok()?)))
        })
        .collect()
    }
}

fn facts() -> impl Strategy<Value = Facts> {
    let market = prop_oneof![3 => Just("US"), 1 => Just("CN")];
    let class = prop_oneof![4 => Just("serial"), 1 => Just("prototype")];
    (market, class, prop::bool::weighted(0.8)).prop_map(|(market, class, consent)| Facts {
        market,
        class,
        consent,
        cancelled: false,
    })
}

fn deed(moves_plates: bool) -> impl Strategy<Value = Deed> {
    let order = || 0..ORDERS;
    let from = prop::option::of(0..CARS).prop_map(move |from| from.filter(|_| moves_plates));
    let loser_says = prop::option::of(if moves_plates { 0..3_i64 } else { 1..2_i64 });
    prop_oneof![
        6 => (order(), 0..CARS, loser_says)
            .prop_map(|(order, car, loser_says)| Deed::Take { order, car, loser_says }),
        2 => (order(), order()).prop_map(|(one, other)| Deed::Swap { one, other }),
        3 => (0..CARS, from).prop_map(|(car, from)| Deed::Plate { car, from }),
        2 => (order(), any::<bool>()).prop_map(|(order, names_car)| Deed::Cancel { order, names_car }),
        1 => order().prop_map(|order| Deed::Revive { order }),
        1 => order().prop_map(|order| Deed::Release { order }),
        1 => (order(), facts()).prop_map(|(order, facts)| Deed::Change { order, facts }),
        2 => order().prop_map(|order| Deed::Restate { order }),
    ]
}

/// Anything may happen, also at the same moment, and words may name a car by one of its numbers.
pub(crate) fn any_history() -> impl Strategy<Value = Vec<Step>> {
    let names = prop_oneof![2 => Just(Names::Both), 1 => Just(Names::Vin), 1 => Just(Names::Body)];
    let pause = prop_oneof![1 => Just(0_i64), 4 => 1..3_i64];
    let step = (pause, names, deed(true)).prop_map(|(pause, names, deed)| Step { pause, names, deed });
    prop::collection::vec(step, 2..16)
}

/// One thing at a time, all numbers named, no VIN moved: an order system without faults.
pub(crate) fn tidy_history() -> impl Strategy<Value = Vec<Step>> {
    let step = deed(false).prop_map(|deed| Step { pause: 2, names: Names::Both, deed });
    prop::collection::vec(step, 2..16)
}
