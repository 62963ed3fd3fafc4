//! What is under the cover is seen by the page alone: it is in no file, log or packet but the page's own connection.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;
use serde_json::{Value, json};

use super::pen::Pen;
use super::{Drawing, Right, draft, machine};
use crate::canary::{Hunter, files, frame, nothing_in_files, nothing_said, view};
use crate::peers::{Browser, Process};
use crate::plant::Plant;
use crate::skip;

/// Set where this program runs on a loopback of its own: on the other one, other tests send canaries, too.
const ALONE: &str = "LINESHOT_TEST_ALONE";

/// Runs one test of this program on a loopback of its own.
fn alone(test: &str) {
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", "ip link set lo up && exec \"$0\" --exact \"$1\" --nocapture"]);
    command.arg(std::env::current_exe().unwrap()).arg(test).env(ALONE, "1");
    let done = command.output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

/// All that was sent over TCP, one text for each direction of each connection; none of it was lost.
fn streams(capture: &Path) -> BTreeMap<(u16, u16), Vec<u8>> {
    let bytes = fs::read(capture).unwrap();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // Of the file 24 bytes, of a packet 16, of loopback's Ethernet 14 (pcap-savefile(5), LINKTYPE_ETHERNET).
    assert_eq!((number(0), number(20)), (0xA1B2_C3D4, 1), "another format of capture");
    let (mut at, mut all) = (24, BTreeMap::<_, Vec<u8>>::new());
    while at + 16 <= bytes.len() {
        let length = number(at + 8);
        let packet = &bytes[at + 16..at + 16 + length];
        at += 16 + length;
        let ip = &packet[14..];
        let tcp = &ip[usize::from(ip[0] & 15) * 4..usize::from(u16::from_be_bytes([ip[2], ip[3]]))];
        let ports = [0, 2].map(|from| u16::from_be_bytes([tcp[from], tcp[from + 1]]));
        let payload = &tcp[usize::from(tcp[12] >> 4) * 4..];
        all.entry((ports[0], ports[1])).or_default().extend(payload);
    }
    all
}

/// A plant whose camera shows what may be seen nowhere, and who finds it.
fn canary() -> (Plant, Hunter) {
    let frames: Vec<Vec<u8>> = (0..5).map(frame).collect();
    let hunter = Hunter::of(&frames);
    let plant = Plant::without_a_store();
    let station = fs::read_to_string(plant.config().join("stations/marriage.toml")).unwrap();
    plant.write("stations/marriage.toml", &format!("{}{}", station.split_once("show = ").unwrap().0, view()));
    plant.camera.show(frames);
    (plant, hunter)
}

/// But the page's own icon, which is small enough to look like anything.
fn nothing_in_profile(hunter: &Hunter, profile: &Path) {
    let is_icon = |path: &PathBuf| path.file_name().is_some_and(|name| name == "Favicons");
    for path in files(profile).into_iter().filter(|path| !is_icon(path)) {
        let found = hunter.hunt(&fs::read(&path).unwrap_or_default());
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
}

#[test]
fn no_raw_pixel_is_in_any_file_log_or_packet_but_the_pages_own() {
    if !geteuid().is_root() {
        return skip("commission::nowhere", "without root nobody hears what goes over loopback");
    }
    if std::env::var_os(ALONE).is_none() {
        return alone("commission::nowhere::no_raw_pixel_is_in_any_file_log_or_packet_but_the_pages_own");
    }
    let (mut plant, hunter) = canary();
    plant.start_agent(&["--unreleased"]);
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let port = |address: &str| address.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let (page, camera) =
        (port(&drawing.address), port(plant.camera.stream_url().trim_start_matches("http://")));
    let capture = plant.folder.path().join("loopback.pcap");
    let mut tcpdump = Command::new("tcpdump");
    tcpdump
        .args(["-i", "lo", "-U", "-s", "0", "-B", "65536", "--immediate-mode", "-Z", "root", "-w"])
        .arg(&capture);
    tcpdump.arg(format!("ip and tcp and not port {page} and not port {camera}"));
    let mut tcpdump = Process::start(&mut tcpdump);
    tcpdump.wait_for("listening on lo");

    let browser = Browser::start();
    browser.open(&drawing.invitation);
    let pen = Pen(&browser);
    pen.until("the page is there", "return !!window.lineshotDraft");
    for number in 0..2 {
        pen.until(
            "a still may be taken",
            "return document.querySelector('#still').getAttribute('aria-disabled') !== 'true'",
        );
        pen.press("#still");
        let told = format!("return document.querySelector('#raw').naturalWidth > 0 && {number} >= 0");
        pen.until("a still", &told);
    }
    pen.press("#tool-mask");
    pen.point_at("mouse", &[[0.4, 0.75], [0.6, 0.75], [0.5, 0.9]]);
    pen.press("#finish");
    pen.press("#arrival");
    pen.until("its pictures", "return document.querySelectorAll('#arrival-pictures img').length === 2");
    pen.save();
    nothing_in_profile(&hunter, browser.profile());
    pen.press("#end");
    pen.until("it is over", "return !document.querySelector('#over').hidden");
    let said = drawing.process.said();
    nothing_said(&hunter, "lineshot-commission", &said);
    nothing_said(&hunter, "the agent", &plant.agent.as_ref().unwrap().said());
    assert!(tcpdump.stop().success(), "{}", tcpdump.said());
    let heard = streams(&capture);
    assert!(tcpdump.said().contains("0 packets dropped by kernel"), "{}", tcpdump.said());
    assert!(heard.values().map(Vec::len).sum::<usize>() > 1000, "nothing was heard at all");
    for (ports, stream) in heard {
        let found = hunter.hunt(&stream);
        assert!(found.is_empty(), "{ports:?}: {found:?}");
    }
    fs::remove_file(capture).unwrap();
    nothing_in_files(&hunter, plant.folder.path());
    nothing_in_profile(&hunter, browser.profile());
}

/// Else the hunt would prove nothing.
#[test]
fn the_hunter_sees_what_the_page_is_shown() {
    let (mut plant, hunter) = canary();
    plant.start_agent(&["--unreleased"]);
    let drawing = Drawing::start(&plant, &machine(&plant), "marriage", &Right::Trial);
    let pass = drawing.enter();
    let still = drawing.post(&pass, "/still", &json!({}));
    assert!(!hunter.hunt(&still.body).is_empty());
    let station: Value = serde_json::from_slice(&drawing.get(&pass, "/station.json").body).unwrap();
    let covered = drawing.post(&pass, "/covered", &draft(&station));
    assert_eq!((covered.status, hunter.hunt(&covered.body)), (200, Vec::new()));
}
