//! The cameras of all stations: open only while a vehicle that came now could be photographed; and how they are.
//!
//! Holds: a camera is closed outside the windows, when photographs are stopped, without a release, and whenever else
//! the gate would say no to every vehicle. A call opens it in any case: only a permit, for a case or the bench, calls.

use std::collections::BTreeMap;

use lineshot_camera::{CameraState, Health};
use lineshot_domain::{Mono, Reason, StationId};
use serde::Serialize;

use crate::house::House;
use crate::lookout::{LIFE, RENEWAL, Told, json, rfc3339};

/// All cameras of this PC, as they are told.
#[derive(Serialize)]
struct CamerasText {
    schema: &'static str,
    at: String,
    /// By `station/view`.
    cameras: BTreeMap<String, CameraText>,
}

#[derive(Serialize)]
struct CameraText {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Milliseconds since a frame came, wanted or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_frame_ms: Option<u64>,
    dropped: u64,
    resets: u64,
}

/// What the last look at the cameras found.
#[derive(Default)]
pub(crate) struct Seen {
    lost: BTreeMap<String, Reason>,
    told: Option<(Mono, BTreeMap<String, CameraState>)>,
}

/// Opens and closes the cameras of a station.
pub(crate) fn keep(station: &crate::station::Station, warm: bool) {
    for view in &station.views {
        view.camera.keep(warm);
    }
}

/// Tells how the cameras are, and says which stations miss one for the second look in a row: one that was lost for a
/// moment alarms nobody.
pub(crate) fn look(house: &House, told: &Told, seen: &mut Seen) -> Vec<(StationId, Reason)> {
    let (mut lost, mut missed) = (BTreeMap::new(), Vec::new());
    let mut cameras = BTreeMap::new();
    for station in house.stations().ready.values() {
        for view in &station.views {
            let (name, health) = (format!("{}/{}", station.id, view.id), view.camera.health());
            if let CameraState::Lost(reason) = health.state {
                if seen.lost.get(&name) == Some(&reason) {
                    missed.push((station.id.clone(), reason));
                }
                lost.insert(name.clone(), reason);
            }
            cameras.insert(name, health);
        }
    }
    seen.lost = lost;
    tell(house, told, seen, cameras);
    missed
}

/// When the state of a camera changes, and else from time to time.
fn tell(house: &House, told: &Told, seen: &mut Seen, cameras: BTreeMap<String, Health>) {
    let now = house.clock.mono();
    let states = cameras.iter().map(|(name, health)| (name.clone(), health.state)).collect();
    if seen.told.as_ref().is_some_and(|(at, were)| now.since(*at) < RENEWAL && *were == states) {
        return;
    }
    let text = CamerasText {
        schema: "lineshot/cameras/1",
        at: rfc3339(house.clock.wall()),
        cameras: cameras.into_iter().map(|(name, health)| (name, camera_text(health))).collect(),
    };
    told.board.set_expiring(&told.cameras, json(&text), LIFE);
    seen.told = Some((now, states));
}

fn camera_text(health: Health) -> CameraText {
    let reason = match health.state {
        CameraState::Lost(reason) => Some(reason.told()),
        _ => None,
    };
    let millis = |age: std::time::Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    CameraText {
        state: health.state.as_str(),
        reason,
        last_frame_ms: health.last_frame.map(millis),
        dropped: health.dropped,
        resets: health.resets,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lineshot_domain::Wall;

    use super::*;

    #[test]
    fn cameras_are_written_as_their_contract_says() {
        let camera =
            |state, last_frame, dropped, resets| camera_text(Health { state, last_frame, dropped, resets });
        let cameras = CamerasText {
            schema: "lineshot/cameras/1",
            at: rfc3339(Wall::from_unix_ms(1_795_428_000_000)),
            cameras: BTreeMap::from([
                (
                    "marriage/front".to_owned(),
                    camera(CameraState::Live, Some(Duration::from_millis(40)), 3, 1),
                ),
                ("marriage/rear".to_owned(), camera(CameraState::Lost(Reason::CameraIdentity), None, 0, 0)),
                ("paint/side".to_owned(), camera(CameraState::Closed, None, 0, 0)),
            ]),
        };
        let said: serde_json::Value = serde_json::from_slice(&json(&cameras)).unwrap();
        let golden: serde_json::Value = serde_json::from_str(include_str!("../golden/cameras.json")).unwrap();
        assert_eq!(said, golden);
    }
}
