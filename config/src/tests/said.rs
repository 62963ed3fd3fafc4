//! How mistakes are told: all at once, as compilers show them, and as JSON.

use super::*;

#[test]
fn all_mistakes_of_all_files_are_told_at_once_each_with_its_place() {
    let folder = Folder::shipped();
    folder.put(
        "agent.toml",
        swapped(&swapped(AGENT, "keep_alive      = \"10s\"", "keep_alive = 10"), "data     =", "dta ="),
    );
    folder.put(
        "line.toml",
        swapped(&swapped(LINE, "max_age = \"5s\"", "max_age = \"5 s\""), "Europe/Berlin", "Berlin"),
    );
    let station = swapped(MARRIAGE, "sizes   =", "szies   =");
    folder.put("stations/marriage.toml", swapped(&station, "[0.30, 0.55], [0.10, 0.55]]", "[0.30, 55]]"));
    let problems = folder.agent().unwrap_err();
    let told: Vec<_> =
        problems.iter().map(|it| (it.key.as_deref().unwrap(), it.nearest.as_deref())).collect();
    assert_eq!(
        told,
        [
            ("dta", Some("data")),
            ("broker.keep_alive", None),
            ("timezone", Some("Europe/Berlin")),
            ("trigger.max_age", None),
            ("view[front].szies", Some("sizes")),
            ("view[front].mask[1].polygon[3][2]", None),
        ],
        "{problems}"
    );
    let all_alone = Folder::shipped();
    all_alone.put(
        "stations/marriage.toml",
        std::fs::read(folder.0.path().join("stations/marriage.toml")).unwrap(),
    );
    let problems = all_alone.station().unwrap_err();
    says(&problems, "marriage.toml", "view[front].szies", "did you mean `sizes`?");
    says(&problems, "marriage.toml", "view[front].mask[1].polygon[3][2]", "divide pixels");
    assert_eq!(problems.iter().count(), 2, "{problems}");
}

#[test]
fn a_mistake_of_the_lines_file_is_told_once_and_not_for_every_station() {
    let folder = Folder::shipped();
    folder.put_station("door").put("line.toml", swapped(LINE, "dwell   = \"60s\"", "dwell = \"1s\""));
    let agent = folder.agent().unwrap();
    assert!(agent.stations.is_empty());
    let problems = agent.problems().unwrap();
    assert_eq!(problems.iter().count(), 2, "each station's own `delay` does not fit: {problems}");
    folder.put("line.toml", swapped(LINE, "dwell   = \"60s\"", "dwell = \"0s\""));
    assert_eq!(folder.agent().unwrap_err().iter().count(), 1);
}

#[test]
fn a_problem_is_shown_as_compilers_do_with_its_line_and_no_secret() {
    let folder = Folder::shipped();
    let agent = "version = 1\nname = \"pc\"\nsite = \"works\"\nclock = { trust = \"kernel\" }\n\
                 broker = { password = \"hunter2\", url = \"mqtt://me:hunter2@broker\", kep_alive = \"10s\" }\n";
    folder.put("agent.toml", agent);
    let problems = folder.agent().unwrap_err();
    let file = folder.0.path().join("agent.toml");
    let shown = problems.rendered(false).replace(&file.display().to_string(), "agent.toml");
    let stars = "*".repeat(9);
    assert!(shown.contains(&format!("broker = {{ password = {stars}")), "{shown}");
    assert!(shown.contains("--> agent.toml:5:12"), "{shown}");
    assert!(shown.contains("did you mean `keep_alive`?"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(problems.rendered(true).contains("\u{1b}["));
    for line in problems.json().lines() {
        let problem: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&problem["schema"], &problem["line"]), (&"lineshot/problem/1".into(), &5.into()));
        assert!(!line.contains("hunter2") && problem["text"].as_str().unwrap().starts_with("broker = {"));
    }
    assert_eq!(problems.json().lines().count(), 3, "{problems}");
}

