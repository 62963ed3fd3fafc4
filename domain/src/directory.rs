//! The order directory: whose vehicle is it, and what does the order permit?
//!
//! A collection of claims, the newest of each order, and for each VIN and body what was last said of it.
//! Whose vehicle it is does not depend on the order in which all this was told: the moments from which
//! it holds decide alone.
//!
//! Holds:
//! - a vehicle has at most one order; where two could be meant, it has none;
//! - VIN and body go together: who took over the one has the vehicle;
//! - who lost a vehicle never has it again by an old word of his own, also when the one who took it over
//!   has given it up since, or was cancelled;
//! - what an event says can only narrow: an order it names must be the directory's.
//!
//! Deliberately absent: any guess. A vehicle that is not surely one order's is nobody's. Who lost a
//! vehicle by words that were never told here (before the start, of a topic that keeps the newest word
//! alone) keeps it until he says so himself.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{BodyNumber, Market, OrderNumber, Vehicle, VehicleClass, Vin, Wall};

/// What is known of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub number: OrderNumber,
    /// The vehicle's VIN, once it has one.
    pub vin: Option<Vin>,
    /// The body it is built from, once there is one.
    pub body: Option<BodyNumber>,
    /// Where it is sold, if known.
    pub market: Option<Market>,
    /// What kind of vehicle it is, if known.
    pub class: Option<VehicleClass>,
    /// Whether the customer agreed to photographs.
    pub consent: bool,
    /// It is not built any more: it has no vehicle.
    pub cancelled: bool,
    /// From when on all of this holds.
    pub at: Wall,
}

impl Order {
    /// Its vehicle, by all the numbers that are known.
    pub fn vehicle(&self) -> Vehicle {
        Vehicle::new(self.vin.clone(), Some(self.number.clone()), self.body.clone())
            .expect("an order's number names a vehicle")
    }
}

/// Whose vehicle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// This order's.
    Order(&'a Order),
    /// No order names it.
    Unknown,
    /// Only cancelled orders name it.
    Cancelled,
    /// More than one could be meant, or the event contradicts the directory.
    Conflict,
}

/// All claims, the newest of each order, and the last word about each number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    orders: HashMap<OrderNumber, Claim>,
    vins: HashMap<Vin, Trace<BodyNumber>>,
    bodies: HashMap<BodyNumber, Trace<Vin>>,
}

/// What was told of an order for its newest moment: in more than one way, nobody knows which holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim(Vec<Order>);

impl Claim {
    fn only(&self) -> Option<&Order> {
        if let [order] = &self.0[..] { Some(order) } else { None }
    }

    fn names(&self, vin: Option<&Vin>, body: Option<&BodyNumber>) -> bool {
        self.0.iter().any(|order| same(order.vin.as_ref(), vin) || same(order.body.as_ref(), body))
    }
}

/// What was last said of a VIN or body, whatever its order said of itself later.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trace<T> {
    claimed_by: Option<Last<OrderNumber>>,
    beside: Option<Last<T>>,
}

/// The newest of several words; `None` if there were two of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Last<T> {
    at: Wall,
    only: Option<T>,
}

impl<T: Clone + PartialEq> Last<T> {
    fn hear(last: &mut Option<Last<T>>, at: Wall, said: &T) {
        match last {
            Some(known) if known.at > at => {}
            Some(known) if known.at == at => known.only = known.only.take().filter(|known| known == said),
            _ => *last = Some(Last { at, only: Some(said.clone()) }),
        }
    }
}

/// Notes what `order` says of one of its numbers.
fn trace<N: Clone + Eq + Hash, T: Clone + PartialEq>(
    traces: &mut HashMap<N, Trace<T>>,
    number: Option<&N>,
    other: Option<&T>,
    order: &Order,
) {
    let Some(number) = number else { return };
    let trace = traces.entry(number.clone()).or_insert(Trace { claimed_by: None, beside: None });
    if !order.cancelled {
        Last::hear(&mut trace.claimed_by, order.at, &order.number);
    }
    if let Some(other) = other {
        Last::hear(&mut trace.beside, order.at, other);
    }
}

/// A vehicle's two numbers, as far as they are known.
type Numbers<'a> = (Option<&'a Vin>, Option<&'a BodyNumber>);

fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a == b)
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

impl Directory {
    /// Takes in what was told of an order. An older word changes nothing about the order itself; of its
    /// numbers it may be the newest.
    pub fn tell(&mut self, order: Order) {
        trace(&mut self.vins, order.vin.as_ref(), order.body.as_ref(), &order);
        trace(&mut self.bodies, order.body.as_ref(), order.vin.as_ref(), &order);
        let Claim(told) = self.orders.entry(order.number.clone()).or_insert(Claim(Vec::new()));
        if told.first().is_some_and(|known| known.at < order.at) {
            told.clear();
        }
        if told.first().is_none_or(|known| known.at == order.at) && !told.contains(&order) {
            told.push(order);
        }
    }

