//! A picture says of itself what was claimed, and nothing else.

use lineshot_domain::{LocalDate, StationId, ViewId};

use super::*;

fn caption(view: &str) -> Caption {
    Caption {
        station: StationId::parse("marriage").unwrap(),
        view: ViewId::parse(view).unwrap(),
        date: LocalDate::parse("2026-11-26").unwrap(),
        release: None,
        masks: "0123456789abcdef".to_owned(),
        program: "lineshot 1.2.3".to_owned(),
        simulated: false,
    }
}

#[test]
fn a_picture_says_what_was_claimed_to_the_byte_or_nothing() {
    let frame = size(96, 80);
    let scene = scene(frame);
    let claim = Claim::new(&scene, Crop::whole(frame), frame).unwrap();
    let silent = encode(&covered(&claim), frame);
    let (front, rear) = (caption("front"), caption("rear"));
    let saying = |caption: &Caption| {
        let body = caption.segment().unwrap();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        insert(&silent, &[&[0xFF, 0xE1], &length[..], &body].concat())
    };
    for (file, claimed, is_proven) in [
        (silent.clone(), None, true),
        (saying(&front), Some(&front), true),
        (saying(&front), Some(&rear), false),
        (saying(&front), None, false),
        (silent.clone(), Some(&front), false),
    ] {
        assert_eq!(prove(file, &claim.captioned(claimed)).is_ok(), is_proven, "{claimed:?}");
    }
}
