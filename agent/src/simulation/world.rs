//! The director: what happens happens, and everybody goes on, until the day is over and all has calmed down.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_spool::BookError;
use lineshot_spool::model::Loss;
use tokio::runtime::Runtime;

use super::broker::Broker;
use super::day::{Entry, Fault, Visit, What};
use super::hall::{self, Hall};
use super::machine::Machine;
use super::plant;
use super::plc::Plc;
use super::store::{Mood, Stored};
use super::time::Time;
use super::turns::Turns;
use crate::house::House;

/// How finely time passes while somebody waits.
const FINE: Duration = Duration::from_millis(100);
const COARSE: Duration = Duration::from_secs(1);
/// The service manager starts a daemon again after this; a machine needs longer.
const RESTART: Duration = Duration::from_secs(3);
const BOOT: Duration = Duration::from_secs(25);
/// A stop that nobody has heard of by then never comes.
const LOST: Duration = Duration::from_secs(600);
/// A broker delivers again within this time.
const AGAIN: Duration = Duration::from_secs(60);
/// How long after the last happening all must have come to its end.
const CALM: Duration = Duration::from_secs(1_800);

/// What somebody does at a moment.
#[derive(Clone, Debug)]
enum Act {
    Come(Visit),
    Tell(usize, usize),
    Again(usize, usize),
    Leave(usize, bool),
    Begin(Fault),
    StartAgent,
    StartUploader,
    BrokerUp,
    Thaw,
    Mood(Mood),
    Room,
    Light,
    Right,
    Automatic,
    Resume(bool, Duration),
}

/// The simulated world.
pub(crate) struct World {
    runtime: Runtime,
    pub(crate) time: Arc<Time>,
    turns: Arc<Turns>,
    pub(crate) broker: Arc<Mutex<Broker>>,
    pub(crate) stored: Arc<Mutex<Stored>>,
    hall: Arc<Mutex<Hall>>,
    pub(crate) machine: Machine,
    pub(crate) plc: Plc,
    /// By when, in the order in which they were decided.
    acts: BTreeMap<(Duration, usize), Act>,
    decided: usize,
    pub(crate) visits: Vec<(Duration, Visit)>,
    /// From when to when something was wrong, as far as a car could notice.
    pub(crate) disturbed: Vec<(Duration, Duration)>,
    pub(crate) faults: Vec<Fault>,
    /// The loss of the power cut that waits for the agent's death.
    cut: Option<Loss>,
    /// The new agent dies after so many changes.
    dies_after: Option<usize>,
}

impl World {
    /// A machine that was never on, before the day with these happenings.
    pub(crate) fn begin(seed: u64, entries: &[Entry]) -> World {
        fastrand::seed(seed);
        let time = Arc::new(Time::default());
        let hall = Arc::new(Mutex::new(Hall::default()));
        hall::look_into(Some((hall.clone(), time.clone())));
        let mut world = World {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap(),
            turns: Turns::directed(&time),
            broker: Broker::reached(&time),
            stored: Arc::default(),
            machine: Machine::new(),
            plc: Plc::default(),
            acts: BTreeMap::new(),
            decided: 0,
            visits: Vec::new(),
            disturbed: Vec::new(),
            faults: Vec::new(),
            cut: None,
            dies_after: None,
            time,
            hall,
        };
        world.act(Duration::ZERO, Act::StartAgent);
        world.act(Duration::from_secs(1), Act::StartUploader);
        for entry in entries {
            match entry.what.clone() {
                What::Visit(visit) => world.act(entry.at, Act::Come(visit)),
                What::Fault(fault) => world.act(entry.at, Act::Begin(fault)),
            }
        }
        world
    }

    fn act(&mut self, at: Duration, what: Act) {
        self.decided += 1;
        self.acts.insert((at, self.decided), what);
    }

    /// Until everything has happened and come to its end.
    ///
    /// # Panics
    /// If it does not.
    pub(crate) fn live(&mut self) {
        let mut last = Duration::ZERO;
        loop {
            let now = self.time.now();
            while let Some(entry) = self.acts.first_entry().filter(|entry| entry.key().0 <= now) {
                let what = entry.remove();
                let _inside = self.runtime.handle().clone();
                let _inside = _inside.enter();
                self.happen(what, now);
                last = now;
            }
            self.everybody_goes_on(now);
            if self.acts.is_empty() && now > last + Duration::from_secs(120) && self.is_settled() {
                return;
            }
            assert!(
                !self.acts.is_empty() || now < last + CALM,
                "not all has come to its end: {}",
                self.left()
            );
            let step = if self.turns.has_waiting() { FINE } else { COARSE };
            let next = self.acts.first_key_value().map_or(now + step, |((at, _), _)| *at);
            let by = step.min(next.saturating_sub(now)).max(Duration::from_millis(1));
            self.runtime.block_on(tokio::time::advance(by));
            self.time.pass(by);
        }
    }

