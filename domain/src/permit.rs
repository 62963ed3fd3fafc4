//! The gate: may this case be photographed here and now, and is it really this vehicle?

use std::time::Duration;

use crate::{
    Arrival, CLOCK_SKEW, CaseId, Conditions, Ending, EventAge, Exposure, Market, MarketRule, Mono, Order,
    Owner, Reason, Sequence, Stay, StayEnd, VehicleClass,
};

/// Whose vehicle it is, and whether that order was denied.
#[derive(Clone, Copy, Debug)]
pub struct Belonging<'a> {
    /// The order; `None` where there is no order directory.
    pub owner: Option<Owner<'a>>,
    /// It was another order's when it arrived.
    pub changed: bool,
    /// The deny list names it.
    pub denied: bool,
}

/// All that the decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The case that asks.
    pub case: &'a CaseId,
    /// What arrived.
    pub arrival: &'a Arrival,
    /// What is so whoever arrives.
    pub conditions: Conditions<'a>,
    /// How old an event may be on receipt.
    pub max_age: Duration,
    /// Whose vehicle it is.
    pub belonging: Belonging<'a>,
    /// An earlier visit gave the picture that counts.
    pub photographed: bool,
    /// What the arrivals before say about this one.
    pub sequence: Sequence,
    /// The stay, with all that is known to have ended it.
    pub stay: Stay,
}

/// The decision that one case may be photographed. Made by [`decide`] alone, used up when the picture
/// is sealed; it cannot be copied.
#[derive(Debug)]
#[must_use = "a permit is used up by sealing; dropping it means no picture"]
pub struct Permit {
    case: CaseId,
    stay: Stay,
    journey: bool,
}

impl Permit {
    /// The one case it is for.
    pub fn case(&self) -> &CaseId {
        &self.case
    }

    /// When the camera may be asked for frames, from and to.
    pub fn stay(&self) -> &Stay {
        &self.stay
    }

    /// Whether the customer may follow the car's journey besides.
    pub fn journey(&self) -> bool {
        self.journey
    }

    /// Whether a frame so exposed shows the permitted vehicle, given all that has ended its stay since
    /// and the moment at which the broker link was last proven alive.
    ///
    /// Only what was heard after that moment surely happened after the exposure.
    ///
    /// # Errors
    /// The ending that the case must have.
    pub fn admits(
        &self,
        exposure: &Exposure,
        ended: Option<StayEnd>,
        alive: Option<Mono>,
    ) -> Result<(), Ending> {
        self.stay.ended_by(ended).holds(exposure, alive)
    }
}

/// Answers for one case: cheapest and most telling question first, the first "no" is the answer.
///
/// # Errors
/// The ending that the case must have.
pub fn decide(facts: &Facts<'_>) -> Result<Permit, Ending> {
    let conditions = &facts.conditions;
    conditions.house()?;
    fresh(facts.arrival, facts.max_age)?;
    let open_for = conditions.place()?;
    owned(conditions, facts.arrival, &facts.belonging)?;
    facts.sequence.is_sure()?;
    if facts.photographed {
        return Err(Ending::new(Reason::Photographed));
    }
    let stay = facts
        .stay
        .permitted_until(open_for.map(|(open_for, reason)| (conditions.mono.plus(open_for), reason)));
    stay.still_open()?;
    Ok(Permit { case: facts.case.clone(), stay, journey: journey(facts) })
}

/// Whether nothing about the vehicle's order may leave this PC, whatever the case ends in.
pub fn is_discreet(conditions: &Conditions<'_>, arrival: &Arrival, belonging: &Belonging<'_>) -> bool {
    owned(conditions, arrival, belonging).is_err()
}

/// Whose vehicle it is and what its order permits: every "no" here concerns the order.
fn owned(conditions: &Conditions<'_>, arrival: &Arrival, belonging: &Belonging<'_>) -> Result<(), Ending> {
    let no = |reason| Err(Ending::new(reason));
    conditions.orders_hold()?;
    let order = match belonging.owner {
        None => None,
        Some(Owner::Order(order)) => Some(order),
        Some(Owner::Unknown) => return no(Reason::OrderUnknown),
        Some(Owner::Cancelled) => return no(Reason::OrderCancelled),
        Some(Owner::Conflict) => return no(Reason::OrderConflict),
    };
    if belonging.changed {
        return no(Reason::OrderChanged);
    }
    if let Some(classes) = &conditions.rules.classes {
        let known = order.map(|order| order.class.as_ref());
        if !all_pass(known, arrival.claims.class.as_ref(), |class: &VehicleClass| classes.contains(class)) {
            return no(Reason::VehicleClass);
        }
    }
    if let Some(markets) = &conditions.rules.photos
        && !offered(conditions, arrival, order, markets)
    {
        return no(Reason::Market);
    }
    if order.is_some_and(|order| !order.consent) {
        return no(Reason::Consent);
    }
    conditions.deny_holds()?;
    if belonging.denied {
        return no(Reason::Denied);
    }
    Ok(())
}

fn journey(facts: &Facts<'_>) -> bool {
    let order = match facts.belonging.owner {
        Some(Owner::Order(order)) => Some(order),
        _ => None,
    };
    offered(&facts.conditions, facts.arrival, order, &facts.conditions.rules.journey)
}

/// Whether a service is offered in the vehicle's market today.
fn offered(
    conditions: &Conditions<'_>,
    arrival: &Arrival,
    order: Option<&Order>,
    rules: &[MarketRule],
) -> bool {
    let today = conditions.rules.calendar.zone().date(conditions.now);
    let known = order.map(|order| order.market.as_ref());
    let admits = |market: &Market| rules.iter().any(|rule| rule.admits(market, today));
    all_pass(known, arrival.claims.market.as_ref(), admits)
}

/// What the event claims can only narrow: what the directory says must pass, and the claim, too, if there
/// is one. Only where there is no directory does the claim stand alone.
fn all_pass<T>(directory: Option<Option<&T>>, claim: Option<&T>, passes: impl Fn(&T) -> bool) -> bool {
    match directory {
        Some(known) => known.is_some_and(&passes) && claim.is_none_or(passes),
        None => claim.is_some_and(passes),
    }
}

/// Judged at the receipt: what happened to the case afterwards does not make the event older.
fn fresh(arrival: &Arrival, max_age: Duration) -> Result<(), Ending> {
    let no = |reason| Err(Ending::new(reason));
    match arrival.age {
        EventAge::Unproven => no(Reason::EventAgeless),
        // A longer life than `max_age` would prove nothing about the event's age.
        EventAge::Expires(left) if left > max_age => no(Reason::EventAgeless),
        EventAge::Expires(_) => Ok(()),
        EventAge::At(time) if time.since(arrival.received_at) > CLOCK_SKEW => no(Reason::EventFuture),
        EventAge::At(time) if arrival.received_at.since(time) > max_age => no(Reason::Stale),
        EventAge::At(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