#[test]
fn every_mistake_of_the_syntax_is_told() {
    let folder = Folder::shipped();
    folder.put("agent.toml", "version = 1\nname = line1\nsite = \"a\"\nclock = {\n");
    let problems = folder.agent().unwrap_err();
    assert!(problems.iter().all(|it| it.found.starts_with("not TOML: ")), "{problems}");
    assert_eq!(problems.iter().next().unwrap().place.position().unwrap().0, 2, "{problems}");
}

#[test]
fn the_line_to_the_broker_is_kept_secret_as_written() {
    let broker = |more: &str| {
        let folder = Folder::shipped();
        let agent = swapped(AGENT, "mqtt://broker.line1:1883\"", &format!("mqtts://broker.line1\"\n{more}"));
        folder.put("agent.toml", agent).agent().map(|agent| agent.broker)
    };
    let plain = Folder::shipped().agent().unwrap().broker;
    assert_eq!((plain.port, plain.tls), (1883, None));
    let system = broker("").unwrap();
    assert_eq!((system.port, system.tls), (8883, Some(Tls { ca: None, own: None })));
    let own = broker("ca = \"/ca.pem\"\ncertificate = \"/pc.pem\"\nprivate_key = \"/pc.key\"").unwrap();
    let shown = OwnCertificate { certificate: "/pc.pem".into(), key: "/pc.key".into() };
    assert_eq!(own.tls, Some(Tls { ca: Some("/ca.pem".into()), own: Some(shown) }));
    says(
        &broker("certificate = \"/pc.pem\"").unwrap_err(),
        "agent.toml",
        "broker.private_key",
        "beside `certificate`",
    );
    says(
        &broker("private_key = \"/pc.pem\"").unwrap_err(),
        "agent.toml",
        "broker.certificate",
        "beside `private_key`",
    );
    says(&broker("ca = \"ca.pem\"").unwrap_err(), "agent.toml", "broker.ca", "begin it with a slash");
    let beside = swapped(AGENT, "[broker]", "[broker]\nca = \"/ca.pem\"");
    says(
        &Folder::shipped().put("agent.toml", beside).agent().unwrap_err(),
        "agent.toml",
        "broker.ca",
        "mqtts://",
    );
}

#[test]
fn a_camera_may_show_a_certificate_of_its_own_authorities() {
    let ca = |url: &str| {
        let station = swapped(
            MARRIAGE,
            "http://10.0.0.7/axis-cgi/mjpg/video.cgi\"",
            &format!("{url}\", ca = \"/ca.pem\""),
        );
        Folder::shipped().put("stations/marriage.toml", station).station()
    };
    let station = ca("https://cam/").unwrap();
    assert!(
        matches!(&station.views[0].camera, CameraSetting::Http { ca: Some(ca), .. } if ca == Path::new("/ca.pem"))
    );
    says(&ca("http://cam/").unwrap_err(), "marriage.toml", "view[front].camera.http.ca", "https:// alone");
}

#[test]
fn an_expectation_names_a_moment_and_what_must_become_of_it() {
    let expect = |text: &str| {
        let folder = Folder::shipped();
        folder.put("stations/marriage.toml", format!("{MARRIAGE}\n[[expect]]\n{text}\n")).station()
    };
    let station =
        expect("at = \"2026-11-23T10:00\"\nmarket = \"us\"\nclass = \"serial\"\noutcome = \"sealed\"")
            .unwrap();
    assert_eq!((station.expect[0].at.as_str(), station.expect[0].refused), ("2026-11-23T10:00", None));
    let refused = expect("at = \"now\"\noutcome = \"refused(class)\"").unwrap();
    assert_eq!(refused.expect[0].refused, Some(lineshot_domain::Reason::VehicleClass));
    for (text, key) in [
        ("at = \"now\"", "expect[1].outcome"),
        ("at = \"now\"\noutcome = \"refused\"", "expect[1].outcome"),
        ("at = \"now\"\noutcome = \"missed(class)\"", "expect[1].outcome"),
        ("at = \"now\"\noutcome = \"sealed\"\nmarket = \"U\"", "expect[1].market"),
        ("at = \"now\"\noutcome = \"sealed\"\nclas = \"x\"", "expect[1].clas"),
    ] {
        says(&expect(text).unwrap_err(), "marriage.toml", key, "");
    }
}
