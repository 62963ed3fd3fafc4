//! The units in `systemd/`, judged by systemd's own tools. Nothing is started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::workspace;

/// Tenths of systemd's exposure level that the unit may have, and the unit.
const UNITS: [(u32, &str); 2] = [(20, "lineshot-agent"), (15, "lineshot-uploader")];

fn file(name: &str) -> PathBuf {
    workspace::root().join("systemd").join(name)
}

fn run(program: &str, arguments: &[&str], path: &Path) -> Output {
    Command::new(program).args(arguments).arg(path).output().expect("systemd's tools are among the peers")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The unit as it would stand where its program is not installed: another program in its place.
fn with_a_program(folder: &Path, unit: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let text = fs::read_to_string(file(&format!("{unit}.service"))).unwrap();
    let changed = text.replace(&format!("ExecStart=/usr/bin/{unit} "), "ExecStart=/bin/true ");
    assert_ne!(text, changed, "{unit} does not start its own program");
    let path = folder.join(format!("{unit}.service"));
    fs::write(&path, change(changed)).unwrap();
    path
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let folder = tempfile::tempdir().unwrap();
    for (_, unit) in UNITS {
        let path = with_a_program(folder.path(), unit, |text| text);
        let verdict = run("systemd-analyze", &["verify"], &path);
        assert!(verdict.status.success() && said(&verdict).is_empty(), "{unit}: {}", said(&verdict));
    }
}

#[test]
fn systemd_would_find_a_misspelt_setting() {
    let folder = tempfile::tempdir().unwrap();
    let misspelt = |text: String| text.replace("ProtectHome=", "ProtectHomes=");
    let path = with_a_program(folder.path(), UNITS[0].1, misspelt);
    assert!(said(&run("systemd-analyze", &["verify"], &path)).contains("ProtectHomes"));
}

fn exposure(path: &Path, tenths: u32) -> Output {
    let threshold = format!("--threshold={tenths}");
    run("systemd-analyze", &["security", "--offline=true", "--no-pager", &threshold], path)
}

#[test]
fn the_daemons_are_exposed_no_more_than_they_must_be() {
    for (tenths, unit) in UNITS {
        let verdict = exposure(&file(&format!("{unit}.service")), tenths);
        assert!(verdict.status.success(), "{unit}: {}", said(&verdict));
    }
    let folder = tempfile::tempdir().unwrap();
    let open = |text: String| text.replace("CapabilityBoundingSet=\n", "").replace("User=", "#");
    let path = with_a_program(folder.path(), UNITS[0].1, open);
    assert!(!exposure(&path, UNITS[0].0).status.success(), "a unit run by root passed");
}

fn settings(unit: &str, key: &str) -> Vec<String> {
    let text = fs::read_to_string(file(&format!("{unit}.service"))).unwrap();
    text.lines().filter_map(|line| line.strip_prefix(&format!("{key}="))).map(str::to_owned).collect()
}

#[test]
fn both_daemons_write_below_one_path_so_that_a_rename_can_hand_over() {
    for (_, unit) in UNITS {
        assert_eq!(settings(unit, "ReadWritePaths"), ["/var/lib/lineshot"], "{unit}");
        assert_eq!(settings(unit, "Group"), ["lineshot"], "{unit}");
        assert_eq!(settings(unit, "UMask"), ["0007"], "{unit}");
    }
}

#[test]
fn the_agent_may_ask_whether_the_clock_is_in_step() {
    assert_eq!(settings("lineshot-agent", "ProtectClock"), Vec::<String>::new());
    let filters = settings("lineshot-agent", "SystemCallFilter");
    assert!(filters.last().unwrap().split(' ').any(|call| call == "clock_adjtime"), "{filters:?}");
}

#[test]
fn raw_pixels_reach_neither_a_core_dump_nor_swap() {
    assert_eq!(settings("lineshot-agent", "LimitCORE"), ["0"]);
    assert_eq!(settings("lineshot-agent", "MemorySwapMax"), ["0"]);
}

#[test]
fn a_restart_is_not_tried_where_it_cannot_help() {
    for (_, unit) in UNITS {
        assert_eq!(settings(unit, "RestartPreventExitStatus"), ["64 70"], "{unit}");
    }
}

/// The users and the rooms, made below a folder: the tools themselves judge the files.
#[test]
fn users_and_rooms_are_made_as_the_hand_over_needs_them() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if !rustix::process::geteuid().is_root() {
        return crate::skip("units::users_and_rooms_are_made_as_the_hand_over_needs_them", "needs root");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("etc")).unwrap();
    let below = format!("--root={}", folder.path().display());
    for (tool, arguments, name) in [
        ("systemd-sysusers", vec![below.as_str()], "lineshot.sysusers"),
        ("systemd-tmpfiles", vec!["--create", below.as_str()], "lineshot.tmpfiles"),
    ] {
        let verdict = run(tool, &arguments, &file(name));
        assert!(verdict.status.success(), "{name}: {}", said(&verdict));
    }
    let id = |list: &str, name: &str| -> u32 {
        let text = fs::read_to_string(folder.path().join("etc").join(list)).unwrap();
        let line = text.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        line.split(':').nth(2).unwrap().parse().unwrap()
    };
    let (agent, uploader) = (id("passwd", "lineshot-agent"), id("passwd", "lineshot-uploader"));
    for (room, owner, mode) in [
        ("agent", agent, 0o700),
        ("ready", agent, 0o2770),
        ("receipts", uploader, 0o2770),
        ("uploader", uploader, 0o700),
        ("state", agent, 0o2750),
        ("requests", 0, 0o2750),
    ] {
        let found = fs::metadata(folder.path().join("var/lib/lineshot").join(room)).unwrap();
        let (got, group) = (found.permissions().mode() & 0o7777, id("group", "lineshot"));
        assert_eq!((found.uid(), found.gid(), got), (owner, group, mode), "{room}");
    }
}
