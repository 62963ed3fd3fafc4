//! The stream itself: frame after frame, as fast as was agreed, wherever the host has room for it.

use std::collections::VecDeque;
use std::io;
use std::sync::MutexGuard;
use std::time::Duration;

use crate::camera::{Behaviour, State, Wire};
use crate::scene::Scene;
use crate::stream::{Choice, PART};
use crate::usbip;

/// Frames until the same one comes again: drawing takes longer than sending.
const FRAMES: u8 = 8;

/// Frames between exposing and sending.
const UNDER_WAY: usize = 3;

/// The header of a part: its length, and flags.
const HEADER: usize = 2;
const FRAME_IS_ODD: u8 = 1;
const FRAME_ENDS: u8 = 2;
const HEADER_ENDS: u8 = 0x80;

/// Streams until the camera is unplugged.
pub(crate) fn run(wire: &Wire) {
    let (mut reel, mut pipe) = (Reel::default(), Pipe::default());
    let (mut number, mut is_odd, mut turn) = (0, false, 0);
    while let Some(wanted) = wanted(wire) {
        if wanted.turn != turn {
            turn = wanted.turn;
            wire.change(|state| state.streams += 1);
        }
        if wanted.behaviour != Behaviour::Frozen {
            number = (number + 1) % FRAMES;
        }
        let frame = reel.frame(wanted.choice, pipe.next(wanted.scene), number);
        let end = if wanted.behaviour == Behaviour::Cut { frame.len() / 2 } else { frame.len() };
        is_odd = !is_odd;
        if send(wire, &frame[..end], is_odd, turn).is_err() {
            return;
        }
        let interval = Duration::from_nanos(u64::from(wanted.choice.interval) * 100);
        // The pace of the camera, cut short when it goes.
        let paced = wire.changed.wait_timeout_while(wire.lock(), interval, |state| !state.is_gone);
        drop(paced);
    }
}

/// Frames that were exposed and not sent yet, as in cameras: what is seen now comes three frames later, and what comes
/// first was seen when the camera last streamed, or before it was plugged in, when no car was there.
#[derive(Default)]
struct Pipe(VecDeque<Scene>);

impl Pipe {
    fn next(&mut self, seen: Scene) -> Scene {
        self.0.push_back(seen);
        let oldest = if self.0.len() > UNDER_WAY { self.0.pop_front() } else { None };
        oldest.unwrap_or(Scene { car: 0, ..seen })
    }
}

/// What the next frame is to be.
struct Wanted {
    choice: Choice,
    scene: Scene,
    behaviour: Behaviour,
    turn: u64,
}

/// Waits until the host waits for video, and the camera has some to send; `None` when it is unplugged.
fn wanted(wire: &Wire) -> Option<Wanted> {
    let is_idle = |state: &mut State| {
        !state.is_gone && (state.waiting.is_empty() || state.behaviour == Behaviour::Stalled)
    };
    let state = wire.changed.wait_while(wire.lock(), is_idle).ok()?;
    (!state.is_gone).then_some(Wanted {
        choice: state.choice,
        scene: state.scene,
        behaviour: state.behaviour,
        turn: state.turns,
    })
}

/// Sends a frame part by part; what is left of it when the stream ends is dropped.
fn send(wire: &Wire, frame: &[u8], is_odd: bool, turn: u64) -> io::Result<()> {
    let mut parts = frame.chunks(PART as usize - HEADER).peekable();
    while let Some(part) = parts.next() {
        let is_full = |state: &mut State| !state.is_gone && state.waiting.is_empty() && state.turns == turn;
        let state = wire.changed.wait_while(wire.lock(), is_full);
        let mut state: MutexGuard<'_, State> = state.map_err(|_| io::Error::other("a thread died"))?;
        if state.turns != turn {
            return Ok(());
        }
        let Some((seq, _)) = state.waiting.pop_front() else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut flags = HEADER_ENDS;
        flags |= if is_odd { FRAME_IS_ODD } else { 0 };
        flags |= if parts.peek().is_none() { FRAME_ENDS } else { 0 };
        usbip::give(&mut state.host, seq, &[&[2, flags], part].concat())?;
    }
    Ok(())
}

/// The frames that were drawn, as long as nothing changes before the camera.
#[derive(Default)]
struct Reel {
    of: Option<(Choice, Scene)>,
    frames: Vec<Option<Vec<u8>>>,
}

impl Reel {
    fn frame(&mut self, choice: Choice, scene: Scene, number: u8) -> &[u8] {
        if self.of != Some((choice, scene)) {
            self.of = Some((choice, scene));
            self.frames = vec![None; usize::from(FRAMES)];
        }
        self.frames[usize::from(number)].get_or_insert_with(|| {
            let drawn = scene.frame(number, choice.size(), choice.format);
            drawn.expect("a picture of a size that the camera has can be written into memory")
        })
    }
}
