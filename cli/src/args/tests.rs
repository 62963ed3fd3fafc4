use clap::CommandFactory;

use super::*;

/// Each errand in one line.
fn asked(line: &str) -> Vec<String> {
    let errands = Cli::try_parse_from(line.split(' ')).unwrap().errands();
    let said = |errand: &Errand| {
        let arguments: Vec<_> = errand.arguments.iter().map(|a| a.to_str().unwrap()).collect();
        format!("{} {}", errand.program.name(), arguments.join(" "))
    };
    errands.iter().map(said).collect()
}

#[test]
fn what_the_person_typed_reaches_the_right_daemon() {
    for (line, want) in [
        ("lineshot spool list", "lineshot-agent spool list"),
        ("lineshot spool list --data /d --config /c", "lineshot-agent spool list --config=/c --data=/d"),
        ("lineshot spool check", "lineshot-agent spool check"),
        ("lineshot spool check --data /d --config /c", "lineshot-agent spool check --config=/c --data=/d"),
        ("lineshot init", "lineshot-agent init"),
        ("lineshot init /c --site s --help", "lineshot-agent init /c --site s --help"),
        ("lineshot station add x --like y --set a=b", "lineshot-agent station add x --like y --set a=b"),
        ("lineshot stations import l.csv", "lineshot-agent stations import l.csv"),
        ("lineshot listen plant/# --config /c", "lineshot-agent listen plant/# --config /c"),
        ("lineshot album --order 4711", "lineshot-agent album --order=4711"),
        ("lineshot album --body=-b --site-key /k", "lineshot-agent album --body=-b --site-key=/k"),
        ("lineshot album --vin V --config /c", "lineshot-agent album --vin=V --config=/c"),
        ("lineshot site-key new", "lineshot-agent site-key new"),
        ("lineshot site-key new /k", "lineshot-agent site-key new -- /k"),
        ("lineshot site-key new -- -k", "lineshot-agent site-key new -- -k"),
        ("lineshot pin", "lineshot-uploader pin"),
        ("lineshot pin --config /c --data /d", "lineshot-uploader pin --config=/c --data=/d"),
        ("lineshot why", "lineshot-agent why"),
        ("lineshot why refused(window)", "lineshot-agent why -- refused(window)"),
        (
            "lineshot explain --would m --at 2026-11-24T05:59",
            "lineshot-agent explain --would=m --at=2026-11-24T05:59",
        ),
        (
            "lineshot explain --would m --at now --class c --market US --config /c",
            "lineshot-agent explain --would=m --at=now --market=US --class=c --config=/c",
        ),
        (
            "lineshot explain --order 3 --config /c --json",
            "lineshot-agent explain --order=3 --config=/c --json",
        ),
        (
            "lineshot explain --event e-17 --data /d --config /c",
            "lineshot-agent explain --event=e-17 --config=/c --data=/d",
        ),
        ("lineshot explain --body=-b", "lineshot-agent explain --body=-b"),
        ("lineshot explain --vin V", "lineshot-agent explain --vin=V"),
        (
            "lineshot simulate arrival --station m --order 4711 --vin V --market US --class c",
            "lineshot-agent simulate arrival --station=m --vin=V --order=4711 --market=US --class=c",
        ),
        (
            "lineshot simulate arrival --station m --body=-b --config /c --socket /s",
            "lineshot-agent simulate arrival --station=m --body=-b --config=/c --socket=/s",
        ),
    ] {
        assert_eq!(asked(line), [want]);
    }
}

#[test]
fn check_asks_both_daemons() {
    for (line, dir) in [
        ("lineshot check", "/etc/lineshot"),
        ("lineshot check /c", "/c"),
        ("lineshot check --config /c", "/c"),
    ] {
        let both = ["lineshot-agent", "lineshot-uploader"].map(|d| format!("{d} check --config={dir}"));
        assert_eq!(asked(line), both);
    }
}

#[test]
fn an_album_is_asked_for_by_exactly_one_number() {
    for line in ["lineshot album", "lineshot album --order 1 --vin 2", "lineshot", "lineshot spool"] {
        assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
    }
}

#[test]
fn a_simulated_vehicle_is_a_vin_an_order_both_or_a_body() {
    for (numbers, fits) in [
        ("--vin V", true),
        ("--order 1", true),
        ("--vin V --order 1", true),
        ("--body b", true),
        ("--body b --vin V", false),
        ("--body b --order 1", false),
        ("--market US", false),
    ] {
        let line = format!("lineshot simulate arrival --station m {numbers}");
        assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), fits, "{line}");
    }
}

#[test]
fn a_question_is_of_a_moment_at_a_station_or_of_one_number_or_event() {
    for line in [
        "explain",
        "explain --would m",
        "explain --at now",
        "explain --order 1 --vin V",
        "explain --order 1 --event e",
        "explain --would m --at now --body b",
        "explain --order 1 --at now",
        "explain --order 1 --market US",
        "explain --would m --at now --json",
        "explain --would m --at now --data /d",
        "simulate arrival --vin V",
    ] {
        assert!(Cli::try_parse_from(format!("lineshot {line}").split(' ')).is_err(), "{line}");
    }
}

#[test]
fn the_commands_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn both_daemons_are_examined_with_their_own_rights() {
    let errands = Cli::try_parse_from(["lineshot", "doctor", "--config", "/c", "--json"]).unwrap().errands();
    let said: Vec<_> = errands.iter().map(|errand| (&errand.arguments, &errand.rights)).collect();
    let arguments = ["doctor", "--config=/c", "--json"].map(OsString::from).to_vec();
    let handed = |path: &str| Rights::Daemon { handed: Some(PathBuf::from(path)) };
    let want = [Rights::Daemon { handed: None }, handed("/c/s3-credentials.toml")];
    assert_eq!(said, [(&arguments, &want[0]), (&arguments, &want[1])]);
    let errands = Cli::try_parse_from(["lineshot", "doctor"]).unwrap().errands();
    assert_eq!(errands[1].rights, handed("/etc/lineshot/s3-credentials.toml"));
    assert_eq!(asked("lineshot doctor"), ["lineshot-agent doctor", "lineshot-uploader doctor"]);
}
