//! USB cameras with a real driver, in a guest: `vivid` for raw formats and for faults of a driver, `uvcvideo` with an
//! emulated camera for compressed ones and for unplugging.
//!
//! `LINESHOT_CONTRACT_USB` names cameras, separated by semicolons; each is `key=value`, separated by spaces: `backend`,
//! `serials` (with commas), `format`, `size`, `fps` and, where the driver is not one of USB, `pretend` with the node
//! that is taken for one. `LINESHOT_CONTRACT_VIVID` names a node of vivid whose faults are tried, and
//! `LINESHOT_CONTRACT_EMULATOR` the program that plugs an emulated camera in as long as it runs (port of the hub,
//! serial number, 0).

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lineshot_camera::Source;
use lineshot_camera::usb::{Backend, Controls, Pixels, Rate, System, UsbIdentity, UsbSetting, UsbSource};
use lineshot_domain::{Reason, Size};
use tempfile::TempDir;
use v4l::control::{Control, Value};

use crate::checks::{Promise, Trial, keeps};

/// A camera, with the tree in which it is found, if that is made up.
struct Named {
    setting: UsbSetting,
    tree: Option<TempDir>,
}

impl Named {
    fn read(text: &str) -> Named {
        let words: BTreeMap<&str, &str> =
            text.split_whitespace().map(|it| it.split_once('=').unwrap()).collect();
        let tree = words.get("pretend").map(|node| pretend(node));
        let serials = match tree {
            Some(_) => vec!["PRETEND".to_owned()],
            None => words["serials"].split(',').map(str::to_owned).collect(),
        };
        let (width, height) = words["size"].split_once('x').unwrap();
        let setting = UsbSetting {
            identity: UsbIdentity::new(None, None, serials).unwrap(),
            pixels: match words["format"] {
                "mjpeg" => Pixels::Mjpeg,
                "yuyv" => Pixels::Yuyv,
                "nv12" => Pixels::Nv12,
                "grey" => Pixels::Grey,
                other => panic!("no format {other}"),
            },
            size: Size::new(width.parse().unwrap(), height.parse().unwrap()).unwrap(),
            rate: Rate::parse(words["fps"].parse().unwrap()).unwrap(),
            controls: Controls::default(),
            latency: Duration::from_millis(300),
            backend: match words["backend"] {
                "v4l" => Backend::V4l,
                #[cfg(feature = "usb-portable")]
                "nokhwa" => Backend::Nokhwa,
                other => panic!("no backend {other}"),
            },
        };
        Named { setting, tree }
    }

    fn source(&self) -> Box<dyn Source> {
        Box::new(match &self.tree {
            Some(tree) => {
                let system = System { sysfs: tree.path().into(), dev: "/dev".into() };
                UsbSource::under(self.setting.clone(), system)
            }
            None => UsbSource::new(self.setting.clone()),
        })
    }

    fn promise(&self) -> Promise {
        let printed = match self.setting.pixels {
            Pixels::Mjpeg => "Frame(MJPEG",
            Pixels::Yuyv => "Frame(Yuyv",
            Pixels::Nv12 => "Frame(Nv12",
            Pixels::Grey => "Frame(Grey",
        };
        Promise { size: self.setting.size, printed }
    }
}

/// A sysfs in which the node belongs to a USB camera with the serial number PRETEND.
#[expect(clippy::disallowed_methods, reason = "a tree made up for a test")]
fn pretend(node: &str) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let device = tree.path().join("devices/usb9/9-1");
    let interface = device.join("9-1:1.0");
    let class = tree.path().join("class/video4linux").join(node);
    std::fs::create_dir_all(&interface).unwrap();
    std::fs::create_dir_all(&class).unwrap();
    for (folder, name, value) in [
        (&device, "idVendor", "0000"),
        (&device, "idProduct", "0000"),
        (&device, "serial", "PRETEND"),
        (&class, "index", "0"),
    ] {
        std::fs::write(folder.join(name), value).unwrap();
    }
    // The kernel's own word, also after it has given the node another number.
    symlink(Path::new("/sys/class/video4linux").join(node).join("dev"), class.join("dev")).unwrap();
    symlink(&interface, class.join("device")).unwrap();
    tree
}

