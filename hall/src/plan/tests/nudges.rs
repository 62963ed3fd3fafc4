//! Cameras that a plan knocks.

use super::*;

#[test]
fn a_plan_of_most_visits_and_a_nudge_of_every_position_is_read() {
    let visits = (0..Plan::MOST_VISITS as i64).map(|n| visit(7, 1, n * 2_000, n * 2_000 + 1)).collect();
    let by = Nudge::new(1, -2, 3, -4).unwrap();
    let positions = (0..=15).map(|number| Position::new(number).unwrap());
    let plan = positions.fold(Plan::new(visits).unwrap(), |plan, position| plan.nudged(position, by));
    let text = plan.to_string();
    assert!(text.ends_with("\nnudge 15 1 -2 3 -4\n"));
    assert_eq!(Plan::parse(&text), Ok(plan));
    assert_eq!(Plan::parse(&format!("{text}7 2 0 1\n")), Err(PlanError::TooMany));
    let twice = Plan::parse(&format!("{text}nudge 3 0 0 0 0\n"));
    assert_eq!(twice, Err(PlanError::NudgedTwice(Position::new(3).unwrap())));
}

#[test]
fn the_later_nudge_of_a_plan_that_is_made_takes_the_place_of_the_earlier() {
    let [one, other] = [10, -20].map(|right| Nudge::new(right, 0, 0, 0).unwrap());
    let position = Position::new(1).unwrap();
    let plan = Plan::default().nudged(position, one).nudged(position, other);
    assert_eq!(plan.to_string(), "lineshot-plan-1\nnudge 1 -20 0 0 0\n");
}

#[test]
fn what_is_beyond_a_nudges_bounds_or_written_in_another_way_is_no_nudge() {
    for words in [
        "1 0 0 0 0 0",
        "16 0 0 0 0",
        "-1 0 0 0 0",
        "1 +1 0 0 0",
        "1 -0 0 0 0",
        "1 0 01 0 0",
        " 1 0 0 0 0",
        "1 0 0 0 0 ",
        "1 0.5 0 0 0",
        "1 5001 0 0 0",
        "1 0 -5001 0 0",
        "1 0 0 10001 0",
        "1 0 0 0 -100001",
        "1 4294967296 0 0 0",
        "",
    ] {
        let read = Plan::parse(&format!("lineshot-plan-1\n7 1 100 200\nnudge {words}\n"));
        assert_eq!(read, Err(PlanError::NudgeLine(3)), "{words}");
    }
}
