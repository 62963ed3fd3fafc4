//! The station record, version 1: all that an album says about one station. A contract
//! (`docs/contract/station-record.schema.json`), frozen by `golden/station-record.json`: only optional
//! fields and new codes may be added, and a reader ignores what it does not know.

use std::collections::BTreeMap;

use lineshot_domain::{Reason, Wall};
use lineshot_spool::contract::rfc3339;
use lineshot_spool::{RecordFacts, ViewFacts};
use serde::{Deserialize, Serialize};

use crate::keys::{Keys, picture_in_album};
use crate::statement::{Signed, Signer};

/// The value of `schema` in the version written here.
pub const RECORD_SCHEMA: &str = "lineshot/station-record/1";

/// One station of one album.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationRecord {
    /// [`RECORD_SCHEMA`].
    pub schema: String,
    /// The album, 32 hexadecimal digits.
    pub album: String,
    /// Where.
    pub station: StationName,
    /// Grows with every writing, with gaps.
    pub revision: u64,
    /// When this revision was composed, RFC 3339.
    pub updated: String,
    /// Who took the pictures.
    pub agent: AgentRecord,
    /// The station's views in the order of their names; of one that is photographed on each visit, the
    /// visits in the order of their arrivals.
    pub views: Vec<ViewRecord>,
}

/// A station and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationName {
    /// The station's id.
    pub id: String,
    /// Its name by language.
    #[serde(default)]
    pub name: BTreeMap<String, String>,
}

/// The line PC that took a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// The site's name.
    pub site: String,
    /// The PC's name.
    pub name: String,
}

