//! `lineshot explain --would`: what the gate would say of a vehicle that arrives then, in sentences. What
//! became of those that came is in [`past`].
//!
//! Holds:
//! - the verdict is [`decide`]'s own, asked with facts made up for that moment; no rule is told twice;
//! - what is made up is said aloud: the answer names all that it supposes.
//!
//! Deliberately absent: the running agent. Whether the line stands, a blackout is on or a list is too old
//! at this moment is not asked; `explain` needs the configuration, and what is signed beside it, alone.

mod local;
mod past;
mod released;
mod week;

use std::path::Path;
use std::time::Duration;

use lineshot_config::{AgentSettings, BrokenStation, Expectation, Problem, STOP, Station, View};
use lineshot_domain::{
    Arrival, Belonging, Blackout, CalendarState, CaseId, Claims, Clock, ClockKeeper, ClockState, Conditions,
    Ending, EventAge, Facts, Keep, LedgerState, LineState, Market, MarketRule, Mono, Order, OrderNumber,
    Owner, Reason, ReleaseState, Sequence, Source, StationState, Stay, StopState, Vehicle, VehicleClass,
    Wall, decide,
};

use local::Local;
pub use local::MomentError;
pub use past::{Of, Past, past};

use crate::Failure;

/// The exit code of an answer that is no.
pub const NO: u8 = 3;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The station's id.
    pub station: String,
    /// `now`, a moment with its offset, or local time of the station.
    pub at: String,
    /// What the order directory would say, or the event where there is none.
    pub kind: Claims,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether at least one view would give a picture; of the past: whether there are cases.
    pub yes: bool,
    /// The answer in sentences, or as JSON.
    pub text: String,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// There is no such station.
    #[error("this PC has no station {asked:?}; {known}")]
    Station {
        /// What was asked for.
        asked: String,
        /// Those that there are, as a sentence.
        known: String,
    },
    /// `--at` names no moment.
    #[error("--at cannot be used")]
    At(#[source] MomentError),
}

/// Answers by the configuration in this folder.
///
/// # Errors
/// [`Failure::Problems`]; [`QuestionError`] as [`Failure::Other`].
pub fn explain(config: &Path, question: &Question, clock: &dyn Clock) -> Result<Answer, Failure> {
    let settings = crate::command::settings(config)?;
    let mut answer =
        answer(&settings, question, clock.wall()).map_err(|error| Failure::Other(error.into()))?;
    let stop = config.join(STOP);
    if stop.try_exists().unwrap_or(true) {
        answer
            .text
            .push_str(&format!("\nNow nothing is photographed: there is a file {}.\n", stop.display()));
    }
    if let Some(station) = settings.stations.iter().find(|it| it.id.as_str() == question.station) {
        answer.text.push_str(&released::released(&settings, station, clock.wall()));
    }
    Ok(answer)
}

fn answer(settings: &AgentSettings, question: &Question, now: Wall) -> Result<Answer, QuestionError> {
    let asked = question.station.as_str();
    if let Some(station) = settings.stations.iter().find(|station| station.id.as_str() == asked) {
        let local = Local::of(station.rules.calendar.zone());
        let at = local.read(&question.at, now).map_err(QuestionError::At)?;
        return Ok(would(settings, station, at, &question.kind));
    }
    let is_asked = |broken: &&BrokenStation| broken.id.as_ref().is_some_and(|id| id.as_str() == asked);
    match settings.broken.iter().find(is_asked) {
        Some(broken) => Ok(closed(asked, broken)),
        None => Err(QuestionError::Station { asked: asked.to_owned(), known: known(settings) }),
    }
}

fn known(settings: &AgentSettings) -> String {
    let sound = settings.stations.iter().map(|station| station.id.as_str());
    let broken = settings.broken.iter().filter_map(|broken| Some(broken.id.as_ref()?.as_str()));
    match sound.chain(broken).collect::<Vec<_>>().as_slice() {
        [] => "it has none: put one into stations/<id>.toml".to_owned(),
        some => format!("it has {}", some.join(", ")),
    }
}

fn closed(station: &str, broken: &BrokenStation) -> Answer {
    let reason = Reason::Config;
    let text = format!(
        "No: refused({}) for every vehicle at {station}. {}\n{}\nWhat to do: {}\n",
        reason.code(),
        reason.sentence(),
        broken.problems,
        reason.mend()
    );
    Answer { yes: false, text }
}

