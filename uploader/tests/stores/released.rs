//! Pictures of released operation: whatever the agent signed, only what plant security signed leaves.

#![expect(clippy::disallowed_methods, reason = "a test's own folder needs no fsync")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lineshot_config::AgentSettings;
use lineshot_domain::{AgentName, Clock as _, SiteName};
use lineshot_release::{Host, Me, Prepared, Root, prepare};
use lineshot_spool::contract::ParcelText;
use lineshot_uploader::MachineClock;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::house::{House, Sealed, jpeg, store};

const STATION: &str = "version = 1\nid = \"marriage\"\nname = { en = \"Marriage\" }\ntimezone = \"Etc/UTC\"\n\
    [trigger]\ntopic = \"t\"\nformat = \"text\"\nage = \"expiry\"\nmax_age = \"5s\"\ndwell = \"60s\"\n\
    [[view]]\nid = \"front\"\ncamera = { file = { path = \"/clip\", fps = 5 }, size = \"96x64\" }\n\
    delay = \"1s\"\nwithin = \"10s\"\nshow = \"all\"\nsizes = []\n\
    [[view.mask]]\nname = \"robot controller\"\npolygon = [[0.0,0.0],[0.3,0.0],[0.3,1.0],[0.0,1.0]]\n";

/// Who signs for the machine of a house.
struct Officer<'a> {
    house: &'a House,
    key: PathBuf,
}

impl Officer<'_> {
    fn of(house: &House) -> Officer<'_> {
        let (machine, key) = (house.path("machine"), house.path("anna"));
        for folder in ["etc/lineshot/trust", "etc/lineshot/releases"] {
            fs::create_dir_all(machine.join(folder)).unwrap();
        }
        fs::write(machine.join("etc/machine-id"), "0123456789abcdef0123456789abcdef\n").unwrap();
        let keygen =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
        assert!(keygen.unwrap().success());
        let public = fs::read_to_string(house.path("anna.pub")).unwrap();
        let line = format!("anna namespaces=\"lineshot-release\" {public}");
        fs::write(machine.join("etc/lineshot/trust/allowed_signers"), line).unwrap();
        Officer { house, key }
    }

    /// Signs a release of this station, `from` days from now on for `days`; gives its hash.
    fn release(&self, name: &str, station: &str, change: impl Fn(String) -> String) -> String {
        let etc = self.house.path(&format!("etc-{name}"));
        fs::create_dir_all(etc.join("stations")).unwrap();
        let agent = "version = 1\nname = \"line1\"\nsite = \"zuffenhausen\"\nclock = { trust = \"kernel\" }\n\
                     data = \"/d\"\nbroker = { url = \"mqtt://b\" }\n";
        fs::write(etc.join("agent.toml"), agent).unwrap();
        fs::write(etc.join("stations/marriage.toml"), station).unwrap();
        let settings = AgentSettings::load(&etc).unwrap();
        assert!(settings.problems().is_none(), "{:?}", settings.problems());
        let me = Me {
            site: SiteName::parse("zuffenhausen").unwrap(),
            agent: AgentName::parse("line1").unwrap(),
            host: Host::of_machine(&self.root()).unwrap(),
            darkroom: 1,
        };
        let asked = Prepared {
            serial: 1,
            from: MachineClock::start().wall(),
            valid: Duration::from_hours(24),
            classification: "internal".to_owned(),
            retention_days: 1,
        };
        let ids: Vec<_> = settings.stations.iter().map(|station| station.id.clone()).collect();
        let text = change(prepare(&settings, &etc, &ids, &me, &asked).unwrap());
        let file = self.releases().join(format!("{name}.toml"));
        fs::write(&file, &text).unwrap();
        self.sign(&file);
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    fn sign(&self, file: &Path) {
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-Y", "sign", "-n", "lineshot-release", "-f"]).arg(&self.key).arg(file);
        assert!(keygen.stderr(Stdio::null()).status().unwrap().success());
    }

    fn root(&self) -> Root {
        Root::at(&self.house.path("machine"))
    }

    fn releases(&self) -> PathBuf {
        self.house.path("machine/etc/lineshot/releases")
    }
}

/// One size, taken under this release.
fn sealed(case: u64, release: &str, change: impl Fn(&mut ParcelText)) -> Sealed {
    let mut sealed = Sealed::new(case);
    sealed.text.pictures.truncate(1);
    sealed.text.unreleased = false;
    sealed.text.release = Some(release.to_owned());
    change(&mut sealed.text);
    sealed
}

