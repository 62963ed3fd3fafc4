use super::*;
use crate::{
    Blackout, BodyNumber, Calendar, Claims, ClockKeeper, ClockState, Keep, LedgerState, LineState,
    OrderNumber, ReleaseState, Rules, Source, StationId, StationState, StopState, Vehicle, Vin, Wall, Zone,
};

const RECEIVED: i64 = 1_790_000_000_000;
const SECOND: Duration = Duration::from_secs(1);

fn rules() -> Rules {
    let market = |market| MarketRule { market: Market::parse(market).unwrap(), from: None, until: None };
    Rules {
        calendar: Calendar::always(Zone::parse("Europe/Berlin").unwrap()),
        photos: Some(vec![market("US"), market("DE")]),
        journey: vec![market("US")],
        classes: Some(vec![VehicleClass::parse("serial").unwrap()]),
        keep: Keep::First,
    }
}

fn order() -> Order {
    Order {
        number: OrderNumber::parse("4711").unwrap(),
        vin: Some(Vin::parse("WP0ZZZ99ZTS390000").unwrap()),
        body: None,
        market: Some(Market::parse("US").unwrap()),
        class: Some(VehicleClass::parse("serial").unwrap()),
        consent: true,
        cancelled: false,
        at: Wall::from_unix_ms(0),
    }
}

/// What the gate says of a case in which all is well but for the change.
fn verdict(change: impl FnOnce(&mut World)) -> Result<Permit, Reason> {
    let mut world = World::default();
    change(&mut world);
    world.ask(|facts| decide(facts).map_err(|e| e.reason()))
}

struct World {
    arrival: Arrival,
    rules: Rules,
    order: Option<Order>,
    owner: Option<fn(&Order) -> Owner<'_>>,
    stop: StopState,
    station: StationState,
    release: ReleaseState,
    ledger: LedgerState,
    clock: ClockState,
    line: LineState,
    blackout: Blackout,
    orders: Source,
    deny: Source,
    owner_changed: bool,
    denied: bool,
    photographed: bool,
    sequence: Sequence,
    stay: Stay,
}

impl Default for World {
    fn default() -> World {
        let received = Mono::from_start(10 * SECOND);
        let vehicle = Vehicle::new(Some(Vin::parse("WP0ZZZ99ZTS390000").unwrap()), None, None).unwrap();
        World {
            arrival: Arrival {
                station: StationId::parse("marriage").unwrap(),
                vehicle,
                event: None,
                time: None,
                claims: Claims::default(),
                sequence: None,
                simulated: false,
                age: EventAge::Expires(5 * SECOND),
                received_at: Wall::from_unix_ms(RECEIVED),
                received,
            },
            rules: rules(),
            order: Some(order()),
            owner: Some(|order| Owner::Order(order)),
            stop: StopState::Going,
            station: StationState::Ready,
            release: ReleaseState::Trial,
            ledger: LedgerState::Intact,
            clock: ClockState { keeper: ClockKeeper::Synchronised, steady: true, behind: Duration::ZERO },
            line: LineState { source: told(), permits: true },
            blackout: Blackout::None,
            orders: told(),
            deny: told(),
            owner_changed: false,
            denied: false,
            photographed: false,
            sequence: Sequence::Follows,
            stay: Stay::new(received, SECOND, 20 * SECOND, None),
        }
    }
}

fn told() -> Source {
    Source::Told { age: SECOND, max_age: SECOND }
}

