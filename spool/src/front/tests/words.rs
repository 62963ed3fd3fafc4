//! What the PLC is told, and when.

use super::*;
use crate::contract::WordText;

const TOPIC: &str = "line1/marriage/photo";

fn asked_by_a_plc() -> Place {
    let views = ["front", "rear"].map(|view| ViewId::parse(view).unwrap()).to_vec();
    Place { ready: Some(TOPIC.to_owned()), views, ..place() }
}

/// All words that wait in the outbox, as `accepted` or `done front:sealed rear:missed/departed`.
fn words(root: &Path) -> Vec<String> {
    rows(root, &format!("SELECT CAST(payload AS TEXT) FROM outbox WHERE topic = '{TOPIC}' ORDER BY id"))
        .iter()
        .map(|json| {
            assert!(json.len() <= 8 * 1024);
            let text: WordText = serde_json::from_str(json).unwrap();
            assert_eq!((text.station.as_str(), text.event.as_deref()), ("marriage", Some("e-1")));
            let views = text.views.iter().map(|(view, told)| match &told.reason {
                Some(reason) => format!(" {view}:{}/{reason}", told.outcome),
                None => format!(" {view}:{}", told.outcome),
            });
            text.word.clone() + &views.collect::<String>()
        })
        .collect()
}

fn both(front: &Front) -> [Case; 2] {
    let (cases, _) = admit_to(front, &arrival('1', Some("e-1"), NOW), &asked_by_a_plc()).unwrap();
    cases.try_into().unwrap()
}

#[test]
fn the_last_view_that_ends_gives_the_word_and_one_picture_makes_it_done() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let [one, two] = both(&front);
    assert_eq!(words(root.path()), ["accepted"]);
    end(two, Reason::CameraStalled);
    assert_eq!(words(root.path()), ["accepted"], "a view is still being worked on");
    seal(one);
    assert_eq!(words(root.path()), ["accepted", "done front:sealed rear:failed/camera_stalled"]);
}

#[test]
fn without_a_picture_the_gravest_outcome_is_the_word() {
    use Reason::{Denied, Departed, Internal, LineState, Proof};
    for (one, two, word) in [
        (LineState, LineState, "refused front:refused/line_state rear:refused/line_state"),
        (LineState, Departed, "missed front:refused/line_state rear:missed/departed"),
        (Proof, Departed, "withheld front:withheld/proof rear:missed/departed"),
        (Proof, Internal, "failed front:withheld/proof rear:failed/internal"),
        (Reason::Restart, Proof, "failed front:interrupted/restart rear:withheld/proof"),
        (Denied, Reason::Consent, "refused front:refused/not_permitted rear:refused/not_permitted"),
    ] {
        let root = tempfile::tempdir().unwrap();
        let (front, _) = open(root.path()).unwrap();
        let [first, second] = both(&front);
        end(first, one);
        end(second, two);
        assert_eq!(words(root.path()), ["accepted", word]);
    }
}

#[test]
fn a_repeated_event_is_answered_again_as_far_as_it_has_come() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let cases = both(&front);
    let again = || assert!(admit_to(&front, &arrival('1', Some("e-1"), NOW), &asked_by_a_plc()).is_none());
    again();
    assert_eq!(words(root.path()), ["accepted", "accepted"]);
    cases.into_iter().for_each(|case| end(case, Reason::Departed));
    let word = "missed front:missed/departed rear:missed/departed";
    assert_eq!(words(root.path())[2..], [word]);
    again();
    assert_eq!(words(root.path())[3..], ["accepted", word]);
}

/// Dies after the admission, after the first and after the second outcome.
#[test]
fn wherever_the_agent_dies_an_arrival_has_one_final_word() {
    for outcomes in 0..=2 {
        for at_the_stop in [false, true] {
            let root = tempfile::tempdir().unwrap();
            let (front, _) = open(root.path()).unwrap();
            let mut cases: Vec<Case> = both(&front).into();
            cases.drain(..outcomes).for_each(seal);
            if at_the_stop {
                front.interrupt_open().unwrap();
            }
            drop((cases, front));
            for _ in 0..2 {
                drop(open(root.path()).unwrap());
            }
            let word = match outcomes {
                0 => "failed front:interrupted/restart rear:interrupted/restart",
                1 => "done front:sealed rear:interrupted/restart",
                _ => "done front:sealed rear:sealed",
            };
            assert_eq!(words(root.path()), ["accepted", word], "{outcomes} {at_the_stop}");
        }
    }
}

#[test]
fn a_case_that_nobody_works_on_still_gives_the_word() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    drop(both(&front));
    assert_eq!(front.end_ownerless().unwrap(), 2);
    assert_eq!(words(root.path()), ["accepted", "failed front:failed/internal rear:failed/internal"]);
}

#[test]
fn who_asked_for_no_words_gets_none() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    end(admit(&front, &arrival('1', Some("e-1"), NOW)).unwrap(), Reason::Departed);
    let topics = rows(root.path(), "SELECT topic FROM outbox");
    assert_eq!(topics, ["lineshot/site/pc-01/outcome"]);
}

#[test]
fn the_word_about_a_simulated_arrival_says_so() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let arrival = Arrival { simulated: true, ..arrival('1', Some("e-1"), NOW) };
    let (cases, _) = admit_to(&front, &arrival, &asked_by_a_plc()).unwrap();
    cases.into_iter().for_each(seal);
    let told = rows(root.path(), "SELECT CAST(payload AS TEXT) FROM outbox");
    assert!(told.len() == 4 && told.iter().all(|json| json.contains(r#""simulated":true"#)), "{told:?}");
}
