//! The camera is there, and does not do what it should.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{Plant, SHORT};

#[test]
fn a_camera_that_stands_still_says_nothing_or_sends_halves_gives_no_picture_until_it_is_well_again() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let mut plant = Plant::new(&guest, "faults");
    plant.usb_station("marriage", "port = \"1-1\"", SHORT);
    plant.open();
    assert_eq!(plant.visit("marriage").shows(), ("red", 1));
    for (car, (fault, reason)) in (2..).zip([
        ("frozen", "failed(camera_frozen)"),
        ("stalled", "failed(camera_stalled)"),
        ("cut", "failed(camera_frame)"),
    ]) {
        bus.behave("1-1", fault);
        assert_eq!(plant.visit("marriage").reason(), reason, "{fault}");
        let code = reason.trim_start_matches("failed(").trim_end_matches(')');
        plant.until_camera("marriage", &format!("\"reason\":\"{code}\""));
        bus.show("1-1", car);
        bus.behave("1-1", "good");
        assert_eq!(plant.visit("marriage").shows(), ("red", car), "after it was {fault}");
        plant.until_camera("marriage", "\"state\":\"live\"");
    }
}
