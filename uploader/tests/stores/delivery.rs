//! What arrives in the store, and what does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use lineshot_domain::Wall;
use lineshot_spool::contract::{parse_rfc3339, rfc3339};
use lineshot_uploader::StationRecord;

use crate::answers::{Answer, Answers};
use crate::house::{BUCKET, House, Sealed, album, facts, jpeg, record_key, store};

fn record(store: &lineshot_demo::Store) -> StationRecord {
    serde_json::from_slice(&store.object(BUCKET, &record_key()).unwrap().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_case_becomes_pictures_a_record_and_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    let receipt = house.settle(&sealed.text).await;

    let [full, small] = sealed.keys();
    assert_eq!(store.keys(BUCKET).unwrap(), [record_key(), small.clone(), full.clone()]);
    assert_eq!(store.object(BUCKET, &full).unwrap().unwrap(), sealed.full);
    assert_eq!(store.object(BUCKET, &small).unwrap().unwrap(), sealed.small);
    assert_eq!(store.requests(), BTreeMap::from([("PutObject".to_owned(), 3)]), "no other right is used");

    assert_eq!((receipt.result.as_str(), receipt.revision), ("delivered", Some(1)));
    let receipted: Vec<_> = receipt.objects.iter().map(|object| object.key.clone()).collect();
    assert_eq!(receipted, [full.clone(), small]);

    let record = record(&store);
    let view = &record.views[0];
    assert_eq!((view.state.as_str(), view.unreleased, &view.id), ("delivered", true, &sealed.text.id));
    assert!(full.ends_with(&view.pictures[0].key), "the full size comes first");
    assert_eq!(view.pictures[0].sha256, sealed.text.pictures[0].sha256);
    assert_eq!((view.pictures[1].width, view.pictures[1].height), (48, 32));
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_alone_become_a_record_and_a_picture_is_never_displaced_by_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let missed = facts(1, "missed", Some("no_frame"));
    house.hand_over(&missed, &[]);
    assert_eq!(house.settle(&missed).await.result, "delivered");
    assert_eq!(record(&store).views[0].reason.as_deref(), Some("no_frame"));

    let sealed = Sealed::new(2);
    sealed.hand_over(&house);
    house.settle(&sealed.text).await;
    let failed = facts(3, "failed", Some("camera_unreachable"));
    house.hand_over(&failed, &[]);
    let mut rear = facts(4, "withheld", Some("proof"));
    rear.view = "rear".to_owned();
    house.hand_over(&rear, &[]);
    let revisions = [house.settle(&failed).await.revision, house.settle(&rear).await.revision];
    let record = record(&store);
    let told: Vec<_> = record.views.iter().map(|view| (view.view.as_str(), view.state.as_str())).collect();
    assert_eq!(told, [("front", "delivered"), ("rear", "withheld")]);
    assert_eq!(Some(record.revision), revisions.into_iter().flatten().max());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_everything_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path()).await;
    let house = Arc::new(House::pinned(&store.endpoint()));
    let cars: Vec<Sealed> = (1..=5).map(Sealed::new).collect();
    store.stop().await;
    cars.iter().for_each(|car| car.hand_over(&house));
    // Whoever listens there meanwhile hangs up: proof that the uploader met the outage.
    let address = store.endpoint().trim_start_matches("http://").to_owned();
    let stranger = tokio::net::TcpListener::bind(address).await.unwrap();
    let outage = async {
        for _ in 0..3 {
            drop(stranger.accept().await.unwrap());
        }
        drop(stranger);
        store.resume().await.unwrap();
    };
    let drained = house.drain_until(|| cars.iter().all(|car| house.receipt(&car.text).is_some()));
    tokio::join!(outage, drained);
    for car in &cars {
        assert_eq!(house.receipt(&car.text).unwrap().result, "delivered");
        assert!(store.object(BUCKET, &car.keys()[0]).unwrap().is_some());
    }
}

