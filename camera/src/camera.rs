//! One camera, one thread: opens its source, keeps it warm, answers calls for frames.
//!
//! Holds: a caller waits for its own answer with its own deadline, so it is never held up by what the
//! thread does; a panic of the thread hangs up on every caller at once. A dead thread is not restarted:
//! every further call fails as `internal`.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{Builder, JoinHandle};

use lineshot_domain::{Clock, Mono};

use crate::backoff::pause;
use crate::post::{Call, Post};
use crate::{CameraError, Fault, Shot, Source};

/// A camera that is kept warm on its own thread. Dropping it ends the thread.
pub struct Camera {
    name: Arc<str>,
    post: Arc<Post>,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    /// Starts the camera's thread. `name` is what messages call it, beside the source's address.
    ///
    /// It never fails: a camera that cannot be opened is opened again with growing pauses, and at once
    /// when somebody calls; without a thread every call fails as `internal`.
    pub fn start(name: String, mut source: Box<dyn Source>, clock: Arc<dyn Clock>) -> Camera {
        let full_name: Arc<str> = format!("{name} at {}", source.address()).into();
        let post = Arc::new(Post::new(full_name.clone(), clock));
        let theirs = post.clone();
        let thread = Builder::new().name(format!("camera {name}")).spawn(move || {
            let hang_up = HangUp(theirs);
            serve(source.as_mut(), &hang_up.0);
        });
        let thread = thread
            .inspect_err(|error| {
                tracing::error!(camera = %full_name, %error, "the camera's thread could not be started");
                post.close();
            })
            .ok();
        Camera { name: full_name, post, thread }
    }

    /// The first frame whose whole exposure lies at or after `from`. Waits for it until `until`.
    ///
    /// Each later call for the same vehicle gives a `from` after the last exposure. Calls from several
    /// threads are served one after another.
    ///
    /// # Errors
    /// When `until` has passed: the most telling thing known of the camera. At once only if its thread
    /// has died.
    pub fn next_after(&self, from: Mono, until: Mono) -> Result<Shot, CameraError> {
        let (answer, shot) = sync_channel(1);
        let waited = until.since(self.post.now());
        let fault = if !self.post.call(Call { from, until, answer }) {
            Arc::new(Fault::Died)
        } else {
            match shot.recv_timeout(waited) {
                Ok(shot) => return Ok(shot),
                Err(RecvTimeoutError::Disconnected) if self.post.is_closed() => Arc::new(Fault::Died),
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                    self.post.why_no_frame(waited)
                }
            }
        };
        Err(CameraError::new(self.name.clone(), fault))
    }
}

impl fmt::Debug for Camera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Camera").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.post.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(camera = %self.name, "the camera's thread had died of a panic");
        }
    }
}

/// Closes the post when the thread ends, however it ends.
struct HangUp(Arc<Post>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn serve(source: &mut dyn Source, post: &Arc<Post>) {
    let mut failures = 0;
    while let Err(fault) = open_and_serve(source, post)
        && !post.is_closed()
    {
        let (fault, was_live) = post.lost(fault);
        if was_live {
            failures = 0;
        }
        let pause = pause(failures, &fault, fastrand::f64());
        failures = failures.saturating_add(1);
        post.wait_for_close(pause.firm);
        post.wait_for_call(Some(pause.soft));
    }
}

/// Serves until the camera fails; `Ok` only when the post was closed.
fn open_and_serve(source: &mut dyn Source, post: &Arc<Post>) -> Result<(), Fault> {
    let mut stream = source.open(post)?;
    post.opened();
    while !post.is_closed() {
        let Some((from, until)) = post.oldest_call() else {
            stream.idle(post)?;
            continue;
        };
        if let Some(shot) = stream.shot(from, until, post)? {
            post.frame_passed();
            post.answer(shot);
        }
    }
    Ok(())
}
