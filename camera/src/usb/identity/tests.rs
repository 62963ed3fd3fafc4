use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use lineshot_domain::Reason;
use proptest::prelude::*;

use super::*;
use crate::usb::sysfs::System;

fn device(port: &str, model: &str, serial: Option<&str>) -> UsbDevice {
    UsbDevice { port: port.into(), model: model.into(), serial: serial.map(Into::into), name: None }
}

fn camera(node: u32, port: &str, model: &str, serial: Option<&str>) -> Attached {
    Attached { device: device(port, model, serial), node: format!("video{node}"), number: (81, node) }
}

fn wanted(port: Option<&str>, model: Option<&str>, serials: &[&str]) -> UsbIdentity {
    let serials = serials.iter().map(|&serial| serial.into()).collect();
    UsbIdentity::new(port.map(Into::into), model.map(Into::into), serials).unwrap()
}

#[test]
fn an_identity_names_at_least_a_port_or_a_serial_and_each_as_the_kernel_writes_it() {
    let new = |port: Option<&str>, model: Option<&str>, serials: &[&str]| {
        let serials = serials.iter().map(|&serial| serial.into()).collect();
        UsbIdentity::new(port.map(Into::into), model.map(Into::into), serials)
    };
    assert_eq!(new(None, Some("046d:085c"), &[]), Err(IdentityError::Nothing));
    for port in ["", "1", "1-", "-2", "1-2.", "1-2..3", "1-2.x", "usb1", "video0", "1-2:1.0", "1-2345"] {
        assert_eq!(new(Some(port), None, &[]), Err(IdentityError::Port(port.into())), "{port}");
    }
    for model in ["", "046d", "046d:", "046d:85c", "046d:085cc", "046d:08zz", "046d-085c"] {
        assert_eq!(new(Some("1-2"), Some(model), &[]), Err(IdentityError::Model(model.into())), "{model}");
    }
    for serial in ["", " ", "SN\n1"] {
        assert_eq!(new(None, None, &["SN-1", serial]), Err(IdentityError::Serial(serial.into())));
    }
    let identity = wanted(Some("1-2.3"), Some("046D:085C"), &["SN-1", "SN-2"]);
    assert_eq!(identity.to_string(), "port 1-2.3, model 046d:085c, serial SN-1 or SN-2");
    assert_eq!(wanted(None, None, &["SN-1"]).to_string(), "serial SN-1");
}

/// Two twins with one serial number, another model, one without a serial number.
fn hall() -> Vec<Attached> {
    vec![
        camera(0, "1-1", "046d:085c", Some("SAME")),
        camera(2, "1-2", "046d:085c", Some("SAME")),
        camera(4, "1-3.1", "1209:0001", Some("SN-7")),
        camera(6, "1-3.2", "0c45:6366", None),
    ]
}

