//! A case: it is opened once, and every way to end it takes it away.

use std::path::Path;
use std::sync::Arc;

use lineshot_domain::{
    AlbumId, Arrival, Caption, CaseId, Crop, Ending, Outcome, Permit, PublicId, Reason, Scene, ViewId, Wall,
};
use lineshot_proof::Proven;

use super::admit::Place;
use super::facts::CaseFacts;
use super::{BookError, Front};
use crate::contract::{CaptionText, CoverText, ParcelText, PictureText, Taken, rfc3339};
use crate::disk::{self, DiskError};
use crate::keys::PARCEL_LABEL;

/// Proof that a case has a recorded outcome. Only [`Case`]'s methods make one.
///
/// It is not tied to an id: a function that held two cases could end one and drop the other. Recovery
/// catches that at the next start; the desk never holds two.
#[must_use]
#[derive(Debug)]
pub struct Ended(Option<Reason>);

impl Ended {
    /// Why there is no picture; `None`: there is one.
    pub fn reason(&self) -> Option<Reason> {
        self.0
    }
}

/// The outcome could not be recorded: the case is still open on disk, and the next round ends it as failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The book refused.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The book says that the case has ended already: a fault of the program.
    #[error("case {case} has an outcome already; keep the log and report it")]
    EndedBefore {
        /// The case.
        case: CaseId,
    },
}

/// What is sealed: proven pictures, the full size first, and what they were proven against.
#[derive(Debug)]
pub struct Pictures {
    /// The pictures.
    pub proven: Vec<Proven>,
    /// What was shown and covered.
    pub scene: Scene,
    /// Which part of the frame they show.
    pub crop: Crop,
    /// They were not exposed before this.
    pub from: Wall,
    /// They were not exposed after this.
    pub to: Wall,
    /// The release they were taken under; `None` on trial.
    pub release: Option<String>,
    /// What they say of themselves, of this case; `None`: nothing.
    pub caption: Option<Caption>,
}

/// An arrival × view being worked on.
#[derive(Debug)]
#[must_use = "an admitted case must end in an outcome"]
pub struct Case {
    front: Front,
    id: CaseId,
    view: ViewId,
    arrival: Arc<Arrival>,
    place: Arc<Place>,
    album: AlbumId,
    discreet: bool,
    ended: bool,
}

impl Case {
    pub(crate) fn opened(
        front: Front,
        (id, view): (CaseId, ViewId),
        (arrival, place): (Arc<Arrival>, Arc<Place>),
        (album, discreet): (AlbumId, bool),
    ) -> Case {
        Case { front, id, view, arrival, place, album, discreet, ended: false }
    }

    /// The case's identity.
    pub fn id(&self) -> &CaseId {
        &self.id
    }

    /// Which camera angle.
    pub fn view(&self) -> &ViewId {
        &self.view
    }

    /// What arrived.
    pub fn arrival(&self) -> &Arrival {
        &self.arrival
    }

    /// The album that its picture would go to: of the order that the vehicle had when it arrived.
    pub fn album(&self) -> &AlbumId {
        &self.album
    }

    /// Whether nothing about it may leave this PC.
    pub fn is_discreet(&self) -> bool {
        self.discreet
    }

    /// Makes it discreet: whatever it ends in, nothing about it ever leaves this PC. Nothing takes this
    /// back.
    pub fn hush(&mut self) {
        self.discreet = true;
        if let Err(error) = self.front.hush(&self.id) {
            tracing::warn!(case = %self.id, error = &error as &dyn std::error::Error, "that the case is discreet is not durable before its outcome");
        }
    }

    /// Ends without a picture.
    ///
    /// # Errors
    /// [`WriteError`]: the outcome is not recorded.
    pub fn end(mut self, ending: Ending) -> Result<Ended, WriteError> {
        self.finish(ending)
    }

    /// Ends with pictures, or as `failed(spool_…)` if they cannot be made durable, or as
    /// `failed(internal)` if the permit is another case's or the case is discreet: its picture could never
    /// leave.
    ///
    /// # Errors
    /// [`WriteError`]: the outcome is not recorded.
    pub fn seal(mut self, permit: Permit, pictures: Pictures) -> Result<Ended, WriteError> {
        if permit.case() != &self.id || pictures.proven.is_empty() {
            tracing::error!(case = %self.id, "a permit of another case, or no picture, came to be sealed");
            return self.finish(Ending::new(Reason::Internal));
        }
        if self.discreet {
            tracing::error!(case = %self.id, "a discreet case came to be sealed");
            return self.finish(Ending::new(Reason::Internal));
        }
        let facts = self.facts(None, Some((&permit, &pictures)));
        match self.lay_out(&facts, &pictures) {
            Ok(()) => {}
            Err(NoRoom::Full) => return self.finish(Ending::new(Reason::SpoolFull)),
            Err(NoRoom::Disk(error)) => {
                tracing::error!(case = %self.id, error = &error as &dyn std::error::Error, "the picture could not be written");
                return self.finish(Ending::new(Reason::SpoolWrite));
            }
        }
        self.record(&facts)
    }

