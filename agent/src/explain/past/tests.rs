use lineshot_domain::Wall;

use super::*;

/// A case at 2026-11-23T10:00:00Z of which nothing is known yet.
fn open() -> PastCase {
    PastCase {
        case: "0123456789abcdef".to_owned(),
        event: Some("e-17".to_owned()),
        station: "marriage".to_owned(),
        view: "front".to_owned(),
        received: Wall::from_unix_ms(1_795_428_000_000),
        outcome: None,
        reason: None,
        delivery: None,
        undelivered: None,
        discreet: false,
        simulated: false,
        unreleased: true,
    }
}

/// One that ended; what is empty is not there.
fn ended(outcome: &str, reason: &str, delivery: &str) -> PastCase {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PastCase { outcome: some(outcome), reason: some(reason), delivery: some(delivery), ..open() }
}

fn said(case: &PastCase) -> String {
    sentences(&CaseText::of(case), case)
}

#[test]
fn an_answer_for_programs_is_written_as_its_contract_says() {
    let later = |minutes: i64| Wall::from_unix_ms(1_795_428_000_000 + minutes * 60_000);
    let mut cases = [ended("refused", "market", ""), ended("sealed", "", "waiting"), open()];
    (cases[0].discreet, cases[1].simulated, cases[1].event) = (true, true, None);
    (cases[1].case, cases[2].case) = ("00112233445566aa".to_owned(), "00112233445566bb".to_owned());
    (cases[1].station, cases[2].station) = ("paint".to_owned(), "paint".to_owned());
    (cases[1].received, cases[2].received) = (later(2), later(4));
    (cases[2].event, cases[2].view) = (Some("e-18".to_owned()), "rear".to_owned());
    let said = json(&cases.iter().map(CaseText::of).collect::<Vec<_>>());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&said).unwrap(),
        serde_json::from_str::<serde_json::Value>(include_str!("../../../golden/explained.json")).unwrap()
    );
}

#[test]
fn a_refusal_that_is_kept_from_others_reads_like_this() {
    let case = PastCase { discreet: true, ..ended("refused", "market", "") };
    assert_eq!(
        said(&case),
        "2026-11-23 10:00:00 UTC  marriage, front, event e-17, unreleased: refused(market)\n\
         \u{20}\u{20}There are no photographs in the vehicle's market.\n\
         \u{20}\u{20}What to do: Nothing; `permit.markets` names the markets.\n\
         \u{20}\u{20}Others are told not_permitted; the reason is for this house alone.\n\
         \u{20}\u{20}Nothing about its order leaves this PC.\n"
    );
}

#[test]
fn what_became_of_a_picture_or_of_the_note_that_there_is_none_is_said() {
    for (case, parts) in [
        (open(), vec![": is being photographed\n", "its next start ends it"]),
        (ended("sealed", "", "waiting"), vec![": sealed\n", "The picture waits for its delivery."]),
        (ended("sealed", "", "delivered"), vec!["The picture is delivered."]),
        (
            ended("missed", "departed", "delivered"),
            vec![": missed(departed)\n", "note that there is no picture is"],
        ),
        (
            PastCase {
                undelivered: Some("parcel_proof".to_owned()),
                simulated: true,
                ..ended("sealed", "", "undeliverable")
            },
            vec![
                ", simulated, unreleased: sealed\n",
                "  undeliverable(parcel_proof)\n",
                "The second proof",
                "can never be delivered",
            ],
        ),
    ] {
        let said = said(&case);
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in:\n{said}");
        }
        assert!(!said.contains("Others are told"), "{said}");
    }
}

#[test]
fn every_reason_has_its_sentence_and_its_mend() {
    for reason in Reason::ALL {
        let case = ended("refused", reason.code(), "");
        let said = said(&case);
        assert!(said.contains(reason.sentence()) && said.contains(reason.mend()), "{said}");
        assert_eq!(said.contains("Others are told"), reason.told() != reason.code(), "{said}");
    }
}

#[test]
fn nobody_repeats_what_was_asked_for() {
    let number = "WP0ZZZ99ZTS390000".to_owned();
    let whose = [Whose::Order(number.clone()), Whose::Body(number.clone()), Whose::Vin(number.clone())];
    for of in whose.into_iter().map(Of::Vehicle).chain([Of::Event(number.clone())]) {
        let said = nobody(&of);
        assert!(said.starts_with("No: ") && !said.contains(&number), "{said}");
    }
}
