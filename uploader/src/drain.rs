//! The drain: parcel by parcel from `ready/` to the store, for ever.
//!
//! Between any two steps the process may die or be stopped: keys are deterministic, so a repeated PUT
//! writes the same object again; a revision is never used twice; a parcel goes last. The only places
//! where it waits are the PUTs and the pauses, so dropping its future is such a death.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::{CaseId, Clock, Delivery, Reason};
use lineshot_release::Root;
use lineshot_spool::contract::ObjectText;
use lineshot_spool::{
    Back, BackError, Broken, CaseFacts, Parcel, Permission, QueueError, RecordId, Stopped, Taken,
};

use crate::link::Link;
use crate::released::{Released, compare};
use crate::trouble::{Trouble, kind_of_hold, kind_of_put};
use crate::wake::Wake;
use crate::{PutError, Record, Shelf, Signer, Store};

/// After so many parcels the queue is looked at again, so that a new car does not wait for a backlog.
const BATCH: usize = 16;
/// Without any event: a lost one costs this much.
const SCAN: Duration = Duration::from_secs(30);
/// The agent's word is one small file.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// While something is on its way, it is looked so often whether somebody stopped.
const LOOK: Duration = Duration::from_millis(250);
/// A full disk does not empty itself in a moment.
const DISK_PAUSE: Duration = Duration::from_secs(5);

/// The loop and what it holds.
pub struct Drain<S = Store> {
    back: Back,
    signer: Signer,
    store: S,
    clock: Arc<dyn Clock>,
    link: Link,
    wake: Wake,
    root: Root,
    /// Parcels wait because somebody sets up their station.
    is_held: bool,
    /// A person's limit to how long a picture may wait.
    expire_after: Option<Duration>,
}

impl<S> std::fmt::Debug for Drain<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drain").field("back", &self.back).finish_non_exhaustive()
    }
}

/// What to do after a look at the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Look again at once.
    Now,
    /// Look again when something comes, or then at the latest.
    Wait(Duration),
    /// Look again then, whatever comes.
    Pause(Duration),
}

/// Whether the album may be told.
enum Told {
    Revision(u64),
    Stopped(Stopped),
}

impl<S: Shelf> Drain<S> {
    /// Takes the door and the store. `wake` tells when something was put into `ready/`; `root`: where the trusted
    /// folders begin.
    pub fn new(back: Back, store: S, wake: Wake, root: Root, clock: Arc<dyn Clock>) -> Drain<S> {
        let (signer, link) = (Signer::new(back.album_key()), Link::default());
        Drain { back, signer, store, clock, link, wake, root, is_held: false, expire_after: None }
    }

    /// Pictures that waited longer are removed. Without a limit none ever is.
    #[must_use]
    pub fn expiring(mut self, after: Option<Duration>) -> Drain<S> {
        self.expire_after = after;
        self
    }

    /// Drains until `asked` has something to give; what is not finished then is done again later.
    ///
    /// # Errors
    /// [`BackError`] if the disk broke its promise; nothing else ends it.
    pub async fn until<T>(&mut self, asked: impl Future<Output = T>) -> Result<T, BackError> {
        tokio::select! {
            broken = self.drain() => Err(broken),
            asked = asked => Ok(asked),
        }
    }

    async fn drain(&mut self) -> BackError {
        loop {
            let next = match self.look().await {
                Ok(next) => next,
                Err(error) if error.is_broken() => return error,
                Err(error) => {
                    self.tell_once("disk", &error, None);
                    Next::Pause(DISK_PAUSE)
                }
            };
            match next {
                Next::Now => {}
                Next::Pause(pause) => tokio::time::sleep(pause).await,
                Next::Wait(at_most) => tokio::select! {
                    () = self.wake.changed() => {}
                    () = tokio::time::sleep(at_most) => {}
                },
            }
        }
    }

    /// One look at the queue, and some of what is due.
    async fn look(&mut self) -> Result<Next, BackError> {
        match self.back.redo() {
            Err(error) if error.is_broken() => return Err(error),
            // The others need not wait for one receipt that cannot be written.
            Err(error) => self.tell_once("receipt", &error, None),
            Ok(()) => {}
        }
        if self.is_held && self.back.permission().is_ok_and(|word| !word.closes_any()) {
            self.is_held = false;
            self.back.all_due()?;
        }
        let due = self.back.waiting()?;
        if self.expire()? {
            return Ok(Next::Now);
        }
        // What waits does not wait for it.
        let owed = self.tell_owed().await;
        let left = due.len() > BATCH;
        for case in due.into_iter().take(BATCH) {
            match Box::pin(self.deliver(&case)).await {
                Ok(()) => self.delivered()?,
                Err(trouble) => match self.weigh(trouble, Some(&case))? {
                    Next::Now => {}
                    pause => return Ok(pause),
                },
            }
        }
        if left {
            return Ok(Next::Now);
        }
        if let Err(trouble) = owed {
            return self.weigh(trouble, None);
        }
        let now = self.clock.wall();
        Ok(Next::Wait(self.back.due_at()?.map_or(SCAN, |due| due.since(now).min(SCAN))))
    }