/// What a test needs, as the environment names it.
fn named(variable: &str) -> String {
    let named = std::env::var(variable).ok().filter(|it| !it.is_empty());
    named.unwrap_or_else(|| panic!("{variable} names nothing to try"))
}

#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn a_usb_camera_keeps_the_contract() {
    let cameras = named("LINESHOT_CONTRACT_USB");
    for text in cameras.split(';') {
        println!("camera: {text}");
        let camera = Named::read(text);
        keeps(&camera.promise(), || camera.source());
    }
}

/// Controls of vivid by which it makes faults (drivers/media/test-drivers/vivid/vivid-ctrls.c).
const TIMESTAMP_SOURCE: u32 = 0x00f0_f018;
const DROPPED_PERCENT: u32 = 0x00f0_f040;
const DISCONNECT: u32 = 0x00f0_f041;
const DAMAGED: u32 = 0x00f0_f042;
const FAIL_BUFFERS: u32 = 0x00f0_f043;
const FAIL_START: u32 = 0x00f0_f045;
const FATAL: u32 = 0x00f0_f046;

struct Vivid {
    node: String,
    camera: Named,
}

impl Vivid {
    fn set(&self, id: u32, value: i64) {
        let device = v4l::Device::with_path(Path::new("/dev").join(&self.node)).unwrap();
        device.set_control(Control { id, value: Value::Integer(value) }).unwrap();
    }

    fn start(&self) -> Trial {
        let trial = Trial::start(self.camera.source());
        trial.next(trial.clock.mono());
        trial
    }

    /// Takes it from its driver, or gives it back.
    #[expect(clippy::disallowed_methods, reason = "sysfs is written so")]
    fn plug(&self, how: &str) {
        std::fs::write(format!("/sys/bus/platform/drivers/vivid/{how}"), "vivid.0").unwrap();
    }
}

/// Long enough for a camera that gives nothing good to be told so.
const LONG: Duration = Duration::from_secs(6);
/// Long enough for a camera that cannot be opened.
const BRIEF: Duration = Duration::from_secs(2);

/// The reason of a call that is given so much time, and the words.
fn fails(trial: &Trial, patience: Duration) -> (Reason, String) {
    let now = trial.clock.mono();
    let error = trial.camera().next_after(now, now.plus(patience)).unwrap_err();
    println!("said: {error}");
    (error.reason(), error.to_string())
}

/// The same, where a frame may come, too.
fn fails_or_gives(trial: &Trial) -> Option<Reason> {
    let now = trial.clock.mono();
    trial.camera().next_after(now, now.plus(Duration::from_secs(1))).err().map(|error| error.reason())
}

