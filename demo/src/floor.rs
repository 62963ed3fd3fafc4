//! What the demo knows at this moment: which car came where, what was told of it, and what happened.
//!
//! Holds:
//! - everything here was told by the programs or seen in the store, never concluded from what should happen;
//! - whoever waits is woken by every change.
//!
//! Deliberately absent: MQTT, files, the page.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use lineshot_clock::MachineClock;
use lineshot_domain::{Clock, Wall};
use tokio::sync::watch;

use crate::script::STATIONS;
use crate::show::{Answer, Entry, Outcome, Picture, VisitState, Why};

/// Most lines of the diary that are kept.
const DIARY: usize = 200;

/// What is known, and who is to hear of changes.
#[derive(Debug)]
pub(crate) struct Floor {
    known: Mutex<Known>,
    changed: watch::Sender<u64>,
    clock: MachineClock,
}

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The cars that came or will come.
    pub(crate) cars: BTreeMap<u32, [Visit; STATIONS.len()]>,
    /// The newest first.
    pub(crate) diary: VecDeque<Entry>,
    /// What the agent's topic `connection` says.
    pub(crate) connection: String,
    /// The answer to the visitor's last action.
    pub(crate) last: Option<Answer>,
    /// The alarms that are raised, and what they say.
    pub(crate) alarms: BTreeMap<String, String>,
    /// What the agent said about each event on the stations' `ready` topics, the newest last.
    pub(crate) words: BTreeMap<String, Vec<String>>,
    /// What became of each event, in words, once it is final: delivered, or why not.
    pub(crate) endings: BTreeMap<String, String>,
    /// Whether the visitor cut the line to the broker.
    pub(crate) broker_is_cut: bool,
    /// Whether the visitor cut the storage.
    pub(crate) storage_is_cut: bool,
    /// When the first picture was seen in the store.
    pub(crate) first_picture: Option<Wall>,
}

/// A car at a station.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The arrival that was published last.
    pub(crate) arrival: Option<Arrival>,
    pub(crate) state: VisitState,
    pub(crate) sent_again: u32,
    /// The event whose picture was sealed.
    pub(crate) sealed: Option<String>,
    /// What the roof says in the delivered picture.
    pub(crate) roof: Option<u32>,
}

impl Default for Visit {
    fn default() -> Visit {
        Visit { arrival: None, state: VisitState::Ahead, sent_again: 0, sealed: None, roof: None }
    }
}

/// A published arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) event: String,
    pub(crate) topic: String,
    pub(crate) payload: String,
}

/// What became of a case, as `lineshot explain` says.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    Sealed,
    NoPicture(Why),
}

impl Floor {
    pub(crate) fn new() -> Floor {
        Floor { known: Mutex::default(), changed: watch::channel(0).0, clock: MachineClock::start() }
    }

    pub(crate) fn now(&self) -> Wall {
        self.clock.wall()
    }

    /// A look at everything.
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        // A panic between lock and unlock leaves a line of text missing, nothing worse.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and wakes who waits.
    pub(crate) fn change<T>(&self, what: impl FnOnce(&mut Known) -> T) -> T {
        let answer = what(&mut self.known());
        self.changed.send_modify(|count| *count += 1);
        answer
    }

