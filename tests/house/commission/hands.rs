//! The same by keyboard alone, and by finger; and what a phone is shown.

use std::fs;

use serde_json::json;

use super::pen::{CONTROL, DOWN, ENTER, LEFT, Pen, RIGHT, SPACE, UP};
use super::{Drawing, Right, guide, machine, visitor};
use crate::plant::Plant;

fn plant() -> Plant {
    let mut plant = Plant::without_a_store();
    plant.start_agent(&["--unreleased"]);
    plant
}

#[test]
fn by_keyboard_alone_a_mask_is_drawn_an_hour_is_opened_and_both_are_saved() {
    let plant = plant();
    plant.write("line.toml", "version = 1\ntimezone = \"Europe/Berlin\"\n");
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let browser = visitor(&drawing);
    let pen = Pen(&browser);
    pen.until("the page is there", "return !!window.lineshotDraft");
    pen.tab_to("#still");
    pen.strike(None, &[ENTER]);
    pen.until("a still", "return document.querySelector('#raw').naturalWidth > 0");
    pen.tab_to("#tool-mask");
    pen.strike(None, &[SPACE]);
    pen.tab_to("#drawing");
    // From the middle of the frame of 768x432: a square of 128 pixels to the left and up.
    pen.strike(None, &[ENTER]);
    pen.strike(Some(CONTROL), &[LEFT, LEFT]);
    pen.strike(None, &[ENTER]);
    pen.strike(Some(CONTROL), &[UP, UP]);
    pen.strike(None, &[ENTER]);
    pen.strike(Some(CONTROL), &[RIGHT, RIGHT]);
    pen.strike(None, &[DOWN, ENTER, "c"]);
    let polygon = pen.draft()["masks"][1]["polygon"].clone();
    assert_eq!(polygon, json!([[0.5, 0.5], [0.3333, 0.5], [0.3333, 0.2037], [0.5, 0.2222]]));
    pen.tab_to("#always");
    pen.strike(None, &[SPACE]);
    pen.tab_to("#week .hour");
    let before = pen.draft()["windows"].clone();
    pen.strike(None, &[RIGHT, SPACE]);
    let after = pen.draft()["windows"].clone();
    assert_ne!(before, after);
    guide(&browser, "week", "section:has(#week)");
    pen.tab_to("#difference");
    pen.strike(None, &[ENTER]);
    pen.until("the difference", "return !document.querySelector('#proposal').hidden");
    let count = browser.read("return document.querySelectorAll('#warnings input').length").as_u64().unwrap();
    for number in 0..count {
        pen.tab_to(&format!("#warnings label:nth-of-type({}) input", number + 1));
        pen.strike(None, &[SPACE]);
    }
    pen.tab_to("#save");
    pen.strike(None, &[ENTER]);
    pen.until("it is saved", "return !document.querySelector('#saved').hidden");
    let station = fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    assert!(
        station.contains("polygon = [[0.5, 0.5], [0.3333, 0.5], [0.3333, 0.2037], [0.5, 0.2222]]"),
        "{station}"
    );
    assert!(station.contains("windows = [{ days = "), "{station}");
}

#[test]
fn by_finger_an_area_is_drawn_and_a_phone_is_shown_covered_pictures_alone() {
    let plant = plant();
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let browser = visitor(&drawing);
    let pen = Pen(&browser);
    browser.set("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true, "maxTouchPoints": 2 }));
    pen.until("the page is there", "return !!window.lineshotDraft");
    pen.press("#tool-show");
    let spots = [[0.2, 0.2], [0.6, 0.22], [0.55, 0.6]];
    let drawn = pen.point_at("touch", &spots);
    pen.point_at("touch", &spots[..1]);
    let shapes = pen
        .until("it is closed", "const { show } = window.lineshotDraft(); return show.length === 2 && show");
    for (corner, spot) in shapes[1].as_array().unwrap().iter().zip(&drawn) {
        let off = [0, 1].map(|axis| (corner[axis].as_f64().unwrap() - spot[axis]).abs());
        assert!(off[0] * 768.0 <= 1.0 && off[1] * 432.0 <= 1.0, "{corner} {spot:?}");
    }
    // A phone in the hand, which is shown what the file says.
    pen.press("#undo");
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 3, "mobile": true });
    browser.set("Emulation.setDeviceMetricsOverride", &phone);
    pen.until("nothing raw", "const raw = document.querySelector('#raw'); return raw.hidden && !raw.src");
    assert_eq!(
        browser.read("return [...document.querySelectorAll('.desk')].some((it) => it.checkVisibility())"),
        false
    );
    pen.press("#covered-view");
    pen.until("the covered result", "return document.querySelector('#covered').naturalWidth > 0");
    assert_eq!(browser.read("return document.documentElement.scrollWidth <= innerWidth"), true);
    guide(&browser, "phone", "#result");
}
