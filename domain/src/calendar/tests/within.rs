//! What is open at no moment at which another is not.

use super::*;

#[test]
fn a_calendar_is_within_another_if_it_is_open_at_no_other_minute() {
    let day = &["mon-fri 06:00-14:30"][..];
    for (own, other, is_within, why) in [
        (berlin(day, &[]), berlin(day, &[]), true, "the same"),
        (berlin(&["mon 06:00-14:30"], &[]), berlin(day, &[]), true, "a day of it"),
        (berlin(day, &[]), berlin(&["mon 06:00-14:30"], &[]), false, "more days"),
        (berlin(&["mon-fri 06:01-14:30"], &[]), berlin(day, &[]), true, "a minute later"),
        (berlin(&["mon-fri 05:59-14:30"], &[]), berlin(day, &[]), false, "a minute sooner"),
        (berlin(&["mon-fri 06:00-14:31"], &[]), berlin(day, &[]), false, "a minute longer"),
        (berlin(&["mon-fri 06:00-14:29"], &[]), berlin(day, &[]), true, "a minute shorter"),
        (berlin(&["sat 22:00-02:00"], &[]), berlin(&["sat 22:00-02:00"], &[]), true, "over midnight"),
        (berlin(&["sat 22:00-24:00"], &[]), berlin(&["sat 22:00-02:00"], &[]), true, "its evening alone"),
        (berlin(&["sat 22:00-02:01"], &[]), berlin(&["sat 22:00-02:00"], &[]), false, "its morning longer"),
        (berlin(&["sun 22:00-02:00"], &[]), berlin(&["sat 22:00-02:00"], &[]), false, "another night"),
        (berlin(&["tue 06:00-06:01"], &[]), berlin(&["mon 06:00-07:00"], &[]), false, "another day's hour"),
        (berlin(&["sat 22:00-02:00"], &[]), berlin(&["sat 00:00-24:00"], &[]), false, "its own day alone"),
        (
            berlin(&["sun 22:00-02:00"], &[]),
            berlin(&["sun-mon 00:00-24:00"], &[]),
            true,
            "over the week's end",
        ),
        // What begins on Sunday is closed with Sunday; what goes on from Saturday with Saturday, too.
        (berlin(&["sun 00:00-02:00"], &[]), berlin(&["sat 22:00-02:00"], &[]), false, "from Sunday's own"),
        (berlin(&["sat 22:00-02:00"], &[]), berlin(&["sat-sun 00:00-24:00"], &[]), true, "within whole days"),
        (Calendar::always(Zone::parse("Europe/Berlin").unwrap()), berlin(day, &[]), false, "always"),
        (berlin(day, &[]), Calendar::always(Zone::parse("Europe/Berlin").unwrap()), true, "of always"),
        (berlin(day, &[]), calendar("Etc/UTC", day, &[]), false, "another zone"),
        (berlin(day, &["2026-12-24/2027-01-06"]), berlin(day, &[]), true, "closed more"),
        (berlin(day, &[]), berlin(day, &["2026-12-24/2027-01-06"]), false, "closed less"),
        (berlin(day, &["2026-12-23/2027-01-07"]), berlin(day, &["2026-12-24/2027-01-06"]), true, "longer"),
        (berlin(day, &["2026-12-25/2027-01-07"]), berlin(day, &["2026-12-24/2027-01-06"]), false, "later"),
        (
            berlin(day, &["2026-12-23/2027-01-05"]),
            berlin(day, &["2026-12-24/2027-01-06"]),
            false,
            "ends sooner",
        ),
        (berlin(day, &["2026-12-24/2027-01-06"]), berlin(day, &["2026-12-24/2027-01-06"]), true, "as closed"),
    ] {
        assert_eq!(own.is_within(&other), is_within, "{why}");
    }
}

#[test]
fn the_windows_are_given_back_as_they_were_given() {
    assert_eq!(berlin(&["mon 06:00-14:30"], &[]).windows(), Some(&[window("mon 06:00-14:30")][..]));
    assert_eq!(Calendar::always(Zone::parse("Etc/UTC").unwrap()).windows(), None);
}
