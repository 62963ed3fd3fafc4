//! Promise 3 from the directory's side: no picture of a car goes into the album of an order that does
//! not own it, in whatever order, how often and how incompletely the directory was told.

mod history;
mod model;

use proptest::prelude::*;

use lineshot_domain::{AlbumId, Directory, Owner, Vehicle};

use crate::situations::scene::{Scene, site_key};
use history::{ORDERS, Plant, Word, any_history, number, tidy_history};
use model::Table;

fn told<'w>(words: impl Iterator<Item = &'w Word>) -> Directory {
    let mut directory = Directory::default();
    words.for_each(|word| directory.tell(word.claim()));
    directory
}

/// The gate's answer, and the album that a permitted picture would go into.
fn gate(directory: &Directory, vehicle: &Vehicle) -> (String, Option<AlbumId>) {
    let answer = Scene::of(directory.clone(), vehicle.clone()).answer("");
    let Owner::Order(order) = directory.owner(vehicle) else {
        assert_ne!(answer, "permit");
        return (answer, None);
    };
    let album = site_key().album(&vehicle.clone().of_order(order.number.clone()));
    let permitted = answer == "permit";
    (answer, permitted.then_some(album))
}

fn album_of(order: usize) -> AlbumId {
    site_key().album(&Vehicle::new(None, Some(number(order)), None).unwrap())
}

/// The vehicle as it is, and as each of the orders' that an event could claim.
fn claimed(vehicle: &Vehicle) -> Vec<(Option<usize>, Vehicle)> {
    let orders = (0..ORDERS).map(|order| (Some(order), vehicle.clone().of_order(number(order))));
    std::iter::once((None, vehicle.clone())).chain(orders).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn buyer_b_never_sees_a_picture_of_buyer_as_car(
        steps in any_history(),
        heard in prop::collection::vec(prop::bool::weighted(0.8), 48),
        shuffle in prop::collection::vec(any::<u16>(), 96),
    ) {
        let plant = Plant::run(&steps);
        for step in 0..steps.len() {
            let heard: Vec<&Word> = plant.words.iter().zip(&heard)
                .filter(|(word, heard)| word.step <= step && (**heard || word.links))
                .map(|(word, _)| word)
                .collect();
            let directory = told(heard.iter().copied());
            let mut again: Vec<_> = heard.iter().chain(heard.iter().step_by(2)).zip(&shuffle).collect();
            again.sort_by_key(|(_, key)| **key);
            let shuffled = told(again.into_iter().map(|(word, _)| *word));
            let table = Table::replay(heard.iter().copied());
            for (car, vehicle) in plant.arrivals(step) {
                for (claim, vehicle) in claimed(&vehicle) {
                    let (answer, album) = gate(&directory, &vehicle);
                    let context = || format!("step {step}, car {car}, claims {claim:?}: {heard:#?} {table:?}");
                    prop_assert_eq!(&answer, &gate(&shuffled, &vehicle).0, "in another order: {}", context());
                    if let Some(album) = album {
                        let buyer = table.buyer(car);
                        prop_assert_eq!(Some(album), buyer.map(album_of), "{:?}: {}", buyer, context());
                        prop_assert!(claim.is_none() || claim == buyer, "{}", context());
                    }
                }
            }
        }
    }

    /// A gate that never opens would pass the test above.
    #[test]
    fn an_order_system_without_faults_gets_every_picture(steps in tidy_history()) {
        let plant = Plant::run(&steps);
        for step in 0..steps.len() {
            let heard = || plant.words.iter().filter(|word| word.step <= step);
            let (directory, table) = (told(heard()), Table::replay(heard()));
            for (car, vehicle) in plant.arrivals(step) {
                for (claim, vehicle) in claimed(&vehicle) {
                    let buyer = table.buyer(car).filter(|buyer| claim.is_none_or(|claim| claim == *buyer));
                    let (answer, album) = gate(&directory, &vehicle);
                    let said: Vec<_> = heard().collect();
                    prop_assert_eq!(album, buyer.map(album_of), "step {}, car {}: {} {:#?}", step, car, answer, said);
                }
            }
        }
    }
}

/// Long enough a history: most have an owner to be confused with.
#[test]
fn histories_are_rich_enough_to_confuse() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut bought, mut passed_on) = (0, 0);
    for _ in 0..200 {
        let plant = Plant::run(&any_history().new_tree(&mut runner).unwrap().current());
        let table = Table::replay(plant.words.iter());
        bought += usize::from((0..history::CARS).any(|car| table.buyer(car).is_some()));
        let takers = |car| {
            let orders = plant.words.iter().filter(|word| word.car == Some(car)).map(|word| word.order);
            orders.collect::<std::collections::BTreeSet<_>>().len()
        };
        passed_on += usize::from((0..history::CARS).any(|car| takers(car) > 1));
    }
    assert!(bought > 100 && passed_on > 100, "{bought} {passed_on}");
}