/// The picture, its facts or its signature changed after they were signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_parcel_never_reaches_the_store() {
    for (file, told) in [("parcel.json", false), ("parcel.sig", false), ("full.jpg", true), ("48.jpg", true)]
    {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let house = House::pinned(&store.endpoint());
        let sealed = Sealed::new(1);
        sealed.hand_over(&house);
        let path = format!("data/ready/{}/{file}", sealed.text.case);
        let mut bytes = std::fs::read(house.path(&path)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        house.write(&path, &bytes);

        let receipt = house.settle(&sealed.text).await;
        assert_eq!(receipt.reason.as_deref(), Some("parcel_broken"), "{file}");
        assert!(receipt.objects.is_empty() && house.was_kept(&sealed.text), "{file}");
        let keys = store.keys(BUCKET).unwrap();
        if told {
            assert_eq!(keys, [record_key()], "{file}");
            assert_eq!(record(&store).views[0].state, "missed");
        } else {
            assert!(keys.is_empty() && store.requests().is_empty(), "{file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uncovered_picture_stays_although_the_agent_signed_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let sealed = Sealed::of(1, jpeg(96, false));
    sealed.hand_over(&house);
    let receipt = house.settle(&sealed.text).await;
    assert_eq!((receipt.result.as_str(), receipt.reason.as_deref()), ("undeliverable", Some("parcel_proof")));
    assert!(house.was_kept(&sealed.text));
    assert_eq!(store.keys(BUCKET).unwrap(), [record_key()], "the album learns that there is no picture");
    assert_eq!(record(&store).views[0].reason.as_deref(), Some("parcel_proof"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_album_gets_nothing_not_even_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    house.say(|state| state.denied = vec!["ab".repeat(16)]);
    let (sealed, missed) = (Sealed::new(1), facts(2, "missed", Some("no_frame")));
    let uncovered = Sealed::of(3, jpeg(96, false));
    sealed.hand_over(&house);
    uncovered.hand_over(&house);
    house.hand_over(&missed, &[]);
    assert_eq!(house.settle(&sealed.text).await.result, "stopped");
    assert_eq!(house.settle(&missed).await.result, "stopped");
    assert_eq!(house.settle(&uncovered.text).await.result, "undeliverable");
    assert!(store.requests().is_empty());
}

/// Denied after its picture was delivered: what comes later adds nothing, and the record stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_an_album_denied_since_gets_no_further_revision() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let first = Sealed::new(1);
    first.hand_over(&house);
    house.settle(&first.text).await;
    let (keys, told) = (store.keys(BUCKET).unwrap(), record(&store));
    let mut other = Sealed::new(2);
    other.text.view = "rear".to_owned();
    other.hand_over(&house);
    let missed = facts(3, "missed", Some("no_frame"));
    house.hand_over(&missed, &[]);
    house.say(|state| state.denied = vec!["cd".repeat(16), "ab".repeat(16)]);
    for text in [&other.text, &missed] {
        let receipt = house.settle(text).await;
        assert_eq!((receipt.result.as_str(), receipt.revision), ("stopped", None));
        assert!(receipt.objects.is_empty());
    }
    assert_eq!((store.keys(BUCKET).unwrap(), record(&store)), (keys, told));
    assert_eq!(store.requests(), BTreeMap::from([("PutObject".to_owned(), 3)]), "the first parcel's");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_everything_is_stopped_parcels_wait_and_then_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    house.say(|state| state.stopped = true);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    assert!(!house.has_asked());
    house.drain_until(|| house.has_asked()).await;
    assert!(house.waits(&sealed.text) && house.receipt(&sealed.text).is_none());
    assert!(store.requests().is_empty());
    house.say(|state| state.stopped = false);
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_somebody_draws_a_stations_views_its_pictures_wait_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let (held, mut other) = (Sealed::new(1), Sealed::new(2));
    other.text.station.id = "paint".to_owned();
    house.say(|state| state.closed = vec![held.text.station.id.clone()]);
    held.hand_over(&house);
    other.hand_over(&house);
    house.drain_until(|| house.receipt(&other.text).is_some()).await;
    assert!(house.waits(&held.text) && house.receipt(&held.text).is_none());
    house.say(|_| ());
    assert_eq!(house.settle(&held.text).await.result, "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_each_visit_is_photographed_the_record_shows_each_visit_with_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let visit = |case: u64, day: i64| {
        let mut visit = Sealed::new(case);
        let arrived = parse_rfc3339(&visit.text.arrived).unwrap().unix_ms() + day * 86_400_000;
        visit.text.arrived = rfc3339(Wall::from_unix_ms(arrived));
        (visit.text.keep, visit.text.journey) = ("all".to_owned(), true);
        visit
    };
    // Drained in another order than they came.
    let visits = [visit(2, -1), visit(3, -2), visit(1, -3)];
    for visit in &visits {
        visit.hand_over(&house);
        house.settle(&visit.text).await;
    }
    let mut missed = facts(4, "missed", Some("no_frame"));
    missed.keep = "all".to_owned();
    house.hand_over(&missed, &[]);
    house.settle(&missed).await;
    let record = record(&store);
    let told: Vec<_> = record.views.iter().map(|view| (&view.view, &view.id, view.journey)).collect();
    let want: Vec<_> = visits.iter().rev().map(|visit| (&visit.text.view, &visit.text.id, true)).collect();
    assert_eq!(told, want);
    for (view, visit) in record.views.iter().zip(visits.iter().rev()) {
        let key = format!("{}/{}", album(), view.pictures[0].key);
        assert_eq!(store.object(BUCKET, &key).unwrap().unwrap(), visit.full, "its own picture");
    }
}

/// A parcel as the first agents wrote it, byte for byte without the later keys.
#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_of_the_first_agents_is_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.endpoint());
    let sealed = Sealed::new(1);
    let json = serde_json::to_string(&sealed.text).unwrap();
    assert!(!json.contains("keep") && !json.contains("journey"), "{json}");
    sealed.hand_over(&house);
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn permission_is_asked_before_each_put() {
    // Recalled while the first picture is on its way: the second and the record stay.
    let house: Arc<std::sync::OnceLock<House>> = Arc::default();
    let recaller = house.clone();
    let answers = Answers::start(move |_, _| {
        recaller.get().unwrap().say(|state| state.recalled = vec![Sealed::new(1).text.id]);
        Answer::Echo
    })
    .await;
    let house = house.get_or_init(|| House::pinned(&answers.endpoint));
    let sealed = Sealed::new(1);
    sealed.hand_over(house);
    let receipt = house.settle(&sealed.text).await;
    assert_eq!(answers.requests(), [sealed.keys()[0].clone()]);
    assert_eq!((receipt.result.as_str(), receipt.objects.len()), ("stopped", 1), "what is there is said");
}

/// The uploader dies while request n is on its way, and another one takes over.
#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_request_changes_nothing_in_the_end() {
    for n in 1..=3 {
        for answered in [false, true] {
            let answer = move |before, _: &str| {
                if before + 1 == n && !answered { Answer::Silence } else { Answer::Echo }
            };
            let answers = Answers::start(answer).await;
            let house = House::pinned(&answers.endpoint);
            let sealed = Sealed::new(1);
            sealed.hand_over(&house);
            house.drain_until(|| answers.requests().len() >= n).await;
            let receipt = house.settle(&sealed.text).await;
            assert_eq!(receipt.result, "delivered", "request {n}");
            let objects = answers.objects();
            let keys: Vec<_> = objects.keys().cloned().collect();
            let [full, small] = sealed.keys();
            assert_eq!(keys, [record_key(), small, full.clone()], "request {n}");
            assert_eq!(objects[&full], sealed.full);
            let record: StationRecord = serde_json::from_slice(&objects[&record_key()]).unwrap();
            assert_eq!(Some(record.revision), receipt.revision, "the receipt names the last record");
            assert_eq!(answers.requests().last(), Some(&record_key()), "the record comes last");
        }
    }
}
