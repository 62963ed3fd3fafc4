//! From a row of the table to the gate's facts, through the real directory, deny list, calendar and
//! sequence.

use std::time::Duration;

use lineshot_domain::{
    Arrival, Before, Belonging, Blackout, BodyNumber, Calendar, Claims, ClockKeeper, ClockState,
    ClosedPeriod, Conditions, Days, DenyList, Directory, EventAge, EventId, Exposure, Facts, Keep,
    LedgerState, LineState, LocalDate, Market, MarketRule, Mono, Order, OrderNumber, Owner, Reason,
    ReleaseState, Rules, Sequence, SiteKey, Source, StationId, StationState, Stay, StayEnd, StopState,
    TimeOfDay, Vehicle, VehicleClass, ViewId, Vin, Wall, Window, Zone, decide, is_discreet,
};

use super::given::{Given, milliseconds, wall};

/// The process has run for an hour when the vehicle arrives.
const RECEIPT: Mono = Mono::from_start(Duration::from_secs(3600));

const NORMAL_ORDER: &str = "A@1:vin1,body1,US,serial,consent";

pub(crate) fn vin(number: &str) -> Vin {
    Vin::parse(&format!("WP0ZZZ99ZTS39000{number}")).unwrap()
}

pub(crate) fn body(number: &str) -> BodyNumber {
    BodyNumber::parse(&format!("B{number}")).unwrap()
}

pub(crate) fn order(name: &str) -> OrderNumber {
    OrderNumber::parse(name).unwrap()
}

pub(crate) fn site_key() -> SiteKey {
    SiteKey::parse(&SiteKey::file_text(&[7; 32])).unwrap()
}

pub(crate) struct Scene {
    given: Given,
    received_at: Wall,
    asked: Duration,
    arrival: Arrival,
    directory: Directory,
    rules: Rules,
}

impl Scene {
    pub(crate) fn new(given: Given) -> Scene {
        let received_at = wall(given.or("now", "2026-11-23T10:00:00+01:00"));
        Scene {
            received_at,
            asked: given.duration("asked", "0s"),
            arrival: arrival(&given, received_at),
            directory: directory(&given),
            rules: rules(&given),
            given,
        }
    }

    /// The normal day, with this directory and this vehicle.
    pub(crate) fn of(directory: Directory, vehicle: Vehicle) -> Scene {
        let normal = Scene::new(Given::parse(""));
        Scene { arrival: Arrival { vehicle, ..normal.arrival }, directory, ..normal }
    }

    /// The same, with an arrival at this moment.
    pub(crate) fn at(self, now: Wall) -> Scene {
        let arrival = Arrival { received_at: now, age: EventAge::At(now), time: Some(now), ..self.arrival };
        Scene { received_at: now, arrival, ..self }
    }

    pub(crate) fn calendar(&self) -> &Calendar {
        &self.rules.calendar
    }

    /// The gate's answer, written as in the table; of a permit only as much as `expected` names.
    pub(crate) fn answer(&self, expected: &str) -> String {
        let key = site_key();
        let case = key.case(&self.arrival, &ViewId::parse("front").unwrap(), 0);
        let asked = self.given.get("orders") != Some("unasked");
        let owner = asked.then(|| self.directory.owner(&self.arrival.vehicle));
        let facts = Facts {
            case: &case,
            arrival: &self.arrival,
            conditions: self.conditions(),
            max_age: self.given.duration("max_age", "5s"),
            belonging: Belonging {
                owner,
                changed: self.given.is("moved", "yes"),
                denied: self.is_denied(&key, owner),
            },
            photographed: self.given.is("visited", "yes") && self.rules.keep == Keep::First,
            sequence: self.sequence(),
            stay: self.stay(),
        };
        let permit = match decide(&facts) {
            Ok(permit) => permit,
            Err(ending) => {
                let discreet = if is_discreet(&facts.conditions, &self.arrival, &facts.belonging) {
                    ", discreet"
                } else {
                    ""
                };
                return format!("{ending}{discreet}");
            }
        };
        assert_eq!(permit.case(), &case);
        if self.given.get("exposed").is_some() {
            let ended = self.given.get("later").map(stay_end);
            return match permit.admits(&self.exposure(), ended, self.alive()) {
                Ok(()) => "admitted".to_owned(),
                Err(ending) => ending.to_string(),
            };
        }
        let journey = match (expected.contains("journey"), permit.journey()) {
            (false, _) => "",
            (true, true) => ", journey",
            (true, false) => ", no journey",
        };
        format!("permit{journey}")
    }

    /// A slip of the pen in a key must not make a normal day of a situation.
    pub(crate) fn check_all_used(&self) {
        self.given.check_all_used();
    }

