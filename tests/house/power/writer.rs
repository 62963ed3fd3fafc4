//! Both doors at work, which say what they have promised when it is so.
#![expect(clippy::print_stdout, reason = "this process speaks to the test that cuts its power")]

use std::env;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lineshot_domain::{Clock, Delivery, Ending, Reason};
use lineshot_spool::{Back, Case, Front, Taken, Watch};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::world;

/// Set in the process that writes: where.
pub(super) const PLACE: &str = "LINESHOT_TEST_DISK";

/// What that process does.
pub(super) const TEST: &str = "power::writer::it_writes_until_the_power_is_cut";

/// Of so many cars one is refused, one stands for a while, and of one the store never takes the picture.
const CYCLE: u32 = 7;

/// Looked at again without an event: the other side may have been quicker than the watch.
const LOOK: Duration = Duration::from_millis(50);

/// Where to write, in a process that was started to: it dies with the test that started it.
pub(super) fn place() -> Option<PathBuf> {
    let place = PathBuf::from(env::var_os(PLACE)?);
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    // Else the other of two threads would go on, and nobody would look for what is wrong.
    std::panic::set_hook(Box::new(|why| {
        eprintln!("{why}");
        std::process::abort();
    }));
    // The runner of tests has begun a line.
    println!();
    Some(place)
}

/// No test of its own: what a cut of the power ends, where it is asked for.
#[test]
fn it_writes_until_the_power_is_cut() {
    let Some(root) = place() else { return };
    let (front, _) = world::front(&root).unwrap();
    world::say(&front);
    Back::pin(&root, false).unwrap();
    let back = world::back(&root);
    thread::scope(|both| {
        both.spawn(|| uploader(back));
        agent(&front);
    });
}

fn agent(front: &Front) {
    let clock = world::clock();
    let mut standing = None;
    for number in 0.. {
        world::say(front);
        let case = world::admit(front, number, &*clock);
        println!("admitted {}", case.id());
        match number % CYCLE {
            1 => refuse(case),
            2 => standing = Some((case, number)),
            _ => seal(case, number, &*clock),
        }
        if number % CYCLE == 5
            && let Some((case, number)) = standing.take()
        {
            seal(case, number, &*clock);
        }
        for receipt in front.import_receipts().unwrap() {
            println!("imported {} {}", receipt.case, receipt.result);
        }
    }
}

fn seal(case: Case, number: u32, clock: &dyn Clock) {
    let (id, permit) = (case.id().clone(), world::permit(&case));
    let _ended = case.seal(permit, world::pictures(number, clock)).unwrap();
    println!("ended {id} sealed");
}

fn refuse(case: Case) {
    let id = case.id().clone();
    let _ended = case.end(Ending::new(Reason::Window)).unwrap();
    println!("ended {id} refused");
}

fn uploader(mut back: Back) {
    let watch = Watch::on(&back.rooms().ready());
    for number in 0_u32.. {
        settle(&mut back, number % CYCLE == 3, &mut |told| println!("{told}"));
        watch.wait(LOOK);
    }
}

/// All that waits, each step told when it is so. `never`: the store refuses the first for ever.
pub(super) fn settle(back: &mut Back, mut never: bool, told: &mut dyn FnMut(String)) {
    for case in back.waiting().unwrap() {
        let parcel = match back.take(&case).unwrap() {
            Taken::Parcel(parcel) => parcel,
            Taken::Broken(broken) => {
                told(format!("broken {case} {}", broken.why()));
                continue;
            }
        };
        let _leave = back.permission().unwrap().for_case(parcel.facts()).unwrap();
        if std::mem::take(&mut never) {
            back.give_up(parcel.never(Reason::StoreRefused, "too large".to_owned()), None).unwrap();
            told(format!("settled {case} undeliverable"));
            continue;
        }
        told(format!("stored {case}"));
        back.remember(&parcel).unwrap();
        back.finish(parcel, Delivery::Delivered, Some(1), Vec::new()).unwrap();
        told(format!("settled {case} delivered"));
    }
}
