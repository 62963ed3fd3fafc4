//! Nothing is wrong: what the agent photographs in the guest is delivered outside.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{LONG, Plant};
use crate::sight::seen;

#[test]
fn a_picture_of_a_usb_camera_is_told_to_the_broker_kept_by_the_store_outside_and_given_to_who_asks() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let mut plant = Plant::new(&guest, "ordinary");
    plant.usb_station("marriage", "port = \"1-1\", serials = [\"SN-0001\"]", LONG);
    plant.open();
    assert_eq!(plant.visit("marriage").shows(), ("red", 1));
    let snapshot = plant.snapshot("marriage");
    assert_eq!((seen(&snapshot).colour, seen(&snapshot).car), ("red", 1));
    // What it exposed before is still under way to the PC.
    bus.show("1-1", 2);
    assert_eq!(plant.visit("marriage").shows(), ("red", 2));
}
