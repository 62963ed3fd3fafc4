//! An attacker's, and a careless person's, ways with a release: each ends in its own reason, and closed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::officer::{hand, said};
use crate::plant::Plant;
use crate::release::plant;

/// What is found for the one station, without a running agent.
fn verdict(plant: &Plant) -> String {
    let text = said(&hand(plant, &["release", "verify"]));
    match text.split_once("refused(") {
        Some((_, rest)) => rest.split(')').next().unwrap().to_owned(),
        None => {
            let output = hand(plant, &["release", "verify"]);
            assert!(text.contains("released until"), "{text}{}", String::from_utf8_lossy(&output.stderr));
            "released".to_owned()
        }
    }
}

#[test]
fn whatever_is_wrong_with_a_release_is_its_own_reason() {
    let (plant, officer) = plant();
    officer.key("ben", "ed25519");
    officer.key("curve", "ecdsa");
    officer.key("rsa", "rsa");
    officer.key("anna2", "ed25519");
    let both = "lineshot-release,lineshot-resume";
    let same = |text: String| text;
    let good = || {
        officer.trust(&[&format!("anna {both}")]);
        for name in ["policy.toml", "revoked"] {
            let _none = fs::remove_file(officer.path(&format!("etc/lineshot/trust/{name}")));
        }
        officer.release(&plant, 7, &["anna"], same);
        assert_eq!(verdict(&plant), "released");
    };
    let replaced = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}\n{text}");
            text.replace(from, to)
        }
    };
    let line = |key: &'static str, value: &'static str| {
        move |text: String| -> String {
            let is_it = |line: &str| line.starts_with(&format!("{key} = "));
            assert!(text.lines().any(is_it), "{key}\n{text}");
            text.lines()
                .map(|it| if is_it(it) { format!("{key} = {value}\n") } else { format!("{it}\n") })
                .collect()
        }
    };
    let trust = |name: &str| officer.path(&format!("etc/lineshot/trust/{name}"));
    let mode = |path: std::path::PathBuf, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap()
    };
    let releases = |name: &str| officer.path(&format!("etc/lineshot/releases/{name}"));
    let policy = |text: &str| officer.put("etc/lineshot/trust/policy.toml", text);
    let two = "version = 1\nrelease = { signatures = 2 }\n";
    let sign_as = |namespace: &str| {
        let document = officer.prepare(&plant, 7, same);
        officer.sign(&document, "anna", namespace);
        let signature = fs::read_to_string(format!("{}.sig", document.display())).unwrap();
        officer.put("etc/lineshot/releases/release.toml.0.sig", &signature);
        officer.put("etc/lineshot/releases/release.toml", &fs::read_to_string(&document).unwrap());
    };
    type Act<'a> = Box<dyn Fn() + 'a>;
    let cases: Vec<(&str, &str, Act<'_>)> = vec![
        ("no file", "unreleased", Box::new(|| officer.clear())),
        ("no signature", "release_signature", Box::new(|| officer.release(&plant, 7, &[], same))),
        ("a stranger's", "release_signature", Box::new(|| officer.release(&plant, 7, &["ben"], same))),
        (
            "a key of a kind that is not supported",
            "release_signature",
            Box::new(|| officer.release(&plant, 7, &["rsa"], same)),
        ),
        (
            "such a key in the file",
            "release_trust",
            Box::new(|| officer.trust(&["anna lineshot-release", "rsa lineshot-release"])),
        ),
        ("signed as a file", "release_signature", Box::new(|| sign_as("file"))),
        ("signed as a resume", "release_signature", Box::new(|| sign_as("lineshot-resume"))),
        (
            "a key without the namespace",
            "release_signature",
            Box::new(|| officer.trust(&["anna lineshot-resume"])),
        ),
        ("one of two", "release_signature", Box::new(|| policy(two))),
        (
            "one key, two names",
            "release_signature",
            Box::new(|| {
                policy(two);
                officer.trust(&["anna lineshot-release", "anna lineshot-release anna2"]);
                officer.release(&plant, 7, &["anna", "anna"], same);
            }),
        ),
        (
            "one person, two keys",
            "release_signature",
            Box::new(|| {
                policy(two);
                officer.trust(&["anna lineshot-release", "anna2 lineshot-release anna"]);
                officer.release(&plant, 7, &["anna", "anna2"], same);
            }),
        ),
        (
            "two people",
            "released",
            Box::new(|| {
                policy(two);
                officer.trust(&["anna lineshot-release", "curve lineshot-release ben"]);
                officer.release(&plant, 7, &["anna", "curve"], same);
            }),
        ),
        (
            "a policy of three",
            "release_trust",
            Box::new(|| policy("version = 1\nrelease = { signatures = 3 }\n")),
        ),
        (
            "a policy of none",
            "release_trust",
            Box::new(|| policy("version = 1\nrelease = { signatures = 0 }\n")),
        ),
        (
            "a policy with another word",
            "release_trust",
            Box::new(|| policy("version = 1\nrelese = { signatures = 1 }\n")),
        ),
        (
            "changed since",
            "release_signature",
            Box::new(|| {
                let text = fs::read_to_string(releases("release.toml")).unwrap();
                officer.put("etc/lineshot/releases/release.toml", &text.replace("robot", "rabot"));
            }),
        ),
        (
            "a signature of junk",
            "release_signature",
            Box::new(|| officer.put("etc/lineshot/releases/release.toml.0.sig", "junk")),
        ),
        (
            "expired by a second",
            "release_expired",
            Box::new(|| {
                let at = |seconds| {
                    format!("\"{:.0}\"", jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds))
                };
                let times = |text: String| {
                    let text: String = text
                        .lines()
                        .map(|it| match it.split(" = ").next() {
                            Some("not_before") => format!("not_before = {}\n", at(60)),
                            Some("expires") => format!("expires = {}\n", at(1)),
                            _ => format!("{it}\n"),
                        })
                        .collect();
                    text
                };
                officer.release(&plant, 7, &["anna"], times);
            }),
        ),
        (
            "not yet",
            "release_early",
            Box::new(|| {
                let days = |days: i64| {
                    format!("\"{:.0}\"", jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days))
                };
                let times = |text: String| -> String {
                    text.lines()
                        .map(|it| match it.split(" = ").next() {
                            Some("not_before") => format!("not_before = {}\n", days(1)),
                            Some("expires") => format!("expires = {}\n", days(2)),
                            _ => format!("{it}\n"),
                        })
                        .collect()
                };
                officer.release(&plant, 7, &["anna"], times);
            }),
        ),
        (
            "for 181 days",
            "release_unreadable",
            Box::new(|| {
                officer.release(&plant, 7, &["anna"], line("not_before", "\"2020-01-01T00:00:00Z\""))
            }),
        ),
        (
            "another host",
            "release_host",
            Box::new(|| officer.release(&plant, 7, &["anna"], line("host", "\"0000000000000000\""))),
        ),
        (
            "another agent",
            "release_host",
            Box::new(|| officer.release(&plant, 7, &["anna"], line("agent", "\"pc-02\""))),
        ),
        (
            "another site",
            "release_host",
            Box::new(|| officer.release(&plant, 7, &["anna"], line("site", "\"elsewhere\""))),
        ),
        (
            "this disk in another machine",
            "release_host",
            Box::new(|| officer.put("etc/machine-id", "fedcba9876543210fedcba9876543210\n")),
        ),
        (
            "another darkroom",
            "release_darkroom",
            Box::new(|| officer.release(&plant, 7, &["anna"], line("darkroom", "999"))),
        ),
        (
            "a key more",
            "release_unreadable",
            Box::new(|| officer.release(&plant, 7, &["anna"], |text| format!("extra = 1\n{text}"))),
        ),
        (
            "another format",
            "release_unreadable",
            Box::new(|| officer.release(&plant, 7, &["anna"], line("format", "\"lineshot-release-2\""))),
        ),
        (
            "no TOML",
            "release_unreadable",
            Box::new(|| officer.release(&plant, 7, &["anna"], |_| "{}".to_owned())),
        ),
        (
            "less shown than runs",
            "release_settings",
            Box::new(|| officer.release(&plant, 7, &["anna"], replaced("0.95", "0.94"))),
        ),
        (
            "another broker",
            "release_settings",
            Box::new(|| {
                officer.release(&plant, 7, &["anna"], replaced("mqtt://127.0.0.1", "mqtt://127.0.0.2"))
            }),
        ),
        (
            "revoked",
            "release_revoked",
            Box::new(|| {
                use sha2::{Digest as _, Sha256};
                let hash = hex::encode(Sha256::digest(fs::read(releases("release.toml")).unwrap()));
                officer.put(
                    "etc/lineshot/trust/revoked",
                    &format!("lineshot-revoked-1 2026-11-01T00:00:00Z\nrelease {hash}\n"),
                );
            }),
        ),
        (
            "a revoked key",
            "release_signature",
            Box::new(|| {
                let key = officer.fingerprint("anna");
                officer.put(
                    "etc/lineshot/trust/revoked",
                    &format!("lineshot-revoked-1 2026-11-01T00:00:00Z\nkey {key}\n"),
                );
            }),
        ),
        (
            "a list that cannot be read",
            "release_trust",
            Box::new(|| officer.put("etc/lineshot/trust/revoked", "lineshot-revoked-1\n")),
        ),
        (
            "a list that is missing",
            "release_trust",
            Box::new(|| policy("version = 1\nrevoked = { max_age_days = 30 }\n")),
        ),
        (
            "a list that is too old",
            "release_trust",
            Box::new(|| {
                policy("version = 1\nrevoked = { max_age_days = 30 }\n");
                officer.put("etc/lineshot/trust/revoked", "lineshot-revoked-1 2020-01-01T00:00:00Z\n");
            }),
        ),
        ("no trust", "release_trust", Box::new(|| fs::remove_file(trust("allowed_signers")).unwrap())),
        ("trust that others may write", "release_trust", Box::new(|| mode(trust("allowed_signers"), 0o666))),
        ("a trust folder that others may write", "release_trust", Box::new(|| mode(trust(""), 0o777))),
        (
            "a folder above that others may write",
            "release_host",
            Box::new(|| mode(officer.path("etc"), 0o777)),
        ),
        (
            "a release that others may write",
            "release_unreadable",
            Box::new(|| mode(releases("release.toml"), 0o664)),
        ),
        (
            "a signature that others may write",
            "release_unreadable",
            Box::new(|| mode(releases("release.toml.0.sig"), 0o666)),
        ),
        (
            "a linked release",
            "release_unreadable",
            Box::new(|| officer.link("etc/lineshot/releases/release.toml")),
        ),
        ("linked trust", "release_trust", Box::new(|| officer.link("etc/lineshot/trust/allowed_signers"))),
        ("a linked trust folder", "release_trust", Box::new(|| officer.link("etc/lineshot/trust"))),
    ];
    let mut wrong = Vec::new();
    for (what, want, act) in cases {
        // Everything as it should be, whatever the case before left.
        let elsewhere = officer.path("elsewhere");
        if elsewhere.exists() {
            let _file = fs::remove_file(&elsewhere);
            let _folder = fs::remove_dir_all(&elsewhere);
        }
        for folder in ["etc", "etc/lineshot/trust", "etc/lineshot/releases"] {
            let path = officer.path(folder);
            if path.is_symlink() {
                fs::remove_file(&path).unwrap();
            }
            fs::create_dir_all(&path).unwrap();
            mode(path, 0o755);
        }
        let _link = fs::remove_file(trust("allowed_signers"));
        officer.put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        good();
        act();
        let found = verdict(&plant);
        if found != want {
            wrong.push(format!(
                "{what}: {found}, not {want}\n{}",
                said(&hand(&plant, &["release", "verify"]))
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The doctor sees the same.
    for folder in ["etc/lineshot/trust", "etc/lineshot/releases"] {
        let path = officer.path(folder);
        if path.is_symlink() {
            fs::remove_file(&path).unwrap();
        }
        fs::create_dir_all(&path).unwrap();
    }
    let _link = fs::remove_file(trust("allowed_signers"));
    good();
    assert!(said(&hand(&plant, &["doctor"])).contains("releases: marriage: released until"));
    officer.trust(&["ben lineshot-release"]);
    assert!(said(&hand(&plant, &["doctor"])).contains("FAIL  releases: marriage: "));
}
