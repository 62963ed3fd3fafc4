//! Pixels that no camera has compressed, and the faults that the kernel's own test driver can be told to show.
//!
//! `vivid` is no USB device; the agent is shown one whose node is `vivid`'s.

use crate::machine::{Guest, Remote};
use crate::plant::{LONG, Plant, SHORT};
use crate::sight::fields;

/// The device of the test driver, made a USB camera in port 9-1 for who looks into `/sys/class/video4linux`.
const DISGUISE: &str = "mount --bind /run/vivid/class /sys/class/video4linux";

/// The test driver's node.
const NODE: &str = "/dev/$(grep -l vivid /sys/class/video4linux/*/name | cut -d/ -f5)";

/// The test driver, as it is when nothing was told to it.
pub(crate) struct Vivid<'a> {
    guest: &'a Guest,
}

impl<'a> Vivid<'a> {
    pub(crate) fn fresh(guest: &'a Guest) -> Vivid<'a> {
        let vivid = Vivid { guest };
        vivid.unplug();
        vivid.plug();
        guest.run(
            "cd /run && mkdir -p vivid/class vivid/9-1/9-1:1.0 && cd vivid && \
             echo 1209 > 9-1/idVendor && echo 0002 > 9-1/idProduct && echo VIVID > 9-1/serial && \
             node=$(grep -l vivid /sys/class/video4linux/*/name | cut -d/ -f5) && \
             rm -rf class/* && mkdir class/$node && cp /sys/class/video4linux/$node/dev class/$node/dev && \
             echo 0 > class/$node/index && ln -s /run/vivid/9-1/9-1:1.0 class/$node/device",
        );
        vivid
    }

    fn unplug(&self) {
        self.guest.run("echo vivid.0 > /sys/bus/platform/drivers/vivid/unbind");
    }

    /// A new device, in the place of the one before, with nothing told to it.
    fn plug(&self) {
        self.guest.run("echo vivid.0 > /sys/bus/platform/drivers/vivid/bind");
        self.guest.until("grep -q vivid /sys/class/video4linux/*/name");
        // Of its own accord it says that frames end one interval after they came.
        self.tell("timestamp_source=1");
    }

    fn tell(&self, control: &str) {
        self.guest.run(&format!("v4l2-ctl -d {NODE} -c {control}"));
    }

    /// Until this is dropped, many times a second.
    fn tell_again_and_again(&self, control: &str) -> Remote {
        let again = format!("while v4l2-ctl -d {NODE} -c {control}; do :; done");
        self.guest.start_program(&format!("sh -c '{again}'"))
    }
}

/// A plant that looks through the test driver's camera, with `how` it is set.
fn plant<'a>(guest: &'a Guest, name: &'a str, how: &str, within: u32) -> Plant<'a> {
    let mut plant = Plant::new(guest, name);
    plant.station(
        "marriage",
        &format!("{{ usb = {{ port = \"9-1\" }}, size = \"320x180\", {how} }}"),
        within,
    );
    plant.disguise(DISGUISE);
    plant.open();
    plant
}

#[test]
fn the_test_drivers_colours_are_right_in_each_raw_format() {
    let guest = Guest::alone();
    let _vivid = Vivid::fresh(&guest);
    for format in ["yuyv", "nv12"] {
        let outcome =
            plant(&guest, format, &format!("format = \"{format}\", fps = 10"), LONG).visit("marriage");
        // White, yellow, cyan, green, magenta, red, blue, black, a little darker than that.
        let bars = fields(outcome.picture(), 0.87).map(|pixel| pixel.map(|part| u8::from(part > 127)));
        let colours =
            [[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0]];
        assert_eq!(bars, colours, "{format}");
    }
    let outcome = plant(&guest, "grey", "format = \"grey\", fps = 10", LONG).visit("marriage");
    let bars = fields(outcome.picture(), 0.87);
    assert!(bars.iter().all(|[r, g, b]| r == g && g == b), "{bars:?}");
    assert!(bars.is_sorted_by_key(|[part, ..]| std::cmp::Reverse(*part)) && bars[0] > bars[7], "{bars:?}");
}

#[test]
fn a_driver_that_gives_nothing_breaks_or_is_gone_costs_pictures_only_as_long_as_that_lasts() {
    let guest = Guest::alone();
    let vivid = Vivid::fresh(&guest);
    let mut plant = plant(&guest, "vivid", "format = \"yuyv\", fps = 10", SHORT);
    vivid.tell("percentage_of_dropped_buffers=100");
    assert_eq!(plant.visit("marriage").reason(), "failed(camera_stalled)");
    vivid.tell("percentage_of_dropped_buffers=40");
    assert_eq!(plant.visit("marriage").reason(), "delivered", "some frames come");
    // The stream is dead until it is opened anew.
    vivid.tell("inject_fatal_streaming_error=1");
    assert_eq!(plant.visit("marriage").reason(), "delivered", "after an error of the stream");
    vivid.unplug();
    assert_eq!(plant.visit("marriage").reason(), "failed(camera_unreachable)");
    vivid.plug();
    assert_eq!(plant.visit("marriage").reason(), "delivered", "after it was gone");
}

#[test]
fn frames_that_the_driver_marks_as_damaged_are_no_pictures() {
    let guest = Guest::alone();
    let vivid = Vivid::fresh(&guest);
    let mut plant = plant(&guest, "damaged", "format = \"yuyv\", fps = 2", SHORT);
    let marking = vivid.tell_again_and_again("inject_v4l2_buf_flag_error=1");
    assert_eq!(plant.visit("marriage").reason(), "failed(camera_frame)", "each frame is marked");
    drop(marking);
    assert_eq!(plant.visit("marriage").reason(), "delivered");
}
