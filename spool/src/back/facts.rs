//! The facts of one case, read from a parcel whose signature fitted.

use std::collections::BTreeMap;

use lineshot_domain::{
    AgentName, AlbumId, CaseId, Ending, Keep, PublicId, Reason, SiteName, StationId, ViewId, Wall,
};

use crate::contract::{PARCEL_SCHEMA, ParcelText, parse_rfc3339};

/// What is known about one case. Made only from a parcel that the pinned agent signed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CaseFacts {
    /// The case.
    pub case: CaseId,
    /// What it is called outside the plant.
    pub id: PublicId,
    /// The album it belongs to.
    pub album: AlbumId,
    /// Where.
    pub station: StationId,
    /// What that is called, by language.
    pub station_name: BTreeMap<String, String>,
    /// Which camera angle.
    pub view: ViewId,
    /// The site.
    pub site: SiteName,
    /// The line PC.
    pub agent: AgentName,
    /// Why there is no picture; `None` for a sealed case.
    pub reason: Option<Reason>,
    /// When the arrival was received.
    pub arrived: Wall,
    /// Not before and not after this was the picture exposed; `None` without a picture.
    pub taken: Option<(Wall, Wall)>,
    /// Taken in a trial, without a release.
    pub unreleased: bool,
    /// Taken of a simulated arrival.
    pub simulated: bool,
    /// Which of several visits counts.
    pub keep: Keep,
    /// The customer may follow the car's journey besides.
    pub journey: bool,
    /// How far the clock was trusted.
    pub clock: String,
    /// The release it was taken under.
    pub release: Option<String>,
    /// What stands in the pictures' place until they are loaded, in base64: of pictures that were taken here, no word of
    /// the agent's.
    pub thumbhash: Option<String>,
    /// As it was signed, pictures from the widest to the narrowest, without the cover.
    pub(super) text: ParcelText,
}

impl CaseFacts {
    /// Reads a parcel's text and compares its parts; the error says what does not fit.
    pub(super) fn read(text: &ParcelText) -> Result<CaseFacts, String> {
        if text.schema != PARCEL_SCHEMA {
            return Err(format!("its schema is {:?}, this uploader knows {PARCEL_SCHEMA:?}", text.schema));
        }
        let sealed = text.reason.is_none();
        if sealed == text.pictures.is_empty()
            || sealed != text.cover.is_some()
            || sealed != text.taken.is_some()
        {
            return Err(
                "a sealed case has pictures, their cover and the time they were taken; any other has none"
                    .to_owned(),
            );
        }
        if sealed && text.unreleased != text.release.is_none() {
            return Err("it has pictures of a trial and of a release, or of neither".to_owned());
        }
        let is_id = |id: &String| id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !text.release.as_ref().is_none_or(is_id) {
            return Err("its release is no release's id".to_owned());
        }
        let mut facts = CaseFacts::read_fields(text)?;
        facts.text.cover = None;
        facts.text.pictures.sort_by_key(|picture| std::cmp::Reverse(picture.width));
        let first = facts.text.pictures.first() == text.pictures.first();
        if !first || facts.text.pictures.windows(2).any(|two| two[0].width == two[1].width) {
            return Err("its pictures have distinct widths, the widest comes first".to_owned());
        }
        Ok(facts)
    }

    /// Reads what [`CaseFacts::read`] has read before.
    pub(super) fn read_fields(text: &ParcelText) -> Result<CaseFacts, String> {
        let when = |what: &str, text: &str| {
            parse_rfc3339(text).ok_or_else(|| format!("its {what} is no time (RFC 3339)"))
        };
        let taken = match &text.taken {
            Some(taken) => Some((when("taken.from", &taken.from)?, when("taken.to", &taken.to)?)),
            None => None,
        };
        Ok(CaseFacts {
            case: CaseId::parse(&text.case).map_err(wrong("case"))?,
            id: PublicId::parse(&text.id).map_err(wrong("id"))?,
            album: AlbumId::parse(&text.album).map_err(wrong("album"))?,
            station: StationId::parse(&text.station.id).map_err(wrong("station.id"))?,
            station_name: text.station.name.clone(),
            view: ViewId::parse(&text.view).map_err(wrong("view"))?,
            site: SiteName::parse(&text.agent.site).map_err(wrong("agent.site"))?,
            agent: AgentName::parse(&text.agent.name).map_err(wrong("agent.name"))?,
            reason: read_reason(text)?,
            arrived: when("arrived", &text.arrived)?,
            taken,
            unreleased: text.unreleased,
            simulated: text.simulated,
            keep: read_keep(&text.keep)?,
            journey: text.journey,
            clock: text.clock.clone(),
            release: text.release.clone(),
            thumbhash: None,
            text: text.clone(),
        })
    }
}

fn wrong<E: std::error::Error>(key: &'static str) -> impl FnOnce(E) -> String {
    move |error| format!("its {key}: {error}")
}

fn read_keep(text: &str) -> Result<Keep, String> {
    [Keep::First, Keep::Last, Keep::All]
        .into_iter()
        .find(|keep| keep.as_str() == text)
        .ok_or_else(|| format!("its keep {text:?} is unknown"))
}

/// Outcome and reason say the same, and the reason is one that the album may learn.
fn read_reason(text: &ParcelText) -> Result<Option<Reason>, String> {
    let reason = match text.reason.as_deref() {
        Some(code) => Some(Reason::from_code(code).ok_or_else(|| format!("its reason {code:?} is unknown"))?),
        None => None,
    };
    let outcome = reason.map_or("sealed", |reason| Ending::new(reason).outcome().as_str());
    let tellable = reason.is_none_or(|r| r.record_state().is_some() && Ending::new(r).reason() == r);
    if text.outcome != outcome || !tellable {
        return Err(format!("outcome {:?} and reason {:?} do not fit", text.outcome, text.reason));
    }
    Ok(reason)
}
