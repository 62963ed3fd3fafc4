mod nudges;

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::{Hall, Stand};

const EVER: (Wall, Wall) = (Wall::from_unix_ms(i64::MIN), Wall::from_unix_ms(i64::MAX));

fn visit(order: u32, position: u8, arrives: i64, leaves: i64) -> Visit {
    let [arrives, leaves] = [arrives, leaves].map(Wall::from_unix_ms);
    Visit { order, position: Position::new(position).unwrap(), arrives, leaves }
}

/// At each position one visit after the other, in no order; now and then without a moment to spare.
fn plan() -> impl Strategy<Value = Vec<Visit>> {
    let free = prop_oneof![Just(0), 0..9_000_i64];
    let drawn = (1..=9_999_u32, 0..=15_u8, free, 1..30_000_i64);
    (1_700_000_000_000..1_900_000_000_000_i64, prop::collection::vec(drawn, 0..60), any::<u64>()).prop_map(
        |(start, drawn, turn)| {
            let mut free = [start; 16];
            let mut visits: Vec<Visit> = drawn
                .into_iter()
                .map(|(order, position, later, stands)| {
                    let arrives = free[usize::from(position)] + later;
                    free[usize::from(position)] = arrives + stands + Visit::GAP.as_millis() as i64;
                    visit(order, position, arrives, arrives + stands)
                })
                .collect();
            let by = turn as usize % visits.len().max(1);
            visits.rotate_left(by);
            visits
        },
    )
}

/// Of any positions, in no order, each once.
fn nudges() -> impl Strategy<Value = Vec<(Position, Nudge)>> {
    let by = (-5_000..=5_000, -5_000..=5_000, -10_000..=10_000, -100_000..=100_000);
    let by = by.prop_map(|(right, down, turn, zoom)| Nudge::new(right, down, turn, zoom).unwrap());
    let drawn = prop::collection::hash_map(0..=15_u8, by, 0..=16);
    drawn.prop_map(|drawn| drawn.into_iter().map(|(at, by)| (Position::new(at).unwrap(), by)).collect())
}