    fn everybody_goes_on(&mut self, now: Duration) {
        let inside = self.runtime.handle().clone();
        let _inside = inside.enter();
        for _ in 0..2 {
            self.plc.go_on(&mut self.broker.lock().unwrap(), now);
            if let Some(agent) = &mut self.machine.agent
                && !agent.go_on(&self.turns, now)
            {
                self.agent_died(now);
            }
            let data = self.machine.data();
            if let Some(uploader) = &mut self.machine.uploader
                && !uploader.go_on(&data)
            {
                self.machine.bury_uploader();
                self.act(now + RESTART, Act::StartUploader);
            }
        }
    }

    fn agent_died(&mut self, now: Duration) {
        self.broker.lock().unwrap().cut();
        self.machine.bury_agent(&self.turns);
        let mut pause = RESTART;
        if let Some(loss) = self.cut.take() {
            pause = BOOT;
            self.machine.bury_uploader();
            self.acts.retain(|_, act| !matches!(act, Act::StartAgent | Act::StartUploader));
            self.machine.forget(loss);
            self.act(now + pause, Act::StartUploader);
        }
        self.disturb(now, pause);
        self.act(now + pause, Act::StartAgent);
    }

    fn disturb(&mut self, from: Duration, length: Duration) {
        self.disturbed.push((from, from + length));
    }

    fn happen(&mut self, what: Act, now: Duration) {
        match what {
            Act::Come(visit) => self.come(visit, now),
            Act::Tell(event, car) => self.plc.arrived(event, car, self.time.plant()),
            Act::Again(event, car) => self.again(event, car),
            Act::Leave(car, is_told) => {
                self.hall.lock().unwrap().standing.remove("marriage");
                self.plc.left(car, is_told);
            }
            Act::Begin(fault) => self.begin_fault(fault, now),
            Act::StartAgent => {
                let dies_after = self.dies_after.take();
                self.machine.start_agent(&self.time, dies_after);
                if self.machine.agent.is_none() {
                    self.agent_died(now);
                }
            }
            Act::StartUploader => {
                self.machine.start_uploader(&self.time, &self.stored);
                if self.machine.uploader.is_none() {
                    self.act(now + RESTART, Act::StartUploader);
                }
            }
            Act::BrokerUp => self.broker.lock().unwrap().is_down = false,
            Act::Thaw => self.broker.lock().unwrap().freeze(false),
            Act::Mood(mood) => self.stored.lock().unwrap().mood = mood,
            Act::Room => self.machine.disk.fill(false),
            Act::Light => self.hall.lock().unwrap().is_dark = false,
            Act::Right => self.time.set_wrong(0),
            Act::Automatic => self.plc.run_by_hand(false),
            Act::Resume(destroy, until) => self.resume(destroy, until, now),
        }
    }

    fn come(&mut self, visit: Visit, now: Duration) {
        self.hall.lock().unwrap().standing.insert("marriage".to_owned(), visit.car);
        let told = now + visit.told_after;
        self.act(told, Act::Tell(visit.event, visit.car));
        for number in 0..visit.again {
            let later = Duration::from_millis(700 * (number as u64 + 1));
            if told + later < now + visit.stays {
                self.act(told + later, Act::Again(visit.event, visit.car));
            }
        }
        self.act(now + visit.stays, Act::Leave(visit.car, visit.leave_is_told));
        self.visits.push((now, visit));
    }

    /// The very same message once more.
    fn again(&mut self, event: usize, car: usize) {
        let visit = self.visits.iter().rev().find(|(_, visit)| visit.event == event);
        let (at, visit) = visit.expect("it came");
        let ago = self.time.now() - (*at + visit.told_after);
        let at = self.time.plant().unix_ms() - i64::try_from(ago.as_millis()).unwrap();
        let payload = plant::arrival(event, car, lineshot_domain::Wall::from_unix_ms(at));
        self.plc.say(plant::ARRIVAL, payload, Some(event));
    }

