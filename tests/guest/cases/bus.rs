//! The guest's USB bus, and what is plugged into it.

use crate::machine::{Guest, Remote};

/// Where cameras are plugged in. All are unplugged when it is dropped.
pub(crate) struct Bus<'a> {
    guest: &'a Guest,
    cameras: Remote,
}

impl<'a> Bus<'a> {
    /// An empty bus: what an earlier case had plugged in is gone.
    pub(crate) fn empty(guest: &'a Guest) -> Bus<'a> {
        guest.until("! ls /sys/bus/usb/devices | grep -q '^1-[1-9]'");
        Bus { guest, cameras: guest.start_program("uvc-cameras") }
    }

    /// Plugs a camera into a port (`1-1` to `1-8`), and returns when the driver has it. What it sees is red, green or
    /// blue, and a car is there.
    pub(crate) fn plug(&mut self, port: &str, serial: &str, colour: &str, car: u8) {
        let number = port.strip_prefix("1-").unwrap().parse::<u8>().unwrap() - 1;
        // A port from which something was just unplugged is not free at once.
        let free = format!("grep -q '^hs  *000{number} 004' /sys/devices/platform/vhci_hcd.0/status");
        self.guest.until(&free);
        self.tell(&format!("plug {port} {serial} {colour} {car}"));
        self.guest.until(&format!("test -d /sys/bus/usb/devices/{port}:1.0/video4linux"));
    }

    /// Pulls the plug, and returns when the kernel has forgotten the camera.
    pub(crate) fn unplug(&mut self, port: &str) {
        self.tell(&format!("unplug {port}"));
        self.guest.until(&format!("test ! -e /sys/bus/usb/devices/{port}"));
    }

    /// `good`, `frozen`, `cut` or `stalled`.
    pub(crate) fn behave(&mut self, port: &str, how: &str) {
        self.tell(&format!("behave {port} {how}"));
    }

    /// Another car stands before the camera from now on.
    pub(crate) fn show(&mut self, port: &str, car: u8) {
        self.tell(&format!("show {port} {car}"));
    }

    /// The first JPEG frames that a foreign program takes from the camera in this port.
    pub(crate) fn frames(&self, port: &str, count: u32) -> Vec<Vec<u8>> {
        let node = self.guest.run(&format!("ls /sys/bus/usb/devices/{port}:1.0/video4linux | head -n 1"));
        let take =
            "--set-fmt-video=width=640,height=480,pixelformat=MJPG --stream-mmap --stream-to=- --silent";
        let said = format!("v4l2-ctl -d /dev/{node} {take} --stream-count={count} 2>/dev/null");
        let bytes = self.guest.bytes(&said, &[]);
        // In a JPEG of the encoder at work here, the mark of a beginning is in no other place.
        let starts: Vec<_> =
            (0..bytes.len()).filter(|&at| bytes[at..].starts_with(&[0xff, 0xd8, 0xff])).collect();
        assert_eq!(starts.len(), count as usize, "{}", self.guest.state());
        let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
        starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect()
    }

    /// How often something was streamed from the camera in this port.
    pub(crate) fn streams(&mut self, port: &str) -> u64 {
        self.ask(&format!("streams {port}")).parse().unwrap()
    }

    fn tell(&mut self, line: &str) {
        assert_eq!(self.ask(line), "ok", "{}", self.guest.state());
    }

    fn ask(&mut self, line: &str) -> String {
        self.cameras.tell(line);
        self.cameras.next("what it answers")
    }
}
