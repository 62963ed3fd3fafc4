//! `lineshot-uploader doctor`: a healthy store passes, and each check fails when what it looks at is broken.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use lineshot_demo::{Rule, Store};
use lineshot_tls::testing::{Authority, Valid};
use serde_json::Value;

use crate::answers::{Answer, Answers};
use crate::house::{BUCKET, House, store};
use crate::program::program;

/// What a visit found, and whether all of it is well.
struct Found {
    all: Vec<Value>,
    is_well: bool,
}

fn visit(house: &House) -> Found {
    visit_with(house, &[], "")
}

fn visit_with(house: &House, flags: &[&str], input: &str) -> Found {
    let mut doctor = program(house, &["doctor", "--json"]);
    let mut child = doctor.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let _it_may_ask_for_nothing = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let all = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Found { all, is_well: output.status.success() }
}

impl Found {
    fn assert(&self, check: &str, verdict: &str, part: &str) {
        let says = self.all.iter().any(|line| {
            let text = format!("{}. {}", line["found"].as_str().unwrap(), line["mend"].as_str().unwrap());
            line["check"] == check && line["verdict"] == verdict && text.contains(part)
        });
        assert!(says, "{check} {verdict} {part}\n{:#?}", self.all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_objects_and_gives_none_passes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    for _ in 0..2 {
        let found = visit(&house);
        assert!(found.is_well, "{:#?}", found.all);
        found.assert("bucket", "ok", "a marked object was put as photos/doctor.txt");
        found.assert(
            "bucket",
            "ok",
            "by its keys may not read objects (GetObject), list the bucket (ListBucket), remove objects",
        );
        found.assert("bucket", "ok", "anybody without keys may not read objects");
        found.assert("agent", "ok", "it is believed");
    }
    let object = std::fs::read_to_string(folder.path().join(BUCKET).join("doctor.txt")).unwrap();
    assert!(object.starts_with("Put here by `lineshot doctor`"), "{object}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_buckets_that_allow_too_much_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::All).await.unwrap();
    store.bucket(BUCKET).unwrap();
    let found = visit(&House::pinned(&store.endpoint()));
    assert!(!found.is_well);
    found.assert(
        "bucket",
        "failed",
        "by its keys may read objects (GetObject), list the bucket (ListBucket), remove",
    );
    found.assert("bucket", "ok", "anybody without keys may not read objects");
    // Whoever asks is given what he asks for.
    let open = Answers::start(|_, _| Answer::Echo).await;
    let found = visit(&House::pinned(&open.endpoint));
    assert!(!found.is_well);
    found.assert("bucket", "failed", "anybody without keys may read objects");
    found.assert("bucket", "failed", "block public access to the bucket at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_fails_when_what_it_looks_at_is_broken_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let elsewhere = Answers::start(|_, _| Answer::No(404, "NoSuchBucket")).await;
    let other = House::pinned("http://127.0.0.1:1");
    let mode = |house: &House, path: &str, mode| {
        std::fs::set_permissions(house.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let change = |house: &House, file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(house.path(file)).unwrap();
        assert!(text.contains(from), "{from}");
        house.write(file, text.replace(from, to).as_bytes());
    };
    type Break<'a> = Box<dyn Fn(&House) + 'a>;
    let breaks: [(Break<'_>, &str, &str); 11] = [
        (
            Box::new(|h| change(h, "config/uploader.toml", "bucket", "buckt")),
            "configuration",
            "`store.buckt`",
        ),
        (Box::new(|h| mode(h, "s3.toml", 0o644)), "credentials", "`chmod o-rwx` it"),
        (Box::new(|h| std::fs::remove_file(h.path("s3.toml")).unwrap()), "credentials", "it must exist"),
        (
            Box::new(|h| change(h, "s3.toml", Store::SECRET_KEY, "another")),
            "bucket",
            "check the credentials and their right to put objects",
        ),
        (
            Box::new(|h| change(h, "config/uploader.toml", &store.endpoint(), &elsewhere.endpoint)),
            "bucket",
            "has no such bucket",
        ),
        (
            Box::new(|h| change(h, "config/uploader.toml", &store.endpoint(), "http://127.0.0.1:1")),
            "bucket",
            "cannot be reached",
        ),
        (Box::new(|h| std::fs::remove_file(h.path("data/state/state.signed")).unwrap()), "agent", ""),
        (
            Box::new(|h| {
                h.write(
                    "data/state/state.signed",
                    &std::fs::read(other.path("data/state/state.signed")).unwrap(),
                )
            }),
            "agent",
            "",
        ),
        (Box::new(|h| std::fs::remove_dir_all(h.path("data/uploader")).unwrap()), "pin", "lineshot pin"),
        (Box::new(|h| mode(h, "data/uploader", 0o755)), "rooms", "has mode 0755 and not 0700"),
        (
            Box::new(|h| {
                std::fs::remove_dir_all(h.path("data/uploader")).unwrap();
                h.write("data/uploader", b"no folder");
            }),
            "disk",
            "make room on the disk, or give the folder",
        ),
    ];
    for (break_it, check, part) in &breaks {
        let house = House::pinned(&store.endpoint());
        assert!(visit(&house).is_well);
        break_it(&house);
        let found = visit(&house);
        assert!(!found.is_well, "{check} {part}");
        found.assert(check, "failed", part);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_taken_from_whoever_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let secrets = std::fs::read_to_string(house.path("s3.toml")).unwrap();
    let settings = std::fs::read_to_string(house.path("config/uploader.toml")).unwrap();
    let without: Vec<&str> = settings.lines().filter(|line| !line.starts_with("credentials")).collect();
    house.write("config/uploader.toml", without.join("\n").as_bytes());
    let found = visit(&house);
    assert!(found.is_well);
    found.assert("credentials", "skipped", "as root");
    let handed = ["--credentials-from-input"];
    let found = visit_with(&house, &handed, &secrets);
    assert!(found.is_well);
    found.assert("bucket", "ok", "a marked object was put");
    let found = visit_with(&house, &handed, "");
    assert!(!found.is_well);
    found.assert("credentials", "failed", "put them into s3-credentials.toml");
    let found = visit_with(&house, &handed, "access_key_id = \"hush\"");
    found.assert("credentials", "failed", "it is TOML with the texts");
    assert!(!format!("{:?}", found.all).contains("hush"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_a_stores_certificate_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    for (valid, verdict, check, part) in [
        (Valid::Now, "ok", "certificates", "the store's certificate (CN=store) is valid until 2100-01-01"),
        (Valid::FiveDays, "failed", "certificates", "renew it today"),
        (Valid::NoMore, "failed", "bucket", "has expired"),
    ] {
        let answers = Answers::secret(&ca.issue("store", &["127.0.0.1"], valid)).await;
        let house = House::pinned_trusting(&answers.endpoint, &ca.file);
        visit(&house).assert(check, verdict, part);
    }
}