/// Whether a vehicle of this kind that arrives at this moment would be photographed.
pub fn would(settings: &AgentSettings, station: &Station, at: Wall, kind: &Claims) -> Answer {
    let verdicts: Vec<(&View, Result<bool, Reason>)> =
        station.views.iter().map(|view| (view, ask(settings, station, view, at, kind))).collect();
    let local = Local::of(station.rules.calendar.zone());
    let subject = subject(station, &local.moment(at), kind);
    let refused = verdicts.iter().find_map(|(_, verdict)| verdict.err());
    let permitted: Vec<&str> =
        verdicts.iter().filter(|(_, verdict)| verdict.is_ok()).map(|(view, _)| view.id.as_str()).collect();
    let journey = verdicts.iter().any(|(_, verdict)| *verdict == Ok(true));
    let mut lines: Vec<String> = match refused {
        None => vec![format!("Yes: {subject} would be photographed.")],
        Some(reason) if permitted.is_empty() => {
            vec![format!("No: {subject} would not be photographed: refused({}).", reason.code())]
        }
        Some(reason) => {
            let views = permitted.join(", ");
            vec![format!(
                "Yes, but only {views}: {subject} would be photographed there; other views: refused({}).",
                reason.code()
            )]
        }
    };
    if let Some(reason) = refused {
        lines.push(reason.sentence().to_owned());
        lines.extend(more(station, &local, at, reason));
        lines.push(format!("What to do: {}", reason.mend()));
    }
    if journey {
        lines.push("The customer may also follow the car's journey.".to_owned());
    }
    lines.push(next(&station.rules.calendar.at(at), &local));
    lines.push(supposed(settings, station));
    let week = week::week(&station.rules.calendar, at);
    Answer { yes: !permitted.is_empty(), text: format!("{}\n\n{week}", lines.join("\n")) }
}

/// Expectations of the station's file that do not hold: what each view would give.
pub(crate) fn disappointed(settings: &AgentSettings, station: &Station, now: Wall) -> Vec<Problem> {
    let local = Local::of(station.rules.calendar.zone());
    let check = |expected: &Expectation| {
        let at = match local.read(&expected.at, now) {
            Ok(at) => at,
            Err(error) => {
                let found = format!("{:?}, which is no moment: {error}", expected.at);
                return Some(problem(expected, found, None, "write it as in \"2026-11-23T10:00\""));
            }
        };
        let kind = Claims { market: expected.market.clone(), class: expected.class.clone() };
        let wanted = expected.refused;
        let verdicts = station.views.iter().map(|view| (view, ask(settings, station, view, at, &kind).err()));
        let (view, found) = verdicts.into_iter().find(|(_, found)| *found != wanted)?;
        let told = |verdict: Option<Reason>| {
            verdict.map_or("sealed".to_owned(), |reason| Ending::new(reason).to_string())
        };
        let found = format!("{} at view {}", told(found), view.id);
        let mend = "mend `permit` or the expectation; `lineshot explain --would` shows the week";
        Some(problem(expected, found, Some(told(wanted)), mend))
    };
    station.expect.iter().filter_map(check).collect()
}

fn problem(expected: &Expectation, found: String, wanted: Option<String>, mend: &str) -> Problem {
    Problem {
        place: expected.place.clone(),
        key: Some(format!("expect at {}", expected.at)),
        found,
        expected: wanted,
        nearest: None,
        mend: mend.to_owned(),
    }
}

/// Asks the gate itself, for one view. Says whether the journey is offered besides.
fn ask(
    settings: &AgentSettings,
    station: &Station,
    view: &View,
    at: Wall,
    kind: &Claims,
) -> Result<bool, Reason> {
    let now = Mono::from_start(Duration::ZERO);
    let told = |is_asked: bool| match is_asked {
        true => Source::Told { age: Duration::ZERO, max_age: Duration::ZERO },
        false => Source::Unasked,
    };
    let number = OrderNumber::parse("supposed").expect("the word fits the rule of order numbers");
    let vehicle = Vehicle::new(None, Some(number.clone()), None).expect("it has an order number");
    let order = Order {
        number,
        vin: None,
        body: None,
        market: kind.market.clone(),
        class: kind.class.clone(),
        consent: true,
        cancelled: false,
        at,
    };
    // Without a directory what is supposed is what the event claims.
    let (owner, claims) = match settings.orders {
        Some(_) => (Some(Owner::Order(&order)), Claims::default()),
        None => (None, kind.clone()),
    };
    let arrival = Arrival {
        station: station.id.clone(),
        vehicle,
        event: None,
        time: None,
        claims,
        sequence: None,
        simulated: false,
        age: EventAge::Expires(Duration::ZERO),
        received_at: at,
        received: now,
    };
    let conditions = Conditions {
        now: at,
        mono: now,
        stop: StopState::Going,
        station: StationState::Ready,
        release: ReleaseState::Trial,
        ledger: LedgerState::Intact,
        clock: ClockState { keeper: ClockKeeper::Synchronised, steady: true, behind: Duration::ZERO },
        line: LineState { source: told(station.line.is_some()), permits: true },
        rules: &station.rules,
        blackout: Blackout::None,
        orders: told(settings.orders.is_some()),
        deny: told(settings.deny.is_some()),
    };
    let max_age = station.trigger.max_age;
    let dwell = station.trigger.dwell.map(|dwell| dwell.saturating_sub(max_age));
    let facts = Facts {
        case: &CaseId::parse("0000000000000000").expect("the digits fit the rule of case ids"),
        arrival: &arrival,
        conditions,
        max_age,
        belonging: Belonging { owner, changed: false, denied: false },
        photographed: false,
        sequence: Sequence::Follows,
        stay: Stay::new(now, view.delay, view.within, dwell),
    };
    decide(&facts).map(|permit| permit.journey()).map_err(|ending| ending.reason())
}

