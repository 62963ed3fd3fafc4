//! What is known of every view, and the revisions of station records.
//!
//! Holds: what is shown of a view is the same in whatever order its parcels were drained; a visit that has
//! pictures in the store is not displaced by one that has none, nor a real one by a simulated one; a
//! revision is durable before it is given out, and given out once.

use std::collections::BTreeMap;

use lineshot_domain::{AgentName, AlbumId, Keep, Reason, RecordState, SiteName, StationId, Wall};
use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{Back, CaseFacts, Parcel, QueueError};
use crate::contract::ParcelText;

/// Which station record: trials never mix with released operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordId {
    /// Taken in trials.
    pub unreleased: bool,
    /// The album.
    pub album: AlbumId,
    /// The station.
    pub station: StationId,
}

impl RecordId {
    /// The record that tells of this case.
    pub fn of(facts: &CaseFacts) -> RecordId {
        RecordId { unreleased: facts.unreleased, album: facts.album.clone(), station: facts.station.clone() }
    }
}

/// One picture of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ViewPicture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The file's length.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// What is known of one visit to one view.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ViewFacts {
    /// The case that told it.
    pub facts: CaseFacts,
    /// What the record says.
    pub state: RecordState,
    /// Why there is no picture.
    pub reason: Option<Reason>,
    /// Its pictures in the store, from the widest to the narrowest.
    pub pictures: Vec<ViewPicture>,
}

/// All that one revision of a station record tells. Made by [`Back::next_record`] alone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordFacts {
    /// Which record.
    pub id: RecordId,
    /// Never used before.
    pub revision: u64,
    /// When it was composed.
    pub updated: Wall,
    /// What the station is called now, by language.
    pub station_name: BTreeMap<String, String>,
    /// The site.
    pub site: SiteName,
    /// The line PC.
    pub agent: AgentName,
    /// The views in the order of their names, and several visits of one in the order of arrival; at least
    /// one.
    pub views: Vec<ViewFacts>,
}

/// A row of `views`: the signed facts, why they could not be delivered, and what was made of their pictures.
#[derive(Serialize, Deserialize)]
struct ViewText {
    parcel: ParcelText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undeliverable: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thumbhash: Option<String>,
}

impl ViewFacts {
    /// `None`: nothing of it may be told.
    fn new(facts: CaseFacts, undeliverable: Option<Reason>) -> Option<ViewFacts> {
        let reason = undeliverable.or(facts.reason);
        let state = reason.map_or(Some(RecordState::Delivered), Reason::record_state)?;
        let pictures = if state == RecordState::Delivered { pictures(&facts) } else { Vec::new() };
        Some(ViewFacts { facts, state, reason, pictures })
    }

    fn is_delivered(&self) -> bool {
        self.state == RecordState::Delivered
    }

    /// Whether this visit takes the other one's place; both are of one view. Nothing that is displaced
    /// comes back, so it need not be remembered. The case settles a tie.
    fn displaces(&self, other: &ViewFacts) -> bool {
        let later = (self.facts.arrived, &self.facts.case) > (other.facts.arrived, &other.facts.case);
        if self.facts.simulated != other.facts.simulated {
            return other.facts.simulated;
        }
        match (self.is_delivered(), other.is_delivered()) {
            (true, true) => later && self.facts.keep != Keep::All,
            (false, false) => later,
            (delivered, _) => delivered,
        }
    }
}

fn pictures(facts: &CaseFacts) -> Vec<ViewPicture> {
    let picture = |p: &crate::contract::PictureText| ViewPicture {
        width: p.width,
        height: p.height,
        bytes: p.bytes,
        sha256: p.sha256.clone(),
    };
    facts.text.pictures.iter().map(picture).collect()
}

impl Back {
    /// Remembers a parcel whose pictures are all in the store (or that has none).
    ///
    /// # Errors
    /// [`QueueError`]; nothing was remembered.
    pub fn remember(&mut self, parcel: &Parcel) -> Result<(), QueueError> {
        self.remember_view(parcel.facts(), None)
    }

    /// Remembers that what the agent promised of this case can never be delivered.
    ///
    /// # Errors
    /// [`QueueError`]; nothing was remembered.
    pub fn remember_undeliverable(&mut self, facts: &CaseFacts, reason: Reason) -> Result<(), QueueError> {
        self.remember_view(facts, Some(reason))
    }