#[test]
fn the_camera_that_is_named_is_chosen_and_no_other() {
    use Reason::{CameraIdentity, CameraUnreachable};
    for (port, model, serials, want) in [
        (Some("1-2"), None, &["SAME"][..], Ok("video2")),
        (Some("1-1"), None, &["SAME"], Ok("video0")),
        (Some("1-2"), None, &[], Ok("video2")),
        (Some("1-3.2"), Some("0c45:6366"), &[], Ok("video6")),
        (None, None, &["SN-7"], Ok("video4")),
        (None, None, &["SPARE", "SN-7"], Ok("video4")),
        (None, Some("1209:0001"), &["SN-7"], Ok("video4")),
        // Twins.
        (None, None, &["SAME"], Err((CameraIdentity, "2 fit serial SAME: video0 at port 1-1"))),
        (None, None, &["SAME", "SN-7"], Err((CameraIdentity, "3 fit"))),
        // Another one is plugged in there.
        (
            Some("1-3.1"),
            None,
            &["SN-8"],
            Err((CameraIdentity, "found is port 1-3.1, model 1209:0001, serial SN-7")),
        ),
        (Some("1-1"), Some("1209:0001"), &[], Err((CameraIdentity, "found is port 1-1, model 046d:085c"))),
        (Some("1-3.2"), None, &["SN-7"], Err((CameraIdentity, "port 1-3.1"))),
        (Some("1-3.2"), None, &["SN-9"], Err((CameraIdentity, "without a serial"))),
        // It is plugged in elsewhere.
        (Some("2-1"), None, &["SN-7"], Err((CameraIdentity, "found is port 1-3.1"))),
        (None, Some("046d:085c"), &["SN-7"], Err((CameraIdentity, "model 1209:0001"))),
        // It is not plugged in.
        (
            None,
            None,
            &["SN-9"],
            Err((CameraUnreachable, "serial SN-9 is not plugged in; plugged in: port 1-1")),
        ),
        (Some("2-1"), None, &[], Err((CameraUnreachable, "port 2-1 is not plugged in"))),
        (Some("2-1"), None, &["SN-9"], Err((CameraUnreachable, "not plugged in"))),
        (None, Some("046d:085c"), &["SN-9"], Err((CameraUnreachable, "not plugged in"))),
    ] {
        let identity = wanted(port, model, serials);
        let (hall, at_port) = (hall(), hall().into_iter().find(|it| Some(it.device.port.as_str()) == port));
        let chosen = choose(&identity, &hall, at_port.as_ref().map(|it| &it.device));
        match (chosen, want) {
            (Ok(found), Ok(node)) => assert_eq!(found.node, node, "{identity}"),
            (Err(fault), Err((reason, text))) => {
                assert_eq!(fault.reason(), reason, "{identity}: {fault}");
                assert!(fault.to_string().contains(text), "{identity}: {fault}");
            }
            (found, want) => panic!("{identity}: {found:?} instead of {want:?}"),
        }
    }
}

#[test]
fn what_is_plugged_in_without_being_a_camera_is_told_apart_from_nothing() {
    let at_port = device("1-4", "046d:085c", Some("SN-1"));
    let says = |identity: UsbIdentity| {
        let fault = choose(&identity, &[], Some(&at_port)).unwrap_err();
        (fault.reason(), fault.to_string())
    };
    let (reason, text) = says(wanted(Some("1-4"), None, &["SN-1"]));
    assert!(reason == Reason::CameraUnreachable && text.contains("uvcvideo"), "{text}");
    let (reason, text) = says(wanted(Some("1-4"), None, &["SN-2"]));
    assert!(reason == Reason::CameraIdentity && text.contains("serial SN-1"), "{text}");
    let fault = choose(&wanted(Some("1-4"), None, &[]), &[], None).unwrap_err();
    assert!(fault.to_string().contains("no USB camera is"), "{fault}");
}

/// A made-up sysfs.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        for folder in ["class/video4linux", "bus/usb/devices"] {
            fs::create_dir_all(tree.0.path().join(folder)).unwrap();
        }
        tree
    }

    #[expect(clippy::disallowed_methods, reason = "a tree made up for a test")]
    fn put(&self, folder: &Path, attributes: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, value) in attributes {
            fs::write(folder.join(name), format!("{value}\n")).unwrap();
        }
    }

    fn plug(&self, device: &UsbDevice, nodes: &[(u32, &str)]) {
        let root = self.0.path();
        let folder = root.join("devices/pci0000:00/usb1").join(&device.port);
        let (vendor, product) = device.model.split_once(':').unwrap();
        self.put(&folder, &[("idVendor", vendor), ("idProduct", product)]);
        if let Some(serial) = &device.serial {
            self.put(&folder, &[("serial", serial)]);
        }
        symlink(&folder, root.join("bus/usb/devices").join(&device.port)).unwrap();
        let interface = folder.join(format!("{}:1.0", device.port));
        for (minor, index) in nodes {
            self.node(&interface, *minor, index);
        }
    }

    fn node(&self, parent: &Path, minor: u32, index: &str) {
        let node = parent.join(format!("video4linux/video{minor}"));
        self.put(&node, &[("dev", &format!("81:{minor}")), ("index", index), ("name", "made up")]);
        symlink(parent, node.join("device")).unwrap();
        symlink(&node, self.0.path().join(format!("class/video4linux/video{minor}"))).unwrap();
    }

    fn system(&self) -> System {
        System { sysfs: self.0.path().into(), dev: "/nowhere".into() }
    }
}