    /// A success after a failure: the link is back, so nobody waits any longer.
    fn delivered(&mut self) -> Result<(), BackError> {
        if self.link.works() {
            tracing::info!("parcels are delivered again");
            self.back.all_due()?;
        }
        Ok(())
    }

    /// Who waits for how long after a trouble.
    fn weigh(&mut self, trouble: Trouble, case: Option<&CaseId>) -> Result<Next, BackError> {
        match trouble {
            Trouble::Back(error) => Err(error),
            Trouble::Hold(hold) => {
                self.tell_once(kind_of_hold(&hold), &hold, None);
                Ok(Next::Wait(ASK_AGAIN))
            }
            Trouble::Release(why) => {
                self.tell_once("release", &Trouble::Release(why), case);
                self.postpone(case)?;
                Ok(Next::Now)
            }
            Trouble::Commissioned(_) => {
                self.is_held = true;
                self.tell_once("commissioned", &trouble, case);
                self.postpone(case)?;
                Ok(Next::Now)
            }
            Trouble::Read(error) => {
                self.tell_once("read", &error, case);
                self.postpone(case)?;
                Ok(Next::Now)
            }
            Trouble::Put(error) => {
                self.tell_once(kind_of_put(&error), &error, case);
                self.postpone(case)?;
                Ok(Next::Pause(self.link.failed(fastrand::f64())))
            }
        }
    }

    fn postpone(&mut self, case: Option<&CaseId>) -> Result<(), BackError> {
        case.map_or(Ok(()), |case| Ok(self.back.postpone(case)?))
    }

