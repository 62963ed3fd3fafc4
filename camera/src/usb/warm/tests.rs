use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use lineshot_domain::{Clock, Reason, Size, Wall};

use super::*;
use crate::CameraState;
use crate::post::Call;
use crate::usb::truth::{FIRST, Moment, Stamp};
use crate::usb::{Backend, Controls, Pixels, Rate, UsbIdentity};

/// A clock that the script moves.
struct HandClock(Mutex<Duration>);

impl Clock for HandClock {
    fn mono(&self) -> Mono {
        Mono::from_start(*self.0.lock().unwrap())
    }

    fn wall(&self) -> Wall {
        Wall::from_unix_ms(0)
    }
}

impl HandClock {
    fn moves(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

/// What comes next of a camera with 10 frames a second.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A good frame, other than the one before.
    Good,
    /// A good frame of these bytes.
    Still(u8),
    Damaged,
    /// As many bytes as this.
    Of(usize),
    /// Nothing, for as long as is waited.
    Nothing,
    Gone,
}

struct Script {
    clock: Arc<HandClock>,
    next: VecDeque<Next>,
    /// What comes when the script is over.
    ever: Next,
    sequence: u32,
    bytes: Vec<u8>,
}

const FRAME: Duration = Duration::from_millis(100);
const LEN: usize = 16 * 16;

impl Feed for Script {
    fn next(&mut self, at_most: Duration, post: &Post) -> Result<Option<Arrived<'_>>, Fault> {
        let next = self.next.pop_front().unwrap_or(self.ever);
        let since = post.now();
        if let Next::Nothing = next {
            self.clock.moves(at_most);
            return Ok(None);
        }
        self.clock.moves(FRAME);
        self.sequence += 1;
        let until = post.now();
        let began = until.minus(Duration::from_millis(40));
        self.bytes = match next {
            Next::Good => vec![self.sequence as u8; LEN],
            Next::Still(byte) => vec![byte; LEN],
            Next::Of(len) => vec![1; len],
            Next::Damaged => vec![2; LEN],
            Next::Gone => return Err(Fault::unreachable("it was unplugged")),
            Next::Nothing => unreachable!("said above"),
        };
        let told = Told {
            stamp: Stamp::Began(Moment { earliest: began, latest: began }),
            driver_time: None,
            sequence: Some(self.sequence),
            is_damaged: matches!(next, Next::Damaged),
            since,
            until,
        };
        Ok(Some(Arrived { told, bytes: &self.bytes }))
    }
}

fn setting() -> UsbSetting {
    UsbSetting {
        identity: UsbIdentity::new(Some("1-1".into()), None, Vec::new()).unwrap(),
        pixels: Pixels::Grey,
        size: Size::new(16, 16).unwrap(),
        rate: Rate::parse(10.0).unwrap(),
        controls: Controls::default(),
        latency: Duration::from_millis(200),
        backend: Backend::V4l,
    }
}

/// The stream of a camera, past its first frames.
struct World {
    clock: Arc<HandClock>,
    post: Post,
    seen: Seen,
}

impl World {
    fn new() -> World {
        let clock = Arc::new(HandClock(Mutex::new(Duration::from_secs(100))));
        let post = Post::new("front".into(), clock.clone());
        World { clock, post, seen: Seen::default() }
    }

    /// Does something with a stream that gives this, after its first frames.
    fn with<T>(&mut self, next: &[Next], ever: Next, then: impl FnOnce(&mut dyn Stream, &Post) -> T) -> T {
        let first = (0..FIRST).map(|_| Next::Good);
        let next = first.chain(next.iter().copied()).collect();
        let feed = Script { clock: self.clock.clone(), next, ever, sequence: 7, bytes: Vec::new() };
        let layout = Layout::new(Pixels::Grey, setting().size, 16).unwrap();
        let mut warm = Warm::new(feed, layout, &setting(), &mut self.seen, self.post.now());
        then(&mut warm, &self.post)
    }

    /// The first shot of such a stream within so many seconds.
    fn shot(&mut self, next: &[Next], ever: Next, seconds: u64) -> Result<Option<Shot>, Reason> {
        self.with(next, ever, |stream, post| {
            let now = post.now();
            let shot = stream.shot(now, now.plus(Duration::from_secs(seconds)), post);
            shot.map_err(|fault| fault.reason())
        })
    }

    fn dropped(&self) -> u64 {
        self.post.health().dropped
    }
}