#[test]
fn sysfs_is_read_without_metadata_nodes_and_without_what_is_not_usb() {
    let tree = Tree::new();
    let twin = |port| device(port, "046d:085c", Some("SAME"));
    tree.plug(&twin("1-2.3"), &[(10, "0"), (11, "1")]);
    tree.plug(&twin("1-2.4"), &[(2, "0"), (3, "1")]);
    tree.plug(&device("1-5", "1d6b:0002", None), &[]);
    tree.node(&tree.0.path().join("devices/platform/vivid.0"), 0, "0");
    let attached = tree.system().attached();
    let want =
        [camera(2, "1-2.4", "046d:085c", Some("SAME")), camera(10, "1-2.3", "046d:085c", Some("SAME"))];
    assert_eq!(attached, want);
    assert_eq!(tree.system().node("video10").as_ref(), Some(&want[1]));
    for none in ["video11", "video0", "video99", "../bus"] {
        assert_eq!(tree.system().node(none), None, "{none}");
    }
    assert_eq!(tree.system().at_port("1-5"), Some(device("1-5", "1d6b:0002", None)));
    assert_eq!(tree.system().at_port("1-6"), None);
    let gone = System { sysfs: "/nowhere".into(), dev: "/nowhere".into() };
    assert_eq!(gone.attached(), []);
}

prop_compose! {
    /// Few values, so that they meet.
    fn devices()(port in 1..4, model in 0..2, serial in 0..3) -> UsbDevice {
        let serial = (serial > 0).then(|| format!("SN-{serial}"));
        device(&format!("1-{port}"), &format!("046d:000{model}"), serial.as_deref())
    }
}

prop_compose! {
    fn identities()(
        port in prop::option::of(1..5), model in prop::option::of(0..2),
        serials in prop::collection::vec(1..4, 0..3),
    ) -> Option<UsbIdentity> {
        let serials = serials.into_iter().map(|serial| format!("SN-{serial}")).collect();
        let (port, model) = (port.map(|port| format!("1-{port}")), model.map(|it| format!("046d:000{it}")));
        UsbIdentity::new(port, model, serials).ok()
    }
}

proptest! {
    /// The promise, said again without the code above.
    #[test]
    fn whatever_is_plugged_in_only_what_fits_and_fits_alone_is_chosen(
        devices in prop::collection::vec(devices(), 0..4),
        identity in identities().prop_filter_map("it names nothing", |it| it),
    ) {
        let attached: Vec<Attached> = (0..)
            .zip(devices)
            .map(|(minor, device)| Attached { device, node: format!("video{minor}"), number: (81, minor) })
            .collect();
        let at_port = attached.iter().map(|it| &it.device).find(|it| Some(it.port.as_str()) == identity.port());
        let mut fitting = attached.iter().filter(|camera| {
            let device = &camera.device;
            identity.port.as_ref().is_none_or(|port| *port == device.port)
                && identity.model.as_ref().is_none_or(|model| *model == device.model)
                && (identity.serials.is_empty()
                    || identity.serials.iter().any(|serial| Some(serial) == device.serial.as_ref()))
        });
        match (choose(&identity, &attached, at_port), fitting.next(), fitting.next()) {
            (Ok(chosen), Some(only), None) => prop_assert_eq!(chosen, only),
            (Err(fault), Some(_), Some(_)) => prop_assert_eq!(fault.reason(), Reason::CameraIdentity),
            (Err(_), None, None) => {}
            (chosen, one, two) => prop_assert!(false, "{chosen:?} {one:?} {two:?}"),
        }
    }
}
