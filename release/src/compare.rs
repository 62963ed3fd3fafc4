//! What runs against what was signed, setting by setting: the same, narrower, or wider.
//!
//! Holds: what cannot be shown to be narrower is wider. `name`, the reply topic `trigger.ready`, the alarm for silence
//! (`expect_every`) and `expect` decide nothing that is shown, and are not compared.

use std::fmt::Debug;

use lineshot_config::{Format, LineTopic, Station, Trigger, View};
use lineshot_domain::{MarketRule, Polygon, Show};

/// One setting that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Such as `view[front].mask "robot controller"`.
    pub key: String,
    /// What it means, for a person.
    pub what: String,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// What shows, or may show, more than was signed.
    pub wider: Vec<Difference>,
    /// What surely shows less, or less often.
    pub narrower: Vec<Difference>,
}

/// How a setting is compared with the signed one.
enum Ruling {
    Same,
    Narrower,
    Wider,
}

impl Differences {
    fn say(&mut self, key: impl Into<String>, ruling: Ruling, what: impl Into<String>) {
        let difference = |key: String, what: String| Difference { key, what };
        match ruling {
            Ruling::Same => {}
            Ruling::Narrower => self.narrower.push(difference(key.into(), what.into())),
            Ruling::Wider => self.wider.push(difference(key.into(), what.into())),
        }
    }

    /// Only the very same may run.
    fn same<T: PartialEq + Debug>(&mut self, key: &str, signed: &T, running: &T) {
        let ruling = if signed == running { Ruling::Same } else { Ruling::Wider };
        self.say(key, ruling, "is not as it was signed");
    }

    /// The signed value or one that is better.
    fn at_most<T: PartialOrd + Debug>(&mut self, key: &str, signed: T, running: T) {
        let ruling = match running.partial_cmp(&signed) {
            Some(std::cmp::Ordering::Equal) => Ruling::Same,
            Some(std::cmp::Ordering::Less) => Ruling::Narrower,
            _ => Ruling::Wider,
        };
        let word = if matches!(ruling, Ruling::Wider) { "more" } else { "less" };
        self.say(key, ruling, format!("is {word} than was signed: {running:?}, not {signed:?}"));
    }

    /// A list of which each entry is permitted; `None`: everything is.
    fn among<T: PartialEq>(
        &mut self,
        key: &str,
        signed: Option<&[T]>,
        running: Option<&[T]>,
        is_in: impl Fn(&T, &T) -> bool,
    ) {
        let ruling = match (signed, running) {
            (None, None) => Ruling::Same,
            (None, Some(_)) => Ruling::Narrower,
            (Some(_), None) => Ruling::Wider,
            (Some(signed), Some(running)) if signed == running => Ruling::Same,
            (Some(signed), Some(running)) => {
                let all = running.iter().all(|entry| signed.iter().any(|other| is_in(entry, other)));
                if all { Ruling::Narrower } else { Ruling::Wider }
            }
        };
        let what = if matches!(ruling, Ruling::Wider) {
            "names more than was signed"
        } else {
            "names less than was signed"
        };
        self.say(key, ruling, what);
    }
}

/// What differs between a station that runs and the same station as it was signed.
pub fn compare(signed: &Station, running: &Station) -> Differences {
    let mut all = Differences::default();
    all.same("id", &signed.id, &running.id);
    trigger(&mut all, &signed.trigger, &running.trigger);
    let (was, is) = (&signed.rules, &running.rules);
    if was.calendar != is.calendar {
        let ruling = if is.calendar.is_within(&was.calendar) { Ruling::Narrower } else { Ruling::Wider };
        all.say("permit.windows, permit.closed or timezone", ruling, "give other hours than were signed");
    }
    let market = |one: &MarketRule, other: &MarketRule| {
        one.market == other.market
            && other.from.is_none_or(|from| one.from.is_some_and(|own| from <= own))
            && other.until.is_none_or(|until| one.until.is_some_and(|own| own <= until))
    };
    all.among("permit.markets.photos", was.photos.as_deref(), is.photos.as_deref(), market);
    all.among("permit.markets.journey", Some(&was.journey), Some(&is.journey), market);
    all.among("permit.classes", was.classes.as_deref(), is.classes.as_deref(), |one, other| one == other);
    all.same("permit.keep", &was.keep, &is.keep);
    line(&mut all, signed.line.as_ref(), running.line.as_ref());
    for view in &running.views {
        match signed.views.iter().find(|other| other.id == view.id) {
            Some(other) => self::view(&mut all, other, view),
            None => all.say(format!("view[{}]", view.id), Ruling::Wider, "was not signed"),
        }
    }
    for view in &signed.views {
        if running.views.iter().all(|other| other.id != view.id) {
            all.say(format!("view[{}]", view.id), Ruling::Narrower, "is not used");
        }
    }
    all
}