#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn faults_of_a_driver_are_told_and_outlived() {
    let node = named("LINESHOT_CONTRACT_VIVID");
    let text = format!("backend=v4l pretend={node} format=yuyv size=640x360 fps=25");
    let vivid = Vivid { node, camera: Named::read(&text) };

    // By itself it tells times of the end of a frame that lie one frame in the future.
    vivid.set(TIMESTAMP_SOURCE, 0);
    let trial = Trial::start(vivid.camera.source());
    let (reason, text) = fails(&trial, LONG);
    assert!(reason == Reason::CameraFrame && text.contains("future"), "{text}");
    vivid.set(TIMESTAMP_SOURCE, 1);
    trial.next(trial.clock.mono());
    trial.close();

    let trial = vivid.start();
    vivid.set(DROPPED_PERCENT, 40);
    for _ in 0..10 {
        trial.next(trial.clock.mono());
    }
    vivid.set(DROPPED_PERCENT, 0);
    let lost = trial.camera().health().dropped;
    assert!(lost > 0, "lost frames are counted");
    vivid.set(DAMAGED, 1);
    for _ in 0..5 {
        trial.next(trial.clock.mono());
    }
    assert!(trial.camera().health().dropped > lost, "damaged frames are counted");
    assert_eq!(trial.camera().health().resets, 0);

    vivid.set(DROPPED_PERCENT, 100);
    let (reason, text) = fails(&trial, LONG);
    assert!(reason == Reason::CameraStalled, "{text}");
    vivid.set(DROPPED_PERCENT, 0);
    trial.next(trial.clock.mono());

    let resets = trial.camera().health().resets;
    vivid.set(FATAL, 1);
    trial.next(trial.clock.mono());
    assert!(trial.camera().health().resets > resets, "a stream that gave up was opened anew");

    for fault in [FAIL_BUFFERS, FAIL_START] {
        let resets = trial.camera().health().resets;
        vivid.set(fault, 1);
        vivid.set(FATAL, 1);
        trial.next(trial.clock.mono());
        assert!(trial.camera().health().resets > resets);
    }

    // It is back once nobody has it open any more.
    let resets = trial.camera().health().resets;
    vivid.set(DISCONNECT, 1);
    trial.next(trial.clock.mono());
    assert!(trial.camera().health().resets > resets);

    vivid.plug("unbind");
    let (reason, text) = fails(&trial, BRIEF);
    assert!(reason == Reason::CameraUnreachable, "{text}");
    // The number that its node had is another camera's when it comes back.
    let other = Plugged::plug(&named("LINESHOT_CONTRACT_EMULATOR"), 2, "SN-0100");
    vivid.plug("bind");
    vivid.set(TIMESTAMP_SOURCE, 1);
    trial.next(trial.clock.mono());
    trial.close();
    drop(other);
}

#[cfg(feature = "usb-portable")]
#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn a_library_that_waits_for_ever_holds_up_nobody() {
    let node = named("LINESHOT_CONTRACT_VIVID");
    let text = format!("backend=nokhwa pretend={node} format=yuyv size=640x360 fps=25");
    let vivid = Vivid { node, camera: Named::read(&text) };
    vivid.set(TIMESTAMP_SOURCE, 1);
    let trial = vivid.start();
    vivid.set(DROPPED_PERCENT, 100);
    for _ in 0..2 {
        let (reason, text) = fails(&trial, LONG);
        assert!(reason == Reason::CameraStalled, "{text}");
    }
    vivid.set(DROPPED_PERCENT, 0);
    trial.next(trial.clock.mono());
    vivid.set(DROPPED_PERCENT, 100);
    trial.close();
    vivid.set(DROPPED_PERCENT, 0);
    vivid.start().close();
}

#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn a_camera_that_another_program_uses_is_told_so() {
    let node = named("LINESHOT_CONTRACT_VIVID");
    let text = |size| format!("backend=v4l pretend={node} format=yuyv size={size} fps=25");
    let vivid = Vivid { node: node.clone(), camera: Named::read(&text("640x360")) };
    vivid.set(TIMESTAMP_SOURCE, 1);
    let first = vivid.start();
    let other = Named::read(&text("320x180"));
    let second = Trial::start(other.source());
    let (reason, said) = fails(&second, BRIEF);
    assert!(reason == Reason::CameraUnreachable && said.contains("another program"), "{said}");
    second.close();
    first.next(first.clock.mono());
    first.close();
}

