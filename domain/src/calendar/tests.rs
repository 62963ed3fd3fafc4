//! Tables: edges, midnights, closed periods, weeks.

mod clock_changes;
mod oracle;
mod within;
mod written;

use super::*;

/// A window as it is shown to people, `sat 22:00-02:00`.
fn window(text: &str) -> Window {
    let (days, times) = text.split_once(' ').unwrap();
    let (from, to) = times.split_once('-').unwrap();
    let time = |text| TimeOfDay::parse(text).unwrap();
    Window::new(Days::parse(days).unwrap(), time(from), time(to)).unwrap()
}

fn calendar(zone: &str, windows: &[&str], closed: &[&str]) -> Calendar {
    let closed = closed.iter().map(|text| ClosedPeriod::parse(text).unwrap()).collect();
    Calendar::new(Zone::parse(zone).unwrap(), Some(windows.iter().map(|text| window(text)).collect()), closed)
}

fn berlin(windows: &[&str], closed: &[&str]) -> Calendar {
    calendar("Europe/Berlin", windows, closed)
}

/// A moment written with its offset, such as `2026-11-23T06:00+01:00` or `2026-11-23T05:00Z`.
fn at(text: &str) -> Wall {
    Wall::from_unix_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn is_open(calendar: &Calendar, at: Wall) -> bool {
    matches!(calendar.at(at), CalendarState::Open { .. })
}

fn open_until(text: &str) -> CalendarState {
    CalendarState::Open { until: Some(at(text)) }
}

fn opens(text: &str) -> CalendarState {
    CalendarState::OutsideWindows { opens: Some(at(text)) }
}

fn assert_table(calendar: &Calendar, rows: &[(&str, CalendarState)]) {
    for (text, state) in rows {
        assert_eq!(calendar.at(at(text)), *state, "{text}");
    }
}

#[test]
fn every_edge_is_exact_to_the_millisecond() {
    let calendar =
        berlin(&["mon-fri 06:00-14:30", "sat 22:00-02:00", "sun 12:00-24:00"], &["2026-12-01/2026-12-02"]);
    let edges = [
        ("2026-11-23T06:00+01:00", true), // Monday, in winter
        ("2026-11-23T14:30+01:00", false),
        ("2026-07-06T06:00+02:00", true), // Monday, in summer
        ("2026-07-06T14:30+02:00", false),
        ("2026-11-28T22:00+01:00", true), // Saturday's night
        ("2026-11-29T02:00+01:00", false),
        ("2026-11-29T12:00+01:00", true), // Sunday to midnight
        ("2026-11-30T00:00+01:00", false),
        ("2026-11-30T06:00+01:00", true), // the last morning before the closed days
        ("2026-12-03T06:00+01:00", true), // and the first after them
    ];
    for (edge, opens) in edges {
        for (by_ms, after) in [(-1000, false), (-1, false), (0, true), (1, true), (1000, true)] {
            let moment = shifted(at(edge), by_ms);
            assert_eq!(is_open(&calendar, moment), opens == after, "{edge} {by_ms:+} ms");
        }
    }
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_began() {
    let calendar = berlin(&["sat 22:00-02:00"], &[]);
    assert_table(
        &calendar,
        &[
            ("2026-11-21T01:00+01:00", opens("2026-11-21T22:00+01:00")), // Saturday, but Friday's night
            ("2026-11-21T21:59:59.999+01:00", opens("2026-11-21T22:00+01:00")),
            ("2026-11-21T22:00+01:00", open_until("2026-11-22T02:00+01:00")),
            ("2026-11-22T01:59:59.999+01:00", open_until("2026-11-22T02:00+01:00")),
            ("2026-11-22T02:00+01:00", opens("2026-11-28T22:00+01:00")),
            ("2026-11-22T22:00+01:00", opens("2026-11-28T22:00+01:00")), // Sunday evening
        ],
    );
}

#[test]
fn days_that_wrap_go_over_the_weekend_and_the_turn_of_the_year() {
    let calendar = berlin(&["fri-mon 22:00-06:00"], &[]);
    assert_table(
        &calendar,
        &[
            ("2026-12-31T23:00+01:00", opens("2027-01-01T22:00+01:00")), // Thursday
            ("2027-01-02T03:00+01:00", open_until("2027-01-02T06:00+01:00")),
            ("2027-01-05T03:00+01:00", open_until("2027-01-05T06:00+01:00")), // Monday's night
            ("2027-01-05T22:00+01:00", opens("2027-01-08T22:00+01:00")),
        ],
    );
}

#[test]
fn a_closed_period_wins_over_windows() {
    let calendar = berlin(&["daily 22:00-02:00"], &["2026-12-24/2027-01-06", "2026-12-31"]);
    let period = calendar.closed()[0];
    let opens_at = at("2027-01-07T22:00+01:00");
    let closed = CalendarState::Closed { period, opens: Some(opens_at) };
    assert_table(
        &calendar,
        &[
            ("2026-12-23T22:00+01:00", open_until("2026-12-24T00:00+01:00")), // cut at midnight
            ("2026-12-23T23:59:59.999+01:00", open_until("2026-12-24T00:00+01:00")),
            ("2026-12-24T00:00+01:00", closed),
            ("2026-12-31T23:00+01:00", closed),
            ("2027-01-06T23:59:59.999+01:00", closed),
            ("2027-01-07T00:00+01:00", opens("2027-01-07T22:00+01:00")), // the night began on a closed day
            ("2027-01-07T22:00+01:00", open_until("2027-01-08T02:00+01:00")),
        ],
    );
}

#[test]
fn without_windows_only_closed_periods_close() {
    let zone = || Zone::parse("Europe/Berlin").unwrap();
    let now = at("2026-11-23T10:00+01:00");
    assert_eq!(Calendar::always(zone()).at(now), CalendarState::Open { until: None });
    let period = ClosedPeriod::parse("2026-12-24").unwrap();
    let calendar = Calendar::new(zone(), None, vec![period]);
    assert_eq!(calendar.at(now), open_until("2026-12-24T00:00+01:00"));
    let opens = Some(at("2026-12-25T00:00+01:00"));
    assert_eq!(calendar.at(at("2026-12-24T12:00+01:00")), CalendarState::Closed { period, opens });
}

#[test]
fn windows_that_touch_or_overlap_are_one_open_time() {
    let shifts = ["mon-fri 06:00-14:00", "mon-fri 14:00-22:00", "mon-thu 22:00-06:00", "tue 05:00-06:30"];
    let now = at("2026-11-23T06:00+01:00");
    assert_eq!(berlin(&shifts, &[]).at(now), open_until("2026-11-27T22:00+01:00"));
    for whole_week in [&["daily 00:00-24:00"][..], &["daily 06:00-00:00", "daily 00:00-06:00"]] {
        assert_eq!(berlin(whole_week, &[]).at(now), CalendarState::Open { until: None });
    }
    let until = open_until("2027-12-24T00:00+01:00"); // 396 days ahead
    assert_eq!(berlin(&["daily 00:00-24:00"], &["2027-12-24"]).at(now), until);
}

#[test]
fn what_never_opens_says_so() {
    let now = at("2026-11-23T10:00+01:00");
    assert_eq!(berlin(&[], &[]).at(now), CalendarState::OutsideWindows { opens: None });
    let calendar = berlin(&["daily 06:00-14:30"], &["2026-01-01/2029-12-31"]);
    let period = calendar.closed()[0];
    assert_eq!(calendar.at(now), CalendarState::Closed { period, opens: None });
}

#[test]
fn moments_at_the_end_of_time_get_an_answer() {
    for zone in ["Europe/Berlin", "Pacific/Kiritimati", "America/Adak"] {
        for ms in [i64::MIN, i64::MAX] {
            let calendar = calendar(zone, &["daily 22:00-06:00"], &["2026-12-24"]);
            let moment = Wall::from_unix_ms(ms);
            let _ = calendar.at(moment);
            assert_eq!(calendar.week(moment).len(), 7);
        }
    }
}

#[test]
fn a_week_shows_seven_local_days_cut_at_midnight() {
    let calendar = berlin(&["mon-fri 06:00-14:30", "sat 22:00-03:30"], &["2026-10-23"]);
    let week = calendar.week(at("2026-10-21T23:30+02:00"));
    let expected: &[(&str, &[(&str, &str)])] = &[
        ("2026-10-21", &[("2026-10-21T06:00+02:00", "2026-10-21T14:30+02:00")]),
        ("2026-10-22", &[("2026-10-22T06:00+02:00", "2026-10-22T14:30+02:00")]),
        ("2026-10-23", &[]),
        ("2026-10-24", &[("2026-10-24T22:00+02:00", "2026-10-25T00:00+02:00")]),
        ("2026-10-25", &[("2026-10-25T00:00+02:00", "2026-10-25T03:30+01:00")]),
        ("2026-10-26", &[("2026-10-26T06:00+01:00", "2026-10-26T14:30+01:00")]),
        ("2026-10-27", &[("2026-10-27T06:00+01:00", "2026-10-27T14:30+01:00")]),
    ];
    let day = |(date, open): &(&str, &[(&str, &str)])| {
        (LocalDate::parse(date).unwrap(), open.iter().map(|(from, to)| (at(from), at(to))).collect())
    };
    assert_eq!(week, expected.iter().map(day).collect::<Vec<(LocalDate, Vec<(Wall, Wall)>)>>());
}

#[test]
fn a_week_is_seven_whole_days_far_from_utc_and_before_1970() {
    for (zone, ahead_ms) in [("Etc/GMT-14", 14 * 60 * MINUTE_MS), ("UTC", 0), ("Etc/GMT+12", -DAY_MS / 2)] {
        for date in ["1965-03-01", "2026-10-21"].map(|date| LocalDate::parse(date).unwrap()) {
            let midnight = |day: i64| Wall::from_unix_ms(day * DAY_MS - ahead_ms);
            let days = (date.day()..date.day() + 7)
                .map(|day| (LocalDate::from_day(day), vec![(midnight(day), midnight(day + 1))]));
            let calendar = Calendar::always(Zone::parse(zone).unwrap());
            let noon = shifted(midnight(date.day()), DAY_MS / 2);
            assert_eq!(calendar.week(noon), days.collect::<Vec<_>>(), "{zone} {date}");
        }
    }
}

#[test]
fn windows_of_one_day_that_lie_apart_are_shown_apart() {
    let calendar = berlin(&["mon 06:00-10:00", "mon 14:00-16:00"], &[]);
    let (_, monday) = &calendar.week(at("2026-11-23T12:00+01:00"))[0];
    let expected = [
        ("2026-11-23T06:00+01:00", "2026-11-23T10:00+01:00"),
        ("2026-11-23T14:00+01:00", "2026-11-23T16:00+01:00"),
    ];
    assert_eq!(*monday, expected.map(|(from, to)| (at(from), at(to))));
    assert_eq!(calendar.at(at("2026-11-23T10:00+01:00")), opens("2026-11-23T14:00+01:00"));
}
