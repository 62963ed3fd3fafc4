//! The store is away while parcels pile up, and comes back while cars still come.

use super::judge;
use super::kills::Site;
use super::line::Line;

const STATIONS: usize = 8;

/// So many parcels wait when the store comes back.
const WAITING: usize = 500;

/// So many cars come after that.
const MORE: usize = 30;

#[test]
fn five_hundred_parcels_that_waited_for_the_store_are_drained_while_cars_come() {
    let mut site = Site::start(STATIONS);
    let line = Line::start(&site.plant, STATIONS);
    site.shop.kill();
    let mut cars = 0;
    let waiting = |site: &Site| site.plant.ask("SELECT id FROM cases WHERE stage = 'handed'").len();
    while cars < WAITING || waiting(&site) < WAITING {
        line.send(cars);
        cars += 1;
        assert!(cars < 2 * WAITING, "{} of {cars} wait: nothing is handed over", waiting(&site));
    }
    let waited = waiting(&site);
    let first = site.plant.ask("SELECT id FROM cases WHERE stage = 'receipted'");
    assert_eq!(first, Vec::<String>::new(), "nothing is settled without a store");
    site.shop.restart();
    for car in cars..cars + MORE {
        line.send(car);
    }
    let (words, repeated) = line.end();
    let found = site.found(cars + MORE, words);
    println!("{waited} parcels waited, {MORE} cars came later, {repeated} events sent again");
    println!("{}", found.figures());
    assert_eq!(found.faults(), Vec::<String>::new());
    judge::assert_sees_what_is_wrong(&found);
    let sealed = found.figures().outcomes["sealed"];
    assert!(sealed >= WAITING / 2, "only {sealed} of {} were photographed at all", cars + MORE);
}
