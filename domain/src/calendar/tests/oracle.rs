//! The calendar against a slow judge that is written in another way: it walks through every minute
//! and asks of each whether any window holds it. For Europe/Berlin it brings its own calendar: the
//! EU's rule (directive 2000/84/EC) and Hinnant's `days_from_civil`; no time zone data.

use proptest::prelude::*;

use super::super::*;

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES: i64 = 24 * 60;

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The minute (UTC) at which the EU changes its clocks in March or October: 01:00 on the last Sunday.
fn change(year: i64, month: i64) -> i64 {
    let last = days_from_civil(year, month, 31);
    let last_sunday = last - (last + 4) % 7; // day 3, 1970-01-04, was a Sunday
    last_sunday * MINUTES + 60
}

/// Berlin's offset in minutes at a minute (UTC) of a year, or of the days next to it.
fn berlin_offset(year: i64, minute: i64) -> i64 {
    if (change(year, 3)..change(year, 10)).contains(&minute) { 120 } else { 60 }
}

/// A window or a closed period in plain numbers.
#[derive(Clone, Debug)]
struct Plan {
    windows: Vec<(u8, i64, i64)>,
    closed: Vec<(i64, i64)>,
}

impl Plan {
    /// Is a local minute, counted from 1970-01-01T00:00 local, open?
    fn is_open(&self, local: i64) -> bool {
        let is_closed = |day| self.closed.iter().any(|(first, last)| *first <= day && day <= *last);
        let today = local.div_euclid(MINUTES);
        if is_closed(today) {
            return false;
        }
        [today - 1, today].into_iter().filter(|begun| !is_closed(*begun)).any(|begun| {
            self.windows.iter().any(|(days, from, to)| {
                let weekday = (begun + 3).rem_euclid(7);
                let length = if to > from { to - from } else { to + MINUTES - from };
                let since = local - (begun * MINUTES + from);
                days >> weekday & 1 == 1 && (0..length).contains(&since)
            })
        })
    }

    fn calendar(&self, zone: &str) -> Calendar {
        let clock =
            |minute: i64| TimeOfDay::parse(&format!("{:02}:{:02}", minute / 60, minute % 60)).unwrap();
        let window = |(days, from, to): &(u8, i64, i64)| {
            let named: Vec<_> = (0..7).filter(|day| days >> day & 1 == 1).map(|day| NAMES[day]).collect();
            Window::new(Days::parse(&named.join(",")).unwrap(), clock(*from), clock(*to)).unwrap()
        };
        let closed = |(first, last): &(i64, i64)| {
            let [first, last] = [first, last].map(|day| LocalDate::from_day(*day));
            ClosedPeriod::parse(&format!("{first}/{last}")).unwrap()
        };
        let windows = self.windows.iter().map(window).collect();
        Calendar::new(Zone::parse(zone).unwrap(), Some(windows), self.closed.iter().map(closed).collect())
    }
}

/// Up to four windows, many of them with an edge in the hours of the change, and up to two closed
/// periods within a week of `day`.
fn plan(day: i64) -> impl Strategy<Value = Plan> {
    let time = || prop_oneof![0..MINUTES, 60..240_i64, Just(0), Just(120), Just(180)];
    let end = prop_oneof![4 => time(), 1 => Just(MINUTES)];
    let window = (1..128_u8, time(), end).prop_filter("empty", |(_, from, to)| from != to);
    let closed = (day - 8..day + 8, 0..4_i64).prop_map(|(first, more)| (first, first + more));
    (prop::collection::vec(window, 1..5), prop::collection::vec(closed, 0..3))
        .prop_map(|(windows, closed)| Plan { windows, closed })
}

fn wall(minute: i64) -> Wall {
    Wall::from_unix_ms(minute * 60_000)
}

