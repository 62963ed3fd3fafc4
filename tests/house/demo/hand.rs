//! The terminal's hand on a running demo, and who is refused.

use std::fs;
use std::process::Command;

use super::{Running, demo};
use crate::peers::http::ask;
use crate::workspace::program;

#[test]
fn every_command_tells_what_came_of_it_and_strangers_are_refused() {
    let demo = Running::start();
    its_configuration_is_accepted(&demo);
    another_demo_in_its_folder_is_refused(&demo);
    strangers_are_refused(&demo);
    nothing_but_pictures_of_albums_is_shown(&demo);
    demo.until_played();

    let explained = demo.told(&["explain", "2"]);
    assert_eq!(explained.matches("refused(market)").count(), 3, "{explained}");
    sends_again_what_came(&demo);
    cuts_and_restores(&demo);
    kills(&demo);
    not_every_order_is_known(&demo);
}

fn its_configuration_is_accepted(demo: &Running) {
    let mut check = Command::new(program("lineshot"));
    let checked = check.args(["check", "--config"]).arg(demo.config()).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let said = String::from_utf8(checked.stdout).unwrap();
    for station in ["station body-shop:", "station marriage:", "station final-line:", "markets: US, DE"] {
        assert!(said.contains(station), "{said}");
    }
}

fn another_demo_in_its_folder_is_refused(running: &Running) {
    let second = demo(&running.folder).output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("a demo is running already in") && said.contains("end it with Ctrl-C"), "{said}");
    assert_eq!(running.get("/").status, 200);
}

fn strangers_are_refused(demo: &Running) {
    let Running { address, token, .. } = demo;
    // Before anything was cut: whoever got in would change that.
    for form in [
        "token=00000000000000000000000000000000&action=cut-storage".to_owned(),
        "token=&action=cut-storage".to_owned(),
        format!("token={}&action=cut-storage", &token[..31]),
    ] {
        let answer = demo.post(&form);
        assert_eq!(answer.status, 403, "{form}: {answer:?}");
    }
    assert!(!demo.post("action=cut-storage").head.contains(" 303 "));
    let port = address.rsplit(':').next().unwrap();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ] {
        let form = format!("token={token}&action=cut-storage");
        let kind = "Content-Type: application/x-www-form-urlencoded";
        for (method, path, body) in [("GET", "/", ""), ("GET", "/main", ""), ("POST", "/do", &form)] {
            let answer =
                ask(address, method, path, &[&format!("Host: {host}"), kind, &demo.cookie()], body).unwrap();
            assert_eq!(answer.status, 421, "{method} {path} of {host}");
            assert!(!answer.text().contains(token), "{method} {path} of {host}");
        }
    }
    // Another user of this machine, who does not know the key.
    for cookie in ["Cookie: nothing=at-all".to_owned(), demo.cookie().replace(token, &token[..31])] {
        for path in ["/", "/main", "/?key=0", "/albums/a/b/c.jpg"] {
            let answer = ask(address, "GET", path, &[&cookie], "").unwrap();
            assert!(answer.status == 403 && !answer.text().contains(token), "{path}: {answer:?}");
        }
    }
    let named = format!("Host: localhost:{port}");
    assert_eq!(ask(address, "GET", "/", &[&named, &demo.cookie()], "").unwrap().status, 200);
    assert!(demo.get("/main").text().contains("value=\"cut-storage\""));

    // The hand of a terminal with the file of another run.
    let other = tempfile::tempdir().unwrap();
    let file = format!("{{\"address\":\"{address}\",\"token\":\"{}\"}}", "0".repeat(32));
    fs::write(other.path().join("running.json"), file).unwrap();
    let refused = super::demo(other.path()).arg("cut-storage").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && said.contains("the demo refused"), "{said}");
    let nobody = super::demo(&other.path().join("nothing")).arg("cut-storage").output().unwrap();
    let said = String::from_utf8(nobody.stderr).unwrap();
    assert!(nobody.status.code() == Some(1) && said.contains("no demo is running in"), "{said}");
}

fn nothing_but_pictures_of_albums_is_shown(demo: &Running) {
    for path in [
        "/albums/../",
        "/albums/../../../../etc/passwd",
        "/albums/../../../etc/site.key",
        "/albums/%2e%2e/%2e%2e/site.key.jpg",
        "/albums/..%2f..%2f..%2f..%2fetc/site.key/a.jpg",
        "/albums/a/b/..%2f..%2f..%2fagent.toml",
        "/albums/./././a.jpg",
        "/albums//b/c.jpg",
        "/albums/a/b/c.json",
        "/plant/etc/site.key",
        "/running.json",
        "/etc/passwd",
        "//etc/passwd",
    ] {
        let answer = demo.get(path);
        assert_eq!((answer.status, answer.text().as_str()), (404, ""), "{path}");
    }
}

fn sends_again_what_came(demo: &Running) {
    let objects = demo.objects();
    let told = demo.told(&["resend", "3"]);
    assert!(told.contains("of order 3 was sent again."), "{told}");
    assert!(told.contains("answers accepted, done again; in its book the event still has 1 case."), "{told}");
    assert_eq!(demo.objects(), objects);
}

fn cuts_and_restores(demo: &Running) {
    for (command, words) in [
        ("cut-storage", "The storage is cut."),
        ("restore-storage", "The storage is back; pictures that wait for it: 0."),
        ("cut-broker", "The agent is cut off"),
        ("restore-broker", "The agent is connected again."),
    ] {
        let told = demo.told(&[command]);
        assert!(told.contains(words), "{command}: {told}");
    }
    let main = demo.get("/main").text();
    assert!(main.contains("photographs") && !main.contains("cut by you"), "{main}");
}

fn kills(demo: &Running) {
    for (name, program, back) in [
        ("agent", "lineshot-agent", "It listens to the line again."),
        ("uploader", "lineshot-uploader", "The uploader was started again"),
    ] {
        let of =
            |program: &str| demo.daemons().into_iter().find(|(name, _)| name == program).map(|(_, id)| id);
        let before = of(program);
        let told = demo.told(&["kill", name]);
        assert!(told.contains("was killed (SIGKILL)") && told.contains(back), "{told}");
        let after = of(program);
        assert!(before.is_some() && after.is_some() && before != after, "{before:?} {after:?}");
    }
    let told = demo.told(&["arrive", "--order", "7"]);
    assert_eq!(told.matches("the picture is in the album.").count(), 3, "{told}");
}

fn not_every_order_is_known(demo: &Running) {
    let objects = demo.objects();
    for (order, reason) in [("9", "refused(consent)"), ("99", "refused(order_unknown)")] {
        let told = demo.told(&["arrive", "--order", order]);
        assert_eq!(told.matches(reason).count(), 3, "{told}");
    }
    assert_eq!(demo.objects(), objects);
    let told = demo.told(&["resend", "12"]);
    assert!(told.contains("order 12 has not come to any station yet"), "{told}");
}
