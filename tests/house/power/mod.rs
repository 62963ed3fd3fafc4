//! The power is cut while both doors of the spool are at work, on a real ext4 with the real SQLite.
//!
//! A writer works on a disk that is a file, and says what it has promised once it is so. It is stopped at a moment of
//! chance, and the file is copied: what was not synced is in the memory of this machine alone, and not in the copy.
//! The copy is mounted, which replays its journal, and must hold every promise.
//!
//! Its limits: a drive's own cache that lies, and sectors that are torn, are not in it; nor is an order of writes
//! other than the one this kernel chose.
//!
//! The number of cuts is asked of the environment: `cargo xtask soak --power-cuts 200`.

mod control;
mod disk;
mod promises;
mod verdict;
mod world;
mod writer;

use std::thread;
use std::time::Duration;

use promises::Promises;
use verdict::Verdict;

use crate::peers::Process;
use crate::soak;
use disk::Disk;

/// Milliseconds from the first result to the cut: some dozens of cases.
const LONGEST: u64 = 3_000;

/// Who waits for hours is told after so many cuts.
const TOLD: usize = 50;

/// Lets the writer begin, cuts the power then, and gives the disk as it is found, with what was said until then.
fn cut(blank: &Disk, writer: &str, begun: &str, moment: Duration) -> (Disk, String) {
    let mounted = blank.copy().mount();
    let mut process = Process::start(&mut soak::another(writer, writer::PLACE, mounted.place().to_owned()));
    process.wait_for(begun);
    // Not a wait for anything: the moment of the fault.
    thread::park_timeout(moment);
    process.stand_still();
    let found = mounted.disk().copy();
    process.kill();
    process.wait();
    (found, process.said())
}

#[test]
fn a_power_cut_at_any_moment_breaks_no_promise() {
    let Some(blank) = Disk::blank() else {
        return skip("power::a_power_cut_at_any_moment_breaks_no_promise");
    };
    let cuts = soak::number("LINESHOT_POWER_CUTS", 3);
    let mut chance = fastrand::Rng::with_seed(soak::seed());
    let mut all = Verdict::default();
    for number in 1..=cuts {
        let moment = Duration::from_millis(chance.u64(0..LONGEST));
        let (disk, said) = cut(&blank, writer::TEST, "settled ", moment);
        let promises = Promises::read(&said);
        let mounted = disk.mount();
        let verdict = verdict::judge(mounted.place(), promises);
        let disk = mounted.unmount();
        assert_eq!(verdict.faults, Vec::<String>::new(), "cut {number}, {moment:?} after the first result");
        disk.check();
        all.add(verdict);
        if number % TOLD == 0 {
            println!("{number} power cuts so far: {all}");
        }
    }
    println!("{cuts} power cuts: {all}");
    assert!(all.admitted >= 5 * cuts && all.settled >= cuts, "hardly anything was promised: {all}");
}

#[test]
fn what_is_not_synced_is_lost_on_this_disk() {
    let Some(blank) = Disk::blank() else { return skip("power::what_is_not_synced_is_lost_on_this_disk") };
    let (disk, said) = cut(&blank, control::TEST, control::ENOUGH, Duration::ZERO);
    let mounted = disk.mount();
    let told = control::count(mounted.place(), &said);
    println!("{told}");
    // Else a broken promise would not be seen either, and the test beside this one would prove nothing here.
    assert!(told.files_lost > 0 && told.rows_lost > 0, "nothing was lost: a cut proves nothing here: {told}");
}

fn skip(test: &str) {
    crate::skip(test, "it takes root and loop devices to mount a disk");
}
