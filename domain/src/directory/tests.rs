use super::*;

fn at(second: i64) -> Wall {
    Wall::from_unix_ms(second * 1_000)
}

fn vin(last: char) -> Vin {
    Vin::parse(&format!("WP0ZZZ99ZTS39000{last}")).unwrap()
}

fn body(name: &str) -> BodyNumber {
    BodyNumber::parse(name).unwrap()
}

/// An order at a moment, with the last character of its VIN and its body.
fn order(number: &str, second: i64, vin_of: Option<char>, body_of: Option<&str>) -> Order {
    Order {
        number: OrderNumber::parse(number).unwrap(),
        vin: vin_of.map(vin),
        body: body_of.map(body),
        market: None,
        class: None,
        consent: true,
        cancelled: false,
        at: at(second),
    }
}

fn cancelled(order: Order) -> Order {
    Order { cancelled: true, ..order }
}

fn vehicle(vin_of: Option<char>, number: Option<&str>, body_of: Option<&str>) -> Vehicle {
    let number = number.map(|number| OrderNumber::parse(number).unwrap());
    Vehicle::new(vin_of.map(vin), number, body_of.map(body)).unwrap()
}

/// What the directory says, whatever the order in which it was told.
fn owner(orders: &[Order], vehicle: &Vehicle) -> String {
    let say = |orders: &mut dyn Iterator<Item = &Order>| {
        let mut directory = Directory::default();
        orders.for_each(|order| directory.tell(order.clone()));
        match directory.owner(vehicle) {
            Owner::Order(order) => String::from_utf8(order.number.as_bytes().to_vec()).unwrap(),
            other => format!("{other:?}").to_lowercase(),
        }
    };
    let (forwards, backwards) = (say(&mut orders.iter()), say(&mut orders.iter().rev()));
    assert_eq!(forwards, backwards, "{orders:?}");
    forwards
}

#[test]
fn a_vehicle_belongs_to_the_order_that_names_it() {
    let orders = [order("A", 1, Some('1'), Some("B1")), order("B", 2, None, Some("B2"))];
    for (vehicle, want) in [
        (vehicle(Some('1'), None, None), "A"),
        (vehicle(None, None, Some("B1")), "A"),
        (vehicle(Some('1'), None, Some("B1")), "A"),
        (vehicle(Some('2'), None, Some("B2")), "B"),
        (vehicle(Some('3'), None, None), "unknown"),
        (vehicle(None, Some("A"), None), "A"),
        (vehicle(None, Some("C"), None), "unknown"),
        (vehicle(Some('1'), Some("A"), None), "A"),
        (vehicle(Some('1'), Some("B"), None), "conflict"),
        (vehicle(Some('1'), None, Some("B2")), "conflict"),
        (vehicle(Some('2'), None, Some("B1")), "conflict"),
    ] {
        assert_eq!(owner(&orders, &vehicle), want, "{vehicle:?}");
    }
}

#[test]
fn who_took_the_vehicle_over_last_has_it_by_any_of_its_numbers() {
    let by_vin = vehicle(Some('1'), None, None);
    let by_body = vehicle(None, None, Some("B1"));
    let by_both = vehicle(Some('1'), None, Some("B1"));
    let first = order("A", 1, Some('1'), Some("B1"));
    for (second, want) in [
        (order("B", 2, Some('1'), Some("B1")), ["B", "B", "B"]),
        (order("B", 2, Some('1'), None), ["B", "B", "B"]),
        (order("B", 2, None, Some("B1")), ["B", "B", "B"]),
        // The VIN is said to be on another body now: nobody knows what stands on B1.
        (order("B", 2, Some('1'), Some("B2")), ["B", "conflict", "conflict"]),
        (order("B", 2, Some('2'), Some("B1")), ["conflict", "B", "conflict"]),
        // Told at the same moment: no one was last.
        (order("B", 1, Some('1'), Some("B1")), ["conflict", "conflict", "conflict"]),
    ] {
        let orders = [first.clone(), second];
        let said = [&by_vin, &by_body, &by_both].map(|vehicle| owner(&orders, vehicle));
        assert_eq!(said, want, "{orders:?}");
    }
}

#[test]
fn a_cancelled_order_has_no_vehicle_and_hands_it_on() {
    let by_vin = vehicle(Some('1'), None, None);
    let gone = cancelled(order("A", 3, Some('1'), Some("B1")));
    assert_eq!(owner(std::slice::from_ref(&gone), &by_vin), "cancelled");
    let next = order("B", 2, None, Some("B1"));
    assert_eq!(owner(&[gone, next], &by_vin), "B");
}

#[test]
fn an_older_word_about_an_order_changes_nothing_and_two_words_of_one_moment_are_none() {
    let by_vin = vehicle(Some('1'), None, None);
    let orders = [order("A", 2, Some('2'), None), order("A", 1, Some('1'), None)];
    assert_eq!(owner(&orders, &by_vin), "unknown");
    let both = [order("A", 2, Some('2'), None), order("A", 2, Some('1'), None)];
    let mut directory = Directory::default();
    both.iter().for_each(|order| directory.tell(order.clone()));
    assert_eq!(directory.owner(&vehicle(Some('2'), None, None)), Owner::Conflict);
    directory.tell(order("A", 3, Some('1'), None));
    assert!(matches!(directory.owner(&by_vin), Owner::Order(_)), "a newer word settles it");
}

