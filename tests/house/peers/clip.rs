//! Frames of the clip in `tests/media/`, as a camera would send them.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use crate::workspace;

/// Frames a second that are cut out: cars move visibly from one to the next.
const RATE: u32 = 4;

/// JPEG frames of 768x432 (4:2:0) in the clip's order, cut out once.
pub(crate) fn clip_frames() -> &'static [Vec<u8>] {
    static FRAMES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FRAMES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg
            .args(["-nostdin", "-loglevel", "error", "-i"])
            .arg(workspace::root().join("tests/media/car-detection.mp4"));
        ffmpeg.args(["-vf", &format!("fps={RATE}"), "-q:v", "4"]).arg(folder.path().join("%04d.jpg"));
        let output = ffmpeg.output().expect("ffmpeg is one of the peers");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut paths: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    })
}