proptest! {
    #[test]
    fn a_plan_that_was_written_is_read_as_the_same(visits in plan(), nudges in nudges()) {
        let plan = Plan::new(visits).unwrap();
        let plan = nudges.iter().fold(plan, |plan, &(position, nudge)| plan.nudged(position, nudge));
        for position in (0..=15).map(|number| Position::new(number).unwrap()) {
            let nudge = nudges.iter().find(|nudge| nudge.0 == position).map(|nudge| nudge.1);
            prop_assert_eq!(plan.nudge(position), nudge);
        }
        let text = plan.to_string();
        prop_assert!(text.len() <= Plan::MOST_BYTES);
        prop_assert_eq!(Plan::parse(&text), Ok(plan));
    }

    #[test]
    fn what_is_read_is_written_as_it_was_but_for_the_order_of_lines(visits in plan(), nudges in nudges(), turn: usize) {
        let visits = visits.iter().map(|visit| format!("{visit}\n"));
        let nudges = nudges.iter().map(|(at, by)| format!("nudge {} {by}\n", at.number()));
        let mut lines: Vec<_> = visits.chain(nudges).collect();
        let by = turn % lines.len().max(1);
        lines.rotate_left(by);
        let lines = lines.concat();
        let plan = Plan::parse(&format!("lineshot-plan-1\n{lines}")).unwrap();
        let again = plan.to_string();
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(sorted(again.strip_prefix("lineshot-plan-1\n").unwrap()), sorted(&lines));
    }

    #[test]
    fn whatever_is_read_as_a_plan_is_what_it_writes(text in "lineshot-plan-1\n([ 0-9+-]{0,3} 1 [0-9]{1,4} 1[0-9]{4}\n?|nudge 1?[0-9] [+-]?[0-9]{1,4} [0-9-]{1,2} 0 -?[0-9]\n?){0,2}") {
        if let Ok(plan) = Plan::parse(&text) {
            let mut lines: Vec<_> = text.lines().collect();
            let written = plan.to_string();
            let mut again: Vec<_> = written.lines().collect();
            lines.sort_unstable();
            again.sort_unstable();
            prop_assert_eq!(lines, again);
        }
    }

    #[test]
    fn exactly_the_visits_of_the_plan_stand(visits in plan(), seed: u64) {
        let hall = Hall::planned(seed, Plan::new(visits.clone()).unwrap());
        let (mut found, mut expected) = (Vec::new(), Vec::new());
        for position in (0..=15).map(|number| Position::new(number).unwrap()) {
            found.extend(hall.stands(position, EVER.0, EVER.1).map(|Stand { order, arrives, leaves, .. }| Visit { order, position, arrives, leaves }));
        }
        expected.extend(visits);
        expected.sort_unstable_by_key(|visit| (visit.position, visit.arrives));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_car_stands_at_its_place_drives_in_before_and_out_after_and_else_is_not_in_the_picture(visits in plan()) {
        let hall = Hall::planned(7, Plan::new(visits.clone()).unwrap());
        let ms = |at: Wall, by: i64| Wall::from_unix_ms(at.unix_ms() + by);
        for Visit { order, position, arrives, leaves } in visits {
            let standing = |at| hall.standing(position, at).map(|stand| stand.order);
            let way = |at| hall.passage(position, at).filter(|passage| passage.car.order == order).map(|passage| passage.way);
            let no_other = |at| hall.passage(position, at).is_none_or(|passage| passage.way.abs() > 0.9);
            prop_assert_eq!(standing(ms(arrives, -1)), None);
            prop_assert_eq!((standing(arrives), way(arrives)), (Some(order), Some(0.0)));
            prop_assert_eq!((standing(ms(leaves, -1)), way(ms(leaves, -1))), (Some(order), Some(0.0)));
            prop_assert_eq!(standing(leaves), None);
            prop_assert!(no_other(ms(arrives, -901)) && no_other(ms(leaves, 900)));
            prop_assert!(way(ms(arrives, -900)) == Some(-1.0) && way(ms(leaves, 899)).unwrap() > 0.99);
            prop_assert!(way(ms(arrives, -100)).unwrap() < 0.0 && way(ms(leaves, 100)).unwrap() > 0.0);
        }
    }
}

#[test]
fn visits_that_meet_at_a_position_are_both_named() {
    let (one, next) = (visit(7, 1, 10_000, 20_000), visit(8, 1, 21_799, 30_000));
    for visits in [vec![one, next], vec![next, one]] {
        let error = Plan::new(visits).unwrap_err();
        assert_eq!(error, PlanError::Overlap(one, next));
        let said = error.to_string();
        for part in ["`7 1 10000 20000`", "`8 1 21799 30000`", "1.8s after the other leaves"] {
            assert!(said.contains(part), "{said}");
        }
    }
    assert!(Plan::new(vec![one, visit(8, 1, 21_800, 30_000)]).is_ok(), "no moment to spare");
    assert!(Plan::new(vec![one, visit(8, 2, 10_000, 20_000)]).is_ok(), "elsewhere");
    assert!(Plan::new(vec![one, one]).is_err(), "the same twice");
}

#[test]
fn what_cannot_be_drawn_is_no_visit() {
    for (order, arrives, leaves, fits) in [
        (1, 0, 1, true),
        (9_999, LAST - 1, LAST, true),
        (0, 0, 1, false),
        (10_000, 0, 1, false),
        (7, 5, 5, false),
        (7, 6, 5, false),
        (7, -1, 5, false),
        (7, 5, LAST + 1, false),
        (7, i64::MIN, i64::MAX, false),
    ] {
        assert_eq!(
            Plan::new(vec![visit(order, 1, arrives, leaves)]).is_ok(),
            fits,
            "{order} {arrives} {leaves}"
        );
    }
}

#[test]
fn a_plan_has_a_bounded_size() {
    let visits = |count: usize| (0..count as i64).map(|n| visit(7, 1, n * 2_000, n * 2_000 + 1)).collect();
    assert_eq!(Plan::new(visits(Plan::MOST_VISITS + 1)), Err(PlanError::TooMany));
    let plan = Plan::new(visits(Plan::MOST_VISITS)).unwrap();
    let text = plan.to_string();
    assert_eq!(Plan::parse(&format!("{text}7 2 0 1\n")), Err(PlanError::TooMany));
    assert_eq!(Plan::parse(&text), Ok(plan));
    let longest = visit(9_999, 15, LAST - 1, LAST).to_string();
    let nudge = "nudge 15 -5000 -5000 -10000 -100000\n";
    assert!(Plan::parse(&format!("{HEADER}\n{nudge}")).is_ok());
    let most = Plan::MOST_VISITS * (longest.len() + 1) + 16 * nudge.len();
    assert_eq!(HEADER.len() + 1 + most, Plan::MOST_BYTES);
}

#[test]
fn each_mistake_in_a_plans_text_names_its_place_and_the_mend() {
    for (text, said) in [
        ("", "the first line is not `lineshot-plan-1`"),
        ("lineshot-plan-2\n", "the first line is not `lineshot-plan-1`"),
        ("lineshot-plan-1", "the last line does not end"),
        ("lineshot-plan-1\n7 1 100 20", "the last line does not end"),
        ("lineshot-plan-1\r\n", "the first line is not"),
        ("lineshot-plan-1\n7 1 100 200\r\n", "line 2 is no visit: write `<order> <position, 0 to 15>"),
        ("lineshot-plan-1\n7 1 100 200\n\n", "line 3 is no visit"),
        ("lineshot-plan-1\n0007 1 100 200\n", "line 2 is no visit"),
        ("lineshot-plan-1\n+7 1 100 200\n", "line 2 is no visit"),
        ("lineshot-plan-1\n7  1 100 200\n", "line 2 is no visit"),
        ("lineshot-plan-1\n7 1 100\n", "line 2 is no visit"),
        ("lineshot-plan-1\n7 1 100 200 300\n", "line 2 is no visit"),
        ("lineshot-plan-1\n7 16 100 200\n", "line 2 is no visit"),
        ("lineshot-plan-1\n7 1 100 99999999999999999999\n", "line 2 is no visit"),
        ("lineshot-plan-1\n-7 1 100 200\n", "line 2 is no visit"),
        ("lineshot-plan-1\n0 1 100 200\n", "the visit `0 1 100 200` is of no order"),
        ("lineshot-plan-1\n7 1 200 100\n", "the visit `7 1 200 100` has no time to stand"),
        ("lineshot-plan-1\nnudge 1 0 0 0\n", "line 2 is no nudge: write `nudge <position, 0 to 15> <right>"),
        ("lineshot-plan-1\nnudge\n", "line 2 is no visit"),
        ("lineshot-plan-1\nNudge 1 0 0 0 0\n", "line 2 is no visit"),
        ("lineshot-plan-1\nnudge 1 0 0 0 0\nnudge 1 9 0 0 0\n", "position 1 is nudged twice: leave out one"),
    ] {
        let error = Plan::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(said), "{text:?} gave\n{error}");
        assert!(error.contains(": ") && !error.contains('\n'), "{error}");
    }
    assert_eq!(Plan::parse("lineshot-plan-1\n"), Ok(Plan::default()));
}

#[test]
fn a_planned_order_looks_as_it_was_said() {
    for seed in [0, 7, u64::MAX] {
        let looks: Vec<_> = (1..=12).map(|order| crate::looks(seed, order)).collect();
        assert_eq!(looks.iter().collect::<HashSet<_>>().len(), 12, "{looks:?}");
        assert_eq!(looks.iter().map(|look| look.1).collect::<HashSet<_>>().len(), 2);
        assert_ne!(crate::looks(seed, 1), crate::looks(seed, 17), "the same colour has the other shape");
    }
    let hall = Hall::planned(7, Plan::new(vec![visit(7, 1, 100, 200)]).unwrap());
    let stand = hall.standing(Position::new(1).unwrap(), Wall::from_unix_ms(150)).unwrap();
    assert_eq!((stand.colour, stand.shape), crate::looks(7, 7));
}