/// Which vehicle is spoken of.
fn subject(station: &Station, moment: &str, kind: &Claims) -> String {
    let class = kind.class.as_ref().map(|class| format!(" of class {}", class.as_str()));
    let market = kind.market.as_ref().map(|market| format!(" for market {}", market.as_str()));
    format!(
        "a vehicle{}{} that arrives at {} on {moment}",
        class.unwrap_or_default(),
        market.unwrap_or_default(),
        station.id
    )
}

/// What the sentence of the reason leaves open: what would do instead.
fn more(station: &Station, local: &Local, at: Wall, reason: Reason) -> Option<String> {
    let rules = &station.rules;
    match reason {
        Reason::VehicleClass => {
            let classes = rules.classes.iter().flatten().map(VehicleClass::as_str);
            Some(format!("With --class one of these would do: {}.", classes.collect::<Vec<_>>().join(", ")))
        }
        Reason::Market => Some(markets(rules.photos.as_deref().unwrap_or_default(), station, at)),
        Reason::ClosedPeriod => match rules.calendar.at(at) {
            CalendarState::Closed { period, .. } => Some(format!("The period is {period}.")),
            CalendarState::Open { .. } | CalendarState::OutsideWindows { .. } => None,
        },
        Reason::Window => match rules.calendar.at(at) {
            CalendarState::Open { until: Some(until) } => Some(format!(
                "It is still open, but only until {}, before the view's `delay` is over.",
                local.moment(until)
            )),
            _ => None,
        },
        _ => None,
    }
}

/// Which markets would do on the day, and from or until when the others.
fn markets(rules: &[MarketRule], station: &Station, at: Wall) -> String {
    let today = station.rules.calendar.zone().date(at);
    let list = |markets: Vec<String>| match markets.is_empty() {
        true => "none".to_owned(),
        false => markets.join(", "),
    };
    let (open, others): (Vec<&MarketRule>, Vec<&MarketRule>) =
        rules.iter().partition(|rule| rule.admits(&rule.market, today));
    let open = open.iter().map(|rule| rule.market.as_str().to_owned()).collect();
    let mut text = format!("With --market one of these would do on that day: {}.", list(open));
    if !others.is_empty() {
        text.push_str(&format!(" On other days: {}.", list(others.into_iter().map(dated).collect())));
    }
    text
}

/// A market with its first and last day.
pub(crate) fn dated(rule: &MarketRule) -> String {
    let name = Market::as_str(&rule.market);
    match (rule.from, rule.until) {
        (Some(from), Some(until)) => format!("{name} (from {from} to {until})"),
        (Some(from), None) => format!("{name} (from {from})"),
        (None, Some(until)) => format!("{name} (until {until})"),
        (None, None) => name.to_owned(),
    }
}

/// When the calendar changes next.
fn next(state: &CalendarState, local: &Local) -> String {
    match state {
        CalendarState::Open { until: Some(until) } => {
            format!("The hours that permit photographs end on {}.", local.moment(*until))
        }
        CalendarState::Open { until: None } => {
            "No window or closed period ends this within 400 days.".to_owned()
        }
        CalendarState::OutsideWindows { opens: Some(opens) }
        | CalendarState::Closed { opens: Some(opens), .. } => {
            format!("The next hours that permit photographs begin on {}.", local.moment(*opens))
        }
        CalendarState::OutsideWindows { opens: None } | CalendarState::Closed { opens: None, .. } => {
            "There are no hours that permit photographs within 400 days.".to_owned()
        }
    }
}

/// All that was made up for the answer.
fn supposed(settings: &AgentSettings, station: &Station) -> String {
    let mut all = vec![
        "nobody has stopped photographs".to_owned(),
        "the agent runs with --unreleased".to_owned(),
        "the ledger is intact".to_owned(),
        "the clock is right".to_owned(),
        "the event comes fresh and contradicts no other".to_owned(),
    ];
    if let Some(line) = &station.line {
        all.push(format!("the line has just said {}", line.allowed.join(" or ")));
    }
    all.push("there is no blackout".to_owned());
    if settings.orders.is_some() {
        all.push("the order directory is fresh and knows the order".to_owned());
        all.push("the customer has agreed".to_owned());
    }
    if settings.deny.is_some() {
        all.push("the deny list is fresh and does not name the vehicle".to_owned());
    }
    if station.rules.keep == Keep::First {
        all.push("the vehicle was not photographed here before".to_owned());
    }
    let last = all.pop().unwrap_or_default();
    format!("This supposes that {}, and {last}.", all.join(", "))
}

#[cfg(test)]
mod tests;
