//! Tables around the moments at which a zone changes its clocks.

use super::{assert_table, at, berlin, calendar, open_until, opens};

#[test]
fn the_skipped_hour_of_spring_is_nobodys() {
    // 2026-03-29, a Sunday: 01:59:59+01:00 is followed by 03:00:00+02:00.
    let night = berlin(&["sat 22:00-02:30"], &[]);
    assert_table(
        &night,
        &[
            ("2026-03-28T22:00+01:00", open_until("2026-03-29T03:00+02:00")),
            ("2026-03-29T00:59:59.999Z", open_until("2026-03-29T01:00Z")),
            ("2026-03-29T01:00Z", opens("2026-04-04T22:00+02:00")),
        ],
    );
    let inside = berlin(&["sun 02:15-02:45"], &[]);
    assert_eq!(inside.at(at("2026-03-29T00:59Z")), opens("2026-04-05T02:15+02:00"));
    let after = berlin(&["sun 02:30-04:00"], &[]);
    assert_table(
        &after,
        &[
            ("2026-03-29T00:59:59.999Z", opens("2026-03-29T03:00+02:00")),
            ("2026-03-29T01:00Z", open_until("2026-03-29T04:00+02:00")),
        ],
    );
}

#[test]
fn the_repeated_hour_of_autumn_counts_both_times() {
    // 2026-10-25, a Sunday: 02:59:59+02:00 is followed by 02:00:00+01:00.
    let inside = berlin(&["sun 02:15-02:45"], &[]);
    assert_table(
        &inside,
        &[
            ("2026-10-25T02:15+02:00", open_until("2026-10-25T02:45+02:00")),
            ("2026-10-25T02:45+02:00", opens("2026-10-25T02:15+01:00")),
            ("2026-10-25T02:15+01:00", open_until("2026-10-25T02:45+01:00")),
            ("2026-10-25T02:45+01:00", opens("2026-11-01T02:15+01:00")),
        ],
    );
    let ends_inside = berlin(&["sat 22:00-02:30"], &[]);
    assert_table(
        &ends_inside,
        &[
            ("2026-10-24T22:00+02:00", open_until("2026-10-25T02:30+02:00")),
            ("2026-10-25T02:30+02:00", opens("2026-10-25T02:00+01:00")),
            ("2026-10-25T02:29:59.999+01:00", open_until("2026-10-25T02:30+01:00")),
        ],
    );
    let night = berlin(&["sat 22:00-06:00"], &[]); // nine hours long
    assert_eq!(night.at(at("2026-10-24T22:00+02:00")), open_until("2026-10-25T06:00+01:00"));
}

#[test]
fn a_day_without_a_midnight_and_one_with_two_are_whole_days() {
    // In São Paulo summer time began at 24:00 on 2018-11-03 and had ended at 24:00 on 2018-02-17.
    let spring = calendar("America/Sao_Paulo", &["sun 00:00-06:00"], &[]);
    assert_table(
        &spring,
        &[
            ("2018-11-04T02:59:59.999Z", opens("2018-11-04T01:00-02:00")),
            ("2018-11-04T03:00Z", open_until("2018-11-04T06:00-02:00")),
        ],
    );
    let autumn = calendar("America/Sao_Paulo", &["sat 23:30-24:00"], &[]);
    assert_table(
        &autumn,
        &[
            ("2018-02-17T23:30-02:00", open_until("2018-02-18T00:00-02:00")),
            ("2018-02-18T00:00-02:00", opens("2018-02-17T23:30-03:00")),
            ("2018-02-17T23:30-03:00", open_until("2018-02-18T00:00-03:00")),
        ],
    );
}
