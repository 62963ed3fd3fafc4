//! The rounds beside the line: hand over what is promised, take receipts in, renew the state.
//!
//! Holds: everything here can be done twice; a failure is logged and tried again on the next round.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use lineshot_spool::{OpenError, Waker, Watch};

use crate::house::House;

/// The uploader waits when the state is older than 60 s: three writings may fail before that.
pub(crate) const ROUND: Duration = Duration::from_secs(15);

/// The rounds' own thread.
#[derive(Debug)]
pub(crate) struct Rounds {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    waker: Waker,
}

impl Rounds {
    /// Makes a first round now and then whenever a receipt comes, at the latest every 15 s.
    ///
    /// # Errors
    /// A disk that refuses the first state, or a system without a thread to give.
    pub(crate) fn begin(house: Arc<House>) -> anyhow::Result<Rounds> {
        let front = house.front.clone();
        let watch = Watch::on(&front.rooms().receipts());
        let waker = watch.waker();
        house.write_state()?;
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = stop.clone();
        let walk = move || {
            while !theirs.load(Ordering::Relaxed) {
                if let Err(error) = round(&house) {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "a round failed; it is made again"
                    );
                }
                house.news.wake();
                watch.wait(ROUND);
            }
        };
        let thread = std::thread::Builder::new().name("rounds".to_owned()).spawn(walk)?;
        Ok(Rounds { stop, thread: Some(thread), waker })
    }
}

/// The state first: the uploader waits for it whatever else goes wrong.
///
/// # Errors
/// What book or disk would not do; the next round does it.
pub(crate) fn round(house: &House) -> Result<(), OpenError> {
    let front = &house.front;
    house.write_state()?;
    for receipt in front.import_receipts()? {
        let reason = receipt.reason.map(|reason| reason.code());
        tracing::info!(case = %receipt.case, result = receipt.result, reason, "receipt");
    }
    front.hand_over()?;
    front.end_ownerless()?;
    Ok(())
}

impl Drop for Rounds {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
