//! The portal's part: what is in the albums, read from the bucket by the contract (`docs/contract/`).
//!
//! Holds: a picture counts as delivered when a station record names it, and not before; the number on the
//! roof is read from the delivered bytes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lineshot_domain::Wall;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::interval;

use crate::Store;
use crate::floor::{Floor, time_of_day};
use crate::plant::{BUCKET, Plant};
use crate::script::STATIONS;
use crate::show::{Picture, VisitState};

/// How often the bucket is looked into for pictures that are under way.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Pages show this width.
const SMALL: u32 = 960;

/// Where the pictures of trials are in the bucket.
pub(crate) const TRIALS: &str = "unreleased/albums";

/// `station-record.schema.json`, as far as it is needed.
#[derive(Deserialize)]
struct Record {
    views: Vec<View>,
}

#[derive(Deserialize)]
struct View {
    state: String,
    taken: Option<Taken>,
    pictures: Vec<Size>,
}

#[derive(Deserialize)]
struct Taken {
    from: String,
}

#[derive(Deserialize)]
struct Size {
    key: String,
    width: u32,
    height: u32,
}

/// Looks into the bucket for ever, and tells the floor of every picture that has come. What cannot be read
/// there is told once.
pub(crate) async fn watch(floor: Arc<Floor>, store: Arc<Mutex<Store>>, plant: Plant) {
    let mut looks = interval(LOOK_EVERY);
    let mut said = HashSet::new();
    loop {
        looks.tick().await;
        for (order, station) in under_way(&floor) {
            let found = look(&*store.lock().await, &plant, order, station);
            match found {
                Ok(Some((picture, roof))) => floor.delivered(order, station, picture, roof),
                Ok(None) => {}
                Err(error) => {
                    let text = format!("The album of order {order} cannot be read: {error:#}.");
                    if said.insert(text.clone()) {
                        floor.note(text);
                    }
                }
            }
        }
    }
}

fn under_way(floor: &Floor) -> Vec<(u32, usize)> {
    let known = floor.known();
    let visits = known.cars.iter().flat_map(|(&order, visits)| {
        let sealed = visits.iter().enumerate().filter(|(_, visit)| matches!(visit.state, VisitState::Sealed));
        sealed.map(move |(station, _)| (order, station))
    });
    visits.collect()
}

/// The newest delivered picture of an order at a station, and what its roof says.
fn look(store: &Store, plant: &Plant, order: u32, station: usize) -> Result<Option<(Picture, Option<u32>)>> {
    let album = plant.album(order)?;
    let folder = format!("{TRIALS}/{album}");
    let Some(bytes) = store.object(BUCKET, &format!("{folder}/{}.json", STATIONS[station].id))? else {
        return Ok(None);
    };
    let record: Record = serde_json::from_slice(&bytes).context("understanding a station record")?;
    let Some(view) = record.views.iter().rfind(|view| view.state == "delivered") else { return Ok(None) };
    let full =
        view.pictures.iter().max_by_key(|size| size.width).context("a delivered view has no picture")?;
    let small = view.pictures.iter().min_by_key(|size| size.width.abs_diff(SMALL)).unwrap_or(full);
    for size in [full, small] {
        if !is_picture_of(STATIONS[station].id, &size.key) {
            bail!("a record names something that is no picture of its station");
        }
    }
    let taken: Option<Timestamp> = view.taken.as_ref().and_then(|taken| taken.from.parse().ok());
    let Some(jpeg) = store.object(BUCKET, &format!("{folder}/{}", full.key))? else {
        bail!("a record names {}, which is not in the bucket", full.key);
    };
    let picture = Picture {
        small: format!("albums/{album}/{}", small.key),
        small_width: small.width,
        full: format!("albums/{album}/{}", full.key),
        width: full.width,
        height: full.height,
        at: taken.map(|at| time_of_day(Wall::from_unix_ms(at.as_millisecond()))).unwrap_or_default(),
    };
    Ok(Some((picture, roof(&jpeg))))
}

/// Whether a key is `<station>/<name>.jpg`, the only form that the contract knows. It becomes a path and an
/// address, and who can write into the bucket chose it.
fn is_picture_of(station: &str, key: &str) -> bool {
    let name = key.strip_prefix(station).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".jpg"));
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn roof(jpeg: &[u8]) -> Option<u32> {
    let picture = image::load_from_memory(jpeg).ok()?.into_rgb8();
    lineshot_hall::read_order(picture.as_raw(), picture.width(), picture.height())
}

#[cfg(test)]
mod tests {
    use super::is_picture_of;

    #[test]
    fn a_records_key_that_is_no_picture_of_its_station_is_not_followed() {
        assert!(is_picture_of("marriage", "marriage/0123456789abcdef-960.jpg"));
        for key in [
            "marriage/../../../.bashrc",
            "../../../.bashrc",
            "paint/0123456789abcdef.jpg",
            "marriage/.jpg",
            "marriage/a.jpg, http://elsewhere/b.jpg",
            "marriage/a/b.jpg",
            "/etc/marriage/a.jpg",
        ] {
            assert!(!is_picture_of("marriage", key), "{key}");
        }
    }
}