    fn remember_view(&mut self, facts: &CaseFacts, undeliverable: Option<Reason>) -> Result<(), QueueError> {
        let doing = QueueError::doing;
        let change = self
            .queue
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(doing("remembering a view"))?;
        remember_in(&change, facts, undeliverable)?;
        change.commit().map_err(doing("remembering a view"))
    }

    /// Whether all pictures of a case are in the store, as far as is remembered.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn has_pictures_stored(&self, facts: &CaseFacts) -> Result<bool, QueueError> {
        let views = read_views(&self.queue, &RecordId::of(facts))?;
        Ok(views.iter().any(|view| view.facts.case == facts.case && view.is_delivered()))
    }

    /// Records that nothing but themselves will tell the store of.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn owed(&self) -> Result<Vec<RecordId>, QueueError> {
        let read = || -> rusqlite::Result<Vec<(bool, String, String)>> {
            let mut rows =
                self.queue.prepare_cached("SELECT unreleased, album, station FROM owed ORDER BY rowid")?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        let rows = read().map_err(QueueError::doing("reading the records that are owed"))?;
        let id = |(unreleased, album, station): (bool, String, String)| {
            let (album, station) = (AlbumId::parse(&album).ok()?, StationId::parse(&station).ok()?);
            Some(RecordId { unreleased, album, station })
        };
        rows.into_iter().map(|row| id(row).ok_or(QueueError::Row { table: "owed" })).collect()
    }

    /// The record was told, or never may be.
    ///
    /// # Errors
    /// [`QueueError`]; it is still owed.
    pub fn no_longer_owed(&self, id: &RecordId) -> Result<(), QueueError> {
        let gone = self.queue.execute(
            "DELETE FROM owed WHERE unreleased = ? AND album = ? AND station = ?",
            params![id.unreleased, id.album.as_str(), id.station.as_str()],
        );
        gone.map(drop).map_err(QueueError::doing("ticking off a record that was owed"))
    }

    /// The facts of the newest visit that a record tells of; `None` if nothing is known of it.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn known_of(&self, id: &RecordId) -> Result<Option<CaseFacts>, QueueError> {
        Ok(newest(&read_views(&self.queue, id)?).map(|view| view.facts.clone()))
    }

    /// Composes the next revision of a record; `None` if nothing is known of it.
    ///
    /// # Errors
    /// [`QueueError`]; no revision was given out.
    pub fn next_record(&mut self, id: &RecordId) -> Result<Option<RecordFacts>, QueueError> {
        let updated = self.clock.wall();
        let doing = QueueError::doing;
        let change = self
            .queue
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(doing("composing a record"))?;
        let views = read_views(&change, id)?;
        let Some(newest) = newest(&views) else { return Ok(None) };
        let newest = newest.facts.clone();
        let revision = next_revision(&change, id).map_err(doing("numbering a record"))?;
        change.commit().map_err(doing("numbering a record"))?;
        Ok(Some(RecordFacts {
            id: id.clone(),
            revision,
            updated,
            station_name: newest.station_name,
            site: newest.site,
            agent: newest.agent,
            views,
        }))
    }
}

fn newest(views: &[ViewFacts]) -> Option<&ViewFacts> {
    views.iter().max_by_key(|view| (view.facts.arrived, &view.facts.case))
}

/// Remembers a view within a transaction.
pub(super) fn remember_in(
    queue: &Connection,
    facts: &CaseFacts,
    undeliverable: Option<Reason>,
) -> Result<(), QueueError> {
    let Some(new) = ViewFacts::new(facts.clone(), undeliverable) else { return Ok(()) };
    let doing = QueueError::doing;
    let mut known = read_views(queue, &RecordId::of(facts))?;
    known.retain(|known| known.facts.view == facts.view);
    let stands = |known: &ViewFacts| {
        let same = known.facts.case == facts.case;
        known.displaces(&new) || (same && (known.is_delivered() || !new.is_delivered()))
    };
    if known.iter().any(stands) {
        return Ok(());
    }
    for old in known.iter().filter(|known| new.displaces(known)) {
        delete_view(queue, &old.facts).map_err(doing("remembering a view"))?;
    }
    insert_view(queue, facts, undeliverable).map_err(doing("remembering a view"))
}

