//! Who owns which car: what was told, replayed by its moments on a table of physical cars.
//!
//! Knows, as no directory can, which car each word was about, whatever number it named it by.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{CARS, Facts, Word};

/// The table after all words up to now.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Who holds a car: nobody, or the one who took it last.
    holders: [Option<usize>; CARS],
    /// What an order permits; `None` if its newest moment was told in two ways.
    facts: BTreeMap<usize, Option<Facts>>,
}

impl Table {
    pub(crate) fn replay<'w>(words: impl Iterator<Item = &'w Word>) -> Table {
        let mut moments: BTreeMap<i64, BTreeMap<usize, BTreeSet<Word>>> = BTreeMap::new();
        for word in words {
            let content = Word { links: false, step: 0, ..*word };
            moments.entry(word.at).or_default().entry(word.order).or_default().insert(content);
        }
        let mut table = Table::default();
        moments.values().for_each(|said| table.moment(said));
        table
    }

    /// First everybody who spoke lets go, then takes what he names: alone, and in one way, or nobody has it.
    fn moment(&mut self, said: &BTreeMap<usize, BTreeSet<Word>>) {
        for holder in &mut self.holders {
            *holder = holder.filter(|order| !said.contains_key(order));
        }
        let mut takers: BTreeMap<usize, Vec<Option<usize>>> = BTreeMap::new();
        for (order, words) in said {
            // Told in two ways, it is not known that the order has anything; that it takes, is.
            let taker = (words.len() == 1).then_some(*order);
            for car in words.iter().filter(|word| !word.facts.cancelled).filter_map(|word| word.car) {
                takers.entry(car).or_default().push(taker);
            }
            let only = words.first().filter(|_| words.len() == 1);
            self.facts.insert(*order, only.map(|word| word.facts));
        }
        for (car, takers) in takers {
            self.holders[car] = if let [taker] = takers[..] { taker } else { None };
        }
    }

    pub(crate) fn holder(&self, car: usize) -> Option<usize> {
        self.holders[car]
    }

    /// The order into whose album a picture of the car may go.
    pub(crate) fn buyer(&self, car: usize) -> Option<usize> {
        self.holder(car).filter(|order| {
            let facts = self.facts.get(order).copied().flatten();
            facts.is_some_and(|facts| {
                facts.consent && !facts.cancelled && facts.market == "US" && facts.class == "serial"
            })
        })
    }
}