    fn finish(&mut self, ending: Ending) -> Result<Ended, WriteError> {
        let facts = self.facts(Some(ending), None);
        self.record(&facts)
    }

    fn record(&mut self, facts: &CaseFacts) -> Result<Ended, WriteError> {
        if !self.front.commit_outcome(facts)? {
            return Err(WriteError::EndedBefore { case: self.id.clone() });
        }
        self.ended = true;
        let parcel = facts.parcel();
        tracing::info!(
            outcome = parcel.outcome,
            reason = facts.told(),
            pictures = parcel.pictures.len(),
            "ended"
        );
        // Committed: what is left is redo, and a failure here is made good by the next round of it.
        if let Err(error) = self.front.hand_over_case(self.id.as_str()) {
            tracing::warn!(case = %self.id, error = &error as &dyn std::error::Error, "handing over failed; it is tried again");
        }
        Ok(Ended(facts.reason()))
    }

    fn facts(&self, ending: Option<Ending>, sealed: Option<(&Permit, &Pictures)>) -> CaseFacts {
        let public: PublicId = self.front.0.site_key.public(&self.id);
        let pictures = sealed.map(|(_, pictures)| pictures);
        let parcel = ParcelText {
            pictures: pictures
                .map(|p| p.proven.iter().enumerate().map(picture).collect())
                .unwrap_or_default(),
            cover: pictures.map(|p| CoverText::of(&p.scene, &p.crop)),
            caption: pictures.and_then(|p| p.caption.as_ref()).map(|caption| CaptionText {
                date: caption.date.to_string(),
                program: caption.program.clone(),
            }),
            taken: pictures.map(|p| Taken { from: rfc3339(p.from), to: rfc3339(p.to) }),
            release: pictures.and_then(|p| p.release.clone()),
            simulated: self.arrival.simulated,
            keep: self.place.keep.as_str().to_owned(),
            journey: sealed.is_some_and(|(permit, _)| permit.journey()),
            ..self.front.parcel_of_facts(
                &self.id,
                (&public, &self.album),
                (&self.arrival.station, &self.place.name),
                &self.view,
                self.arrival.received_at,
            )
        };
        let event = self.arrival.event.as_ref().map(|event| event.as_str().to_owned());
        CaseFacts::new(parcel, event, ending, self.discreet, self.front.0.clock.wall())
    }

    /// Everything fsynced in `agent/open/<case>`: pictures first, facts, signature, then the names.
    fn lay_out(&self, facts: &CaseFacts, pictures: &Pictures) -> Result<(), NoRoom> {
        let rooms = self.front.rooms();
        if disk::has_no_room(&rooms.open())? {
            return Err(NoRoom::Full);
        }
        let folder = rooms.open().join(self.id.as_str());
        disk::remove(&folder)?;
        // No set-group-id bit: the unit forbids it (RestrictSUIDSGID=), and gives the shared group itself.
        disk::make_room(&folder, 0o770)?;
        for (text, proven) in facts.parcel().pictures.iter().zip(&pictures.proven) {
            disk::write_new(&folder.join(&text.file), proven.as_bytes(), 0o660)?;
        }
        self.front.write_signed(&folder, &facts.json())?;
        Ok(())
    }
}

impl Front {
    fn hush(&self, case: &CaseId) -> Result<(), BookError> {
        let book = self.0.book();
        book.execute("UPDATE cases SET discreet = 1 WHERE id = ? AND stage = 'open'", [case.as_str()])
            .map(|_| ())
            .map_err(BookError::doing("making a case discreet"))
    }

    /// `parcel.json` and `parcel.sig` in `folder`, and all names in it, made durable.
    pub(crate) fn write_signed(&self, folder: &Path, json: &str) -> Result<(), DiskError> {
        let signature = format!("{}\n", self.0.agent_key.sign(PARCEL_LABEL, json.as_bytes()));
        disk::write_new(&folder.join("parcel.json"), json.as_bytes(), 0o660)?;
        disk::write_new(&folder.join("parcel.sig"), signature.as_bytes(), 0o660)?;
        disk::sync_dir(folder)?;
        disk::sync_dir(&self.rooms().open())
    }
}

enum NoRoom {
    Full,
    Disk(DiskError),
}

impl From<DiskError> for NoRoom {
    fn from(error: DiskError) -> NoRoom {
        NoRoom::Disk(error)
    }
}

/// The first picture is the full size; smaller ones are named by their width.
fn picture((at, proven): (usize, &Proven)) -> PictureText {
    let size = proven.size();
    let file = if at == 0 { "full.jpg".to_owned() } else { format!("{}.jpg", size.width()) };
    PictureText {
        file,
        width: size.width(),
        height: size.height(),
        bytes: proven.as_bytes().len() as u64,
        sha256: hex::encode(proven.sha256()),
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        self.front.0.at_work().remove(self.id.as_str());
        if !self.ended {
            let outcome = Outcome::Failed.as_str();
            tracing::error!(case = %self.id, "a case was dropped open; the next round ends it as {outcome}");
        }
    }
}
