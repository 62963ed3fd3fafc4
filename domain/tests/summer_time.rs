//! Fourteen days around each change of the clock in Berlin: the gate, the calendar and a slow judge
//! agree on every minute.
//!
//! The judge walks along the clock on the wall: it adds a minute at a time and sets the clock when the
//! law says so (last Sundays of March and October, 01:00 in Greenwich). It knows no time zone data.

use lineshot_domain::{CalendarState, Wall};

use crate::situations::{given::Given, given::wall, scene::Scene};

const DAY: i64 = 24 * 60;

/// What the clock on the wall shows.
#[derive(Clone, Copy)]
struct Shown {
    /// Monday is 0.
    weekday: i64,
    minute: i64,
    /// Days since the walk began.
    day: i64,
}

impl Shown {
    fn later(self, minutes: i64) -> Shown {
        let all = self.minute + minutes;
        let days = all.div_euclid(DAY);
        Shown {
            weekday: (self.weekday + days).rem_euclid(7),
            minute: all.rem_euclid(DAY),
            day: self.day + days,
        }
    }
}

const MON_TO_FRI: [i64; 5] = [0, 1, 2, 3, 4];
const SAT: [i64; 1] = [5];
const SUN: [i64; 1] = [6];

/// Weekdays, first minute, length.
type Plan<'p> = &'p [(&'p [i64], i64, i64)];

/// Open, or why not.
fn judge(plan: Plan<'_>, shown: Shown) -> &'static str {
    if CLOSED.contains(&shown.day) {
        return "refused(closed)";
    }
    let begun = |(days, first, length): &(&[i64], i64, i64)| {
        (0..*length).any(|ago| {
            let start = shown.later(-ago);
            start.minute == *first && days.contains(&start.weekday) && !CLOSED.contains(&start.day)
        })
    };
    if plan.iter().any(begun) { "permit" } else { "refused(window)" }
}

struct Change {
    /// Midnight of the Monday that the walk begins on.
    from: &'static str,
    /// Minutes of the walk until the clock is set, and by how much.
    at: i64,
    by: i64,
}

/// Tuesday and Wednesday of the second week are closed.
const CLOSED: [i64; 2] = [8, 9];

/// Sunday is day 6; the clock is set at 03:00 summer time, or 02:00 standard time.
const AUTUMN: Change = Change { from: "2026-10-19T00:00:00+02:00", at: 6 * DAY + 3 * 60, by: -60 };
const SPRING: Change = Change { from: "2027-03-22T00:00:00+01:00", at: 6 * DAY + 2 * 60, by: 60 };

/// Every minute of fourteen days; says how many of them were open.
fn walk(change: &Change, given: &'static str, plan: Plan<'_>) -> i64 {
    let start = wall(change.from);
    let mut scene = Scene::new(Given::parse(given));
    let (mut shown, mut open) = (Shown { weekday: 0, minute: 0, day: 0 }, 0);
    for minute in 0..14 * DAY {
        if minute == change.at {
            shown = shown.later(change.by);
        }
        let expected = judge(plan, shown);
        for ms in [0, 59_999] {
            let now = Wall::from_unix_ms(start.unix_ms() + minute * 60_000 + ms);
            scene = scene.at(now);
            let calendar = match scene.calendar().at(now) {
                CalendarState::Open { .. } => "permit",
                CalendarState::OutsideWindows { .. } => "refused(window)",
                CalendarState::Closed { .. } => "refused(closed)",
            };
            let (hour, past) = (shown.minute / 60, shown.minute % 60);
            let said = [scene.answer(""), calendar.to_owned()];
            assert_eq!(
                said, [expected; 2],
                "gate, calendar: day {}, {hour:02}:{past:02} + {ms} ms",
                shown.day
            );
        }
        open += i64::from(expected == "permit");
        shown = shown.later(1);
    }
    scene.check_all_used();
    open
}

/// 8.5 h on eight days that are not closed, and 4 h on two Saturdays, neither of them touched by a change.
#[test]
fn the_normal_windows_keep_to_the_clock_on_the_wall_over_both_changes() {
    let plan: Plan<'_> = &[(&MON_TO_FRI, 6 * 60, 510), (&SAT, 22 * 60, 240)];
    let open = 8 * 510 + 2 * 240;
    assert_eq!(walk(&AUTUMN, "delay=0s closed=2026-10-27/2026-10-28", plan), open);
    assert_eq!(walk(&SPRING, "delay=0s closed=2027-03-30/2027-03-31", plan), open);
}

/// Windows with edges within the hour that is repeated or left out, over midnight every day, and over
/// the midnights of the closed days.
#[test]
fn windows_that_a_change_cuts_are_judged_minute_by_minute() {
    let plan: Plan<'_> =
        &[(&SAT, 22 * 60, 270), (&SUN, 2 * 60 + 15, 90), (&[0, 1, 2, 3, 4, 5, 6], 23 * 60 + 30, 60)];
    // Fourteen midnights less those of the closed days; two of them lie in Saturday's window. The walk ends
    // at 23:00 in autumn and at 01:00 in spring, which is half of a midnight less or more.
    let midnights = 14 * 60 - 150 - 2 * 60;
    let second_weekend = 270 + 90 - 15;
    let autumn =
        "delay=0s closed=2026-10-27/2026-10-28 windows=sat/22:00-02:30+sun/02:15-03:45+daily/23:30-00:30";
    assert_eq!(walk(&AUTUMN, autumn, plan), midnights - 30 + 300 + 135 - 30 + second_weekend);
    let spring =
        "delay=0s closed=2027-03-30/2027-03-31 windows=sat/22:00-02:30+sun/02:15-03:45+daily/23:30-00:30";
    assert_eq!(walk(&SPRING, spring, plan), midnights + 30 + 240 + 45 + second_weekend);
}
