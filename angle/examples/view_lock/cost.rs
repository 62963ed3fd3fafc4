//! What a verdict costs, beside what a user would write with OpenCV: the prototype, and ORB.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use fastrand::Rng;

use crate::nuisance::still;
use crate::photo::Pose;
use crate::report::{Report, Sorted};
use crate::stills::Scene;
use crate::way::{Kind, Way, kind};
use crate::{Outcome, row};

/// Of each scene.
const FRAMES: usize = 3;

/// The same frames to both, one after the other.
pub(crate) fn bench(
    way: &Way,
    scenes: &[Scene],
    python: &Path,
    folder: &Path,
    report: &mut Report,
) -> Outcome<()> {
    let mut peer = Peer::start(python, folder)?;
    let mut random = Rng::with_seed(13);
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); 6];
    let (mut ours, mut theirs, mut orbs, mut all) = (0, 0, 0, 0);
    for (number, scene) in scenes.iter().enumerate() {
        let Some(lock) = &scene.lock else { continue };
        let seen = scene.photo.seen(Pose::default());
        peer.ask("enrol", &still(&seen, 0.25, None, &mut random)?)?;
        let cars = &scenes[(number + 3) % scenes.len()].photo;
        for _ in 0..FRAMES {
            let jpeg = still(&seen, 1.0, Some(cars), &mut random)?;
            let judged = way.judge(lock, jpeg.clone())?;
            let said = peer.ask("judge", &jpeg)?;
            let [decode, small, verify, orb, is_same, is_same_by_orb] = said[..] else {
                return Err("the peer said something else; its errors stand above".into());
            };
            let times = [judged.plane, judged.judge, decode, small, verify, orb];
            taken.iter_mut().zip(times).for_each(|(all, one)| all.push(one));
            all += 1;
            ours += usize::from(kind(&judged.verdict) == Kind::Same);
            theirs += usize::from(is_same > 0.0);
            orbs += usize::from(is_same_by_orb > 0.0);
        }
    }
    let three = |at: usize| Sorted::new(taken[at].clone()).three();
    report.table(
        &["step", "ms of the thread's CPU: p50 / p90 / p99"],
        &[
            row!["ours: plane of the proven picture, decoding in it", three(0)],
            row!["ours: verdict", three(1)],
            row!["OpenCV: decoding", three(2)],
            row!["OpenCV: down-scaling", three(3)],
            row!["OpenCV: the same method by `matchTemplate`", three(4)],
            row!["OpenCV: ORB and RANSAC", three(5)],
        ],
    );
    report.says(&format!(
        "The same {all} still frames of level 1: accepted by ours {ours}, by `matchTemplate` {theirs}, by ORB {orbs}, at 4 px."
    ));
    Ok(())
}

/// The Python beside us.
struct Peer {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    frame: PathBuf,
}

impl Peer {
    fn start(python: &Path, folder: &Path) -> Outcome<Peer> {
        let program = folder.join("peers.py");
        fs::write(&program, include_str!("peers.py"))?;
        let frame = folder.join("frame.jpg");
        let mut command = Command::new(python);
        command.arg(program).arg(&frame).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let to = process.stdin.take().ok_or("no input")?;
        let from = BufReader::new(process.stdout.take().ok_or("no output")?);
        Ok(Peer { process, to, from, frame })
    }

    fn ask(&mut self, what: &str, jpeg: &[u8]) -> Outcome<Vec<f64>> {
        fs::write(&self.frame, jpeg)?;
        writeln!(self.to, "{what}")?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _already_gone = self.process.kill();
        let _status = self.process.wait();
    }
}
