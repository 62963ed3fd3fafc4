//! The canary: what a camera shows below the cover is nowhere to be found but in the camera.

mod hunt;
mod pattern;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lineshot_demo::{Rule, Store};
use rustix::process::{Pid, Signal, kill_process};

pub(crate) use self::hunt::Hunter;
use self::pattern::scene;
pub(crate) use self::pattern::{frame, jpeg, view};
use crate::peers::Process;
use crate::plant::Plant;
use crate::workspace::program;

/// A daemon that says all it can, and whose stray files would lie in `folder`.
fn daemon(name: &str, plant: &Plant, folder: &Path, flags: &[&str]) -> Process {
    std::fs::create_dir_all(folder).unwrap();
    // However large a core may be.
    let mut command = Command::new("prlimit");
    command.args(["--core=unlimited:unlimited", "--"]).arg(program(name)).args(["run", "--config"]);
    command.arg(plant.config()).args(flags).current_dir(folder);
    command.env("TMPDIR", folder).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
    Process::start(&mut command)
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

pub(crate) fn nothing_in_files(hunter: &Hunter, folder: &Path) -> usize {
    let mut pictures = 0;
    for path in files(folder) {
        // Gone meanwhile, or a socket.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        pictures += usize::from(path.extension().is_some_and(|extension| extension == "jpg"));
        let found = hunter.hunt(&bytes);
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    pictures
}

pub(crate) fn nothing_said(hunter: &Hunter, who: &str, said: &str) {
    let found = hunter.hunt(said.as_bytes());
    assert!(found.is_empty(), "{who}: {found:?}");
}

/// Frames of which none can be used, and in which the canary sings all the same.
fn damaged(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let end = good.len();
    let turned = good.windows(4).position(|window| window == [0, 1, 0, 1]).unwrap() + 3;
    let mut on_its_side = good.to_vec();
    on_its_side[turned] = 6;
    vec![
        ("cut off", good[..end / 2].to_vec()),
        ("two in one", [good, good].concat()),
        ("turned", on_its_side),
        ("of another size", jpeg(&image::imageops::thumbnail(&scene(0, true), 640, 360), 92)),
        ("without an end", [&good[..end - 2], &[0; 64]].concat()),
    ]
}

#[test]
fn what_a_camera_shows_below_the_cover_is_nowhere_else() {
    let frames: Vec<Vec<u8>> = (0..5).map(frame).collect();
    let hunter = Hunter::of(&frames);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shelf = tempfile::tempdir().unwrap();
    let store = runtime.block_on(Store::start(shelf.path(), Rule::PutOnly)).unwrap();
    store.bucket("canary").unwrap();
    let mut plant = Plant::built(&store.account(), "canary");
    std::fs::remove_file(plant.config().join("stations/paint.toml")).unwrap();
    plant.station("marriage", "format = \"text\"\nage = \"expiry\"", "100ms");
    let station = std::fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    let (head, _) = station.split_once("show = ").unwrap();
    let head = head.replace("within = \"20s\"", "within = \"3s\"");
    plant.write("stations/marriage.toml", &format!("{head}{}", view()));
    plant.camera.show(frames.clone());

    let port = plant.broker.port().to_string();
    let mut witness = Command::new("stdbuf");
    witness.args(["-oL", "mosquitto_sub", "-p", &port, "-q", "1", "-t", "#", "-F", "%t %x", "-d"]);
    let witness = Process::start(&mut witness);
    witness.wait_for("Subscribed");

    let folder = plant.folder.path().join("agent-cwd");
    let agent = daemon("lineshot-agent", &plant, &folder, &["--unreleased"]);
    agent.wait_for("listening to the line");
    plant.agent = Some(agent);
    plant.pin();
    let ended = |plant: &Plant, count: usize| {
        plant.until(|| plant.outcomes().len() == count && !plant.outcomes().contains(&"open".to_owned()));
    };
    for number in 0..3 {
        plant.arrive("marriage", &format!("WP0ZZZ99ZTS39{number:04}"));
        ended(&plant, number + 1);
    }
    let mut wanted = vec!["sealed"; 3];
    for (number, (what, bytes)) in damaged(&frames[0]).into_iter().enumerate() {
        plant.camera.show(vec![bytes]);
        plant.arrive("marriage", &format!("WP0ZZZ99ZTS38{number:04}"));
        ended(&plant, 4 + number);
        wanted.push(if what == "of another size" { "failed(camera_size)" } else { "failed(camera_frame)" });
        assert_eq!(plant.outcomes(), wanted, "{what}");
    }
    // As it lies there sealed.
    assert!(nothing_in_files(&hunter, plant.folder.path()) >= 6, "three masters and their smaller ones");

    let folder = plant.folder.path().join("uploader-cwd");
    let uploader = daemon("lineshot-uploader", &plant, &folder, &[]);
    uploader.wait_for("delivering");
    plant.uploader = Some(uploader);
    plant.until_settled(wanted.len());
    assert_eq!(nothing_in_files(&hunter, shelf.path()), 6, "all of them were delivered");

    plant.camera.show(frames);
    for words in [&["check"][..], &["doctor"], &["spool", "list"], &["explain", "--vin", "WP0ZZZ99ZTS390000"]]
    {
        let said = plant.hand(words);
        nothing_said(
            &hunter,
            &words.join(" "),
            &String::from_utf8_lossy(&[said.stdout, said.stderr].concat()),
        );
    }

    // An abort in the middle of the work leaves no core, and no file.
    plant.arrive("marriage", "WP0ZZZ99ZTS370000");
    plant.until(|| plant.outcomes().len() > wanted.len());
    let agent = plant.agent.as_mut().unwrap();
    let id = i32::try_from(agent.id()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::ABORT).unwrap();
    let status = agent.wait();
    assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
    assert!(!status.core_dumped(), "the agent left a core");
    nothing_said(&hunter, "the agent", &agent.said());
    assert!(plant.uploader.as_mut().unwrap().stop().success());
    nothing_said(&hunter, "the uploader", &plant.uploader.as_ref().unwrap().said());
    nothing_said(&hunter, "the broker", &plant.broker.said());
    let heard = witness.said();
    assert!(heard.contains("lineshot/site/pc-01/outcome "), "{heard}");
    nothing_said(&hunter, "the witness", &heard);
    nothing_in_files(&hunter, plant.folder.path());
}