impl World {
    fn ask<T>(&self, question: impl FnOnce(&Facts<'_>) -> T) -> T {
        let case = CaseId::parse("0123456789abcdef").unwrap();
        let conditions = Conditions {
            now: self.arrival.received_at,
            mono: self.arrival.received,
            stop: self.stop,
            station: self.station,
            release: self.release,
            ledger: self.ledger,
            clock: self.clock,
            line: self.line,
            rules: &self.rules,
            blackout: self.blackout,
            orders: self.orders,
            deny: self.deny,
        };
        let owner = match (&self.order, self.owner) {
            (Some(order), Some(owner)) => Some(owner(order)),
            _ => None,
        };
        question(&Facts {
            case: &case,
            arrival: &self.arrival,
            conditions,
            max_age: 5 * SECOND,
            belonging: Belonging { owner, changed: self.owner_changed, denied: self.denied },
            photographed: self.photographed,
            sequence: self.sequence,
            stay: self.stay,
        })
    }
}

#[test]
fn when_all_is_well_the_permit_is_for_this_case() {
    let permit = verdict(|_| ()).unwrap();
    assert_eq!(permit.case().as_str(), "0123456789abcdef");
    assert!(permit.journey());
}

#[test]
fn each_condition_has_its_own_no() {
    type Change = fn(&mut World);
    let table: [(Change, Reason); 22] = [
        (|w| w.stop = StopState::Stopped, Reason::Stopped),
        (|w| w.station = StationState::Closed, Reason::Config),
        (|w| w.release = ReleaseState::Absent, Reason::Unreleased),
        (|w| w.ledger = LedgerState::Broken, Reason::Ledger),
        (|w| w.clock.keeper = ClockKeeper::Unreadable, Reason::ClockUnreadable),
        (|w| w.clock.keeper = ClockKeeper::Unsynchronised, Reason::ClockUntrusted),
        (|w| w.clock.steady = false, Reason::ClockUnstable),
        (|w| w.clock.behind = Duration::from_millis(2_001), Reason::ClockBehind),
        (|w| w.line.source = Source::Missing, Reason::LineMissing),
        (|w| w.line.source = Source::Broken, Reason::LineBroken),
        (|w| w.line.permits = false, Reason::LineState),
        (|w| w.blackout = Blackout::Broken, Reason::BlackoutBroken),
        (|w| w.blackout = Blackout::Until(Wall::from_unix_ms(RECEIVED + 1)), Reason::Blackout),
        (|w| w.orders = Source::Missing, Reason::OrdersMissing),
        (|w| w.owner = Some(|_| Owner::Unknown), Reason::OrderUnknown),
        (|w| w.owner = Some(|_| Owner::Cancelled), Reason::OrderCancelled),
        (|w| w.owner = Some(|_| Owner::Conflict), Reason::OrderConflict),
        (|w| w.owner_changed = true, Reason::OrderChanged),
        (|w| w.deny = Source::Broken, Reason::DenyBroken),
        (|w| w.denied = true, Reason::Denied),
        (|w| w.photographed = true, Reason::Photographed),
        (|w| w.sequence = Sequence::Doubled, Reason::Sequence),
    ];
    for (change, want) in table {
        assert_eq!(verdict(change).unwrap_err(), want);
    }
    assert!(verdict(|w| w.blackout = Blackout::Until(Wall::from_unix_ms(RECEIVED))).is_ok(), "it is over");
    assert!(verdict(|w| w.sequence = Sequence::Gap(3)).is_ok(), "a gap is a notice");
}

#[test]
fn a_source_that_is_a_millisecond_too_old_closes() {
    let old = Source::Told { age: SECOND + Duration::from_millis(1), max_age: SECOND };
    assert_eq!(verdict(|w| w.line.source = old).unwrap_err(), Reason::LineStale);
    assert_eq!(verdict(|w| w.orders = old).unwrap_err(), Reason::OrdersStale);
    assert_eq!(verdict(|w| w.deny = old).unwrap_err(), Reason::DenyStale);
}

#[test]
fn an_event_must_prove_that_it_is_young() {
    let at = |ms| EventAge::At(Wall::from_unix_ms(RECEIVED + ms));
    let ms = Duration::from_millis;
    for (age, want) in [
        (EventAge::Unproven, Err(Reason::EventAgeless)),
        (EventAge::Expires(ms(5_000)), Ok(())),
        (EventAge::Expires(ms(5_001)), Err(Reason::EventAgeless)),
        (at(-5_000), Ok(())),
        (at(-5_001), Err(Reason::Stale)),
        (at(2_000), Ok(())),
        (at(2_001), Err(Reason::EventFuture)),
    ] {
        assert_eq!(verdict(|w| w.arrival.age = age).map(|_| ()), want, "{age:?}");
    }
}

#[test]
fn a_vehicle_that_left_or_was_followed_is_missed() {
    let at = Mono::from_start(11 * SECOND);
    for (end, want) in
        [(StayEnd::Departed(at), Reason::Departed), (StayEnd::Superseded(at), Reason::Superseded)]
    {
        assert_eq!(verdict(|w| w.stay = w.stay.ended_by(Some(end))).unwrap_err(), want);
    }
}

#[test]
fn what_an_event_claims_can_only_narrow_what_the_directory_says() {
    let market = |text: &str| Some(Market::parse(text).unwrap());
    let class = |text: &str| Some(VehicleClass::parse(text).unwrap());
    for (known, claimed, want) in [
        (market("US"), None, Ok(())),
        (market("US"), market("de"), Ok(())),
        (market("US"), market("FR"), Err(Reason::Market)),
        (market("FR"), market("US"), Err(Reason::Market)),
        (None, market("US"), Err(Reason::Market)),
    ] {
        let said = verdict(|w| {
            w.order.as_mut().unwrap().market = known.clone();
            w.arrival.claims.market = claimed.clone();
        });
        assert_eq!(said.map(|_| ()), want, "{known:?} {claimed:?}");
    }
    for (known, claimed, want) in [
        (class("serial"), class("prototype"), Err(Reason::VehicleClass)),
        (class("prototype"), class("serial"), Err(Reason::VehicleClass)),
        (None, class("serial"), Err(Reason::VehicleClass)),
        (class("serial"), class("SERIAL"), Ok(())),
    ] {
        let said = verdict(|w| {
            w.order.as_mut().unwrap().class = known.clone();
            w.arrival.claims.class = claimed.clone();
        });
        assert_eq!(said.map(|_| ()), want, "{known:?} {claimed:?}");
    }
    assert_eq!(verdict(|w| w.order.as_mut().unwrap().consent = false).unwrap_err(), Reason::Consent);
}

#[test]
fn without_a_directory_the_event_stands_alone_and_must_say_what_is_asked() {
    let said = |market: Option<&str>, class: Option<&str>| {
        verdict(|w| {
            w.order = None;
            w.orders = Source::Unasked;
            w.arrival.claims.market = market.map(|m| Market::parse(m).unwrap());
            w.arrival.claims.class = class.map(|c| VehicleClass::parse(c).unwrap());
        })
        .map(|permit| permit.journey())
    };
    assert_eq!(said(Some("US"), Some("serial")), Ok(true));
    assert_eq!(said(Some("DE"), Some("serial")), Ok(false));
    assert_eq!(said(None, Some("serial")), Err(Reason::Market));
    assert_eq!(said(Some("US"), None), Err(Reason::VehicleClass));
}

#[test]
fn what_the_order_forbids_stays_unsaid_whatever_else_ends_the_case() {
    let discreet = |change: fn(&mut World)| {
        let mut world = World::default();
        world.arrival.age = EventAge::Unproven;
        change(&mut world);
        world.ask(|facts| is_discreet(&facts.conditions, facts.arrival, &facts.belonging))
    };
    assert!(!discreet(|_| ()));
    assert!(discreet(|w| w.denied = true));
    assert!(discreet(|w| w.owner = Some(|_| Owner::Unknown)));
    assert!(discreet(|w| w.order.as_mut().unwrap().class = None));
    for reason in Reason::ALL.iter().filter(|reason| reason.concerns_the_order()) {
        assert_eq!(reason.record_state(), None, "{}", reason.code());
    }
}

#[test]
fn a_window_that_closes_before_the_first_frame_refuses_at_once() {
    let window = |to: &str| {
        use crate::{Days, TimeOfDay, Window};
        let time = |text| TimeOfDay::parse(text).unwrap();
        let window = Window::new(Days::parse("daily").unwrap(), time("00:00"), time(to)).unwrap();
        Calendar::new(Zone::parse("Etc/UTC").unwrap(), Some(vec![window]), Vec::new())
    };
    // 1 790 000 000 is 2026-09-21T14:13:20Z.
    assert!(verdict(|w| w.rules.calendar = window("14:14")).is_ok());
    assert_eq!(verdict(|w| w.rules.calendar = window("14:13")).unwrap_err(), Reason::Window);
    let late = verdict(|w| {
        w.rules.calendar = window("14:14");
        w.stay = Stay::new(w.arrival.received, 40 * SECOND, SECOND, None);
    });
    assert_eq!(late.unwrap_err(), Reason::Window, "40 s are left");
}

#[test]
fn nobody_reads_a_number_out_of_the_facts() {
    let mut world = World::default();
    world.order.as_mut().unwrap().body = Some(BodyNumber::parse("B0815").unwrap());
    let printed = world.ask(|facts| format!("{facts:?}"));
    for secret in ["4711", "WP0", "B0815"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