    /// Returns when `so` gives something, looking again at every change.
    pub(crate) async fn until<T>(&self, so: impl Fn(&Known) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if let Some(found) = so(&self.known()) {
                return found;
            }
            // The sender lives as long as `self`.
            let _alive = changed.changed().await;
        }
    }

    /// Writes a line into the diary, and to the terminal.
    #[expect(clippy::print_stdout, reason = "the demo tells the person who started it what happens")]
    pub(crate) fn note(&self, text: impl Into<String>) {
        let entry = Entry { at: time_of_day(self.now()), text: plain(&text.into()) };
        println!("{}  {}", entry.at, entry.text);
        self.change(|known| {
            known.diary.push_front(entry);
            known.diary.truncate(DIARY);
        });
    }

    /// A car is expected.
    pub(crate) fn expect(&self, order: u32) {
        self.change(|known| {
            known.cars.entry(order).or_default();
        });
    }

    /// An arrival was published. A picture that is there stays; everything else begins anew.
    pub(crate) fn arrived(&self, order: u32, station: usize, arrival: Arrival) {
        self.change(|known| {
            let visit = &mut known.cars.entry(order).or_default()[station];
            visit.arrival = Some(arrival);
            visit.sent_again = 0;
            if !matches!(visit.state, VisitState::Delivered(_) | VisitState::Sealed) {
                visit.state = VisitState::Arrived;
            }
        });
    }

    /// The same arrival was published again.
    pub(crate) fn sent_again(&self, event: &str) {
        self.change(|known| {
            if let Some((_, _, visit)) = known.visit(event) {
                visit.sent_again += 1;
            }
        });
    }

    /// A case has ended.
    pub(crate) fn ended(&self, event: &str, ending: Ending) {
        let text = self.change(|known| {
            let (order, station, visit) = known.visit(event)?;
            let at = STATIONS[station].name;
            let (text, is_final) = match ending {
                Ending::Sealed => {
                    if !matches!(visit.state, VisitState::Delivered(_)) {
                        visit.state = VisitState::Sealed;
                        visit.sealed = Some(event.to_owned());
                    }
                    ("covered, proven and sealed; it goes to the storage.".to_owned(), false)
                }
                Ending::NoPicture(why) => {
                    let outcome = why.outcome.as_str();
                    let text = format!("{outcome}({}). {}", why.code, why.sentence);
                    let is_sealed =
                        matches!(visit.state, VisitState::Sealed) && why.outcome != Outcome::Undeliverable;
                    if !matches!(visit.state, VisitState::Delivered(_)) && !is_sealed {
                        visit.state = VisitState::NoPicture(why);
                    }
                    (text, true)
                }
            };
            let entry = format!("Order {order}, {at}: {text}");
            if is_final {
                known.endings.insert(event.to_owned(), text);
            }
            Some(entry)
        });
        if let Some(text) = text {
            self.note(text);
        }
    }

    /// A picture is in the album.
    pub(crate) fn delivered(&self, order: u32, station: usize, picture: Picture, roof: Option<u32>) {
        let now = self.now();
        self.change(|known| {
            known.first_picture.get_or_insert(now);
            let visit = &mut known.cars.entry(order).or_default()[station];
            visit.state = VisitState::Delivered(picture);
            visit.roof = roof;
            let event = visit.sealed.clone();
            known.endings.extend(event.map(|event| (event, "the picture is in the album.".to_owned())));
        });
        let roof = match roof {
            Some(read) if read == order => format!("the roof says {read:04}"),
            Some(read) => format!("THE WRONG CAR: the roof says {read:04}"),
            None => "the roof cannot be read".to_owned(),
        };
        self.note(format!("Order {order}, {}: the picture is in the album; {roof}.", STATIONS[station].name));
    }
}

impl Known {
    /// The visit whose last arrival had this event id.
    pub(crate) fn visit(&mut self, event: &str) -> Option<(u32, usize, &mut Visit)> {
        self.cars.iter_mut().find_map(|(order, visits)| {
            let is = |visit: &Visit| {
                let arrival = visit.arrival.as_ref().map(|arrival| arrival.event.as_str());
                arrival == Some(event) || visit.sealed.as_deref() == Some(event)
            };
            let station = visits.iter().position(is)?;
            Some((*order, station, &mut visits[station]))
        })
    }

    /// How many cars stand somewhere with an open case.
    pub(crate) fn open(&self) -> usize {
        self.cars.values().flatten().filter(|visit| matches!(visit.state, VisitState::Arrived)).count()
    }

    /// The events whose proven pictures wait for the storage.
    pub(crate) fn sealed(&self) -> Vec<String> {
        let visits = self.cars.values().flatten();
        visits
            .filter(|visit| matches!(visit.state, VisitState::Sealed))
            .filter_map(|visit| visit.sealed.clone())
            .collect()
    }

    /// How many proven pictures wait for the storage.
    pub(crate) fn waiting(&self) -> usize {
        let visits = self.cars.values().flatten();
        visits.filter(|visit| matches!(visit.state, VisitState::Sealed)).count()
    }
}

/// Without what a terminal would obey: events and topics are chosen by others. Lines stay lines.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Such as `14:03:22`, UTC.
pub(crate) fn time_of_day(at: Wall) -> String {
    Timestamp::from_millisecond(at.unix_ms())
        .map(|at| at.strftime("%H:%M:%S").to_string())
        .unwrap_or_default()
}
