//! Orders that change while their car stands before the camera: what was the one buyer's never becomes the other's.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use lineshot_clock::MachineClock;
use lineshot_demo::{Rule, Store};
use lineshot_domain::{Clock, OrderNumber, SiteKey, Vehicle};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::peers::Plc;
use crate::plant::{Plant, SITE_KEY};

/// The heading of the file.
const HEADING: &str = "order,vin,body,market,class,consent,state,at";

const BUYER_A: &str = "4711001";
const BUYER_B: &str = "4711002";
const CANCELLED: &str = "4711003";
const MOVED: &str = "4711004";
const PROTOTYPE: &str = "4711005";

const CAR: &str = "XXXLSH0TZTZ000001";
const CANCELLED_CAR: &str = "XXXLSH0TZTZ000003";
const MOVED_CAR: &str = "XXXLSH0TZTZ000004";
const PROTOTYPE_CAR: &str = "XXXLSH0TZTZ000005";

/// Longer than any word is on its way.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the plant tells of orders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Topic,
    File,
}

/// A plant that knows orders, and a store that keeps what leaves it.
struct Trade {
    plant: Plant,
    plc: Plc,
    store: Store,
    way: Way,
    clock: MachineClock,
    orders: Vec<Value>,
    events: usize,
    _runtime: Runtime,
    _objects: tempfile::TempDir,
}

fn order(number: &str, vin: &str) -> Value {
    json!({ "order": number, "vin": vin, "market": "US", "class": "serial", "consent": "yes", "state": "active" })
}

fn with(order: &Value, field: &str, value: &str) -> Value {
    let mut changed = order.clone();
    changed[field] = value.into();
    changed
}

/// A station's file.
fn station(id: &str, url: &str) -> String {
    format!(
        "version = 1\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\ntimezone = \"Europe/Berlin\"\n\
         [trigger]\ntopic = \"line/{{station}}/arrival\"\nleave = \"line/{{station}}/departure\"\n\
         ready = \"line/{{station}}/photo\"\nformat = \"json\"\nage = \"time\"\n\
         time_format = \"unix-ms\"\nmax_age = \"30s\"\n\
         [trigger.fields]\nevent = \"/id\"\ntime = \"/time\"\nvin = \"/vin\"\n\
         [permit]\nmarkets = {{ photos = [ \"US\" ] }}\nclasses = [ \"serial\" ]\nkeep = \"all\"\n\
         [[view]]\nid = \"front\"\ncamera = {{ http = {{ url = \"{url}\" }}, size = \"768x432\" }}\n\
         latency = \"200ms\"\ndelay = \"300ms\"\nwithin = \"60s\"\nshow = \"all\"\n"
    )
}

impl Trade {
    fn opened(way: Way) -> Trade {
        let runtime = Runtime::new().unwrap();
        let objects = tempfile::tempdir().unwrap();
        let store = runtime.block_on(Store::start(objects.path(), Rule::PutOnly)).unwrap();
        store.bucket("orders").unwrap();
        let plant = Plant::built(&store.account(), "orders");
        for station in ["marriage", "paint"] {
            fs::remove_file(plant.config().join(format!("stations/{station}.toml"))).unwrap();
        }
        let clock = MachineClock::start();
        let plc = Plc::start(plant.broker.port(), "plc", &["lineshot/site/pc-01/outcome", "line/roof/photo"]);
        let (orders, events) = (Vec::new(), 0);
        let mut trade =
            Trade { plant, plc, store, way, clock, orders, events, _runtime: runtime, _objects: objects };
        trade.configure();
        trade.tell(&[
            order(BUYER_A, CAR),
            order(CANCELLED, CANCELLED_CAR),
            order(MOVED, MOVED_CAR),
            with(&order(PROTOTYPE, PROTOTYPE_CAR), "class", "prototype"),
        ]);
        trade.plant.start_agent(&["--unreleased"]);
        trade.plant.pin();
        trade.plant.start_uploader();
        trade
    }