    /// All orders, in no order; one that was told in several ways for one moment in each of them.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().flat_map(|claim| &claim.0)
    }

    /// How many orders are known.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether no order is known.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The newest moment that was told.
    pub fn newest(&self) -> Option<Wall> {
        self.orders().map(|order| order.at).max()
    }

    /// Whose `vehicle` is.
    pub fn owner(&self, vehicle: &Vehicle) -> Owner<'_> {
        if vehicle.vin().is_none() && vehicle.body().is_none() {
            return self.by_number(vehicle);
        }
        let Some(numbers) = self.numbers(vehicle) else { return Owner::Conflict };
        let (vin, body) = numbers;
        let mut cancelled = false;
        let mut active: Vec<&Order> = Vec::new();
        for claim in self.orders.values().filter(|claim| claim.names(vin, body)) {
            match claim.only() {
                None => return Owner::Conflict,
                Some(order) if order.cancelled => cancelled = true,
                Some(order) => active.push(order),
            }
        }
        match active.iter().copied().max_by_key(|order| order.at) {
            None if cancelled => Owner::Cancelled,
            None => Owner::Unknown,
            Some(owner) if differ(Some(&owner.number), vehicle.order()) => Owner::Conflict,
            Some(owner) if self.is_sure(owner, numbers, &active) => Owner::Order(owner),
            Some(_) => Owner::Conflict,
        }
    }

    /// The vehicle's own numbers and those last told beside them; `None` if they contradict each other.
    fn numbers<'a>(&'a self, vehicle: &'a Vehicle) -> Option<Numbers<'a>> {
        let (mut vin, mut body) = (vehicle.vin(), vehicle.body());
        if let Some(last) = vin.and_then(|vin| self.vins.get(vin)).and_then(|trace| trace.beside.as_ref()) {
            let beside = last.only.as_ref()?;
            if *body.get_or_insert(beside) != beside {
                return None;
            }
        }
        if let Some(last) =
            body.and_then(|body| self.bodies.get(body)).and_then(|trace| trace.beside.as_ref())
        {
            let beside = last.only.as_ref()?;
            // The VIN that a body alone leads to may stand on another body by now.
            let back = self.vins.get(beside).and_then(|trace| trace.beside.as_ref());
            let moved = back.is_none_or(|back| back.only.as_ref() != body);
            if moved || *vin.get_or_insert(beside) != beside {
                return None;
            }
        }
        Some((vin, body))
    }

    /// Whether nothing speaks against `owner`: neither the vehicle's numbers, nor another order that it
    /// has not clearly taken the vehicle over from, nor one that took the vehicle after it.
    fn is_sure(&self, owner: &Order, (vin, body): Numbers<'_>, active: &[&Order]) -> bool {
        let contradicts = differ(owner.vin.as_ref(), vin) || differ(owner.body.as_ref(), body);
        let taken_over = |other: &Order| {
            let vin = same(owner.vin.as_ref(), other.vin.as_ref());
            let body = same(owner.body.as_ref(), other.body.as_ref());
            owner.at > other.at && (vin || body)
        };
        let claims = [
            vin.and_then(|vin| self.vins.get(vin)).and_then(|trace| trace.claimed_by.as_ref()),
            body.and_then(|body| self.bodies.get(body)).and_then(|trace| trace.claimed_by.as_ref()),
        ];
        let lost = claims
            .into_iter()
            .flatten()
            .any(|last| last.at >= owner.at && last.only.as_ref() != Some(&owner.number));
        let others = active.iter().filter(|other| other.number != owner.number);
        !contradicts && !lost && others.into_iter().all(|other| taken_over(other))
    }

    /// An event that names the order alone: it has the vehicle that it names, if it still has it.
    fn by_number(&self, vehicle: &Vehicle) -> Owner<'_> {
        let Some(claim) = vehicle.order().and_then(|number| self.orders.get(number)) else {
            return Owner::Unknown;
        };
        let Some(order) = claim.only() else { return Owner::Conflict };
        if order.cancelled {
            return Owner::Cancelled;
        }
        match Vehicle::new(order.vin.clone(), None, order.body.clone()) {
            Err(_) => Owner::Order(order),
            Ok(named) => match self.owner(&named) {
                Owner::Order(owner) if owner.number == order.number => Owner::Order(owner),
                _ => Owner::Conflict,
            },
        }
    }
}

#[cfg(test)]
mod tests;