#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn a_size_or_rate_that_a_camera_does_not_have_is_told_with_those_it_has() {
    let node = named("LINESHOT_CONTRACT_VIVID");
    for (size, fps, reason, words) in
        [("648x360", "25", Reason::CameraSize, "1280x720"), ("640x360", "29.97", Reason::CameraSetting, "25")]
    {
        let text = format!("backend=v4l pretend={node} format=yuyv size={size} fps={fps}");
        let camera = Named::read(&text);
        let trial = Trial::start(camera.source());
        let (found, said) = fails(&trial, BRIEF);
        assert!(found == reason && said.contains(words), "{said}");
        trial.close();
    }
    let mut gain = Named::read(&format!("backend=v4l pretend={node} format=yuyv size=640x360 fps=25"));
    gain.setting.controls.gain = Some(300);
    let trial = Trial::start(gain.source());
    let (reason, said) = fails(&trial, BRIEF);
    assert!(
        reason == Reason::CameraSetting && said.contains("gain cannot be set to 300: it takes 0 to 255"),
        "{said}"
    );
    trial.close();
    gain.setting.controls.gain = Some(77);
    let vivid = Vivid { node, camera: gain };
    vivid.set(TIMESTAMP_SOURCE, 1);
    vivid.start().close();
}

/// An emulated camera that is plugged in as long as this lives.
struct Plugged(Child);

impl Plugged {
    fn plug(emulator: &str, port: u32, serial: &str) -> Plugged {
        let before = attached(serial);
        let arguments = [&port.to_string(), serial, "0"];
        let start = || Command::new(emulator).args(arguments).stdout(Stdio::null()).spawn().unwrap();
        let mut plugged = Plugged(start());
        let (_keep, timer) = std::sync::mpsc::channel::<()>();
        for _ in 0..1200 {
            if attached(serial) > before {
                return plugged;
            }
            // The port is not free yet.
            if plugged.0.try_wait().unwrap().is_some() {
                plugged.0 = start();
            }
            let _ = timer.recv_timeout(Duration::from_millis(50));
        }
        panic!("{serial} was not plugged in");
    }
}

/// How many devices with this serial number the kernel knows.
fn attached(serial: &str) -> usize {
    let devices = std::fs::read_dir("/sys/bus/usb/devices").unwrap().flatten();
    let serials = devices.filter_map(|device| std::fs::read_to_string(device.path().join("serial")).ok());
    serials.filter(|it| it.trim() == serial).count()
}

impl Drop for Plugged {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
#[ignore = "needs a camera with a driver: the tests of the guest run it"]
fn a_camera_that_is_unplugged_is_told_and_comes_back_and_another_is_never_taken() {
    let emulator = named("LINESHOT_CONTRACT_EMULATOR");
    unplugged(&emulator, "v4l");
    #[cfg(feature = "usb-portable")]
    unplugged(&emulator, "nokhwa");
}

fn unplugged(emulator: &str, backend: &str) {
    let camera =
        Named::read(&format!("backend={backend} serials=SN-0042,SN-0043 format=mjpeg size=1280x720 fps=15"));
    let first = Plugged::plug(emulator, 0, "SN-0042");
    let trial = Trial::start(camera.source());
    trial.next(trial.clock.mono());
    drop(first);
    let (reason, text) = fails(&trial, BRIEF);
    assert!(reason == Reason::CameraUnreachable && text.contains("plugged"), "{text}");

    let other = Plugged::plug(emulator, 0, "SN-0099");
    let (reason, text) = fails(&trial, BRIEF);
    assert!(reason == Reason::CameraUnreachable && text.contains("serial SN-0099"), "{text}");

    // The spare, in another port, beside the other one.
    let spare = Plugged::plug(emulator, 1, "SN-0043");
    trial.next(trial.clock.mono());
    drop(other);
    trial.next(trial.clock.mono());

    // Its twin.
    let twin = Plugged::plug(emulator, 0, "SN-0043");
    trial.next(trial.clock.mono());
    trial.close();
    let again = Trial::start(camera.source());
    let told = (0..20).map(|_| fails_or_gives(&again)).find(|reason| *reason == Some(Reason::CameraIdentity));
    assert!(told.is_some(), "two fit");
    drop(twin);
    again.next(again.clock.mono());
    again.close();
    drop(spare);
}
