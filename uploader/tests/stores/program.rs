//! The program: how it starts, stops, and says why it does not.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use crate::house::{House, Sealed, facts, store};

pub(crate) fn program(house: &House, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lineshot-uploader"));
    command.args(arguments).arg("--config").arg(house.path("config"));
    for variable in ["RUST_LOG", "CREDENTIALS_DIRECTORY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(variable);
    }
    command
}

fn said(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_a_restart_does_not_mend_is_64_or_70_with_its_mend() {
    type Break = fn(&House);
    let breaks: [(&str, Break, i32, &str); 5] = [
        ("not pinned", |_| (), 64, "lineshot pin"),
        ("bad configuration", |h| h.write("config/uploader.toml", b"version = 1\nstroe = 1\n"), 64, "stroe"),
        ("no credentials", |h| std::fs::remove_file(h.path("s3.toml")).unwrap(), 64, "s3.toml"),
        (
            "an open door",
            |h| {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::create_dir(h.path("data/uploader")).unwrap();
                std::fs::set_permissions(h.path("data/uploader"), std::fs::Permissions::from_mode(0o755))
                    .unwrap();
            },
            64,
            "0700",
        ),
        (
            "a broken queue",
            |h| {
                lineshot_spool::Back::pin(&h.data(), false).unwrap();
                h.write("data/uploader/uploader.db", &[7; 8192]);
            },
            70,
            "uploader.db",
        ),
    ];
    for (what, break_it, code, mend) in breaks {
        let house = House::new("http://127.0.0.1:1");
        break_it(&house);
        let (found, text) = said(&program(&house, &["run"]).output().unwrap());
        assert_eq!(found, Some(code), "{what}: {text}");
        assert!(text.contains(mend), "{what}: {text}");
        assert!(!text.contains(lineshot_demo::Store::SECRET_KEY), "{what}: {text}");
    }
}

#[test]
fn pin_and_check_answer_in_a_sentence() {
    let house = House::new("http://127.0.0.1:1");
    let checked = program(&house, &["check"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked).1);
    assert_eq!(program(&house, &["pin"]).status().unwrap().code(), Some(0));
    let other = lineshot_spool::AgentKey::generate().unwrap();
    house.write("data/state/agent.pub", other.public_text().as_bytes());
    let (code, text) = said(&program(&house, &["pin"]).output().unwrap());
    assert!(code == Some(64) && text.contains("--replace"), "{code:?} {text}");
    assert_eq!(program(&house, &["pin", "--replace"]).status().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_delivers_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let (sealed, missed) = (Sealed::new(1), facts(2, "missed", Some("no_frame")));
    sealed.hand_over(&house);
    let mut child = program(&house, &["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |word: &str| lines.by_ref().map(Result::unwrap).find(|line| line.contains(word));
    assert!(until("delivered").is_some());
    // Handed over while it waits: the watch wakes it.
    house.hand_over(&missed, &[]);
    assert!(until("delivered").is_some());
    let asked = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(until("stopped").is_some());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(store.keys(crate::house::BUCKET).unwrap().len() == 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_store_is_delivered_to_after_a_reload_and_a_mistake_changes_nothing() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (one, other) = (store(folders[0].path()).await, store(folders[1].path()).await);
    let house = House::pinned(&one.endpoint());
    let mut child = program(&house, &["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |word: &str| lines.by_ref().map(Result::unwrap).find(|line| line.contains(word));
    assert!(until("delivering").is_some());
    let settings = std::fs::read_to_string(house.path("config/uploader.toml")).unwrap();
    let hang_up = || Command::new("kill").arg("-HUP").arg(child.id().to_string()).status().unwrap();
    for (text, said) in [
        (settings.replace("bucket = ", "buket = "), "the earlier one still holds"),
        (settings.replace(&one.endpoint(), &other.endpoint()), "delivering"),
    ] {
        house.write("config/uploader.toml", text.as_bytes());
        assert!(hang_up().success());
        assert!(until(said).is_some(), "{said}");
    }
    Sealed::new(1).hand_over(&house);
    assert!(until("delivered").is_some());
    let keys = |store: &lineshot_demo::Store| store.keys(crate::house::BUCKET).unwrap().len();
    assert_eq!((keys(&one), keys(&other)), (0, 3));
    child.kill().unwrap();
    child.wait().unwrap();
}
