//! Nothing is wrong: what the agent photographs in the guest is delivered outside.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{Outcome, Plant};
use crate::sight::Sight;

#[test]
fn what_is_photographed_in_the_guest_is_told_to_the_broker_and_kept_by_the_store_outside() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red");
    bus.show("1-1", 42);
    guest.run("mkdir /run/clip");
    guest.bytes("cat > /run/clip/1.jpg", &bus.frames("1-1", 1)[0]);
    let mut plant = Plant::new(&guest, "ordinary");
    plant.station("marriage", "{ file = { path = \"/run/clip\" }, size = \"640x480\" }");
    plant.open();
    let outcome = plant.visit("marriage");
    assert!(matches!(outcome, Outcome::Delivered(Sight { colour: "red", car: 42, .. })), "{outcome:?}");
}
