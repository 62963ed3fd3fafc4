//! The table at the end of the play, and whether everything came as it must.

use crate::floor::{Known, Visit};
use crate::script::{PLAYED, STATIONS, expected};
use crate::show::VisitState;

/// The orders that come by themselves.
pub(crate) fn played() -> std::ops::RangeInclusive<u32> {
    1..=PLAYED as u32
}

/// Whether every played visit is final.
pub(crate) fn is_over(known: &Known) -> bool {
    let is_final = |visit: &Visit| matches!(visit.state, VisitState::Delivered(_) | VisitState::NoPicture(_));
    played().all(|order| known.cars.get(&order).is_some_and(|visits| visits.iter().all(is_final)))
}

/// One line a visit, and what is not as it must be.
pub(crate) fn table(known: &Known) -> (String, Vec<String>) {
    let mut text = format!("{:<6} {:<11} {:<10} {:<10} {}\n", "order", "station", "outcome", "reason", "why");
    let mut wrong = Vec::new();
    for order in played() {
        for (index, station) in STATIONS.iter().enumerate() {
            let visit = known.cars.get(&order).map(|visits| &visits[index]);
            let row = Row::of(order, visit);
            let Row { outcome, reason, sentence, .. } = &row;
            text.push_str(&format!(
                "{order:<6} {:<11} {outcome:<10} {reason:<10} {sentence}\n",
                station.name
            ));
            if !row.is_as_expected(order, index) {
                wrong.push(format!("order {order} at {}: {outcome} {reason}", station.name));
            }
        }
    }
    (text, wrong)
}

struct Row {
    outcome: String,
    reason: String,
    sentence: String,
    /// Whether the delivered picture shows this order's car.
    is_right_car: bool,
}

impl Row {
    fn of(order: u32, visit: Option<&Visit>) -> Row {
        let row = |outcome: &str, reason: &str, sentence: &str, is_right_car| Row {
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            sentence: sentence.to_owned(),
            is_right_car,
        };
        match visit.map(|visit| (&visit.state, visit.roof)) {
            Some((VisitState::Delivered(_), Some(roof))) if roof == order => {
                row("delivered", "", "The roof in the picture shows this order's number.", true)
            }
            Some((VisitState::Delivered(_), roof)) => {
                row("delivered", "", &format!("THE WRONG CAR: the roof shows {roof:?}."), false)
            }
            Some((VisitState::NoPicture(why), _)) => {
                row(why.outcome.as_str(), &why.code, &why.sentence, false)
            }
            Some((VisitState::Sealed, _)) => row("sealed", "", "The picture waits for the storage.", false),
            Some((VisitState::Arrived, _)) => row("open", "", "Its case is open.", false),
            Some((VisitState::Ahead, _)) | None => row("-", "", "It has not come yet.", false),
        }
    }

    fn is_as_expected(&self, order: u32, station: usize) -> bool {
        match expected(order, station) {
            None => self.outcome == "delivered" && self.is_right_car,
            Some((outcome, reason)) => self.outcome == outcome && self.reason == reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{Outcome, Picture, Why};

    fn delivered(roof: Option<u32>) -> Visit {
        let picture = Picture {
            small: String::new(),
            small_width: 960,
            full: String::new(),
            width: 1920,
            height: 1080,
            at: String::new(),
        };
        Visit { state: VisitState::Delivered(picture), roof, ..Visit::default() }
    }

    fn none(outcome: Outcome, code: &str) -> Visit {
        let why = Why { outcome, code: code.to_owned(), sentence: String::new(), mend: None, told: None };
        Visit { state: VisitState::NoPicture(why), ..Visit::default() }
    }

    fn as_expected() -> Known {
        let mut known = Known::default();
        for order in played() {
            let visit = |station| match expected(order, station) {
                None => delivered(Some(order)),
                Some((outcome, reason)) => none(Outcome::named(outcome).unwrap(), reason),
            };
            known.cars.insert(order, [visit(0), visit(1), visit(2)]);
        }
        known
    }

    #[test]
    fn what_came_as_it_must_is_over_and_right() {
        let known = as_expected();
        assert!(is_over(&known));
        let (table, wrong) = table(&known);
        assert_eq!(wrong, [""; 0]);
        assert_eq!(table.lines().count(), 1 + PLAYED * STATIONS.len());
    }

    #[test]
    fn another_cars_roof_an_unread_roof_another_reason_and_a_missing_picture_are_wrong() {
        for (order, station, visit) in [
            (1, 0, delivered(Some(3))),
            (1, 0, delivered(None)),
            (2, 1, delivered(Some(2))),
            (4, 2, none(Outcome::Refused, "market")),
            (5, 1, none(Outcome::Refused, "departed")),
            (6, 2, none(Outcome::Missed, "departed")),
            (3, 0, Visit { state: VisitState::Sealed, ..Visit::default() }),
        ] {
            let mut known = as_expected();
            known.cars.get_mut(&order).unwrap()[station] = visit;
            assert_eq!(table(&known).1.len(), 1, "{order} {station}");
        }
    }

    #[test]
    fn it_is_not_over_while_a_car_is_ahead_stands_or_its_picture_waits() {
        for state in [VisitState::Ahead, VisitState::Arrived, VisitState::Sealed] {
            let mut known = as_expected();
            known.cars.get_mut(&6).unwrap()[2].state = state;
            assert!(!is_over(&known));
        }
        assert!(!is_over(&Known::default()));
    }
}