    fn conditions(&self) -> Conditions<'_> {
        let given = &self.given;
        let line = given.or("line", "permits");
        Conditions {
            now: self.received_at.plus(self.asked),
            mono: RECEIPT.plus(self.asked),
            stop: match given.or("stop", "none") {
                "none" => StopState::Going,
                "paused" => StopState::Paused,
                _ => StopState::Stopped,
            },
            station: match given.or("station", "ready") {
                "ready" => StationState::Ready,
                "commissioned" => StationState::Commissioned,
                _ => StationState::Closed,
            },
            release: match given.or("release", "trial") {
                "trial" => ReleaseState::Trial,
                "signed" => ReleaseState::Released,
                "absent" => ReleaseState::Absent,
                code => ReleaseState::Void(Reason::from_code(code).expect("a reason of the table")),
            },
            ledger: if given.is("ledger", "broken") { LedgerState::Broken } else { LedgerState::Intact },
            clock: clock(given),
            line: LineState {
                source: source(line, given.duration("line_age", "1s"), given.duration("line_holds", "60s")),
                permits: line == "permits",
            },
            rules: &self.rules,
            blackout: match given.or("blackout", "none") {
                "none" => Blackout::None,
                "broken" => Blackout::Broken,
                until => Blackout::Until(wall(until)),
            },
            orders: source(given.or("orders", "told"), given.duration("orders_age", "1h"), DAY),
            deny: source(given.or("deny", "told"), given.duration("deny_age", "1h"), DAY),
        }
    }

    /// As the desk asks: by each number of the vehicle, and by its order's.
    fn is_denied(&self, key: &SiteKey, owner: Option<Owner<'_>>) -> bool {
        let Some(denied) = self.given.get("denied") else { return false };
        let one = |vin, order, body| key.album(&Vehicle::new(vin, order, body).unwrap());
        let album = match (denied.strip_prefix("vin"), denied.strip_prefix("body")) {
            (Some(number), _) => one(Some(vin(number)), None, None),
            (_, Some(number)) => one(None, None, Some(body(number))),
            _ => one(None, Some(order(denied)), None),
        };
        let text = format!("lineshot-deny-1 2026-11-23T08:00:00Z\n# one album\n{}\n", album.as_str());
        let list = DenyList::parse(&text).unwrap();
        let vehicle = match owner {
            Some(Owner::Order(owner)) => self.arrival.vehicle.clone().of_order(owner.number.clone()),
            _ => self.arrival.vehicle.clone(),
        };
        key.albums(&vehicle).iter().any(|album| list.albums().contains(album))
    }

    fn sequence(&self) -> Sequence {
        let before: Vec<_> = self.given.get("before").map_or(Vec::new(), |cell| {
            cell.split(',')
                .map(|one| {
                    let (number, ago) = one.split_once('@').unwrap();
                    let received = Wall::from_unix_ms(self.received_at.unix_ms() + milliseconds(ago));
                    Before { sequence: number.parse().ok(), received }
                })
                .collect()
        });
        let shortest = self.given.get("shortest").map(|_| self.given.duration("shortest", "0s"));
        Sequence::judge(&before, self.arrival.sequence, self.received_at, shortest)
    }

    fn stay(&self) -> Stay {
        let dwell = (self.given.get("dwell") != Some("none")).then(|| self.given.duration("dwell", "15s"));
        let (delay, within) = (self.given.duration("delay", "1.5s"), self.given.duration("within", "20s"));
        Stay::new(RECEIPT, delay, within, dwell).ended_by(self.given.get("ended").map(stay_end))
    }

    fn exposure(&self) -> Exposure {
        let exposed = self.given.or("exposed", "2s");
        match exposed.split_once("..") {
            Some((from, to)) => Exposure::between(mono(from), mono(to)),
            None => Exposure::measured(mono(exposed)),
        }
    }

    fn alive(&self) -> Option<Mono> {
        match self.given.or("alive", "never") {
            "never" => None,
            at => Some(mono(at)),
        }
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// A moment counted from the receipt.
fn mono(text: &str) -> Mono {
    let ms = milliseconds(text);
    let by = Duration::from_millis(ms.unsigned_abs());
    if ms < 0 { RECEIPT.minus(by) } else { RECEIPT.plus(by) }
}

fn stay_end(text: &str) -> StayEnd {
    match text.split_once('@') {
        Some(("departed", at)) => StayEnd::Departed(mono(at)),
        Some(("superseded", at)) => StayEnd::Superseded(mono(at)),
        _ => panic!("{text:?}"),
    }
}

fn clock(given: &Given) -> ClockState {
    ClockState {
        keeper: match given.or("clock", "synchronised") {
            "unchecked" => ClockKeeper::Unchecked,
            "synchronised" => ClockKeeper::Synchronised,
            "unsynchronised" => ClockKeeper::Unsynchronised,
            "unreadable" => ClockKeeper::Unreadable,
            other => panic!("clock={other}"),
        },
        steady: !given.is("steady", "no"),
        behind: given.duration("behind", "0s"),
    }
}

fn source(word: &str, age: Duration, max_age: Duration) -> Source {
    match word {
        "unasked" => Source::Unasked,
        "missing" => Source::Missing,
        "broken" => Source::Broken,
        "told" | "permits" | "forbids" => Source::Told { age, max_age },
        other => panic!("{other:?} is no source"),
    }
}

fn arrival(given: &Given, received_at: Wall) -> Arrival {
    let number = |key, normal| Some(given.or(key, normal)).filter(|number| *number != "none");
    let event = given.or("event", "0s");
    let moment = |by| Wall::from_unix_ms(received_at.unix_ms() + milliseconds(by));
    let age = match (event, event.strip_prefix("expiry:")) {
        ("ageless", _) => EventAge::Unproven,
        (_, Some(left)) => EventAge::Expires(Duration::from_millis(milliseconds(left).unsigned_abs())),
        (by, None) => EventAge::At(moment(by)),
    };
    Arrival {
        station: StationId::parse("marriage").unwrap(),
        vehicle: Vehicle::new(
            number("vin", "1").map(vin),
            number("order", "none").map(order),
            number("body", "1").map(body),
        )
        .unwrap(),
        event: Some(EventId::parse("e-1").unwrap()),
        time: if let EventAge::At(at) = age { Some(at) } else { None },
        claims: Claims {
            market: given.get("claim_market").map(|market| Market::parse(market).unwrap()),
            class: given.get("claim_class").map(|class| VehicleClass::parse(class).unwrap()),
        },
        sequence: given.get("number").map(|number| number.parse().unwrap()),
        simulated: false,
        age,
        received_at,
        received: RECEIPT,
    }
}

/// What the directory was told: `told=A@1:vin1,body1,US,serial,consent`, in this order; or the normal
/// order with another market, class or consent.
fn directory(given: &Given) -> Directory {
    let mut told = given.all("told");
    if told.is_empty() {
        told.push(NORMAL_ORDER);
    }
    let mut directory = Directory::default();
    for text in told.into_iter().filter(|text| *text != "none") {
        let mut order = claim(text);
        if let Some(market) = given.get("market") {
            order.market = Market::parse(market).ok().filter(|_| market != "none");
        }
        if let Some(class) = given.get("class") {
            order.class = VehicleClass::parse(class).ok().filter(|_| class != "none");
        }
        order.consent &= !given.is("consent", "no");
        order.cancelled |= given.is("cancelled", "yes");
        directory.tell(order);
    }
    directory
}

fn claim(text: &str) -> Order {
    let (head, words) = text.split_once(':').unwrap_or((text, ""));
    let (name, day) = head.split_once('@').unwrap();
    let mut claim = Order {
        number: order(name),
        vin: None,
        body: None,
        market: None,
        class: None,
        consent: false,
        cancelled: false,
        at: Wall::from_unix_ms(day.parse::<i64>().unwrap() * 86_400_000),
    };
    for word in words.split(',') {
        match (word, word.strip_prefix("vin"), word.strip_prefix("body")) {
            (_, Some(number), _) => claim.vin = Some(vin(number)),
            (_, _, Some(number)) => claim.body = Some(body(number)),
            ("consent", ..) => claim.consent = true,
            ("cancelled", ..) => claim.cancelled = true,
            ("serial" | "prototype", ..) => claim.class = VehicleClass::parse(word).ok(),
            _ => claim.market = Some(Market::parse(word).unwrap()),
        }
    }
    claim
}

fn rules(given: &Given) -> Rules {
    Rules {
        calendar: calendar(given),
        photos: match given.or("markets", "US,DE,GB,CA,CH,ES") {
            "all" => None,
            list => Some(list.split(',').map(market_rule).collect()),
        },
        journey: vec![market_rule("US")],
        classes: match given.or("classes", "serial") {
            "all" => None,
            list => Some(list.split(',').map(|class| VehicleClass::parse(class).unwrap()).collect()),
        },
        keep: match given.or("keep", "first") {
            "first" => Keep::First,
            "last" => Keep::Last,
            "all" => Keep::All,
            other => panic!("keep={other}"),
        },
    }
}

/// `US` or `US:2026-11-23/2026-11-25`, either day perhaps left out.
fn market_rule(text: &str) -> MarketRule {
    let (market, days) = text.split_once(':').unwrap_or((text, "/"));
    let (from, until) = days.split_once('/').unwrap();
    let day = |text: &str| (!text.is_empty()).then(|| LocalDate::parse(text).unwrap());
    MarketRule { market: Market::parse(market).unwrap(), from: day(from), until: day(until) }
}

fn calendar(given: &Given) -> Calendar {
    let windows = match given.or("windows", "mon-fri/06:00-14:30+sat/22:00-02:00") {
        "always" => None,
        "never" => Some(Vec::new()),
        list => Some(list.split('+').map(window).collect()),
    };
    let closed = match given.or("closed", "2026-12-24/2027-01-06") {
        "none" => Vec::new(),
        list => list.split(',').map(|period| ClosedPeriod::parse(period).unwrap()).collect(),
    };
    Calendar::new(Zone::parse("Europe/Berlin").unwrap(), windows, closed)
}

/// `mon-fri/06:00-14:30`.
pub(crate) fn window(text: &str) -> Window {
    let (days, hours) = text.split_once('/').unwrap();
    let (from, to) = hours.split_once('-').unwrap();
    let time = |text| TimeOfDay::parse(text).unwrap();
    Window::new(Days::parse(days).unwrap(), time(from), time(to)).unwrap()
}
