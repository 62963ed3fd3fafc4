//! Pictures that waited longer than a person permits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::answers::{Answer, Answers};
use crate::house::{House, Sealed, facts, record_key};

/// Every vehicle of these tests came ten seconds ago.
const PASSED: Duration = Duration::from_millis(1);
const NOT_YET: Duration = Duration::from_hours(1);

/// A store that is out of reach until it is told otherwise.
async fn away() -> (Answers, Arc<AtomicBool>) {
    let works = Arc::new(AtomicBool::new(false));
    let asked = works.clone();
    let answers = Answers::start(move |_, _| match asked.load(Ordering::SeqCst) {
        true => Answer::Echo,
        false => Answer::No(503, "SlowDown"),
    })
    .await;
    (answers, works)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_too_long_goes_and_the_album_is_told_once_the_store_is_back() {
    let (answers, works) = away().await;
    let house = House::pinned(&answers.endpoint);
    let (tried, untried) = (Sealed::new(1), Sealed::new(2));
    tried.hand_over(&house);
    untried.hand_over(&house);
    let gone =
        || [&tried, &untried].iter().all(|it| house.receipt(&it.text).is_some() && !house.waits(&it.text));
    house.expire_until(PASSED, gone).await;
    for sealed in [&tried, &untried] {
        assert_eq!(house.receipt(&sealed.text).unwrap().result, "expired");
        assert!(!house.was_kept(&sealed.text), "a picture that is too old is kept nowhere");
    }
    works.store(true, Ordering::SeqCst);
    // Another start: what is owed is not forgotten.
    house.expire_until(PASSED, || answers.objects().contains_key(&record_key())).await;
    let record = String::from_utf8(answers.objects()[&record_key()].clone()).unwrap();
    assert!(record.contains("too_old") && record.contains("missed") && !record.contains(".jpg"), "{record}");
    // It may have been ended before it noted that it had told: then it is told once more, before this one goes.
    let next = Sealed::new(3);
    next.hand_over(&house);
    house.expire_until(NOT_YET, || house.receipt(&next.text).is_some()).await;
    let told = answers.requests().len();
    let last = Sealed::new(4);
    last.hand_over(&house);
    house.expire_until(NOT_YET, || house.receipt(&last.text).is_some()).await;
    assert_eq!(answers.requests().len(), told + 3, "two pictures and a record: nothing is owed any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_takes_it_gets_it_however_old_it_is() {
    let answers = Answers::start(|_, _| Answer::Echo).await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    house.expire_until(PASSED, || house.receipt(&sealed.text).is_some()).await;
    assert_eq!(house.receipt(&sealed.text).unwrap().result, "delivered");
}

/// Too young, only facts, no clock to go by, a limit that nobody set: nothing of that is ever removed.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_that_waits_is_removed() {
    for (limit, clock, has_picture) in [
        (Some(NOT_YET), true, true),
        (Some(PASSED), true, false),
        (Some(PASSED), false, true),
        (None, true, true),
    ] {
        let (answers, works) = away().await;
        let house = House::pinned(&answers.endpoint);
        house.say(|state| state.clock = clock);
        let sealed = Sealed::new(1);
        let text = if has_picture { sealed.text.clone() } else { facts(1, "missed", Some("no_frame")) };
        if has_picture {
            sealed.hand_over(&house)
        } else {
            house.hand_over(&text, &[])
        }
        let tried_again = || answers.requests().len() >= 2;
        match limit {
            Some(limit) => house.expire_until(limit, tried_again).await,
            None => house.drain_until(tried_again).await,
        }
        assert!(house.waits(&text), "{limit:?}, clock {clock}, picture {has_picture}");
        works.store(true, Ordering::SeqCst);
        assert_eq!(house.settle(&text).await.result, "delivered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_does_not_expire() {
    let (answers, works) = away().await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    house.drain_until(|| !answers.requests().is_empty()).await;
    house.say(|state| state.stopped = true);
    house.expire_until(PASSED, || house.has_asked()).await;
    assert!(house.waits(&sealed.text) && house.receipt(&sealed.text).is_none());
    works.store(true, Ordering::SeqCst);
    house.say(|_| ());
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
}

/// What is owed of a station that somebody sets up waits, and holds up nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_owed_and_may_not_be_told_now_holds_up_nobody() {
    let (answers, works) = away().await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    house.expire_until(PASSED, || house.receipt(&sealed.text).is_some()).await;
    works.store(true, Ordering::SeqCst);
    house.say(|state| state.closed = vec!["marriage".to_owned()]);
    let mut other = facts(2, "missed", Some("no_frame"));
    other.station.id = "windscreen".to_owned();
    house.hand_over(&other, &[]);
    assert_eq!(house.settle(&other).await.result, "delivered");
    assert!(!answers.objects().contains_key(&record_key()));
    house.say(|_| ());
    house.drain_until(|| answers.objects().contains_key(&record_key())).await;
}