#[test]
fn a_shot_is_the_first_good_frame_that_was_exposed_after_the_asked_moment() {
    let mut world = World::new();
    let from = world.post.now().plus(Duration::from_secs(1));
    let shot = world.with(&[], Next::Good, |stream, post| {
        stream.shot(from, from.plus(FRAME * 20), post).unwrap().unwrap()
    });
    assert!(shot.exposure.earliest() >= from);
    // The first one was there to see that time goes on.
    assert!(shot.exposure.earliest() < from.plus(FRAME * 2));
    assert_eq!(format!("{:?}", shot.frame), "Frame(Grey, 16x16)");
    assert_eq!(world.dropped(), 0);
}

#[test]
fn frames_of_no_use_are_dropped_and_counted_and_the_next_good_one_is_given() {
    let mut world = World::new();
    let next = [Next::Damaged, Next::Of(LEN - 1), Next::Of(LEN + 1), Next::Of(0), Next::Good, Next::Good];
    assert!(world.shot(&next, Next::Nothing, 10).unwrap().is_some());
    assert_eq!(world.dropped(), 4);
}

#[test]
fn what_goes_on_for_too_long_is_a_fault_that_says_what_it_is() {
    for (ever, reason) in [
        (Next::Nothing, Reason::CameraStalled),
        (Next::Damaged, Reason::CameraFrame),
        (Next::Of(9), Reason::CameraFrame),
        (Next::Gone, Reason::CameraUnreachable),
    ] {
        assert_eq!(World::new().shot(&[], ever, 60).err(), Some(reason), "{ever:?}");
        let idle = World::new().with(&[], ever, |stream, post| {
            post.keep(true);
            stream.idle(post).unwrap_err().reason()
        });
        assert_eq!(idle, reason, "{ever:?}");
    }
}

#[test]
fn a_picture_that_stands_still_is_never_given_even_after_opening_anew() {
    let mut world = World::new();
    for _ in 0..3 {
        assert_eq!(world.shot(&[], Next::Still(1), 60).err(), Some(Reason::CameraFrozen));
    }
    assert!(world.shot(&[], Next::Good, 60).unwrap().is_some());
    assert_eq!(world.shot(&[], Next::Still(2), 60).err(), Some(Reason::CameraFrozen));
}

#[test]
fn a_picture_that_stood_still_since_some_time_before_it_was_asked_for_is_not_given() {
    let mut world = World::new();
    let shots = world.with(&[Next::Good; 2], Next::Still(1), |stream, post| {
        [0, 0].map(|_| {
            let now = post.now();
            stream.shot(now, now.plus(FRAME * 20), post).unwrap().is_some()
        })
    });
    assert_eq!(shots, [true, false]);
}

#[test]
fn frames_that_nobody_looks_into_do_not_cure_a_camera_whose_frames_were_of_no_use() {
    let mut world = World::new();
    let idle = |world: &mut World| {
        world.post.keep(true);
        world.with(&[Next::Good; 9], Next::Gone, |stream, post| stream.idle(post).unwrap_err());
        world.post.health().state
    };
    let fault = world.with(&[], Next::Still(1), |stream, post| {
        let now = post.now();
        stream.shot(now, now.plus(FRAME * 100), post).unwrap_err()
    });
    world.post.lost(fault);
    assert_eq!(idle(&mut world), CameraState::Lost(Reason::CameraFrozen));
    assert!(world.shot(&[], Next::Good, 60).unwrap().is_some());
    assert_eq!(idle(&mut world), CameraState::Live);
}

#[test]
fn a_call_whose_time_is_over_gets_nothing() {
    let mut world = World::new();
    assert!(world.shot(&[], Next::Good, 0).unwrap().is_none());
    assert!(world.shot(&[], Next::Nothing, 2).unwrap().is_none());
    world.post.close();
    assert!(world.shot(&[], Next::Good, 60).unwrap().is_none());
}

#[test]
fn an_idle_stream_looks_up_for_a_call_and_for_its_end() {
    let mut world = World::new();
    world.post.keep(true);
    let (answer, _shot) = std::sync::mpsc::sync_channel(1);
    let now = world.post.now();
    world.post.call(Call { from: now, until: now.plus(FRAME), answer });
    world.with(&[], Next::Nothing, |stream, post| stream.idle(post)).unwrap();
    assert_eq!(world.post.now(), now, "not even a frame is awaited");
    world.post.close();
    world.with(&[], Next::Nothing, |stream, post| stream.idle(post)).unwrap();
}