/// Compares every minute of the fourteen days around `middle`, and the answers' ends.
fn compare(plan: &Plan, zone: &str, middle: i64, offset: impl Fn(i64) -> i64) -> Result<(), TestCaseError> {
    let calendar = plan.calendar(zone);
    let (first, last) = (middle - 7 * MINUTES, middle + 7 * MINUTES);
    let open: Vec<bool> = (first..last).map(|minute| plan.is_open(minute + offset(minute))).collect();
    // For each minute, the first one from it on that differs.
    let mut turn = None;
    let mut turns = vec![None; open.len()];
    for at in (0..open.len()).rev() {
        if open.get(at + 1).is_some_and(|next| *next != open[at]) {
            turn = Some(wall(first + at as i64 + 1));
        }
        turns[at] = turn;
    }
    for (minute, (open, turn)) in (first..last).zip(open.iter().zip(turns)) {
        let state = calendar.at(wall(minute));
        let (is_open, found) = match state {
            CalendarState::Open { until } => (true, until),
            CalendarState::OutsideWindows { opens } | CalendarState::Closed { opens, .. } => (false, opens),
        };
        prop_assert_eq!(is_open, *open, "{} {}: {:?}", zone, minute, state);
        let beyond = found.is_none_or(|found| found >= wall(last));
        prop_assert!(
            found == turn || turn.is_none() && beyond,
            "{} {}: {:?}, {:?}",
            zone,
            minute,
            state,
            turn
        );
        let local_day = (minute + offset(minute)).div_euclid(MINUTES);
        let is_closed = plan.closed.iter().any(|(first, last)| (*first..=*last).contains(&local_day));
        prop_assert_eq!(matches!(state, CalendarState::Closed { .. }), is_closed, "{} {}", zone, minute);
    }
    compare_week(&calendar, plan, middle, offset)
}

/// Every minute of the seven days that `explain` shows, day by day.
fn compare_week(
    calendar: &Calendar,
    plan: &Plan,
    middle: i64,
    offset: impl Fn(i64) -> i64,
) -> Result<(), TestCaseError> {
    let from = middle - 3 * MINUTES;
    let first_day = (from + offset(from)).div_euclid(MINUTES);
    let week = calendar.week(wall(from));
    for minute in from - 2 * MINUTES..from + 9 * MINUTES {
        let local = minute + offset(minute);
        let shown = usize::try_from(local.div_euclid(MINUTES) - first_day).ok().and_then(|day| week.get(day));
        let Some((_, open)) = shown else { continue };
        let is_shown = open.iter().any(|(from, to)| (*from..*to).contains(&wall(minute)));
        prop_assert_eq!(is_shown, plan.is_open(local), "{}", minute);
    }
    Ok(())
}

/// Zones with a change at midnight, of half an hour, of two hours, at a minute past midnight, and a
/// day left out; with a day (UTC) of such a change.
const STRANGE: [(&str, i64, i64, i64); 9] = [
    ("America/Sao_Paulo", 2018, 11, 4),
    ("America/Sao_Paulo", 2018, 2, 18),
    ("Australia/Lord_Howe", 2026, 4, 4),
    ("Australia/Lord_Howe", 2026, 10, 3),
    ("Antarctica/Troll", 2026, 10, 25),
    ("America/St_Johns", 2006, 10, 29),
    ("America/St_Johns", 2006, 4, 2),
    ("Pacific/Apia", 2011, 12, 30),
    ("Asia/Kathmandu", 2026, 6, 1),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_minute_around_berlins_changes_is_as_the_slow_judge_says(
        (year, month, plan) in (1997..2090_i64, prop_oneof![Just(3), Just(10)])
            .prop_flat_map(|(year, month)| (Just(year), Just(month), plan(change(year, month) / MINUTES)))
    ) {
        compare(&plan, "Europe/Berlin", change(year, month), |minute| berlin_offset(year, minute))?;
    }

    #[test]
    fn every_minute_around_strange_changes_is_as_the_slow_judge_says(
        (zone, middle, plan) in prop::sample::select(&STRANGE[..]).prop_flat_map(|(zone, year, month, day)| {
            let day = days_from_civil(year, month, day);
            (Just(zone), Just(day * MINUTES), plan(day))
        })
    ) {
        let tz = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
        let offset = |minute: i64| {
            i64::from(tz.to_offset(jiff::Timestamp::from_second(minute * 60).unwrap()).seconds() / 60)
        };
        compare(&plan, zone, middle, offset)?;
    }
}

#[test]
fn the_judge_knows_the_changes_of_2026() {
    assert_eq!(change(2026, 3), days_from_civil(2026, 3, 29) * MINUTES + 60);
    assert_eq!(change(2026, 10), days_from_civil(2026, 10, 25) * MINUTES + 60);
    assert_eq!(days_from_civil(2026, 11, 22) * 86_400, 1_795_305_600);
}
