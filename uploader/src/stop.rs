//! Who asks the daemon to stop.

use tokio::signal::unix::{SignalKind, signal};

use crate::Failure;

/// Listens from now on, and ends at the first SIGTERM or SIGINT. Needs a tokio runtime around it.
///
/// # Errors
/// [`Failure::Thread`] if the system gives no signal handler.
pub fn asked_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Thread)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Thread)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
