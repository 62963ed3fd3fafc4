//! Something was put into `ready/`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lineshot_spool::Watch;
use tokio::sync::Notify;

/// How long the thread outlives its listener at most.
const LOOK_UP: Duration = Duration::from_secs(30);

/// Tells when the folder changes: a hint, not a promise.
#[derive(Debug)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Watches from a thread of its own, which ends some time after this was dropped.
    ///
    /// # Errors
    /// A system without a thread to give.
    pub fn on(folder: &Path) -> io::Result<Wake> {
        let watch = Watch::on(folder);
        let notify = Arc::new(Notify::new());
        let listener = Arc::downgrade(&notify);
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            loop {
                watch.wait(LOOK_UP);
                match listener.upgrade() {
                    Some(notify) => notify.notify_one(),
                    None => return,
                }
            }
        })?;
        Ok(Wake(notify))
    }

    /// Told by whoever has the other end.
    pub fn by(notify: Arc<Notify>) -> Wake {
        Wake(notify)
    }

    /// Returns when the folder has changed since the last call.
    pub(crate) async fn changed(&self) {
        self.0.notified().await;
    }
}
