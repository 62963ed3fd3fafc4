//! `lineshot cameras`: what is plugged in, and the line that makes a view look through it.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::plant::{LONG, Plant};

#[test]
fn each_camera_is_listed_once_with_a_line_that_only_has_to_be_pasted() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    bus.plug("1-2", "SN-0002", "blue", 1);
    let nodes = guest.run("ls /dev | grep -c '^video'");
    assert_eq!(nodes, "5", "each camera has a node for metadata, too, and the kernel's test device has one");
    let told = guest.run("lineshot cameras");
    let cameras: Vec<_> = told.lines().filter(|line| line.starts_with("port ")).collect();
    let [first, second] = cameras.as_slice() else { panic!("two cameras: {told}") };
    assert!(first.starts_with("port 1-1, model 1209:0001, serial SN-0001"), "{told}");
    assert!(second.starts_with("port 1-2, model 1209:0001, serial SN-0002"), "{told}");

    let lines: Vec<_> = told.lines().filter_map(|line| line.trim().strip_prefix("camera = ")).collect();
    let mut plant = Plant::new(&guest, "pasted");
    plant.station("second", lines[1], LONG);
    plant.open();
    assert_eq!(plant.visit("second").shows(), ("blue", 1));
}