    fn configure(&self) {
        let (plant, url) = (&self.plant, self.plant.camera.stream_url());
        fs::create_dir(plant.config().join("agent.d")).unwrap();
        let source = match self.way {
            Way::Topic => "topic = \"plant/orders/+\"".to_owned(),
            Way::File => format!("file = {:?}", plant.config().join("orders.csv")),
        };
        plant.write("agent.d/orders.toml", &format!("[orders]\n{source}\nmax_age = \"1h\"\n"));
        for id in ["roof", "mark"] {
            plant.write(&format!("stations/{id}.toml"), &station(id, &format!("{url}?{id}")));
        }
    }

    /// The plant says this of orders, and returns when the agent knows.
    fn tell(&mut self, orders: &[Value]) {
        let at = jiff::Timestamp::from_millisecond(self.clock.wall().unix_ms()).unwrap().to_string();
        let orders: Vec<_> = orders.iter().map(|order| with(order, "at", &at)).collect();
        self.orders.retain(|known| orders.iter().all(|order| order["order"] != known["order"]));
        self.orders.extend(orders.iter().cloned());
        match self.way {
            Way::Topic => self.publish(&orders),
            Way::File => self.write(),
        }
    }

    fn publish(&self, orders: &[Value]) {
        for order in orders {
            let topic = format!("plant/orders/{}", order["order"].as_str().unwrap());
            self.plc.tell_for_ever(&topic, &order.to_string());
        }
        self.plc.until_taken();
        let Some(agent) = &self.plant.agent else { return };
        // The agent hears all in one order, and its log says when it has heard this.
        self.plc.tell("line/mark/arrival", "no event at all");
        agent.wait_for("a message could not be read");
    }

    fn write(&self) {
        let field = |order: &Value, name: &str| order[name].as_str().unwrap_or_default().to_owned();
        let names: Vec<_> = HEADING.split(',').collect();
        let line = |order: &Value| names.iter().map(|name| field(order, name)).collect::<Vec<_>>().join(",");
        let lines: Vec<_> = self.orders.iter().map(line).collect();
        let new = self.plant.config().join("orders.new");
        fs::write(&new, format!("{HEADING}\n{}\n", lines.join("\n"))).unwrap();
        fs::rename(&new, self.plant.config().join("orders.csv")).unwrap();
        if let Some(agent) = &self.plant.agent {
            agent.wait_for("the order directory was read");
        }
    }

    /// This car comes; returns when its case is in the book.
    fn arrive(&mut self, vin: &str) {
        self.events += 1;
        let event = json!({ "id": self.events, "time": self.clock.wall().unix_ms(), "vin": vin });
        self.plc.tell("line/roof/arrival", &event.to_string());
        self.plant.until(|| self.plant.outcomes().len() == self.events);
    }

    /// The last case's outcome.
    fn outcome(&self) -> String {
        self.plant.until(|| self.plant.outcomes().last().is_some_and(|outcome| outcome != "open"));
        self.plant.outcomes().pop().unwrap()
    }

    /// This car comes, the camera hesitates, these orders are told, and the camera goes on.
    fn arrive_and_tell(&mut self, vin: &str, orders: &[Value]) -> String {
        self.plant.camera.stall();
        self.arrive(vin);
        assert_eq!(self.plant.outcomes().last().unwrap(), "open", "nothing is wrong with {vin} yet");
        self.tell(orders);
        self.plant.camera.go_on();
        self.outcome()
    }

    /// This car comes and nothing is told.
    fn visit(&mut self, vin: &str) -> String {
        self.arrive(vin);
        self.outcome()
    }

    /// The keys of an order's album.
    fn album(&self, number: &str) -> Vec<String> {
        let vehicle = Vehicle::new(None, Some(OrderNumber::parse(number).unwrap()), None).unwrap();
        let album = SiteKey::parse(SITE_KEY).unwrap().album(&vehicle);
        let keys = self.store.keys("orders").unwrap();
        keys.into_iter().filter(|key| key.contains(album.as_str())).collect()
    }

