//! The cameras' own tests of what each owes to whoever asks it for frames (`camera/tests/contract.rs`): those that need
//! a driver, with one. They wait more than they work, so those of each driver run beside those of the other.

use crate::bus::Bus;
use crate::machine::{Guest, Remote};
use crate::raw::Vivid;

/// The cameras that are tried, by driver.
const VIVID: [&str; 4] = [
    "backend=v4l pretend=video40 format=yuyv size=320x180 fps=25",
    "backend=v4l pretend=video40 format=nv12 size=320x180 fps=25",
    "backend=v4l pretend=video40 format=grey size=320x180 fps=25",
    "backend=nokhwa pretend=video40 format=yuyv size=320x180 fps=25",
];
const UVC: [&str; 2] = [
    "backend=v4l serials=SN-0001 format=mjpeg size=320x240 fps=15",
    "backend=nokhwa serials=SN-0001 format=mjpeg size=320x240 fps=15",
];

/// What those tests start to have a camera plugged in as long as it runs: port of the hub from 0 on, serial number.
const EMULATOR: &str = "#!/bin/sh\nexec uvc-cameras plug 1-$(($1 + 1)) $2 red 1\n";

/// Starts those of the tests that these words choose, with this environment.
fn start(guest: &Guest, environment: &str, words: &str) -> Remote {
    guest.start_program(&format!("env {environment} contract --ignored --nocapture --test-threads=1 {words}"))
}

/// Waits for their result: all of them passed, and there are some.
fn until_passed(tests: &Remote) {
    let result = tests.wait_for("test result:");
    assert!(result.contains("ok.") && !result.contains(" 0 passed"), "{}", tests.said());
}

#[test]
fn cameras_with_a_real_driver_keep_the_contract() {
    let guest = Guest::alone();
    let _vivid = Vivid::fresh(&guest);
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let of = |cameras: &[&str]| {
        start(&guest, &format!("'LINESHOT_CONTRACT_USB={}'", cameras.join(";")), "device::a_usb_camera_keeps")
    };
    for (cameras, tests) in [(VIVID.as_slice(), of(&VIVID)), (UVC.as_slice(), of(&UVC))] {
        until_passed(&tests);
        assert_eq!(tests.said().matches("camera: ").count(), cameras.len(), "{}", tests.said());
    }
}

#[test]
fn whatever_becomes_of_a_cameras_driver_or_plug_is_told_and_outlived() {
    let guest = Guest::alone();
    let _vivid = Vivid::fresh(&guest);
    guest.bytes("cat > /bin/emulator && chmod 755 /bin/emulator", EMULATOR.as_bytes());
    let driver = "device:: --skip keeps_the_contract --skip a_camera_that_is_unplugged";
    // Their input is this connection, which nothing is said through: the emulated cameras live as long as it does.
    let driver =
        start(&guest, "LINESHOT_CONTRACT_VIVID=video40 LINESHOT_CONTRACT_EMULATOR=/bin/emulator", driver);
    let plug = "device::a_camera_that_is_unplugged";
    let plug = start(&guest, "LINESHOT_CONTRACT_EMULATOR=/bin/emulator", plug);
    until_passed(&plug);
    until_passed(&driver);
}
