use lineshot_config::AgentSettings;

use super::*;
use crate::draft::chosen;

const MARRIAGE: &str = include_str!("../../../config/examples/stations/marriage.toml");
const AGENT: &str = "version = 1\nname = \"pc\"\nsite = \"s\"\nclock = { trust = \"kernel\" }\n\
                     broker = { url = \"mqtt://b\" }\n";
const LINE: &str = include_str!("../../../config/examples/line.toml");

/// What is read of this text, by the reader of the agent.
fn draft(text: &str) -> Draft {
    let folder = tempfile::tempdir().unwrap();
    let planned = [("agent.toml", AGENT), ("line.toml", LINE), ("stations/marriage.toml", text)];
    let planned = planned.map(|(name, text)| (folder.path().join(name), text.to_owned()));
    let settings = AgentSettings::foreseen(folder.path(), &planned).unwrap();
    let (station, view) = chosen(&settings, "marriage", None).unwrap();
    Draft::of(station, view)
}

/// As a browser sends it back.
fn returned(draft: &Draft) -> Draft {
    serde_json::from_str::<Draft>(&serde_json::to_string(draft).unwrap()).unwrap().exact()
}

#[test]
fn loading_and_saving_without_a_change_gives_the_same_bytes() {
    for text in [
        MARRIAGE.to_owned(),
        MARRIAGE.replace("0.05, 0.10", "0.0512345,1e-1"),
        MARRIAGE.replace("show    = [", "show=[").replace('\n', "\r\n"),
        MARRIAGE.replace("[0.05, 0.10, 0.95, 0.95]", "[0.051, 0.0999, 0.9517, 0.9513]"),
        format!("{MARRIAGE}\n# behind everything\n"),
    ] {
        let before = draft(&text);
        assert_eq!(redrawn(&text, "front", &before, &returned(&before)).unwrap(), text);
    }
}

#[test]
fn a_change_is_read_again_as_it_was_made_and_touches_nothing_else() {
    let before = draft(MARRIAGE);
    let mut after = returned(&before);
    after.show = Show::Polygons(vec![vec![[0.0, 0.0], [1.0, 0.1234], [0.5, 0.9]]]);
    after.masks[0].polygon[0] = [0.1111, 0.2];
    after
        .masks
        .push(Mask { name: "a \"new\" one".to_owned(), polygon: vec![[0.6, 0.6], [0.7, 0.6], [0.65, 0.7]] });
    after.crop = None;
    after.sizes = vec![320];
    after.delay_ms = 2500;
    after.within_ms = 15_000;
    after.dwell_ms = Some(75_000);
    after.windows = Some(vec![Window { days: "mon-fri".into(), from: "06:00".into(), to: "24:00".into() }]);
    let text = redrawn(MARRIAGE, "front", &before, &after).unwrap();
    assert_eq!(draft(&text), after, "{text}");
    for kept in [
        "# An error in this file closes this station and no other.",
        "latency = \"500ms\"                        # how old a frame",
        "delay   = \"2500ms\"                       # from the arrival",
        "[[view.mask]]                            # what is covered inside",
        "name    = \"robot controller\"\n",
        "# outcome = \"sealed\"",
    ] {
        assert!(text.contains(kept), "{kept}\n{text}");
    }
    // And back.
    let back = redrawn(&text, "front", &after, &before).unwrap();
    let always = vec![Window { days: "daily".into(), from: "00:00".into(), to: "24:00".into() }];
    assert_eq!(draft(&back), Draft { windows: Some(always), ..before });
}

#[test]
fn masks_come_and_go_and_a_camera_is_changed_with_what_it_needs() {
    let before = draft(MARRIAGE);
    let none = Draft { masks: Vec::new(), ..before.clone() };
    let text = redrawn(MARRIAGE, "front", &before, &none).unwrap();
    assert_eq!(draft(&text), none);
    assert_eq!(draft(&redrawn(&text, "front", &none, &before).unwrap()), before);
    for camera in [
        Camera {
            kind: "line".into(),
            address: String::new(),
            position: Some(3),
            fps: None,
            size: "1920x1080".into(),
        },
        Camera {
            kind: "file".into(),
            address: "/clip".into(),
            position: None,
            fps: Some(4.0),
            size: "640x360".into(),
        },
        Camera {
            kind: "http-snapshot".into(),
            address: "http://10.0.0.9/one".into(),
            position: None,
            fps: None,
            size: "640x360".into(),
        },
    ] {
        let after = Draft { camera, crop: None, sizes: vec![480], ..before.clone() };
        let text = redrawn(MARRIAGE, "front", &before, &after).unwrap();
        assert_eq!(draft(&text), after, "{text}");
        assert_eq!(text.contains("latency"), after.camera.kind.starts_with("http"), "{text}");
    }
    let inline = "[[view]]\nid = \"front\"\nmask = [{ name = \"a\", polygon = [[0,0],[1,0],[1,1]] }] # why\n";
    let mut after = before.clone();
    after.masks = vec![Mask { name: "b".into(), polygon: vec![[0.5, 0.5], [0.6, 0.5], [0.6, 0.6]] }];
    let text = redrawn(inline, "front", &before, &after).unwrap();
    assert!(text.contains("name = \"b\", polygon = [[0.5, 0.5]") && text.ends_with("# why\n"), "{text}");
    assert!(matches!(redrawn(inline, "rear", &before, &after), Err(EditError::NoView(_))));
}