fn hand_over(house: &House, sealed: &Sealed) {
    house.hand_over(&sealed.text, &[("full.jpg", &sealed.full)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_leaves_and_what_a_captured_agent_adds_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.account().endpoint);
    let officer = Officer::of(&house);
    let release = officer.release("good", STATION, |text| text);
    let good = sealed(1, &release, |_| ());
    hand_over(&house, &good);
    assert_eq!(house.settle(&good.text).await.result, "delivered");

    // The agent says that nothing is masked, and the picture is not.
    let mut bare = Sealed::of(2, jpeg(96, false));
    bare.text.pictures.truncate(1);
    bare.text.unreleased = false;
    bare.text.release = Some(release.clone());
    bare.text.cover.as_mut().unwrap().mask.clear();
    let elsewhere = officer.release("no-mask", &STATION.replace("0.3", "0.9"), |text| text);
    let other_view = officer.release("other-view", &STATION.replace("\"front\"", "\"rear\""), |text| text);
    let cropped = officer.release(
        "cropped",
        &STATION.replace("sizes = []", "sizes = []\ncrop = [0.0,0.0,0.5,1.0]"),
        |text| text,
    );
    let other_host = officer.release("other-host", STATION, |text| {
        let host = text.lines().find(|line| line.starts_with("host = ")).unwrap().to_owned();
        text.replace(&host, "host = \"0000000000000000\"")
    });
    let wider = sealed(3, &elsewhere, |_| ());
    let view = sealed(4, &other_view, |_| ());
    let crop = sealed(5, &cropped, |_| ());
    let host = sealed(6, &other_host, |_| ());
    let size = {
        let mut size = Sealed::new(7);
        size.text.unreleased = false;
        size.text.release = Some(release.clone());
        size
    };
    hand_over(&house, &bare);
    for other in [&wider, &view, &crop, &host] {
        hand_over(&house, other);
    }
    size.hand_over(&house);
    for (what, refused) in [
        ("bare", &bare),
        ("wider", &wider),
        ("view", &view),
        ("crop", &crop),
        ("host", &host),
        ("size", &size),
    ] {
        let receipt = house.settle(&refused.text).await;
        assert_eq!(
            (receipt.result.as_str(), receipt.reason.as_deref()),
            ("undeliverable", Some("parcel_proof")),
            "{what}"
        );
        assert!(house.was_kept(&refused.text), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_released_now_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let house = House::pinned(&store.account().endpoint);
    let officer = Officer::of(&house);
    let release = officer.release("good", STATION, |text| text);
    let revoked = house.path("machine/etc/lineshot/trust/revoked");
    fs::write(&revoked, format!("lineshot-revoked-1 2026-11-01T00:00:00Z\nrelease {release}\n")).unwrap();
    let of_revoked = sealed(1, &release, |_| ());
    let of_nobody = sealed(2, &"ab".repeat(32), |_| ());
    let too_early = sealed(3, &release, |text| {
        let taken = text.taken.as_mut().unwrap();
        (taken.from, taken.to) = ("2020-01-01T00:00:00Z".to_owned(), "2020-01-01T00:00:00Z".to_owned());
    });
    let trial = Sealed::new(4);
    for waiting in [&of_revoked, &of_nobody, &too_early] {
        hand_over(&house, waiting);
    }
    trial.hand_over(&house);
    // They hold up nobody; and what calls itself a trial does not leave a PC that has releases.
    let receipt = house.settle(&trial.text).await;
    assert_eq!((receipt.result.as_str(), receipt.reason.as_deref()), ("undeliverable", Some("parcel_proof")));
    for waiting in [&of_revoked, &of_nobody, &too_early] {
        assert!(house.waits(&waiting.text) && house.receipt(&waiting.text).is_none());
    }
}

/// A store that takes a request's head and then says nothing: how many began, and how many were broken off.
async fn silent() -> (String, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let counts = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (begun, broken) = counts.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (begun, broken) = (begun.clone(), broken.clone());
            tokio::spawn(async move {
                let mut part = [0; 4096];
                let mut is_first = true;
                while let Ok(1..) = socket.read(&mut part).await {
                    if std::mem::take(&mut is_first) {
                        begun.fetch_add(1, Ordering::SeqCst);
                    }
                }
                broken.fetch_add(1, Ordering::SeqCst);
            });
        }
    });
    (endpoint, counts.0, counts.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_breaks_off_what_is_on_its_way() {
    let (endpoint, begun, broken) = silent().await;
    let house = House::pinned(&endpoint);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    let is_stopped = AtomicBool::new(false);
    let looks = AtomicUsize::new(0);
    house
        .drain_until(|| {
            if begun.load(Ordering::SeqCst) == 1 && !is_stopped.swap(true, Ordering::SeqCst) {
                house.say(|state| state.stopped = true);
            }
            if is_stopped.load(Ordering::SeqCst) {
                looks.fetch_add(1, Ordering::SeqCst);
            }
            broken.load(Ordering::SeqCst) > 0
        })
        .await;
    // The store's own patience is hundreds of times longer than a look at the agent's word.
    assert!(looks.load(Ordering::SeqCst) < 2_000, "it was given up, not broken off");
    assert!(house.waits(&sealed.text) && house.receipt(&sealed.text).is_none());
    assert_eq!(begun.load(Ordering::SeqCst), 1, "and nothing more is sent");
}
