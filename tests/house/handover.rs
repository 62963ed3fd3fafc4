//! Two users, and the mounts of the units: the hand-over works, and neither reaches into the other's room.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use lineshot_demo::{Rule, Store};

use crate::peers::Process;
use crate::plant::Plant;
use crate::workspace::{self, program};

const ROOT: u32 = 0;
const AGENT: u32 = 64_001;
const UPLOADER: u32 = 64_002;
const GROUP: u32 = 64_000;

/// Runs a command as the unit would: a mount namespace where all but the data folder is read-only, another
/// user, the shared group, and the unit's umask.
fn as_unit(user: u32, data: &Path) -> Command {
    let mut unit = Command::new("unshare");
    let script = format!(
        "mount --make-rprivate / && mount --bind {data} {data} && mount -o remount,bind,ro / && umask 0007 && \
         exec setpriv --reuid {user} --regid {GROUP} --clear-groups --no-new-privs -- \"$@\"",
        data = data.display(),
    );
    unit.args(["--mount", "--", "sh", "-c", &script, "unit"]);
    unit
}

/// What systemd-tmpfiles would make of the shipped file, below `root`.
fn make_rooms(root: &Path) {
    let rooms = fs::read_to_string(workspace::root().join("systemd/lineshot.tmpfiles")).unwrap();
    let owner = |name: &str| match name {
        "root" => ROOT,
        "lineshot-agent" => AGENT,
        "lineshot-uploader" => UPLOADER,
        "lineshot" => GROUP,
        other => panic!("{other} is nobody of ours"),
    };
    let mut made = 0;
    for line in rooms.lines().filter(|line| line.starts_with("d /var/lib/lineshot")) {
        let [_, path, mode, user, group, _] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let path = root.join(path.trim_start_matches("/var/lib/lineshot").trim_start_matches('/'));
        fs::create_dir_all(&path).unwrap();
        chown(&path, Some(owner(user)), Some(owner(group))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(u32::from_str_radix(mode, 8).unwrap()))
            .unwrap();
        made += 1;
    }
    assert!(made >= 6, "{made} rooms");
}

#[test]
fn two_users_in_the_units_mounts_hand_over_a_picture_and_cannot_look_into_each_others_room() {
    const NAME: &str = "the hand-over between two users";
    if !rustix::process::geteuid().is_root() {
        return crate::skip(NAME, "it takes root to become two users");
    }
    let mounts = Command::new("unshare").args(["--mount", "--", "true"]).status();
    if !mounts.is_ok_and(|status| status.success()) {
        return crate::skip(NAME, "no mount namespaces here");
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let objects = tempfile::tempdir().unwrap();
    let store = runtime.block_on(Store::start(objects.path(), Rule::PutOnly)).unwrap();
    store.bucket("units").unwrap();
    let plant = Plant::built(&store.account(), "units");
    fs::set_permissions(plant.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (config, data) = (plant.config(), plant.data());
    make_rooms(&data);
    chown(config.join("site.key"), Some(AGENT), Some(AGENT)).unwrap();
    chown(config.join("s3.toml"), Some(UPLOADER), Some(UPLOADER)).unwrap();
    // The folder of built programs belongs to the tester alone.
    let bin = |name: &str| {
        let copy = plant.folder.path().join(name);
        fs::copy(program(name), &copy).unwrap();
        copy
    };
    let (agent, uploader) = (bin("lineshot-agent"), bin("lineshot-uploader"));

    let mut command = as_unit(AGENT, &data);
    command.arg(&agent).args(["run", "--unreleased", "--config"]).arg(&config);
    let mut agent = Process::start(&mut command);
    agent.wait_for("listening to the line");
    let pinned =
        as_unit(UPLOADER, &data).arg(&uploader).args(["pin", "--config"]).arg(&config).output().unwrap();
    assert!(pinned.status.success(), "{}", String::from_utf8_lossy(&pinned.stderr));
    let mut command = as_unit(UPLOADER, &data);
    command.arg(&uploader).args(["run", "--config"]).arg(&config);
    let mut uploader = Process::start(&mut command);
    uploader.wait_for("delivering");

    plant.arrive("marriage", "WP0ZZZ99ZTS390000");
    plant.until_with(&agent, || plant.settled(1));
    assert_eq!(plant.outcomes(), ["sealed"]);
    assert_eq!(store.keys("units").unwrap().len(), 3);
    assert_eq!(fs::read_dir(data.join("ready")).unwrap().count(), 0, "the uploader emptied the hand-over");
    assert_eq!(fs::read_dir(data.join("receipts")).unwrap().count(), 0, "the agent took the receipt in");

    for (user, others) in [(AGENT, "uploader"), (UPLOADER, "agent")] {
        let look = as_unit(user, &data).arg("ls").arg(data.join(others)).output().unwrap();
        assert!(!look.status.success(), "user {user} can look into {others}/");
    }
    let write = as_unit(UPLOADER, &data).arg("touch").arg(data.join("state/forged")).output().unwrap();
    assert!(!write.status.success(), "the uploader can write the agent's word");
    let key = as_unit(UPLOADER, &data).arg("cat").arg(config.join("site.key")).output().unwrap();
    assert!(!key.status.success(), "the uploader can read the site key");
    let outside = as_unit(AGENT, &data).arg("touch").arg(config.join("elsewhere")).output().unwrap();
    assert!(!outside.status.success(), "the agent can write outside the data folder");
    for daemon in [&mut agent, &mut uploader] {
        assert_eq!(daemon.stop().code(), Some(0), "{}", daemon.said());
    }
}
