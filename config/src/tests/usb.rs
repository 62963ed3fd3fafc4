//! A camera that is plugged in.

use super::*;
use crate::{PowerLine, UsbBackend, UsbCamera, UsbControls, UsbPixels};

/// The shipped station with this `usb` and what stands beside it.
fn with(usb: &str, beside: &str) -> String {
    let own = swapped(MARRIAGE, SOURCE, &format!("usb = {usb}"));
    without(&swapped(&own, "size = \"1920x1080\"", &format!("{beside}size = \"1920x1080\"")), "latency")
}

const BESIDE: &str = "format = \"mjpeg\", fps = 15, ";
const SPARE: &str = "{ port = \"1-2.3\", serials = [\"SN-0042\", \"SN-0043\"] }";

#[test]
fn a_usb_camera_is_named_by_port_model_and_serials() {
    let folder = Folder::shipped();
    let view = folder.put("stations/marriage.toml", with(SPARE, BESIDE)).station().unwrap().views.remove(0);
    let CameraSetting::Usb { camera, pixels, fps, .. } = view.camera else { panic!("a USB camera") };
    assert_eq!(camera.port.as_ref().map(crate::UsbPort::as_str), Some("1-2.3"));
    assert_eq!(
        (camera.serials.as_slice(), pixels, fps),
        (&["SN-0042", "SN-0043"].map(str::to_owned)[..], UsbPixels::Mjpeg, 15.0)
    );
    assert_eq!(
        (camera.model, camera.backend, camera.controls),
        (None, UsbBackend::V4l, UsbControls::default())
    );
    assert_eq!(view.latency.as_micros(), 266_666, "four frames");

    let whole = "{ model = \"046d:085e\", serials = [\"A\"], backend = \"nokhwa\", exposure_ms = 0.5, gain = 3, focus = 0, \
                 white_balance = 4600, power_line = \"50Hz\" }";
    let view = folder.put("stations/marriage.toml", with(whole, BESIDE)).station().unwrap().views.remove(0);
    let CameraSetting::Usb { camera: UsbCamera { model, controls, backend, .. }, .. } = view.camera else {
        panic!("a USB camera")
    };
    assert_eq!(
        (model.as_ref().map(crate::UsbModel::as_str), backend),
        (Some("046d:085e"), UsbBackend::Nokhwa)
    );
    let fixed = UsbControls {
        exposure_ms: Some(0.5),
        gain: Some(3),
        focus: Some(0),
        white_balance: Some(4600),
        power_line: Some(PowerLine::Hz50),
    };
    assert_eq!(controls, fixed);
}

#[test]
fn what_is_wrong_with_a_usb_camera_is_said_where_it_stands() {
    let folder = Folder::shipped();
    for (usb, beside, key, said) in [
        ("{}", BESIDE, "view[front].camera.usb", "found neither"),
        ("{ serials = [] }", BESIDE, "view[front].camera.usb", "found neither"),
        ("{ port = \"/dev/video0\" }", BESIDE, "view[front].camera.usb.port", "`lineshot cameras` prints it"),
        ("{ port = \"1-02\" }", BESIDE, "view[front].camera.usb.port", "such as \"1-2.3\""),
        ("{ port = 1 }", BESIDE, "view[front].camera.usb.port", "such as \"1-2.3\""),
        (
            "{ port = \"1-2\", model = \"046D:085e\" }",
            BESIDE,
            "view[front].camera.usb.model",
            "small hexadecimal",
        ),
        ("{ serials = [\"\"] }", BESIDE, "view[front].camera.usb.serials[1]", "copy it"),
        ("{ port = \"1-2\", exposure_ms = 0 }", BESIDE, "view[front].camera.usb.exposure_ms", "0.1 to 1000"),
        ("{ port = \"1-2\", power_line = \"60\" }", BESIDE, "view[front].camera.usb.power_line", "\"60Hz\""),
        ("{ port = \"1-2\", backend = \"v4l2\" }", BESIDE, "view[front].camera.usb.backend", "\"v4l\""),
        ("{ index = 0 }", BESIDE, "view[front].camera.usb.index", "correct its spelling"),
        (SPARE, "fps = 15, ", "view[front].camera.format", "`lineshot cameras` prints"),
        (SPARE, "format = \"mjpeg\", ", "view[front].camera.fps", "`lineshot cameras` prints"),
        (SPARE, "format = \"h264\", fps = 15, ", "view[front].camera.format", "\"mjpeg\""),
        (SPARE, "format = \"grey\", fps = 0, ", "view[front].camera.fps", "0.1 to 240"),
    ] {
        let problems = folder.put("stations/marriage.toml", with(usb, beside)).station().unwrap_err();
        says(&problems, "marriage.toml", key, said);
    }
    let size = swapped(MARRIAGE, "size = \"1920x1080\"", "fps = 15, size = \"1920x1080\"");
    let problems = folder.put("stations/marriage.toml", size).station().unwrap_err();
    says(&problems, "marriage.toml", "view[front].camera.fps", "beside `usb` alone");
}

#[test]
fn a_usb_camera_serves_one_view() {
    let folder = Folder::shipped();
    let one = with(SPARE, BESIDE);
    let (head, view) = one.split_once("\n[[view]]").unwrap();
    let twice =
        |other: &str| format!("{head}\n[[view]]{view}\n[[view]]{}", swapped(other, "\"front\"", "\"rear\""));
    let problems = folder.put("stations/marriage.toml", twice(view)).station().unwrap_err();
    says(&problems, "marriage.toml", "view[rear].camera", "the USB port 1-2.3 twice");
    let twin = swapped(view, "1-2.3", "1-2.4");
    assert!(folder.put("stations/marriage.toml", twice(&twin)).station().is_ok(), "twins have ports");
}
