//! Which camera it is: the one that is named, or none.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{BRIEF, LONG, Plant, SHORT};

#[test]
fn where_another_camera_is_plugged_in_there_is_no_picture_and_none_is_taken_through_any() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0009", "red", 1);
    bus.plug("1-2", "SN-0002", "blue", 1);
    let mut plant = Plant::new(&guest, "another");
    plant.usb_station("wrong-serial", "port = \"1-1\", serials = [\"SN-0001\", \"SN-0003\"]", BRIEF);
    plant.usb_station("wrong-port", "port = \"1-3\", serials = [\"SN-0002\"]", BRIEF);
    plant.usb_station("wrong-model", "port = \"1-2\", model = \"046d:085e\"", BRIEF);
    plant.open();
    for station in ["wrong-serial", "wrong-port", "wrong-model"] {
        assert_eq!(plant.visit(station).reason(), "failed(camera_identity)", "{station}");
    }
    assert_eq!(
        [bus.streams("1-1"), bus.streams("1-2")],
        [0, 0],
        "a camera that nobody named was looked through"
    );
}

#[test]
fn twins_with_one_serial_number_are_told_apart_by_their_ports() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "0123456789", "red", 1);
    bus.plug("1-2", "0123456789", "blue", 1);
    let mut plant = Plant::new(&guest, "twins");
    plant.usb_station("first", "port = \"1-1\", serials = [\"0123456789\"]", LONG);
    plant.usb_station("second", "port = \"1-2\", serials = [\"0123456789\"]", LONG);
    plant.usb_station("either", "port = \"1-3\", serials = [\"0123456789\"]", BRIEF);
    plant.open();
    assert_eq!(plant.visit("second").shows(), ("blue", 1));
    assert_eq!(plant.visit("first").shows(), ("red", 1));
    assert_eq!(plant.visit("either").reason(), "failed(camera_identity)");
}

#[test]
fn cameras_that_are_exchanged_between_two_cars_never_give_a_picture_of_the_other_station() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    bus.plug("1-2", "SN-0002", "blue", 1);
    let mut plant = Plant::new(&guest, "exchanged");
    plant.usb_station("by-both", "port = \"1-1\", serials = [\"SN-0001\"]", SHORT);
    plant.usb_station("by-serial", "serials = [\"SN-0002\"]", LONG);
    plant.open();
    assert_eq!(plant.visit("by-both").shows(), ("red", 1));
    assert_eq!(plant.visit("by-serial").shows(), ("blue", 1));
    bus.unplug("1-1");
    bus.unplug("1-2");
    bus.plug("1-1", "SN-0002", "blue", 2);
    bus.plug("1-2", "SN-0001", "red", 2);
    assert_eq!(plant.visit("by-both").reason(), "failed(camera_identity)");
    assert_eq!(plant.visit("by-serial").shows(), ("blue", 2));
    bus.unplug("1-1");
    bus.unplug("1-2");
    bus.plug("1-2", "SN-0002", "blue", 3);
    bus.plug("1-1", "SN-0001", "red", 3);
    assert_eq!(plant.visit("by-both").shows(), ("red", 3));
    assert_eq!(plant.visit("by-serial").shows(), ("blue", 3));
}