/// One visit before one camera angle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRecord {
    /// The view's id.
    pub view: String,
    /// `delivered`, `withheld`, `missed`, `not_permitted` or `recalled`.
    pub state: String,
    /// Why there is no picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the case is called outside the plant, 16 hexadecimal digits.
    pub id: String,
    /// When the arrival was received, RFC 3339.
    pub arrived: String,
    /// When the picture was exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<TakenRecord>,
    /// The pictures, the full size first.
    #[serde(default)]
    pub pictures: Vec<PictureRecord>,
    /// Taken in a trial, without a release.
    #[serde(default)]
    pub unreleased: bool,
    /// Taken of a simulated arrival.
    #[serde(default)]
    pub simulated: bool,
    /// The customer may follow the car's journey besides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub journey: bool,
    /// How far the clock was trusted.
    pub clock: String,
    /// The release it was taken under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// What stands in the pictures' place until they are loaded: a thumbhash in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// What the uploader vouches for, if there are pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// The interval in which a picture was exposed, RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenRecord {
    /// Not before.
    pub from: String,
    /// Not after.
    pub to: String,
}

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureRecord {
    /// Relative to the album's folder.
    pub key: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The file's length.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// A record as it goes to the store. Made only of what [`lineshot_spool::Back`] remembers.
#[derive(Debug)]
pub struct Record {
    key: String,
    json: String,
    revision: u64,
}

impl Record {
    /// Writes one revision down.
    pub fn of(facts: &RecordFacts, keys: &Keys, signer: &Signer) -> Record {
        let record = compose(facts, signer);
        let mut json = serde_json::to_string_pretty(&record).expect("plain data is JSON");
        json.push('\n');
        Record { key: keys.record(&facts.id), json, revision: facts.revision }
    }

    /// Where it goes.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it says.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Its revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

fn compose(facts: &RecordFacts, signer: &Signer) -> StationRecord {
    StationRecord {
        schema: RECORD_SCHEMA.to_owned(),
        album: facts.id.album.to_string(),
        station: StationName { id: facts.id.station.to_string(), name: facts.station_name.clone() },
        revision: facts.revision,
        updated: rfc3339(facts.updated),
        agent: AgentRecord { site: facts.site.to_string(), name: facts.agent.to_string() },
        views: facts.views.iter().map(|view| compose_view(facts, view, signer)).collect(),
    }
}

fn compose_view(record: &RecordFacts, view: &ViewFacts, signer: &Signer) -> ViewRecord {
    let facts = &view.facts;
    let taken = |(from, to): (Wall, Wall)| TakenRecord { from: rfc3339(from), to: rfc3339(to) };
    let pictures = view.pictures.iter().enumerate().map(|(n, picture)| PictureRecord {
        key: picture_in_album(&record.id, &facts.id, (n > 0).then_some(picture.width)),
        width: picture.width,
        height: picture.height,
        bytes: picture.bytes,
        sha256: picture.sha256.clone(),
    });
    let (taken, pictures) = (facts.taken.map(taken), pictures.collect::<Vec<_>>());
    let signed = taken.as_ref().filter(|_| !pictures.is_empty());
    let signed = signed.map(|taken| signer.sign(record, view, taken, &pictures));
    ViewRecord {
        view: facts.view.to_string(),
        state: view.state.as_str().to_owned(),
        reason: view.reason.map(Reason::code).map(str::to_owned),
        id: facts.id.to_string(),
        arrived: rfc3339(facts.arrived),
        taken,
        pictures,
        unreleased: facts.unreleased,
        simulated: facts.simulated,
        journey: facts.journey,
        clock: facts.clock.clone(),
        release: facts.release.clone(),
        thumbhash: facts.thumbhash.clone().filter(|_| signed.is_some()),
        signed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> StationRecord {
        let picture = |key: &str, width, height, bytes, digit: &str| PictureRecord {
            key: key.to_owned(),
            width,
            height,
            bytes,
            sha256: digit.repeat(64),
        };
        let at = |second: u32| format!("2026-11-23T10:00:{second:02}.000Z");
        let front = ViewRecord {
            view: "front".to_owned(),
            state: "delivered".to_owned(),
            reason: None,
            id: "0123456789abcdef".to_owned(),
            arrived: at(0),
            taken: Some(TakenRecord { from: at(2), to: at(3) }),
            pictures: vec![
                picture("marriage/0123456789abcdef.jpg", 1920, 1080, 312_455, "a"),
                picture("marriage/0123456789abcdef-480.jpg", 480, 270, 31_877, "b"),
            ],
            unreleased: true,
            simulated: false,
            journey: false,
            clock: "kernel".to_owned(),
            release: None,
            thumbhash: None,
            signed: None,
        };
        let rear = ViewRecord {
            view: "rear".to_owned(),
            state: "missed".to_owned(),
            reason: Some("no_frame".to_owned()),
            id: "fedcba9876543210".to_owned(),
            taken: None,
            pictures: Vec::new(),
            ..front.clone()
        };
        StationRecord {
            schema: RECORD_SCHEMA.to_owned(),
            album: "ab".repeat(16),
            station: StationName {
                id: "marriage".to_owned(),
                name: [("en", "The marriage"), ("de", "Hochzeit")]
                    .map(|(language, name)| (language.to_owned(), name.to_owned()))
                    .into(),
            },
            revision: 7,
            updated: at(9),
            agent: AgentRecord { site: "zuffenhausen".to_owned(), name: "line1".to_owned() },
            views: vec![front, rear],
        }
    }

    /// Two visits of one car to the same view, whose customer may follow its journey.
    fn visits() -> StationRecord {
        let mut record = example();
        let mut again = record.views[0].clone();
        again.id = "00000000deadbeef".to_owned();
        again.arrived = "2026-11-24T10:00:00.000Z".to_owned();
        again.pictures[0].key = "marriage/00000000deadbeef.jpg".to_owned();
        again.pictures.truncate(1);
        again.journey = true;
        record.views.insert(1, again);
        record
    }

    /// One that was delivered and signed.
    fn signed() -> StationRecord {
        let mut record = example();
        record.views.truncate(1);
        record.views[0].thumbhash = Some("1QcSHQRnh493V4dIh4eXh1h4kJUI".to_owned());
        record.views[0].signed = Some(Signed {
            statement: "lineshot-album 1\n".to_owned(),
            signature: "-----BEGIN SSH SIGNATURE-----\n".to_owned(),
        });
        record
    }

    /// The frozen contract: fields may be added, none is renamed, retyped or taken away.
    #[test]
    fn the_station_record_is_a_contract() {
        for (example, golden) in [
            (example(), include_str!("../golden/station-record.json")),
            (visits(), include_str!("../golden/station-record-visits.json")),
            (signed(), include_str!("../golden/station-record-signed.json")),
        ] {
            assert_eq!(serde_json::to_string_pretty(&example).unwrap() + "\n", golden);
            assert_eq!(serde_json::from_str::<StationRecord>(golden).unwrap(), example);
        }
    }

    #[test]
    fn a_reader_ignores_what_it_does_not_know() {
        let mut record = serde_json::to_value(example()).unwrap();
        record["seal"] = "later".into();
        record["views"][0]["services"] = serde_json::json!(["photos"]);
        assert_eq!(serde_json::from_value::<StationRecord>(record).unwrap(), example());
    }

    /// What is written is described: no field of the golden file is missing from the schema.
    #[test]
    fn the_schema_knows_every_field() {
        let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let schema = read(include_str!("../../docs/contract/station-record.schema.json"));
        let golden = read(include_str!("../golden/station-record.json"));
        let visits = read(include_str!("../golden/station-record-visits.json"));
        let signed = read(include_str!("../golden/station-record-signed.json"));
        let view = &schema["properties"]["views"]["items"];
        for (schema, written) in [
            (&schema, &golden),
            (view, &golden["views"][0]),
            (view, &golden["views"][1]),
            (view, &visits["views"][1]),
            (view, &signed["views"][0]),
            (&view["properties"]["signed"], &signed["views"][0]["signed"]),
            (&view["properties"]["pictures"]["items"], &golden["views"][0]["pictures"][0]),
        ] {
            for key in written.as_object().unwrap().keys() {
                assert!(schema["properties"][key].is_object(), "{key} is in no schema");
            }
        }
    }
}
