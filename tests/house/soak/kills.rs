//! SIGKILL of whatever runs, whenever: agent, uploader, broker and store.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use super::books::{self, Found};
use super::judge;
use super::line::{self, Line, Words};
use super::shop::{BUCKET, Shop};
use crate::peers::Plc;
use crate::plant::Plant;

const STATIONS: usize = 3;

/// Milliseconds: about as long as a case is under way, from the event to the receipt.
const LONGEST: u64 = 300;

/// For how long somebody who hears everything waits for the last of it.
const SILENCE: Duration = Duration::from_secs(60);

/// Who waits for hours is told after so many kills.
const TOLD: usize = 50;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Agent,
    Uploader,
    Broker,
    Store,
}

const VICTIMS: [Victim; 4] = [Victim::Agent, Victim::Uploader, Victim::Broker, Victim::Store];

/// The plant and the store beside it.
pub(super) struct Site {
    pub(super) shop: Shop,
    pub(super) plant: Plant,
    ear: Plc,
}

impl Site {
    pub(super) fn start(stations: usize) -> Site {
        let shop = Shop::open();
        let mut plant = Plant::built(&shop.account(), BUCKET);
        line::lay_out(&plant, stations);
        plant.start_agent(&["--unreleased"]);
        plant.pin();
        plant.start_uploader();
        let ear = Plc::start(plant.broker.port(), "portal", &["lineshot/site/pc-01/outcome"]);
        Site { shop, plant, ear }
    }

    /// Kills it and starts it again. Whether anything was under way.
    fn kill(&mut self, victim: Victim) -> bool {
        match victim {
            Victim::Agent => self.plant.agent.as_mut().unwrap().kill(),
            Victim::Uploader => self.plant.uploader.as_mut().unwrap().kill(),
            Victim::Broker => self.plant.broker.kill(),
            Victim::Store => self.shop.kill(),
        }
        let under_way = self.plant.ask("SELECT id FROM cases WHERE stage <> 'receipted'");
        match victim {
            Victim::Agent => self.plant.start_agent(&["--unreleased"]),
            Victim::Uploader => self.plant.start_uploader(),
            Victim::Broker => self.plant.broker.restart(),
            Victim::Store => self.shop.restart(),
        }
        !under_way.is_empty()
    }

    /// All there is to be found, when nothing is under way any more.
    pub(super) fn found(&self, cars: usize, words: Words) -> Found {
        self.plant.until_settled(cars);
        self.plant.until(|| self.plant.ask("SELECT topic FROM outbox").is_empty());
        let mut published = BTreeMap::<_, BTreeSet<_>>::new();
        while published.len() < cars {
            let Some((_, payload)) = self.ear.hear(SILENCE) else { break };
            books::take(&mut published, &payload);
        }
        let sent = (0..cars).map(line::event).collect();
        Found::look((&self.plant, &self.shop), sent, words, published)
    }
}

/// Of each as many, in an order of chance.
fn victims(kills: usize, chance: &mut fastrand::Rng) -> Vec<Victim> {
    let mut victims: Vec<_> = VICTIMS.into_iter().cycle().take(kills).collect();
    chance.shuffle(&mut victims);
    victims
}

#[test]
fn whoever_is_killed_whenever_bucket_ledger_and_publications_agree() {
    let arrivals = super::number("LINESHOT_SOAK_ARRIVALS", 200);
    let kills = super::number("LINESHOT_SOAK_KILLS", 60);
    let mut chance = fastrand::Rng::with_seed(super::seed());
    let victims = victims(kills, &mut chance);
    let mut site = Site::start(STATIONS);
    let line = Line::start(&site.plant, STATIONS);
    let (mut killed, mut hits) = (0, BTreeMap::<_, usize>::new());
    for car in 0..arrivals {
        line.send(car);
        while killed < kills * (car + 1) / arrivals {
            // Not a wait for anything: the moment of the fault.
            thread::park_timeout(Duration::from_millis(chance.u64(0..LONGEST)));
            *hits.entry(victims[killed]).or_default() += usize::from(site.kill(victims[killed]));
            killed += 1;
            if killed % TOLD == 0 {
                println!("{killed} kills, {} arrivals", car + 1);
            }
        }
    }
    let (words, repeated) = line.end();
    let found = site.found(arrivals, words);
    println!("{killed} kills over {arrivals} arrivals, {repeated} events sent again");
    println!("of the kills, these found a case under way: {hits:?}");
    println!("{}", found.figures());
    assert_eq!(found.faults(), Vec::<String>::new());
    judge::assert_sees_what_is_wrong(&found);
    let hit: usize = hits.values().sum();
    assert!(
        hit >= kills / 2,
        "only {hit} of {kills} kills found a case under way: choose the moments better"
    );
    let sealed = found.figures().outcomes["sealed"];
    assert!(sealed >= arrivals / 4, "only {sealed} of {arrivals} were photographed at all");
}