/// Histories in which the newest claims alone gave the vehicle to an order that had lost it.
#[test]
fn who_lost_a_vehicle_never_has_it_again_by_an_old_word() {
    let by_vin = vehicle(Some('1'), None, None);
    let by_body = vehicle(None, None, Some("B1"));
    let both = |number, second| order(number, second, Some('1'), Some("B1"));
    for (history, orders, vehicle) in [
        (
            "B took it over from A and has another since",
            vec![both("A", 1), both("B", 2), order("B", 3, Some('2'), Some("B2"))],
            &by_vin,
        ),
        (
            "A took it back from B and was cancelled",
            vec![both("A", 1), both("B", 2), both("A", 3), cancelled(both("A", 4))],
            &by_body,
        ),
        (
            "A took it back from B by its VIN alone",
            vec![both("A", 1), order("B", 2, None, Some("B1")), order("A", 3, Some('1'), None)],
            &by_body,
        ),
        (
            "B took it over by its body, after which nobody but C's old word names the VIN",
            vec![
                order("C", 0, Some('1'), None),
                both("A", 1),
                order("B", 2, None, Some("B1")),
                order("A", 3, Some('2'), Some("B2")),
            ],
            &by_vin,
        ),
        (
            "the VIN was moved to another body, and C took that one over by the VIN alone",
            vec![
                both("A", 1),
                order("B", 5, Some('1'), Some("B2")),
                order("B", 6, None, None),
                order("C", 7, Some('1'), None),
            ],
            &by_body,
        ),
        (
            "A named it after B, or another one: told in two ways",
            vec![
                order("A", 2, Some('2'), None),
                order("A", 2, Some('1'), None),
                order("B", 1, Some('1'), None),
            ],
            &by_vin,
        ),
        (
            "the event names the order alone that lost it",
            vec![both("A", 1), both("B", 2)],
            &vehicle(None, Some("A"), None),
        ),
    ] {
        assert_eq!(owner(&orders, vehicle), "conflict", "{history}");
    }
}

#[test]
fn a_new_word_gives_a_lost_vehicle_back() {
    let both = |number, second| order(number, second, Some('1'), Some("B1"));
    let orders = [both("A", 1), both("B", 2), order("B", 3, None, None), both("A", 4)];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, None)), "A");
    assert_eq!(owner(&orders, &vehicle(None, Some("A"), None)), "A");
}

#[test]
fn a_directory_counts_its_orders_and_knows_the_newest_moment() {
    let mut directory = Directory::default();
    assert!(directory.is_empty() && directory.newest().is_none());
    for told in
        [order("A", 1, Some('1'), None), order("B", 7, Some('2'), None), order("A", 3, Some('1'), None)]
    {
        directory.tell(told);
    }
    assert!(!directory.is_empty());
    assert_eq!((directory.len(), directory.newest()), (2, Some(at(7))));
    let mut numbers: Vec<&[u8]> = directory.orders().map(|order| order.number.as_bytes()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [b"A", b"B"]);
}

#[test]
fn of_two_orders_told_for_one_moment_neither_takes_the_vehicle_over() {
    let orders = [order("A", 5, Some('1'), None), order("B", 5, Some('1'), None)];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, None)), "conflict");
}

#[test]
fn one_number_in_common_is_enough_to_take_a_vehicle_over() {
    let orders = [order("A", 1, None, Some("B1")), order("B", 2, Some('1'), Some("B1"))];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, Some("B1"))), "B");
    let orders = [order("A", 1, Some('1'), None), order("B", 2, Some('1'), Some("B1"))];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, Some("B1"))), "B");
}

#[test]
fn telling_the_same_again_changes_nothing() {
    let orders = [order("A", 1, Some('1'), Some("B1")), order("A", 1, Some('1'), Some("B1"))];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, None)), "A");
}

#[test]
fn of_two_bodies_told_of_a_vin_for_one_moment_none_counts_also_after_both_were_given_up() {
    let orders = [
        order("A", 1, Some('1'), Some("B1")),
        order("A", 2, None, None),
        order("B", 1, Some('1'), Some("B2")),
        order("B", 2, None, None),
        order("C", 3, Some('1'), None),
    ];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, None)), "conflict");
}

#[test]
fn whose_numbers_the_newest_word_contradicts_is_not_surely_the_owner() {
    let first = order("A", 1, Some('1'), Some("B1"));
    let on_another_body = cancelled(order("B", 2, Some('1'), Some("B2")));
    assert_eq!(owner(&[first.clone(), on_another_body], &vehicle(Some('1'), None, None)), "conflict");
    let with_another_vin = cancelled(order("B", 2, Some('2'), Some("B1")));
    assert_eq!(owner(&[first, with_another_vin], &vehicle(None, None, Some("B1"))), "conflict");
}

#[test]
fn an_order_that_shares_no_number_with_another_does_not_take_its_vehicle_over() {
    let orders = [order("A", 1, Some('1'), None), order("B", 2, None, Some("B1"))];
    assert_eq!(owner(&orders, &vehicle(Some('1'), None, Some("B1"))), "conflict");
}
