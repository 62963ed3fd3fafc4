//! What the other cases stand on: the kernel's own drivers are at work on devices that are not there.

use crate::bus::Bus;
use crate::machine::{BROKER, Guest, STORE};
use crate::sight::seen;

#[test]
fn the_kernel_finds_two_cameras_by_port_and_serial_number_and_loses_the_one_that_is_unplugged() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    bus.plug("1-2", "SN-0002", "blue", 1);
    let of = |port: &str| {
        let device = format!("/sys/bus/usb/devices/{port}");
        let serial = guest.run(&format!("cat {device}/serial"));
        let driver = guest.run(&format!("basename $(readlink {device}:1.0/driver)"));
        let nodes = guest.run(&format!("ls {device}:1.0/video4linux"));
        (serial, driver, nodes.lines().count())
    };
    // One node for video, one for metadata.
    assert_eq!(of("1-1"), ("SN-0001".to_owned(), "uvcvideo".to_owned(), 2));
    assert_eq!(of("1-2"), ("SN-0002".to_owned(), "uvcvideo".to_owned(), 2));
    bus.unplug("1-1");
    assert_eq!(guest.run("ls /sys/bus/usb/devices | grep '^1-.$'"), "1-2");
    bus.plug("1-1", "SN-0003", "green", 1);
    assert_eq!(of("1-1").0, "SN-0003");
}

#[test]
fn the_test_driver_has_no_compressed_format_and_can_be_told_its_faults() {
    let guest = Guest::alone();
    let device = "$(grep -l vivid /sys/class/video4linux/*/name | cut -d/ -f5)";
    let formats = guest.run(&format!("v4l2-ctl -d /dev/{device} --list-formats"));
    for format in ["'YUYV'", "'NV12'", "'GREY'"] {
        assert!(formats.contains(format), "{formats}");
    }
    assert!(!formats.contains("MJPG"), "{formats}");
    let controls = guest.run(&format!("v4l2-ctl -d /dev/{device} --list-ctrls"));
    assert!(controls.contains("percentage_of_dropped_buffers"), "{controls}");
}

#[test]
fn the_pictures_of_a_camera_tell_which_one_took_them_of_which_car_and_that_time_goes_on() {
    let guest = Guest::alone();
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    bus.plug("1-2", "SN-0002", "blue", 42);
    let frames = bus.frames("1-2", 6);
    let told = frames.iter().map(|frame| seen(frame)).map(|sight| (sight.colour, sight.car));
    // The first three were exposed before anything was to be seen.
    assert!(told.eq([0, 0, 0, 42, 42, 42].map(|car| ("blue", car))));
    assert!(seen(&frames[0]).frame != seen(&frames[1]).frame);
    assert_eq!(seen(&bus.frames("1-1", 1)[0]).colour, "red");

    bus.behave("1-2", "frozen");
    let frames = bus.frames("1-2", 3);
    assert!(frames.iter().all(|frame| *frame == frames[0]), "a frozen camera sends the same bytes");
    bus.behave("1-2", "cut");
    let frames = bus.frames("1-2", 2);
    assert!(frames.iter().all(|frame| !frame.ends_with(&[0xff, 0xd9])), "a cut frame has no end");
}

#[test]
fn the_guest_reaches_the_broker_and_the_store_outside_and_nothing_else() {
    let guest = Guest::alone();
    // MQTT 3.1.1: CONNECT as `guest`.
    let hello = r"printf '\020\021\000\004MQTT\004\002\000\074\000\005guest'";
    guest.run(&format!("{hello} | nc {}", BROKER.replace(':', " ")));
    guest.broker.wait_for("as guest");
    let denied = guest.run(&format!("wget -O - http://{STORE}/ 2>&1 || true"));
    assert!(denied.contains("403"), "{denied}");
    // This machine, as qemu calls it for guests that may reach it.
    let (broker, store) = (guest.broker.port(), guest.store.endpoint());
    for port in [&broker.to_string(), store.rsplit_once(':').unwrap().1] {
        guest.run(&format!("! nc -w 5 10.0.2.2 {port} </dev/null"));
    }
}