    fn begin_fault(&mut self, fault: Fault, now: Duration) {
        let (length, mut lasting) = (Duration::from_secs(15), None);
        let mut last = |what: Act, length: Duration| lasting = Some((what, length));
        match &fault {
            Fault::KillAgent(changes) | Fault::PowerCut(changes, _) => {
                if let Fault::PowerCut(_, loss) = &fault {
                    self.cut = Some(*loss);
                }
                match &self.machine.agent {
                    Some(agent) => agent.process.end_after(*changes),
                    None => self.dies_after = Some(*changes),
                }
            }
            Fault::KillUploader(changes) => {
                if let Some(uploader) = &self.machine.uploader {
                    uploader.process.end_after(*changes);
                }
            }
            Fault::Cut => self.broker.lock().unwrap().cut(),
            Fault::KillBroker(forgets, length) => {
                self.broker.lock().unwrap().kill(*forgets);
                last(Act::BrokerUp, *length);
            }
            Fault::FreezeBroker(length) => {
                self.broker.lock().unwrap().freeze(true);
                last(Act::Thaw, *length);
            }
            Fault::Store(mood, length) => {
                self.stored.lock().unwrap().mood = *mood;
                last(Act::Mood(Mood::Works), *length);
            }
            Fault::FullDisk(length) => {
                self.machine.disk.fill(true);
                last(Act::Room, *length);
            }
            Fault::Dark(length) => {
                self.hall.lock().unwrap().is_dark = true;
                last(Act::Light, *length);
            }
            Fault::Clock(by, length) => {
                self.time.set_wrong(*by);
                last(Act::Right, *length);
            }
            Fault::Manual(length) => {
                self.plc.run_by_hand(true);
                last(Act::Automatic, *length);
            }
            Fault::Stop(destroy, length) => {
                self.plc.say(plant::STOP, b"smoke".to_vec(), None);
                last(Act::Resume(*destroy, now + *length + LOST), *length);
            }
            Fault::Rubbish => self.plc.say(plant::ARRIVAL, b"{\"id\":".to_vec(), None),
            Fault::Retained => {
                let payload = plant::arrival(999, 59, self.time.plant());
                let mut broker = self.broker.lock().unwrap();
                broker.store(plant::ARRIVAL, &payload);
                broker.cut();
            }
        }
        self.disturb(now, lasting.as_ref().map_or(length, |(_, length)| *length));
        if let Some((what, length)) = lasting {
            self.act(now + length, what);
        }
        self.faults.push(fault);
    }

    /// Somebody signs that all goes on. Until the stop is known here, or is surely lost, they wait.
    fn resume(&mut self, destroy: bool, until: Duration, now: Duration) {
        self.disturb(now, COARSE);
        let again = |until| Act::Resume(destroy, until);
        let Some(agent) = &self.machine.agent else { return self.act(now + COARSE, again(until)) };
        let (house, process) = (agent.house.clone(), agent.process.clone());
        let entered = process.enter();
        let lifted = catch_unwind(AssertUnwindSafe(|| lift_all(&house, destroy)));
        drop((entered, house));
        match lifted {
            Ok(Ok(0)) if now >= until => {}
            // A word that was heard and not acknowledged comes again, and stops again.
            Ok(Ok(lifted)) if lifted > 0 => self.act(now + COARSE, again(now + AGAIN)),
            Ok(_) => self.act(now + COARSE, again(until)),
            Err(_) if process.is_over() => self.act(now + COARSE, again(until)),
            Err(fault) => resume_unwind(fault),
        }
    }

    /// Whether nothing is left to do.
    fn is_settled(&self) -> bool {
        let Some(agent) = &self.machine.agent else { return false };
        let empty = |room: &str| std::fs::read_dir(self.machine.data().join(room)).unwrap().next().is_none();
        let has_counts = agent.house.front.counts().is_ok_and(|(open, waiting)| open + waiting == 0);
        let has_said_all = agent.house.front.next_publication().is_ok_and(|row| row.is_none());
        has_counts && has_said_all && empty("ready") && empty("receipts") && empty("agent/open")
    }

    fn left(&self) -> String {
        let Some(agent) = &self.machine.agent else { return "no agent".to_owned() };
        format!(
            "open and waiting {:?}, publication {:?}, stopped {}",
            agent.house.front.counts().unwrap(),
            agent.house.front.next_publication().unwrap().map(|row| row.topic),
            agent.house.front.is_stopped()
        )
    }

    /// Both daemons end.
    pub(crate) fn close(&mut self) {
        let inside = self.runtime.handle().clone();
        let _inside = inside.enter();
        self.machine.bury_agent(&self.turns);
        self.machine.bury_uploader();
    }
}

/// How many stops there were.
fn lift_all(house: &House, destroy: bool) -> Result<usize, BookError> {
    let stops = house.front.stops()?;
    for stop in &stops {
        house.front.lift(&stop.number, destroy, &serde_json::json!({ "notice": "resumed" }))?;
    }
    Ok(stops.len())
}
