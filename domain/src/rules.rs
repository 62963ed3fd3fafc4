//! What a station permits: when, in which markets, for which classes, and which of several visits counts.

use crate::{Calendar, LocalDate, Market, VehicleClass};

/// A market in which a service is offered, perhaps only from or until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRule {
    /// The market.
    pub market: Market,
    /// The first day, in the station's zone.
    pub from: Option<LocalDate>,
    /// The last day.
    pub until: Option<LocalDate>,
}

impl MarketRule {
    /// Whether it lets `market` in on `today`.
    pub fn admits(&self, market: &Market, today: LocalDate) -> bool {
        self.market == *market
            && self.from.is_none_or(|from| from <= today)
            && self.until.is_none_or(|until| today <= until)
    }
}

/// Which visit counts if a vehicle comes to a station more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// The first that gave a picture; later ones are refused.
    #[default]
    First,
    /// The last that gave a picture; it takes the place of earlier ones.
    Last,
    /// Each.
    All,
}

impl Keep {
    /// The written form, a contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Keep::First => "first",
            Keep::Last => "last",
            Keep::All => "all",
        }
    }
}

/// A station's own conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When.
    pub calendar: Calendar,
    /// Markets in which customers get photographs; `None`: in all.
    pub photos: Option<Vec<MarketRule>>,
    /// Markets in which customers may follow the car's journey besides.
    pub journey: Vec<MarketRule>,
    /// Classes that are photographed; `None`: all.
    pub classes: Option<Vec<VehicleClass>>,
    /// Which visit counts.
    pub keep: Keep,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_let_in_from_its_first_day_to_its_last() {
        let [first, last] = ["2026-11-02", "2026-11-30"].map(|day| LocalDate::parse(day).unwrap());
        let [us, gb] = ["US", "GB"].map(|market| Market::parse(market).unwrap());
        for (from, until, today, admitted) in [
            (None, None, "2026-11-02", true),
            (Some(first), None, "2026-11-01", false),
            (Some(first), None, "2026-11-02", true),
            (Some(first), None, "2026-11-03", true),
            (None, Some(last), "2026-11-29", true),
            (None, Some(last), "2026-11-30", true),
            (None, Some(last), "2026-12-01", false),
            (Some(first), Some(last), "2026-11-01", false),
            (Some(first), Some(last), "2026-12-01", false),
        ] {
            let rule = MarketRule { market: us.clone(), from, until };
            let today = LocalDate::parse(today).unwrap();
            assert_eq!(rule.admits(&us, today), admitted, "{rule:?} {today}");
            assert!(!rule.admits(&gb, today), "{rule:?} {today}");
        }
    }

    /// The frozen contract.
    #[test]
    fn which_visit_counts_is_written_as_a_contract() {
        assert_eq!([Keep::First, Keep::Last, Keep::All].map(Keep::as_str), ["first", "last", "all"]);
    }
}
