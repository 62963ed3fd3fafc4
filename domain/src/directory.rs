//! The order directory: whose vehicle is it, and what does the order permit?
//!
//! A collection of claims, one an order, each with the moment from which it holds. Whose vehicle it is
//! does not depend on the order in which the claims were told: bindings over time (order, body, VIN)
//! are decided by their moments alone.
//!
//! Holds:
//! - a vehicle has at most one order; where two could be meant, it has none;
//! - what an event says can only narrow: an order it names must be the directory's.
//!
//! Deliberately absent: any guess. A vehicle that is not surely one order's is nobody's.

use std::collections::HashMap;

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

/// All claims, the newest of each order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    orders: HashMap<OrderNumber, Claim>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    order: Order,
    /// The same moment was told with two contents: nobody knows which holds.
    ambiguous: bool,
}

impl Claim {
    fn names(&self, vehicle: &Vehicle) -> bool {
        same(self.order.vin.as_ref(), vehicle.vin()) || same(self.order.body.as_ref(), vehicle.body())
    }
}

fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a == b)
}

fn differ<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

impl Directory {
    /// Takes in what was told of an order. An older word about the same order changes nothing.
    pub fn tell(&mut self, order: Order) {
        let Some(known) = self.orders.get_mut(&order.number) else {
            self.orders.insert(order.number.clone(), Claim { order, ambiguous: false });
            return;
        };
        if order.at > known.order.at {
            *known = Claim { order, ambiguous: false };
        } else if order.at == known.order.at && order != known.order {
            known.ambiguous = true;
        }
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
        self.orders.values().map(|claim| claim.order.at).max()
    }

    /// The numbers of cancelled orders.
    pub fn cancelled(&self) -> impl Iterator<Item = &OrderNumber> {
        self.orders.values().filter(|claim| claim.order.cancelled).map(|claim| &claim.order.number)
    }

    /// Whose `vehicle` is.
    pub fn owner(&self, vehicle: &Vehicle) -> Owner<'_> {
        if vehicle.vin().is_none() && vehicle.body().is_none() {
            return self.by_number(vehicle);
        }
        let named: Vec<&Claim> = self.orders.values().filter(|claim| claim.names(vehicle)).collect();
        // VIN and body go together: who took over the one has the vehicle.
        let bodies =
            joined(vehicle.body(), &named, |o| same(o.vin.as_ref(), vehicle.vin()), |o| o.body.as_ref());
        let vins =
            joined(vehicle.vin(), &named, |o| same(o.body.as_ref(), vehicle.body()), |o| o.vin.as_ref());
        let concerned: Vec<&Claim> = self
            .orders
            .values()
            .filter(|Claim { order, .. }| {
                order.body.as_ref().is_some_and(|body| bodies.contains(&body))
                    || order.vin.as_ref().is_some_and(|vin| vins.contains(&vin))
            })
            .collect();
        if concerned.iter().any(|claim| claim.ambiguous) {
            return Owner::Conflict;
        }
        let (cancelled, active): (Vec<&Order>, Vec<&Order>) =
            concerned.iter().map(|claim| &claim.order).partition(|order| order.cancelled);
        match newest(&active) {
            None if cancelled.is_empty() => Owner::Unknown,
            None => Owner::Cancelled,
            Some(owner) if is_sure(owner, vehicle, &active) => Owner::Order(owner),
            Some(_) => Owner::Conflict,
        }
    }

    /// An event that names the order alone.
    fn by_number(&self, vehicle: &Vehicle) -> Owner<'_> {
        match vehicle.order().and_then(|number| self.orders.get(number)) {
            None => Owner::Unknown,
            Some(claim) if claim.ambiguous => Owner::Conflict,
            Some(claim) if claim.order.cancelled => Owner::Cancelled,
            Some(claim) => Owner::Order(&claim.order),
        }
    }
}

/// The vehicle's numbers of one kind: the event's own, and the one last told beside its other number.
fn joined<'a, T>(
    own: Option<&'a T>,
    named: &[&'a Claim],
    has_the_other: impl Fn(&Order) -> bool,
    number: impl Fn(&'a Order) -> Option<&'a T>,
) -> Vec<&'a T> {
    let beside = named.iter().map(|claim| &claim.order).filter(|order| has_the_other(order));
    own.into_iter().chain(beside.max_by_key(|order| order.at).and_then(number)).collect()
}

fn newest<'a>(orders: &[&'a Order]) -> Option<&'a Order> {
    orders.iter().copied().max_by_key(|order| order.at)
}

/// Whether nothing speaks against `owner`: neither the event nor another order that it has not clearly
/// taken the vehicle over from.
fn is_sure(owner: &Order, vehicle: &Vehicle, active: &[&Order]) -> bool {
    let contradicts = differ(owner.vin.as_ref(), vehicle.vin())
        || differ(owner.body.as_ref(), vehicle.body())
        || differ(Some(&owner.number), vehicle.order());
    let taken_over = |other: &Order| {
        let vin = same(owner.vin.as_ref(), other.vin.as_ref());
        let body = same(owner.body.as_ref(), other.body.as_ref());
        owner.at > other.at && (vin || body)
    };
    !contradicts && active.iter().all(|other| other.number == owner.number || taken_over(other))
}

#[cfg(test)]
mod tests;
