//! Plugs are pulled, and put in late.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{LONG, Plant, SHORT};

#[test]
fn without_its_camera_a_car_has_no_picture_and_with_it_the_next_one_has() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let mut plant = Plant::new(&guest, "unplugged");
    plant.usb_station("marriage", "port = \"1-1\", serials = [\"SN-0001\"]", SHORT);
    plant.open();
    assert_eq!(plant.visit("marriage").shows(), ("red", 1));
    bus.unplug("1-1");
    assert_eq!(plant.visit("marriage").reason(), "failed(camera_unreachable)");
    bus.plug("1-1", "SN-0001", "red", 3);
    assert_eq!(plant.visit("marriage").shows(), ("red", 3));
}

#[test]
fn a_camera_that_is_plugged_in_while_a_car_waits_for_it_shows_this_car_and_none_before() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let mut plant = Plant::new(&guest, "late");
    plant.usb_station("marriage", "port = \"1-1\"", LONG);
    plant.open();
    assert_eq!(plant.visit("marriage").shows(), ("red", 1));
    bus.unplug("1-1");
    plant.arrive("marriage");
    plant.until_camera("marriage", "\"reason\":\"camera_unreachable\"");
    bus.plug("1-1", "SN-0001", "red", 2);
    assert_eq!(plant.outcome("marriage").shows(), ("red", 2));
}
