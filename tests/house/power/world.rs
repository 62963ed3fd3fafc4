//! What the doors are given: arrivals, permits, pictures.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lineshot_clock::MachineClock;
use lineshot_domain::{
    AgentName, Arrival, Belonging, Blackout, Calendar, Claims, Clock, ClockKeeper, ClockState, Conditions,
    Crop, EventAge, EventId, Facts, Keep, LedgerState, LineState, Permit, ReleaseState, Rules, Scene,
    Sequence, Show, SiteName, Size, Source, StationId, StationState, Stay, StopState, Vehicle, ViewId, Vin,
    Zone, decide,
};
use lineshot_proof::{Claim, prove};
use lineshot_spool::{
    Admission, Admit, Back, Case, Front, OpenError, Pictures, Place, Recovery, Stamp, Standing,
};

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(MachineClock::start())
}

pub(super) fn front(root: &Path) -> Result<(Front, Recovery), OpenError> {
    let stamp = Stamp {
        site: SiteName::parse("site").unwrap(),
        agent: AgentName::parse("pc-01").unwrap(),
        unreleased: true,
        clock: "unchecked",
    };
    Front::open(root, None, stamp, clock())
}

pub(super) fn back(root: &Path) -> Back {
    Back::open(root, &root.join("stop"), clock()).unwrap()
}

/// The agent's word, which grows old.
pub(super) fn say(front: &Front) {
    let standing =
        Standing { stopped: front.is_stopped(), denied: &[], revoked: &[], closed: &[], clock: true };
    front.write_state(&standing).unwrap();
}

/// The car of this number arrives.
pub(super) fn admit(front: &Front, number: u32, clock: &dyn Clock) -> Case {
    let vin = Vin::parse(&format!("WP0ZZZ99ZTS3{number:05}")).unwrap();
    let arrival = Arrival {
        station: StationId::parse("marriage").unwrap(),
        vehicle: Vehicle::new(Some(vin), None, None).unwrap(),
        event: Some(EventId::parse(&format!("e-{number:05}")).unwrap()),
        time: None,
        claims: Claims::default(),
        sequence: None,
        simulated: false,
        age: EventAge::Expires(SECOND),
        received_at: clock.wall(),
        received: clock.mono(),
    };
    let place = Place {
        name: BTreeMap::from([("en".to_owned(), "Marriage".to_owned())]),
        views: vec![ViewId::parse("front").unwrap()],
        dwell: Some(60 * SECOND),
        ready: Some("line/marriage/photo".to_owned()),
        keep: Keep::First,
    };
    let admit = Admit { place: &place, owner: &arrival.vehicle, discreet: false };
    let Admission::New { mut cases, .. } = front.admit(&arrival, &admit).unwrap() else {
        panic!("the car {number} is known already")
    };
    cases.pop().unwrap()
}

/// All is well.
pub(super) fn permit(case: &Case) -> Permit {
    let rules = Rules {
        calendar: Calendar::always(Zone::parse("Etc/UTC").unwrap()),
        photos: None,
        journey: Vec::new(),
        classes: None,
        keep: Keep::First,
    };
    decide(&Facts {
        case: case.id(),
        arrival: case.arrival(),
        conditions: Conditions {
            now: case.arrival().received_at,
            mono: case.arrival().received,
            stop: StopState::Going,
            station: StationState::Ready,
            release: ReleaseState::Trial,
            ledger: LedgerState::Intact,
            clock: ClockState { keeper: ClockKeeper::Unchecked, steady: true, behind: Duration::ZERO },
            line: LineState { source: Source::Unasked, permits: true },
            rules: &rules,
            blackout: Blackout::None,
            orders: Source::Unasked,
            deny: Source::Unasked,
        },
        max_age: SECOND,
        belonging: Belonging { owner: None, changed: false, denied: false },
        photographed: false,
        sequence: Sequence::Follows,
        stay: Stay::new(case.arrival().received, SECOND, SECOND, None),
    })
    .unwrap()
}

/// A picture of its own for each case: noise, some 100 KB of it.
pub(super) fn pictures(number: u32, clock: &dyn Clock) -> Pictures {
    let size = Size::new(320, 240).unwrap();
    let scene = Scene::new(size, Show::All, Vec::new()).unwrap();
    let crop = Crop::whole(size);
    let mut noise = vec![0; 320 * 240 * 3];
    fastrand::Rng::with_seed(u64::from(number)).fill(&mut noise);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 80);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(&noise, 320, 240, ColorType::Ycbcr).unwrap();
    let proven = prove(jpeg, &Claim::new(&scene, crop, size).unwrap()).unwrap();
    let at = clock.wall();
    Pictures { proven: vec![proven], scene, crop, from: at, to: at, release: None, caption: None }
}
