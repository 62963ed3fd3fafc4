//! An album, verified by other people's means: `ssh-keygen`, `sha256sum` and a page of Python.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::peers::Juicefs;
use crate::plant::Plant;
use crate::workspace::{self, program};

const VIN: &str = "WP0ZZZ99ZTS390000";
const AGENT: &str = "site/pc-01";

struct Album {
    plant: Plant,
    folder: PathBuf,
    signers: PathBuf,
}

impl Album {
    /// A mirror of an album that a plant has filled, and who may have signed it.
    fn delivered() -> Album {
        let store = Juicefs::shared();
        store.bucket("verify");
        let plant = Plant::running(store.account(), "verify");
        plant.arrive("marriage", VIN);
        plant.until_settled(1);
        let mirror = plant.folder.path().join("mirror");
        let mut folder = PathBuf::new();
        for key in plant.keys() {
            let path = mirror.join(&key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, plant.object(&key)).unwrap();
            if key.ends_with("/marriage.json") {
                folder = path.parent().unwrap().to_owned();
            }
        }
        let key = Command::new(program("lineshot-uploader"))
            .arg("album-key")
            .args([
                "--config".as_ref(),
                plant.config().as_os_str(),
                "--data".as_ref(),
                plant.data().as_os_str(),
            ])
            .output()
            .unwrap();
        assert!(key.status.success(), "{key:?}");
        let line = format!(
            "{AGENT} namespaces=\"lineshot-album\" {}",
            String::from_utf8(key.stdout).unwrap().trim()
        );
        let signers = plant.folder.path().join("album_signers");
        std::fs::write(&signers, format!("# Who fills albums.\n\n{line}\n")).unwrap();
        Album { plant, folder, signers }
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.folder.join("marriage.json")).unwrap()).unwrap()
    }

    fn write(&self, record: &Value) {
        std::fs::write(self.folder.join("marriage.json"), record.to_string()).unwrap();
    }

    fn verified(&self) -> Output {
        Command::new("python3")
            .arg(workspace::root().join("docs/contract/verify_album.py"))
            .args([&self.signers, &self.folder])
            .output()
            .unwrap()
    }

    /// What the script says of a fault.
    fn complaint(&self) -> String {
        let verified = self.verified();
        assert_eq!(verified.status.code(), Some(1), "{verified:?}");
        String::from_utf8(verified.stderr).unwrap()
    }
}

/// What `ssh-keygen -Y verify` says of a statement.
fn keygen(signers: &Path, signature: &Path, statement: &str) -> bool {
    let mut asked = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", AGENT, "-n", "lineshot-album", "-f"])
        .arg(signers)
        .arg("-s")
        .arg(signature)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    asked.stdin.take().unwrap().write_all(statement.as_bytes()).unwrap();
    asked.wait().unwrap().success()
}

#[test]
fn an_album_is_verified_without_our_code_and_each_change_is_found() {
    let album = Album::delivered();
    let good = album.record();
    let view = &good["views"][0];
    let [statement, signature] =
        ["statement", "signature"].map(|part| view["signed"][part].as_str().unwrap().to_owned());

    let file = album.plant.folder.path().join("statement.sig");
    std::fs::write(&file, &signature).unwrap();
    assert!(keygen(&album.signers, &file, &statement));
    assert!(!keygen(&album.signers, &file, &statement.replace("simulated no", "simulated yes")));
    let mut sums = Command::new("sha256sum");
    let mut sums =
        sums.args(["--check", "--quiet"]).current_dir(&album.folder).stdin(Stdio::piped()).spawn().unwrap();
    sums.stdin.take().unwrap().write_all(statement.as_bytes()).unwrap();
    assert!(sums.wait().unwrap().success());

    let verified = album.verified();
    assert!(verified.status.success(), "{verified:?}");
    let named: Vec<&str> =
        view["pictures"].as_array().unwrap().iter().map(|p| p["key"].as_str().unwrap()).collect();
    let mut listed: Vec<String> =
        String::from_utf8(verified.stdout).unwrap().lines().map(str::to_owned).collect();
    listed.sort_by_key(|key| key.len());
    assert_eq!(listed, named);

    for (pointer, value, complaint) in [
        ("/views/0/simulated", Value::from(true), "something else"),
        ("/views/0/release", "ab".repeat(32).into(), "of a trial as none"),
        ("/views/0/unreleased", Value::from(false), "of a trial as none"),
        ("/views/0/state", "withheld".into(), "of no delivery"),
        ("/views/0/thumbhash", "AAAA".into(), "something else"),
        ("/station/id", "paint".into(), "another album or station"),
        ("/views/0/view", "rear".into(), "something else"),
        ("/views/0/taken/from", "2020-01-01T00:00:00.000Z".into(), "something else"),
        ("/views/0/pictures/0/sha256", "0".repeat(64).into(), "something else"),
        ("/album", "0".repeat(32).into(), "another album"),
        ("/agent/name", "pc-02".into(), "not signed by a key of site/pc-02"),
        ("/views/0/signed/statement", statement.replace("lineshot-album 1", "x").into(), "does not fit"),
        ("/views/0/signed", Value::Null, "not signed: put there before"),
    ] {
        let mut bad = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = bad.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value);
        }
        album.write(&bad);
        assert!(album.complaint().contains(complaint), "{pointer}");
    }
    album.write(&good);

    let picture = album.folder.join(named[0]);
    let bytes = std::fs::read(&picture).unwrap();
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(&picture, &other).unwrap();
    assert!(album.complaint().contains("was changed"));
    std::fs::write(&picture, &bytes).unwrap();
    std::fs::write(picture.with_file_name("stranger.jpg"), &bytes).unwrap();
    assert!(album.complaint().contains("in no record: marriage/stranger.jpg"));
    std::fs::rename(picture.with_file_name("stranger.jpg"), album.folder.join("stranger.jpeg")).unwrap();
    assert!(album.complaint().contains("in no record: stranger.jpeg"));
    std::fs::remove_file(album.folder.join("stranger.jpeg")).unwrap();
    let signers = std::fs::read_to_string(&album.signers).unwrap();
    std::fs::write(&album.signers, signers.replace(AGENT, &format!("# {AGENT}"))).unwrap();
    assert!(album.complaint().contains("not signed by a key of"));
    std::fs::write(&album.signers, signers).unwrap();
    assert!(album.verified().status.success());
}
