//! Names, times, days and periods as they are written and read.

use super::{at, window};
use crate::{CalendarError, ClosedPeriod, Days, LocalDate, TimeOfDay, Window, Zone};

#[test]
fn zones_are_names_of_the_database_and_nothing_else() {
    for good in ["Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/Argentina/Buenos_Aires"] {
        let zone = Zone::parse(good).unwrap();
        assert_eq!((zone.as_str(), zone.to_string().as_str()), (good, good));
    }
    let refused = [
        "",
        "local",
        "Local",
        "localtime",
        "europe/berlin",
        "Europe/Berlin ",
        "Europe/Atlantis",
        ":Europe/Berlin",
        "../UTC",
        "+01:00",
        "CET-1CEST",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "Factory",
        "Etc/Unknown",
    ];
    for bad in refused {
        let Err(CalendarError::Zone { found }) = Zone::parse(bad) else { panic!("accepted {bad:?}") };
        assert_eq!(found, bad);
    }
}

#[test]
fn every_zone_that_is_listed_is_one_of_the_database() {
    let names: Vec<String> = Zone::names().collect();
    for known in ["Europe/Berlin", "America/Los_Angeles", "UTC"] {
        assert!(names.iter().any(|name| name == known), "{known}");
    }
    for name in names {
        assert!(Zone::parse(&name).is_ok(), "{name}");
    }
}

#[test]
fn times_of_day_are_two_digits_each_up_to_24_00() {
    for (good, minute) in [("00:00", 0), ("06:05", 365), ("23:59", 1439), ("24:00", 1440)] {
        let time = TimeOfDay::parse(good).unwrap();
        assert_eq!((time.minute(), time.to_string().as_str()), (minute, good));
    }
    for bad in
        ["", "6:00", "06:0", "06:60", "24:01", "25:00", "06:00:00", "06.00", "+6:00", "06:+1", "0６:00"]
    {
        assert!(TimeOfDay::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn days_read_back_as_the_same_set() {
    for (written, shown) in [
        ("mon-fri", "mon-fri"),
        ("sat", "sat"),
        ("mon,wed,fri", "mon,wed,fri"),
        ("fri-mon", "fri-mon"),
        ("mon, sun", "sun-mon"),
        ("mon-wed,sat", "mon-wed,sat"),
        ("mon-sun", "daily"),
        ("wed-tue", "daily"),
        ("daily", "daily"),
        ("sun,tue,mon", "sun-tue"),
    ] {
        assert_eq!(Days::parse(written).unwrap().to_string(), shown, "{written}");
    }
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for mask in 1..128_u32 {
        let list: Vec<_> = (0..7).filter(|day| mask >> day & 1 == 1).map(|day| names[day]).collect();
        let days = Days::parse(&list.join(",")).unwrap();
        assert!((0..7).all(|day| days.contains(day) == (mask >> day & 1 == 1)), "{list:?}");
        assert_eq!(Days::parse(&days.to_string()), Ok(days), "{list:?}");
    }
}

#[test]
fn days_that_are_misspelt_or_named_twice_are_refused() {
    let bad = [
        "",
        "Mon",
        "monday",
        "mon,",
        "mon-",
        "mon-fri-sun",
        "mon,mon",
        "mon-wed,tue",
        "mon-mon",
        "daily,mon",
    ];
    for bad in bad {
        assert_eq!(Days::parse(bad), Err(CalendarError::Days { found: bad.to_owned() }));
    }
}

#[test]
fn an_empty_window_and_one_that_begins_at_24_00_are_refused() {
    let new = |from, to| {
        let time = |text| TimeOfDay::parse(text).unwrap();
        Window::new(Days::parse("daily").unwrap(), time(from), time(to))
    };
    let six = TimeOfDay::parse("06:00").unwrap();
    assert_eq!(new("06:00", "06:00"), Err(CalendarError::EmptyWindow(six)));
    assert!(matches!(new("00:00", "00:00"), Err(CalendarError::EmptyWindow(_))));
    assert_eq!(new("24:00", "06:00"), Err(CalendarError::BeginsAtTheEnd));
    assert_eq!(new("24:00", "24:00"), Err(CalendarError::BeginsAtTheEnd));
    assert!(new("00:00", "24:00").is_ok() && new("22:00", "00:00").is_ok());
    assert_eq!(window("sat 22:00-02:00").to_string(), "sat 22:00-02:00");
}

#[test]
fn dates_exist_and_are_written_in_one_way() {
    for good in ["2026-12-24", "2028-02-29", "0000-01-01", "9999-12-31"] {
        assert_eq!(LocalDate::parse(good).unwrap().to_string(), good);
    }
    let bad = [
        "",
        "2026-2-01",
        "20261224",
        "2026-02-29",
        "2026-13-01",
        "2026-12-24T00:00",
        "-026-12-24",
        "２2026-1-1",
    ];
    for bad in bad {
        assert!(LocalDate::parse(bad).is_err(), "{bad:?}");
    }
    assert!(LocalDate::parse("2026-12-24").unwrap() < LocalDate::parse("2027-01-06").unwrap());
}

#[test]
fn closed_periods_are_a_day_or_two_days_in_order() {
    for (written, shown) in [
        ("2026-12-24/2027-01-06", "2026-12-24/2027-01-06"),
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24/2026-12-24", "2026-12-24"),
    ] {
        assert_eq!(ClosedPeriod::parse(written).unwrap().to_string(), shown);
    }
    let backwards = ClosedPeriod::parse("2027-01-06/2026-12-24");
    assert!(matches!(backwards, Err(CalendarError::Backwards { .. })));
    for bad in ["", "/", "2026-12-24/", "2026-12-24/2026-12-25/2026-12-26", "2026-12-24 / 2026-12-25"] {
        assert!(matches!(ClosedPeriod::parse(bad), Err(CalendarError::Date { .. })), "{bad:?}");
    }
}

#[test]
fn a_moment_outside_the_calendar_has_the_date_of_its_nearest_end() {
    let utc = Zone::parse("UTC").unwrap();
    let date = |ms| utc.date(crate::Wall::from_unix_ms(ms)).to_string();
    assert_eq!((date(i64::MAX).as_str(), date(i64::MIN).as_str()), ("9999-12-30", "-009999-01-02"));
    assert_eq!((date(0).as_str(), date(-1).as_str()), ("1970-01-01", "1969-12-31"));
}

#[test]
fn people_read_local_time_with_its_offset() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    for (moment, civil, date) in [
        ("2026-11-23T09:00Z", "Mon 2026-11-23 10:00 (+01:00)", "2026-11-23"),
        ("2026-10-25T00:30Z", "Sun 2026-10-25 02:30 (+02:00)", "2026-10-25"),
        ("2026-10-25T01:30Z", "Sun 2026-10-25 02:30 (+01:00)", "2026-10-25"),
        ("2026-07-01T22:00Z", "Thu 2026-07-02 00:00 (+02:00)", "2026-07-02"),
    ] {
        assert_eq!(berlin.civil(at(moment)), civil);
        assert_eq!(berlin.date(at(moment)).to_string(), date);
    }
}
