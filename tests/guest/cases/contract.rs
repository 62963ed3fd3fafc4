//! The cameras' own tests of what each owes to whoever asks it for frames (`camera/tests/contract.rs`): those that need
//! a driver, with one.

use crate::bus::Bus;
use crate::machine::Guest;
use crate::raw::Vivid;

/// The cameras that are tried.
const CAMERAS: [&str; 6] = [
    "backend=v4l pretend=video0 format=yuyv size=320x180 fps=25",
    "backend=v4l pretend=video0 format=nv12 size=320x180 fps=25",
    "backend=v4l pretend=video0 format=grey size=320x180 fps=25",
    "backend=v4l serials=SN-0001 format=mjpeg size=320x240 fps=15",
    "backend=nokhwa pretend=video0 format=yuyv size=320x180 fps=25",
    "backend=nokhwa serials=SN-0001 format=mjpeg size=320x240 fps=15",
];

/// What those tests start to have a camera plugged in as long as it runs: port of the hub from 0 on, serial number.
const EMULATOR: &str = "#!/bin/sh\nexec uvc-cameras plug 1-$(($1 + 1)) $2 red 1\n";

#[test]
fn cameras_with_a_real_driver_keep_the_contract() {
    let guest = Guest::alone();
    let _vivid = Vivid::fresh(&guest);
    let mut bus = Bus::empty(&guest);
    bus.plug("1-1", "SN-0001", "red", 1);
    let said = guest.run(&format!(
        "LINESHOT_CONTRACT_USB='{}' contract --nocapture device::a_usb_camera_keeps_the_contract 2>&1",
        CAMERAS.join(";")
    ));
    let tried = CAMERAS.iter().filter(|camera| said.contains(*camera)).count();
    assert!(tried == CAMERAS.len() && said.contains("1 passed"), "{said}");
}

#[test]
fn whatever_becomes_of_a_cameras_driver_or_plug_is_told_and_outlived() {
    let guest = Guest::alone();
    let _vivid = Vivid::fresh(&guest);
    guest.bytes("cat > /bin/emulator && chmod 755 /bin/emulator", EMULATOR.as_bytes());
    // Its input is this connection, which nothing is said through: the emulated cameras live as long as it does.
    let tests = guest.start_program(
        "env LINESHOT_CONTRACT_VIVID=video0 LINESHOT_CONTRACT_EMULATOR=/bin/emulator \
         contract --nocapture --test-threads=1 device:: --skip keeps_the_contract",
    );
    let result = tests.wait_for("test result:");
    assert!(result.contains("test result: ok"), "{}", tests.said());
    assert!(!tests.said().contains("proves nothing"), "{}", tests.said());
}
