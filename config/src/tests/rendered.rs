//! A rendered line in place of a camera.

use super::*;

#[test]
fn a_rendered_line_is_a_camera_without_latency() {
    let line = "line = { seed = 7, position = 15, takt = \"12s\" }";
    let own = without(&swapped(MARRIAGE, SOURCE, line), "latency");
    let folder = Folder::shipped();
    let view = folder.put("stations/marriage.toml", &own).station().unwrap().views.remove(0);
    let takt = Duration::from_secs(12);
    assert_eq!(view.camera, CameraSetting::Line { seed: 7, position: 15, cars: LineCars::Takt(takt) });
    assert_eq!(view.latency, Duration::ZERO);
    for (from, to, key, mend) in [
        ("delay ", "latency = \"1s\"\ndelay ", "view[front].latency", "exposure is measured"),
        ("1920x1080", "1280x720", "view[front].camera.size", "\"1920x1080\" for a rendered line"),
        ("position = 15", "position = 16", "view[front].camera.line.position", "0 to 15"),
        ("position = 15", "position = -1", "view[front].camera.line.position", "0 to 15"),
        ("seed = 7", "seed = -7", "view[front].camera.line.seed", "from 0"),
        ("seed = 7", "seed = 7.5", "view[front].camera.line.seed", "from 0"),
        ("seed = 7, ", "", "view[front].camera.line.seed", "add this key"),
        ("\"12s\"", "\"3s\"", "view[front].camera.line.takt", "\"4s\" to \"10m\""),
        ("takt", "tact", "view[front].camera.line.tact", "correct its spelling"),
        (", takt = \"12s\"", "", "view[front].camera.line", "found neither"),
        ("\"12s\"", "\"12s\", plan = \"/p\"", "view[front].camera.line", "found both"),
        ("line = {", "file = { path = \"/x\" }, line = {", "view[front].camera", "more than one"),
    ] {
        let problems = folder.put("stations/marriage.toml", swapped(&own, from, to)).station().unwrap_err();
        says(&problems, "marriage.toml", key, mend);
    }
}

#[test]
fn a_rendered_line_shows_the_cars_of_a_plan_where_it_has_one() {
    let line = "line = { seed = 7, position = 1, plan = \"/srv/demo/plan\" }";
    let own = without(&swapped(MARRIAGE, SOURCE, line), "latency");
    let folder = Folder::shipped();
    let view = folder.put("stations/marriage.toml", &own).station().unwrap().views.remove(0);
    let cars = LineCars::Plan("/srv/demo/plan".into());
    assert_eq!(view.camera, CameraSetting::Line { seed: 7, position: 1, cars });
    for (from, to, key, mend) in [
        ("\"/srv", "\"srv", "view[front].camera.line.plan", "begin it with a slash"),
        ("plan =", "plans =", "view[front].camera.line.plans", "correct its spelling"),
        ("1920x1080", "1280x720", "view[front].camera.size", "\"1920x1080\" for a rendered line"),
    ] {
        let problems = folder.put("stations/marriage.toml", swapped(&own, from, to)).station().unwrap_err();
        says(&problems, "marriage.toml", key, mend);
    }
}