fn trigger(all: &mut Differences, signed: &Trigger, running: &Trigger) {
    all.same("trigger.topic", &signed.topic, &running.topic);
    all.same("trigger.leave", &signed.leave, &running.leave);
    all.same("trigger.format or trigger.fields", &signed.format, &running.format);
    all.same("trigger.time_format", &signed.time_format, &running.time_format);
    all.same("trigger.age", &signed.age, &running.age);
    // A stay that `dwell` ends lasts as much longer as events may be younger.
    match signed.dwell {
        None => all.at_most("trigger.max_age", signed.max_age, running.max_age),
        Some(_) => all.same("trigger.max_age", &signed.max_age, &running.max_age),
    }
    // Without an id and a time, `dwell` also says how long a repeated event is the same one.
    let is_told_apart =
        matches!(&signed.format, Format::Json(fields) if fields.event.is_some() || fields.time.is_some());
    match (signed.dwell, running.dwell) {
        (Some(was), Some(is)) if is_told_apart => all.at_most("trigger.dwell", was, is),
        (None, Some(_)) if is_told_apart => {
            all.say("trigger.dwell", Ruling::Narrower, "ends a stay besides");
        }
        (was, is) => all.same("trigger.dwell", &was, &is),
    }
    match (signed.shortest, running.shortest) {
        // A longer one withholds more.
        (Some(was), Some(is)) if is > was => all.say("trigger.shortest", Ruling::Narrower, "withholds more"),
        (None, Some(_)) => all.say("trigger.shortest", Ruling::Narrower, "withholds more"),
        (was, is) => all.same("trigger.shortest", &was, &is),
    }
}

fn line(all: &mut Differences, signed: Option<&LineTopic>, running: Option<&LineTopic>) {
    match (signed, running) {
        (None, Some(_)) => all.say("permit.line", Ruling::Narrower, "asks the line besides"),
        (Some(_), None) => all.say("permit.line", Ruling::Wider, "does not ask the line any more"),
        (None, None) => {}
        (Some(was), Some(is)) => {
            all.same("permit.line.topic", &was.topic, &is.topic);
            all.same("permit.line.field", &was.field, &is.field);
            all.among("permit.line.allowed", Some(&was.allowed), Some(&is.allowed), |one, other| {
                one == other
            });
            all.at_most("permit.line.max_age", was.max_age, is.max_age);
        }
    }
}

fn view(all: &mut Differences, signed: &View, running: &View) {
    let key = |name: &str| format!("view[{}].{name}", running.id);
    all.same(&key("camera"), &signed.camera, &running.camera);
    all.same(&key("camera.size"), &signed.scene.frame(), &running.scene.frame());
    all.same(&key("latency"), &signed.latency, &running.latency);
    let (was, is) =
        ((signed.delay, signed.delay + signed.within), (running.delay, running.delay + running.within));
    if was != is {
        let ruling = if was.0 <= is.0 && is.1 <= was.1 { Ruling::Narrower } else { Ruling::Wider };
        all.say(key("delay or within"), ruling, "gives another time than was signed");
    }
    show(all, &key("show"), signed.scene.show(), running.scene.show());
    for mask in signed.scene.masks() {
        let covers = |polygon: &Polygon| polygon.contains(&mask.polygon);
        if !running.scene.masks().iter().any(|other| covers(&other.polygon)) {
            all.say(
                key(&format!("mask {:?}", mask.name)),
                Ruling::Wider,
                "does not cover all that it covered when it was signed",
            );
        }
    }
    for mask in running.scene.masks() {
        if signed.scene.masks().iter().all(|other| other.polygon != mask.polygon) {
            all.say(key(&format!("mask {:?}", mask.name)), Ruling::Narrower, "is new, or covers more");
        }
    }
    if signed.crop != running.crop {
        let inside = running.crop.is_within(&signed.crop);
        let ruling = if inside { Ruling::Narrower } else { Ruling::Wider };
        all.say(key("crop"), ruling, "is another part of the frame than was signed");
    }
    if signed.scene.fill() != running.scene.fill() {
        all.say(key("fill"), Ruling::Narrower, "covers by another colour");
    }
    match (signed.allows_codes, running.allows_codes) {
        (true, false) => {
            all.say(key("codes"), Ruling::Narrower, "withholds pictures in which a code can be read")
        }
        (false, true) => all.say(key("codes"), Ruling::Wider, "allows codes that can be read"),
        _ => {}
    }
    match (&signed.lock, &running.lock) {
        (None, None) => {}
        (None, Some(_)) => all.say(key("lock"), Ruling::Narrower, "checks the angle besides"),
        (Some(_), None) => all.say(key("lock"), Ruling::Wider, "does not check the angle any more"),
        (Some(was), Some(is)) => {
            all.at_most(&key("lock.tolerance"), was.tolerance, is.tolerance);
            all.same(&key("lock.references"), &was.references, &is.references);
        }
    }
    all.among(&key("sizes"), Some(&signed.sizes), Some(&running.sizes), |one, other| one == other);
}

fn show(all: &mut Differences, key: &str, signed: &Show, running: &Show) {
    let ruling = match (signed, running) {
        _ if signed == running => Ruling::Same,
        (Show::All, Show::Within(_)) => Ruling::Narrower,
        (Show::Within(_), Show::All) | (Show::All, Show::All) => Ruling::Wider,
        (Show::Within(was), Show::Within(is)) => {
            let all = is.iter().all(|polygon| was.iter().any(|other| other.contains(polygon)));
            if all { Ruling::Narrower } else { Ruling::Wider }
        }
    };
    let word = if matches!(ruling, Ruling::Wider) { "more" } else { "less" };
    all.say(key, ruling, format!("shows {word} than was signed"));
}
