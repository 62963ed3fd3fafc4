//! The whole house in one run: PLC, broker, desk, spool, drain and store on one clock, one disk and one thread at a time.
//!
//! Holds: a day is a function of its number alone. What fails prints the number that has it again, and the shortest list
//! of happenings that still fails.
//!
//! What is the product's own here: the line to the broker with its acknowledgements, pulses, outbox and board; the
//! intake, the gate and the desk with a thread for each case; the darkroom and the proof; the books on a real SQLite;
//! look-out and rounds; the uploader's drain. What is not: sockets, the client library's wire format, signals, cameras,
//! the S3 client.

pub(crate) mod broker;
mod day;
mod hall;
mod judge;
mod machine;
mod plant;
mod plc;
mod store;
mod time;
pub(crate) mod turns;
mod twins;
mod world;

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use day::{Entry, day};
pub(crate) use hall::eye;
use world::World;

/// How many days a run of the tests has.
const DAYS: u64 = 25;
/// Names the first day's number, for one that failed.
const SEED: &str = "LINESHOT_TEST_SEED";
/// Names how many days, for a long run.
const COUNT: &str = "LINESHOT_LINE_DAYS";

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Lives a day and judges it. What is wrong with it, if anything.
fn live(seed: u64, entries: &[Entry]) -> Result<String, String> {
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::begin(seed, entries);
        world.live();
        judge::judge(world)
    }));
    turns::Turns::close();
    broker::Broker::leave();
    hall::look_into(None);
    let died = |panic: Box<dyn Any + Send>| {
        Err(format!("{} ({})", turns::told(&*panic), PLACE.with(|it| it.borrow().clone())))
    };
    lived.unwrap_or_else(died)
}

/// The shortest list that still fails, by leaving out ever smaller parts.
fn shrunk(seed: u64, mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut part = entries.len() / 2;
    while part > 0 {
        let mut from = 0;
        while from < entries.len() {
            let mut fewer = entries.clone();
            fewer.drain(from..(from + part).min(entries.len()));
            match live(seed, &fewer) {
                Err(_) => entries = fewer,
                Ok(_) => from += part,
            }
        }
        part /= 2;
    }
    entries
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn line_days_lose_nothing_give_nothing_twice_and_show_no_other_car() {
    // What a day dies of is told once, by this test, with its place; what other tests die of as ever.
    let told_by_others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match turns::is_simulated() {
        true => {
            drop(PLACE.with(|it| it.replace(panic.location().map(ToString::to_string).unwrap_or_default())))
        }
        false => told_by_others(panic),
    }));
    let (first, days) = match (number(SEED), number(COUNT)) {
        (Some(seed), days) => (seed, days.unwrap_or(1)),
        (None, days) => (fastrand::u64(..1 << 40), days.unwrap_or(DAYS)),
    };
    println!("{days} line-days from number {first}");
    for seed in first..first + days {
        let entries = day(seed);
        if let Err(wrong) = live(seed, &entries) {
            let entries = shrunk(seed, entries);
            let again = live(seed, &entries).err().unwrap_or_else(|| "it passes now".to_owned());
            let list: String = entries.iter().map(|entry| format!("\n  {entry:?}")).collect();
            panic!(
                "line-day {seed}: {wrong}\nshrunk: {again}{list}\nagain: {SEED}={seed} cargo test -p lineshot-agent --lib line_days"
            );
        }
        if (seed - first + 1).is_multiple_of(500) {
            println!("{} line-days passed", seed - first + 1);
        }
    }
}

#[test]
fn a_line_day_is_a_function_of_its_number() {
    for seed in 0..3 {
        let (one, other) = (live(seed, &day(seed)), live(seed, &day(seed)));
        assert_eq!(one, other, "line-day {seed}");
    }
}
