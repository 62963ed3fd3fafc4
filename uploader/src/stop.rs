//! Who asks the daemon to stop, or to read its configuration anew.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Failure;

/// What a person or the service manager asks of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// The signals that are listened to.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// [`Failure::Thread`] if the system gives no signal handler.
    pub fn listen() -> Result<Signals, Failure> {
        let on = |kind| signal(kind).map_err(Failure::Thread);
        let (terminate, interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        Ok(Signals { terminate, interrupt, hang_up: on(SignalKind::hangup())? })
    }

    /// The next of them.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}