    /// The public ids of what was photographed for an order, as its album shows them.
    fn pictures(&self, number: &str) -> BTreeSet<String> {
        let names = self.album(number).into_iter().filter(|key| key.ends_with(".jpg"));
        names.map(|key| key.rsplit('/').next().unwrap()[..16].to_owned()).collect()
    }

    /// The public id of the n-th case, counted from 0.
    fn public_id(&self, case: usize) -> String {
        self.plant.ask("SELECT public_id FROM cases ORDER BY rowid").swap_remove(case)
    }

    /// All that was published until the PLC was told how this event ended.
    fn published(&self, event: usize) -> String {
        let mut all = String::new();
        let last = format!(r#""event":"{event}","word":"done""#);
        while !all.contains(&last) {
            let (topic, payload) = self.plc.hear(PATIENCE).expect("the last word comes");
            all += &format!("{topic} {}\n", String::from_utf8_lossy(&payload));
        }
        all
    }
}

fn trade(way: Way) {
    let mut trade = Trade::opened(way);
    assert_eq!(trade.visit(CAR), "sealed");
    let reassigned = [order(BUYER_B, CAR)];
    assert_eq!(trade.arrive_and_tell(CAR, &reassigned), "refused(order_changed)");
    assert_eq!(trade.visit(CAR), "sealed");

    let cancelled = [with(&order(CANCELLED, CANCELLED_CAR), "state", "cancelled")];
    assert_eq!(trade.arrive_and_tell(CANCELLED_CAR, &cancelled), "refused(order_cancelled)");
    assert_eq!(trade.visit(CANCELLED_CAR), "refused(order_cancelled)");

    let moved = [with(&order(MOVED, MOVED_CAR), "market", "CN")];
    assert_eq!(trade.arrive_and_tell(MOVED_CAR, &moved), "refused(market)");
    assert_eq!(trade.visit(MOVED_CAR), "refused(market)");
    assert_eq!(trade.visit(PROTOTYPE_CAR), "refused(class)");
    // A last one that is delivered: what was to leave before it has left.
    assert_eq!(trade.visit(CAR), "sealed");
    let settled = |trade: &Trade| trade.pictures(BUYER_B).len() == 2;
    trade.plant.until(|| settled(&trade));

    assert_eq!(trade.pictures(BUYER_A), BTreeSet::from([trade.public_id(0)]), "before it was given away");
    let after = BTreeSet::from([trade.public_id(2), trade.public_id(8)]);
    assert_eq!(trade.pictures(BUYER_B), after, "nothing of the time when the car was another's");
    for number in [CANCELLED, MOVED, PROTOTYPE] {
        assert_eq!(trade.album(number), Vec::<String>::new(), "not even a record leaves");
    }
    let published = trade.published(trade.events);
    for event in ["6", "7", "8"] {
        let about: Vec<_> =
            published.lines().filter(|line| line.contains(&format!(r#""event":"{event}""#))).collect();
        let told = about.iter().filter(|line| line.contains(r#""reason":"not_permitted""#)).count();
        assert_eq!(told, 2, "an outcome event and a word to the PLC: {about:?}");
    }
    let said = trade.plant.agent.as_ref().unwrap().said() + &trade.plant.uploader.as_ref().unwrap().said();
    for word in ["market", "class"] {
        assert!(!published.contains(word), "`{word}` is told: {published}");
        assert!(!said.contains(word), "`{word}` is in the log: {said}");
    }
}

#[test]
fn orders_that_change_on_their_topic_while_the_car_stands_there_leave_nothing_with_the_wrong_buyer() {
    trade(Way::Topic);
}

#[test]
fn orders_that_change_in_their_file_while_the_car_stands_there_leave_nothing_with_the_wrong_buyer() {
    trade(Way::File);
}