/// Within a transaction: the record is to be told by itself.
pub(super) fn owe(queue: &Connection, id: &RecordId) -> rusqlite::Result<()> {
    queue.execute(
        "INSERT OR IGNORE INTO owed (unreleased, album, station) VALUES (?, ?, ?)",
        params![id.unreleased, id.album.as_str(), id.station.as_str()],
    )?;
    Ok(())
}

fn insert_view(queue: &Connection, facts: &CaseFacts, undeliverable: Option<Reason>) -> rusqlite::Result<()> {
    let row = ViewText {
        parcel: facts.text.clone(),
        undeliverable: undeliverable.map(|reason| reason.code().to_owned()),
        thumbhash: facts.thumbhash.clone(),
    };
    let json = serde_json::to_string(&row).expect("plain data is JSON");
    queue.execute(
        "INSERT OR REPLACE INTO views (unreleased, album, station, view, case_id, facts)
         VALUES (?, ?, ?, ?, ?, ?)",
        params![
            facts.unreleased,
            facts.album.as_str(),
            facts.station.as_str(),
            facts.view.as_str(),
            facts.case.as_str(),
            json
        ],
    )?;
    Ok(())
}

fn delete_view(queue: &Connection, facts: &CaseFacts) -> rusqlite::Result<()> {
    queue.execute(
        "DELETE FROM views WHERE unreleased = ? AND album = ? AND station = ? AND view = ? AND case_id = ?",
        params![
            facts.unreleased,
            facts.album.as_str(),
            facts.station.as_str(),
            facts.view.as_str(),
            facts.case.as_str()
        ],
    )?;
    Ok(())
}

fn next_revision(queue: &Connection, id: &RecordId) -> rusqlite::Result<u64> {
    queue
        .query_row(
            "INSERT INTO records (unreleased, album, station, revision) VALUES (?, ?, ?, 1)
             ON CONFLICT DO UPDATE SET revision = revision + 1 RETURNING revision",
            params![id.unreleased, id.album.as_str(), id.station.as_str()],
            |row| row.get::<_, i64>(0),
        )
        .map(i64::unsigned_abs)
}

fn read_views(queue: &Connection, id: &RecordId) -> Result<Vec<ViewFacts>, QueueError> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut rows = queue
            .prepare_cached("SELECT facts FROM views WHERE unreleased = ? AND album = ? AND station = ?")?;
        let found =
            rows.query_map(params![id.unreleased, id.album.as_str(), id.station.as_str()], |row| row.get(0))?;
        found.collect()
    };
    let rows = read().map_err(QueueError::doing("reading views"))?;
    let read = |row: &String| read_view(row).ok_or(QueueError::Row { table: "views" });
    let mut views: Vec<ViewFacts> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let order = |view: &ViewFacts| (view.facts.view.clone(), view.facts.arrived, view.facts.case.clone());
    views.sort_by_key(order);
    Ok(views)
}

