//! Polygons are where they were drawn, at every zoom and on every screen.

use std::fs;

use serde_json::json;

use super::pen::Pen;
use super::{Drawing, Right, machine, visitor};
use crate::plant::Plant;

const SPOTS: [[f64; 2]; 3] = [[0.137, 0.211], [0.853, 0.307], [0.449, 0.871]];

#[test]
fn saved_polygons_are_within_one_pixel_of_where_they_were_drawn() {
    let mut plant = Plant::without_a_store();
    plant.start_agent(&["--unreleased"]);
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let browser = visitor(&drawing);
    let pen = Pen(&browser);
    pen.until("the page is there", "return !!window.lineshotDraft");
    pen.press("#still");
    pen.until("a still", "return document.querySelector('#raw').naturalWidth > 0");
    let mut drawn = Vec::new();
    for (zoom, ratio) in [(0.8, 1.0), (1.0, 1.0), (1.5, 1.0), (0.8, 2.0), (1.0, 2.0), (1.5, 2.0)] {
        // What a browser's zoom is for its page: fewer and larger CSS pixels.
        let screen = json!({ "width": (1600.0 / zoom) as u32, "height": (1000.0 / zoom) as u32,
                             "deviceScaleFactor": zoom * ratio, "mobile": false });
        browser.set("Emulation.setDeviceMetricsOverride", &screen);
        pen.press("#tool-mask");
        let spots = pen.point_at("mouse", &SPOTS);
        pen.press("#finish");
        drawn.push(spots);
    }
    browser.set("Emulation.clearDeviceMetricsOverride", &json!({}));
    pen.save();
    let text = fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    let polygons = text.lines().filter_map(|line| line.trim().strip_prefix("polygon = "));
    let saved: Vec<Vec<[f64; 2]>> =
        polygons.skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(saved.len(), drawn.len(), "{text}");
    for (polygon, spots) in saved.iter().zip(&drawn) {
        for (corner, spot) in polygon.iter().zip(spots) {
            let off = [(corner[0] - spot[0]).abs() * 768.0, (corner[1] - spot[1]).abs() * 432.0];
            assert!(off[0] <= 1.0 && off[1] <= 1.0, "{corner:?} {spot:?} {off:?}");
        }
    }
}
