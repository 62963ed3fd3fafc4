//! Stores that say no, and what becomes of the parcels.

use crate::answers::{Answer, Answers};
use crate::house::{House, Sealed, facts, record_key};

/// Whatever the first requests are answered, the parcel is delivered when the answer is yes.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_store_says_no() {
    let mut stores = tokio::task::JoinSet::new();
    for no in [
        Answer::No(403, "AccessDenied"),
        Answer::No(403, "RequestTimeTooSkewed"),
        Answer::No(404, "NoSuchBucket"),
        Answer::No(503, "SlowDown"),
        Answer::No(400, "BadDigest"),
        Answer::Redirect,
        Answer::Silence,
        Answer::Bare,
    ] {
        stores.spawn(async move {
            let answers = Answers::start(move |before, _| if before < 2 { no } else { Answer::Echo }).await;
            let house = House::pinned(&answers.endpoint);
            let sealed = Sealed::new(1);
            sealed.hand_over(&house);
            let receipt = house.settle(&sealed.text).await;
            assert_eq!(receipt.result, "delivered", "{no:?}");
            assert!(answers.requests().len() >= 5, "{no:?}: two refused, three taken");
            assert!(!house.was_kept(&sealed.text), "{no:?}");
        });
    }
    while let Some(ended) = stores.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_200_without_proof_is_no_delivery() {
    let answers = Answers::start(|_, _| Answer::Bare).await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    house.drain_until(|| answers.requests().len() >= 2).await;
    assert!(house.waits(&sealed.text) && house.receipt(&sealed.text).is_none());
    let first = &sealed.keys()[0];
    assert!(answers.requests().iter().all(|key| key == first), "it goes no further");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_md5_as_etag_is_proof_enough() {
    let answers = Answers::start(|_, _| Answer::Md5).await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_never_takes_is_kept_and_the_album_is_told() {
    let never = |_, key: &str| {
        if key.ends_with("-48.jpg") { Answer::No(413, "EntityTooLarge") } else { Answer::Echo }
    };
    let answers = Answers::start(never).await;
    let house = House::pinned(&answers.endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    let receipt = house.settle(&sealed.text).await;
    assert_eq!(
        (receipt.result.as_str(), receipt.reason.as_deref()),
        ("undeliverable", Some("store_refused"))
    );
    assert!(house.was_kept(&sealed.text));
    let record = String::from_utf8(answers.objects()[&record_key()].clone()).unwrap();
    assert!(record.contains("store_refused") && !record.contains(".jpg"), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_that_always_fails_does_not_hold_the_others() {
    let poison = Sealed::new(1);
    let [full, _] = poison.keys();
    let answers = Answers::start(
        move |_, key| if key == full { Answer::No(500, "InternalError") } else { Answer::Echo },
    )
    .await;
    let house = House::pinned(&answers.endpoint);
    poison.hand_over(&house);
    let (sealed, missed) = (Sealed::new(2), facts(3, "missed", Some("departed")));
    sealed.hand_over(&house);
    house.hand_over(&missed, &[]);
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
    assert_eq!(house.settle(&missed).await.result, "delivered");
    assert!(house.waits(&poison.text), "it is tried again and again");
}
