//! Plant security: keys, a trust folder, and `ssh-keygen`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::plant::Plant;

/// The trusted folders of a plant's machine, and who signs.
pub(crate) struct Officer {
    root: PathBuf,
    keys: PathBuf,
}

impl Officer {
    /// A machine with a name, `anna` who may sign everything, and no release.
    pub(crate) fn of(plant: &Plant) -> Officer {
        let officer = Officer { root: plant.path("root"), keys: plant.path("keys") };
        for folder in ["etc/lineshot/trust", "etc/lineshot/releases"] {
            fs::create_dir_all(officer.root.join(folder)).unwrap();
        }
        fs::create_dir(&officer.keys).unwrap();
        officer.put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        officer.key("anna", "ed25519");
        officer.trust(&["anna lineshot-release,lineshot-resume"]);
        officer
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file of the machine.
    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o644)).unwrap();
    }

    /// A key pair of this kind.
    pub(crate) fn key(&self, name: &str, kind: &str) {
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", kind, "-N", "", "-C", name, "-f"]).arg(self.keys.join(name));
        assert!(keygen.status().unwrap().success());
    }

    fn public(&self, key: &str) -> String {
        fs::read_to_string(self.keys.join(format!("{key}.pub"))).unwrap().trim().to_owned()
    }

    /// `SHA256:…`.
    pub(crate) fn fingerprint(&self, key: &str) -> String {
        let said = Command::new("ssh-keygen").arg("-lf").arg(self.keys.join(key)).output().unwrap();
        String::from_utf8(said.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    /// `allowed_signers` of these, each as `KEY NAMESPACES [PERSON]`.
    pub(crate) fn trust(&self, signers: &[&str]) {
        let line = |signer: &&str| {
            let mut words = signer.split(' ');
            let (key, namespaces) = (words.next().unwrap(), words.next().unwrap());
            format!("{} namespaces=\"{namespaces}\" {}\n", words.next().unwrap_or(key), self.public(key))
        };
        let text: String = signers.iter().map(line).collect();
        self.put("etc/lineshot/trust/allowed_signers", &text);
    }

    /// Signs a file, as it stands; the signature lies beside it as `NAME.sig`.
    pub(crate) fn sign(&self, file: &Path, key: &str, namespace: &str) {
        let signature = PathBuf::from(format!("{}.sig", file.display()));
        let _none_before = fs::remove_file(signature);
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(self.keys.join(key)).arg(file);
        assert!(keygen.stderr(Stdio::null()).status().unwrap().success());
    }

    /// The document of all stations as they are configured now; `change` may spoil it before it is signed.
    pub(crate) fn prepare(&self, plant: &Plant, serial: u64, change: impl Fn(String) -> String) -> PathBuf {
        let out = plant.path(&format!("out-{serial}"));
        let _old = fs::remove_dir_all(&out);
        fs::create_dir(&out).unwrap();
        let said = hand(
            plant,
            &["release", "prepare", "--serial", &serial.to_string(), "--out", out.to_str().unwrap()],
        );
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let document = out.join(format!("release-{serial}.toml"));
        let text = change(fs::read_to_string(&document).unwrap());
        fs::write(&document, text).unwrap();
        document
    }

    /// Prepares, signs by these, and puts it in its place; the older ones are taken away.
    pub(crate) fn release(
        &self,
        plant: &Plant,
        serial: u64,
        keys: &[&str],
        change: impl Fn(String) -> String,
    ) {
        let document = self.prepare(plant, serial, change);
        self.clear();
        for (number, key) in keys.iter().enumerate() {
            self.sign(&document, key, "lineshot-release");
            let signature = fs::read_to_string(format!("{}.sig", document.display())).unwrap();
            self.put(&format!("etc/lineshot/releases/release.toml.{number}.sig"), &signature);
        }
        self.put("etc/lineshot/releases/release.toml", &fs::read_to_string(&document).unwrap());
    }

    /// No release is there any more.
    pub(crate) fn clear(&self) {
        for entry in fs::read_dir(self.path("etc/lineshot/releases")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    /// What is there, moved away and linked to.
    pub(crate) fn link(&self, name: &str) {
        let (path, real) = (self.path(name), self.root.join("elsewhere"));
        fs::rename(&path, &real).unwrap();
        symlink(&real, &path).unwrap();
    }

    /// A request of this text, signed by `key` as `namespace`, where the agent looks for it.
    pub(crate) fn request(&self, plant: &Plant, name: &str, text: &str, key: &str, namespace: &str) {
        let request = plant.path(&format!("{name}.toml"));
        fs::write(&request, text).unwrap();
        self.sign(&request, key, namespace);
        let signature = fs::read(format!("{}.sig", request.display())).unwrap();
        fs::write(plant.path(&format!("data/requests/{name}.toml.sig")), signature).unwrap();
        // Last: with its signature beside it, it is answered.
        fs::rename(&request, plant.path(&format!("data/requests/{name}.toml"))).unwrap();
    }

    /// The number of the latest stop.
    pub(crate) fn stopped(&self, plant: &Plant) -> String {
        let said = said(&hand(plant, &["stop", "--show"]));
        let last = said.lines().last().unwrap();
        last.strip_prefix("stopped: ")
            .unwrap_or_else(|| panic!("{said}"))
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Lifts the latest stop, as plant security would.
    pub(crate) fn resume(&self, plant: &Plant, parcels: &str) {
        let number = self.stopped(plant);
        let text = said(&hand(plant, &["resume", &number, "--parcels", parcels]));
        self.request(plant, &format!("resume-{number}"), &text, "anna", "lineshot-resume");
        plant.until("the stop is lifted", || said(&hand(plant, &["stop", "--show"])) == "no stop holds\n");
    }
}

/// The operator's hand on this machine.
pub(crate) fn hand(plant: &Plant, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lineshot-agent"));
    command.args(words).arg("--config").arg(plant.path("etc")).env("LINESHOT_TEST_ROOT", plant.path("root"));
    command.output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