    fn tell_once(&mut self, kind: &'static str, error: &(dyn Error + 'static), case: Option<&CaseId>) {
        if self.link.is_news(kind) {
            let case = case.map(CaseId::as_str);
            tracing::warn!(case, error, "not delivered yet: it is tried again, nothing is lost");
        }
    }

    /// Removes pictures that were tried in vain and waited longer than a person permits; whether some went.
    ///
    /// Only by a clock that the agent trusts, and while neither a stop nor the setting up of their station holds
    /// them: what is stopped stays for who looks into it.
    fn expire(&mut self) -> Result<bool, BackError> {
        let Some(limit) = self.expire_after else { return Ok(false) };
        let mut some = false;
        for case in self.back.aged(limit, self.link.is_down(), BATCH)? {
            if !self.back.permission().is_ok_and(|word| word.trusts_clock()) {
                return Ok(some);
            }
            let parcel = match self.back.take(&case) {
                Ok(Taken::Parcel(parcel)) => parcel,
                // It ends as undeliverable, or is read again, when its turn comes.
                Ok(Taken::Broken(_)) | Err(_) => continue,
            };
            let facts = parcel.facts();
            // Where only the record is missing in the store, or ever was to be told, there is nothing to remove.
            let is_picture = !parcel.pictures().is_empty() && !self.back.has_pictures_stored(facts)?;
            if !is_picture || self.clock.wall().since(facts.arrived) <= limit {
                self.back.waits_since(&case, is_picture.then_some(facts.arrived))?;
            } else if self.permission(facts).is_ok_and(|word| word.for_case(parcel.facts()).is_ok()) {
                tracing::warn!(
                    %case, ?limit, "removed: it waited too long for the store; its album is told that it has no picture"
                );
                self.back.expire(parcel)?;
                some = true;
            }
        }
        Ok(some)
    }

    /// Tells the albums of what expired; later, where somebody sets up the station.
    async fn tell_owed(&mut self) -> Result<(), Trouble> {
        for id in self.back.owed()?.into_iter().take(BATCH) {
            if let Some(newest) = self.back.known_of(&id)? {
                match self.tell(&newest).await {
                    Ok(Told::Revision(_) | Told::Stopped(_)) => {}
                    Err(Trouble::Commissioned(_)) => continue,
                    Err(trouble) => return Err(trouble),
                }
            }
            self.back.no_longer_owed(&id)?;
        }
        Ok(())
    }

    async fn deliver(&mut self, case: &CaseId) -> Result<(), Trouble> {
        // Asked before each PUT; asked here, too, so that nothing is decoded in vain.
        drop(self.back.permission()?);
        match self.back.take(case)? {
            Taken::Parcel(parcel) => self.put_parcel(parcel).await,
            Taken::Broken(broken) => self.give_up(broken).await,
        }
    }

    /// Pictures first, then the record, then the receipt.
    async fn put_parcel(&mut self, parcel: Parcel) -> Result<(), Trouble> {
        drop(self.permission(parcel.facts())?);
        let parcel = match compare(parcel, &self.root, &*self.clock) {
            Released::Leave(parcel) => parcel,
            Released::Wait(why) => return Err(Trouble::Release(why)),
            Released::Never(broken) => return self.give_up(broken).await,
        };
        let mut objects = Vec::new();
        for index in 0..parcel.pictures().len() {
            let leave = match self.permission(parcel.facts())?.for_case(parcel.facts()) {
                Ok(leave) => leave,
                Err(stopped) => return self.stop(parcel, stopped, objects),
            };
            match watched(&mut self.back, parcel.facts(), self.store.put(leave, &parcel, index)).await? {
                Ok(object) => objects.push(object),
                Err(never @ PutError::Never { .. }) => return self.refuse(parcel, never, objects).await,
                Err(error) => return Err(error.into()),
            }
        }
        self.back.remember(&parcel)?;
        match self.tell(parcel.facts()).await? {
            Told::Stopped(stopped) => self.stop(parcel, stopped, objects),
            Told::Revision(revision) => {
                let facts = parcel.facts();
                tracing::info!(
                    case = %facts.case, station = %facts.station, view = %facts.view,
                    pictures = objects.len(), revision, "delivered"
                );
                Ok(self.back.finish(parcel, Delivery::Delivered, Some(revision), objects)?)
            }
        }
    }

    /// Puts the next revision of the station's record.
    async fn tell(&mut self, facts: &CaseFacts) -> Result<Told, Trouble> {
        let leave = match self.permission(facts)?.for_case(facts) {
            Ok(leave) => leave,
            Err(stopped) => return Ok(Told::Stopped(stopped)),
        };
        let next = self.back.next_record(&RecordId::of(facts))?;
        let Some(next) = next else { return Err(QueueError::Row { table: "views" }.into()) };
        let record = Record::of(&next, self.store.keys(), &self.signer);
        watched(&mut self.back, facts, self.store.put_record(leave, &record)).await??;
        Ok(Told::Revision(record.revision()))
    }

    fn stop(&mut self, parcel: Parcel, why: Stopped, objects: Vec<ObjectText>) -> Result<(), Trouble> {
        tracing::info!(case = %parcel.facts().case, %why, "stopped: it does not leave");
        Ok(self.back.finish(parcel, Delivery::Stopped, None, objects)?)
    }

    /// The store will never take a picture of it: the album is told that there is none.
    async fn refuse(
        &mut self,
        parcel: Parcel,
        never: PutError,
        objects: Vec<ObjectText>,
    ) -> Result<(), Trouble> {
        let reason = Reason::StoreRefused;
        tracing::error!(case = %parcel.facts().case, error = &never as &dyn Error, "undeliverable");
        match self.tell_undeliverable(parcel.facts(), reason).await? {
            Told::Stopped(stopped) => self.stop(parcel, stopped, objects),
            Told::Revision(revision) => {
                let delivery = Delivery::Undeliverable(reason);
                Ok(self.back.finish(parcel, delivery, Some(revision), objects)?)
            }
        }
    }

    /// It goes to `failed/`. What its own agent surely said of the case, the album is told.
    async fn give_up(&mut self, broken: Broken) -> Result<(), Trouble> {
        let revision = match broken.facts() {
            None => None,
            Some(facts) => match self.tell_undeliverable(facts, broken.reason()).await? {
                Told::Revision(revision) => Some(revision),
                Told::Stopped(_) => None,
            },
        };
        tracing::error!(
            case = %broken.case(), reason = broken.reason().code(), why = broken.why(),
            "undeliverable: kept in uploader/failed"
        );
        Ok(self.back.give_up(broken, revision)?)
    }

    fn permission(&mut self, facts: &CaseFacts) -> Result<Permission, Trouble> {
        permission(&mut self.back, facts)
    }

    async fn tell_undeliverable(&mut self, facts: &CaseFacts, reason: Reason) -> Result<Told, Trouble> {
        if let Err(stopped) = self.permission(facts)?.for_case(facts) {
            return Ok(Told::Stopped(stopped));
        }
        self.back.remember_undeliverable(facts, reason)?;
        self.tell(facts).await
    }
}

/// What the agent says now, as far as the case's station goes.
fn permission(back: &mut Back, facts: &CaseFacts) -> Result<Permission, Trouble> {
    let word = back.permission()?;
    match word.is_closed(&facts.station) {
        true => Err(Trouble::Commissioned(facts.station.to_string())),
        false => Ok(word),
    }
}

/// Sends, unless somebody stops meanwhile: then what is on its way is broken off.
async fn watched<T>(
    back: &mut Back,
    facts: &CaseFacts,
    put: impl Future<Output = Result<T, PutError>>,
) -> Result<Result<T, PutError>, Trouble> {
    let mut put = Box::pin(put);
    loop {
        tokio::select! {
            biased;
            sent = &mut put => return Ok(sent),
            () = tokio::time::sleep(LOOK) => drop(permission(back, facts)?),
        }
    }
}
