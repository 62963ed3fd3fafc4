//! Stop and resume, as an operator and plant security would: with a throwaway key that only this demo trusts.
//!
//! Holds: the daemons of the demo trust nothing of this machine, and nobody but this demo.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};
use tokio::process::Command;
use tokio::time::sleep;

use crate::plant::{PRIVATE, write};
use crate::store::random_hex;

/// What a resume is signed as.
const NAMESPACE: &str = "lineshot-resume";
const NONE: &str = "no stop holds";
/// The agent looks for requests once a second.
const LOOK: Duration = Duration::from_millis(300);

/// Who may stop the demo, and let it go on.
pub(crate) struct Halt {
    lineshot: PathBuf,
    config: PathBuf,
    root: PathBuf,
    requests: PathBuf,
    key: PrivateKey,
}

impl std::fmt::Debug for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Halt").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Writes a trust folder below `root`, with a new key in it, and gives the key.
pub(crate) fn trust(root: &Path) -> Result<PrivateKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| anyhow::anyhow!("the system gave no random bytes: {error}"))?;
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    let key = PrivateKey::new(pair, "the demo's throwaway key")
        .map_err(|error| anyhow!("making a throwaway key: {error}"))?;
    let folder = root.join("etc/lineshot/trust");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let public =
        key.public_key().to_openssh().map_err(|error| anyhow!("writing the throwaway key: {error}"))?;
    let line = format!("demo namespaces=\"{NAMESPACE}\" {public}\n");
    for (path, text) in
        [("etc/lineshot/trust/allowed_signers", line), ("etc/machine-id", random_hex()? + "\n")]
    {
        let path = root.join(path);
        write(&path, text.as_bytes(), PRIVATE)?;
    }
    Ok(key)
}

impl Halt {
    pub(crate) fn new(lineshot: &Path, config: &Path, root: &Path, data: &Path, key: PrivateKey) -> Halt {
        Halt {
            lineshot: lineshot.to_owned(),
            config: config.to_owned(),
            root: root.to_owned(),
            requests: data.join("requests"),
            key,
        }
    }

    /// Stops, and says what a resume must name.
    pub(crate) async fn stop(&self) -> Result<String> {
        self.run(&["stop", "--reason", "tried in the demo"]).await
    }

    /// Signs a resume of the latest stop, and waits until it is lifted. Gives the number that it named.
    pub(crate) async fn resume(&self) -> Result<String> {
        let shown = self.run(&["stop", "--show"]).await?;
        let Some(number) = shown.lines().last().and_then(number) else {
            bail!("nothing is stopped");
        };
        let text = self.run(&["resume", number, "--parcels", "deliver"]).await?;
        let signature = self
            .key
            .sign(NAMESPACE, HashAlg::Sha512, text.as_bytes())
            .map_err(|error| anyhow!("signing the resume: {error}"))?;
        let signature =
            signature.to_pem(LineEnding::LF).map_err(|error| anyhow!("writing the signature: {error}"))?;
        let request = self.requests.join(format!("resume-{number}.toml"));
        let beside = self.requests.join(format!("resume-{number}.toml.sig"));
        for (path, text) in [(&beside, signature), (&request, text)] {
            write(path, text.as_bytes(), PRIVATE)?;
        }
        while self.run(&["stop", "--show"]).await?.trim() != NONE {
            sleep(LOOK).await;
        }
        Ok(number.to_owned())
    }

    async fn run(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.lineshot);
        command.args(words).arg("--config").arg(&self.config).env("LINESHOT_TEST_ROOT", &self.root);
        let answer = command.stdin(Stdio::null()).output().await.context("starting `lineshot`")?;
        if !answer.status.success() {
            bail!("`lineshot {}` failed: {}", words[0], String::from_utf8_lossy(&answer.stderr).trim());
        }
        String::from_utf8(answer.stdout).context("`lineshot` wrote something else than text")
    }
}

/// Of a line `stopped: NUMBER  by DOOR`.
fn number(line: &str) -> Option<&str> {
    line.strip_prefix("stopped: ")?.split(' ').next()
}