fn read_view(json: &str) -> Option<ViewFacts> {
    let row: ViewText = serde_json::from_str(json).ok()?;
    let undeliverable = match row.undeliverable {
        Some(code) => Some(Reason::from_code(&code)?),
        None => None,
    };
    let facts = CaseFacts { thumbhash: row.thumbhash, ..CaseFacts::read_fields(&row.parcel).ok()? };
    ViewFacts::new(facts, undeliverable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Taken;
    use super::super::testing::{NOW, World, facts_alone, jpeg, sealed};
    use super::*;
    use crate::contract::rfc3339;

    /// What one parcel tells of a view, and whether it could be delivered.
    #[derive(Clone, Debug)]
    struct Told {
        case: u64,
        view: &'static str,
        arrived: i64,
        picture: bool,
        undeliverable: bool,
        keep: Keep,
        simulated: bool,
    }

    impl Told {
        fn facts(&self) -> CaseFacts {
            let mut text = if self.picture {
                sealed(self.case, &jpeg(48))
            } else {
                facts_alone(self.case, "missed", Some("no_frame"))
            };
            text.view = self.view.to_owned();
            text.arrived = rfc3339(Wall::from_unix_ms(NOW + self.arrived));
            text.keep = self.keep.as_str().to_owned();
            text.simulated = self.simulated;
            CaseFacts::read(&text).unwrap()
        }

        fn tell(&self, back: &mut Back) {
            let undeliverable = self.undeliverable.then_some(Reason::StoreRefused);
            back.remember_view(&self.facts(), undeliverable).unwrap();
        }

        fn is_delivered(&self) -> bool {
            self.picture && !self.undeliverable
        }
    }

    fn told() -> impl Strategy<Value = Told> {
        let view = prop_oneof![Just("front"), Just("rear")];
        let keep = prop_oneof![Just(Keep::First), Just(Keep::Last), Just(Keep::All), Just(Keep::All)];
        let simulated = prop_oneof![4 => Just(false), 1 => Just(true)];
        (1_u64..9, view, 0_i64..4, any::<bool>(), any::<bool>(), keep, simulated).prop_map(
            |(case, view, arrived, picture, undeliverable, keep, simulated)| Told {
                case,
                view,
                arrived,
                picture,
                undeliverable,
                keep,
                simulated,
            },
        )
    }

    /// A case tells one thing; two parcels of one case differ only by a fault.
    fn some_told() -> impl Strategy<Value = Vec<Told>> {
        proptest::collection::vec(told(), 1..5).prop_map(|mut all| {
            all.sort_by_key(|told| told.case);
            all.dedup_by_key(|told| told.case);
            all
        })
    }

    fn record(back: &mut Back, told: &Told) -> RecordFacts {
        back.next_record(&RecordId::of(&told.facts())).unwrap().unwrap()
    }

    /// The cases shown of one view, by the rules as they are written down, from all that was ever told.
    fn shown(told: &[Told], view: &str) -> Vec<u64> {
        let of_view = || told.iter().filter(|told| told.view == view);
        let real = of_view().any(|told| !told.simulated);
        let mut kind: Vec<&Told> = of_view().filter(|told| told.simulated != real).collect();
        kind.sort_by_key(|told| (told.arrived, told.case));
        let delivered: Vec<&Told> = kind.iter().copied().filter(|told| told.is_delivered()).collect();
        if delivered.is_empty() {
            return kind.last().map(|told| told.case).into_iter().collect();
        }
        let last_word = delivered.iter().rposition(|told| told.keep != Keep::All).unwrap_or(0);
        delivered[last_word..].iter().map(|told| told.case).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_order_of_draining_gives_the_same_record(
            (told, order) in some_told().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle()))
        ) {
            let (one, other) = (World::new(), World::new());
            let (mut a, mut b) = (one.back(), other.back());
            told.iter().for_each(|told| told.tell(&mut a));
            order.iter().chain(&order).for_each(|told| told.tell(&mut b));
            let record_a = record(&mut a, &told[0]);
            prop_assert_eq!(&record_a, &record(&mut b, &told[0]));
            let want: Vec<u64> = ["front", "rear"].iter().flat_map(|view| shown(&told, view)).collect();
            let case = |view: &ViewFacts| u64::from_str_radix(view.facts.case.as_str(), 16).unwrap();
            prop_assert_eq!(record_a.views.iter().map(case).collect::<Vec<_>>(), want);
        }
    }

    const SEALED: Told = Told {
        case: 1,
        view: "front",
        arrived: 0,
        picture: true,
        undeliverable: false,
        keep: Keep::First,
        simulated: false,
    };

    #[test]
    fn which_visits_are_shown() {
        let missed = Told { picture: false, ..SEALED };
        let all = |case, arrived| Told { case, arrived, keep: Keep::All, ..SEALED };
        let last = |case, arrived| Told { case, arrived, keep: Keep::Last, ..SEALED };
        for (what, told, want) in [
            (
                "the newest miss",
                vec![Told { case: 2, arrived: 5, ..missed.clone() }, missed.clone()],
                vec![2],
            ),
            (
                "a picture, not a later miss",
                vec![SEALED, Told { case: 2, arrived: 5, ..missed.clone() }],
                vec![1],
            ),
            ("the last", vec![last(1, 0), last(2, 5)], vec![2]),
            ("the last, drained first", vec![last(2, 5), last(1, 0)], vec![2]),
            ("all, in order of arrival", vec![all(3, 9), all(1, 0), all(2, 5)], vec![1, 2, 3]),
            ("all, without misses", vec![all(1, 0), Told { picture: false, ..all(2, 5) }], vec![1]),
            ("all since the last word", vec![all(1, 0), last(2, 5), all(3, 9)], vec![2, 3]),
            (
                "the real one",
                vec![missed.clone(), Told { case: 2, arrived: 5, simulated: true, ..SEALED }],
                vec![1],
            ),
        ] {
            let world = World::new();
            let mut back = world.back();
            told.iter().for_each(|told| told.tell(&mut back));
            let views = record(&mut back, &SEALED).views;
            let cases: Vec<u64> =
                views.iter().map(|v| u64::from_str_radix(v.facts.case.as_str(), 16).unwrap()).collect();
            assert_eq!(cases, want, "{what}");
            let kept: i64 = back.queue.query_row("SELECT count(*) FROM views", [], |row| row.get(0)).unwrap();
            assert_eq!(usize::try_from(kept), Ok(want.len()), "{what}: nothing else is kept");
        }
    }

    #[test]
    fn a_revision_is_given_out_once_also_after_a_restart() {
        let world = World::new();
        let mut back = world.back();
        SEALED.tell(&mut back);
        assert_eq!(record(&mut back, &SEALED).revision, 1);
        assert_eq!(record(&mut back, &SEALED).revision, 2);
        drop(back);
        assert_eq!(record(&mut world.back(), &SEALED).revision, 3);
    }

    #[test]
    fn a_record_names_pictures_only_of_what_is_delivered() {
        let world = World::new();
        let mut back = world.back();
        Told { undeliverable: true, ..SEALED }.tell(&mut back);
        Told { case: 2, view: "rear", picture: false, ..SEALED }.tell(&mut back);
        let record = record(&mut back, &SEALED);
        let told: Vec<_> = record.views.iter().map(|v| (v.state, v.reason, v.pictures.len())).collect();
        assert_eq!(
            told,
            [
                (RecordState::Missed, Some(Reason::StoreRefused), 0),
                (RecordState::Missed, Some(Reason::NoFrame), 0)
            ]
        );
        SEALED.tell(&mut back);
        let record = self::record(&mut back, &SEALED);
        assert_eq!(record.views[0].pictures[0].width, 96);
    }

    #[test]
    fn trials_never_mix_with_released_operation() {
        let world = World::new();
        let mut back = world.back();
        SEALED.tell(&mut back);
        let id = RecordId { unreleased: false, ..RecordId::of(&SEALED.facts()) };
        assert_eq!(back.next_record(&id).unwrap(), None);
    }

    #[test]
    fn a_row_that_was_never_written_is_a_broken_promise() {
        let world = World::new();
        let mut back = world.back();
        SEALED.tell(&mut back);
        back.queue.execute("UPDATE views SET facts = '{}'", []).unwrap();
        assert!(back.next_record(&RecordId::of(&SEALED.facts())).unwrap_err().is_broken());
    }

    #[test]
    fn what_is_remembered_of_a_case_is_told_of_that_case_alone() {
        let (world, picture) = (World::new(), jpeg(48));
        let mut back = world.back();
        let case = world.hand_over(&sealed(1, &picture), &[("full.jpg", &picture)]);
        let Taken::Parcel(parcel) = back.take(&case).unwrap() else { panic!("it is whole") };
        let facts = parcel.facts().clone();
        let other = Told { case: 2, view: "rear", picture: false, ..SEALED }.facts();
        let told = |back: &Back| {
            let stored = [&facts, &other].map(|facts| back.has_pictures_stored(facts).unwrap());
            (back.known_of(&RecordId::of(&facts)).unwrap(), stored)
        };
        assert_eq!(told(&back), (None, [false, false]));
        back.remember_undeliverable(&facts, Reason::StoreRefused).unwrap();
        assert_eq!(told(&back), (Some(facts.clone()), [false, false]));
        back.remember(&parcel).unwrap();
        assert_eq!(told(&back), (Some(facts.clone()), [true, false]));
    }

    #[test]
    fn why_a_case_cannot_be_delivered_is_what_was_said_first() {
        let world = World::new();
        let mut back = world.back();
        for reason in [Reason::StoreRefused, Reason::Internal] {
            back.remember_undeliverable(&SEALED.facts(), reason).unwrap();
            assert_eq!(record(&mut back, &SEALED).views[0].reason, Some(Reason::StoreRefused));
        }
    }
}
