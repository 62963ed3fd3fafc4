//! Plant security: a key of its own, a trusted folder, and `ssh-keygen`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::plant::Plant;
use crate::workspace::program;

/// Who signs for a plant's machine.
pub(super) struct Officer {
    machine: PathBuf,
    key: PathBuf,
}

impl Officer {
    pub(super) fn of(plant: &Plant) -> Officer {
        let machine = super::machine(plant);
        for folder in ["etc/lineshot/trust", "etc/lineshot/releases"] {
            fs::create_dir_all(machine.join(folder)).unwrap();
        }
        fs::write(machine.join("etc/machine-id"), "0123456789abcdef0123456789abcdef\n").unwrap();
        let officer = Officer { key: plant.folder.path().join("key"), machine };
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&officer.key);
        assert!(keygen.status().unwrap().success());
        officer.trust("lineshot-release,lineshot-resume,lineshot-commission");
        officer
    }

    /// The key may sign this from now on.
    pub(super) fn trust(&self, namespaces: &str) {
        let public = fs::read_to_string(self.key.with_extension("pub")).unwrap();
        let line = format!("officer namespaces=\"{namespaces}\" {public}");
        fs::write(self.machine.join("etc/lineshot/trust/allowed_signers"), line).unwrap();
    }

    /// The signature lies beside the file.
    pub(super) fn sign(&self, file: &Path, namespace: &str) {
        let _none_before = fs::remove_file(format!("{}.sig", file.display()));
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(&self.key).arg(file);
        assert!(keygen.status().unwrap().success());
    }

    /// A permission for this station, changed before it is signed.
    pub(super) fn permission(
        &self,
        plant: &Plant,
        station: &str,
        change: impl Fn(String) -> String,
    ) -> PathBuf {
        let mut command = Command::new(program("lineshot-commission"));
        command.arg("--config").arg(plant.config()).args([
            "permission",
            station,
            "--person",
            "Whoever Looks",
        ]);
        let said = command.env("LINESHOT_TEST_ROOT", &self.machine).output().unwrap();
        assert!(said.status.success(), "{said:?}");
        let file = plant.folder.path().join("permission.toml");
        fs::write(&file, change(String::from_utf8(said.stdout).unwrap())).unwrap();
        self.sign(&file, "lineshot-commission");
        file
    }

    /// Signs what was prepared, and puts it in its place.
    pub(super) fn release(&self, document: &Path) {
        self.sign(document, "lineshot-release");
        let folder = self.machine.join("etc/lineshot/releases");
        let name = document.file_name().unwrap().to_str().unwrap();
        let signature = format!("{}.sig", document.display());
        fs::copy(signature, folder.join(format!("{name}.sig"))).unwrap();
        fs::copy(document, folder.join(name)).unwrap();
    }
}
