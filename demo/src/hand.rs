//! The terminal's hand on a running demo: `cargo xtask demo cut-storage`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::plant::{PRIVATE, write};
use crate::run::say;
use crate::store::random_hex;

/// Longer than an action is silent.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a running demo is, and what it asks to be shown. Written for its own user alone.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Running {
    address: SocketAddr,
    pub(crate) token: String,
}

impl Running {
    /// At this address, with a token that nobody can guess.
    pub(crate) fn new(address: SocketAddr) -> Result<Running> {
        Ok(Running { address, token: random_hex().context("making the page's key")? })
    }

    /// Says so to the terminal's hand.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).context("writing down the page's address")?;
        write(&folder.join("running.json"), &text, PRIVATE)
    }
}

/// Asks the demo that runs in `folder` for an action, and prints the answer as it comes.
///
/// # Errors
/// If no demo runs there, or it refuses.
pub fn ask(folder: &Path, action: &str, order: Option<u32>) -> Result<()> {
    let running = find(folder)?;
    let order = order.map(|order| order.to_string()).unwrap_or_default();
    let body = format!("token={}&action={action}&order={order}", running.token);
    let stream = TcpStream::connect(running.address).with_context(|| nobody(folder))?;
    stream.set_read_timeout(Some(PATIENCE)).context("setting a time limit")?;
    // HTTP/1.0: the answer ends with the connection, so it can be read line by line.
    write!(
        &stream,
        "POST /do HTTP/1.0\r\nHost: {}\r\nAccept: text/plain\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        running.address,
        body.len()
    )
    .context("asking the running demo")?;
    let mut lines = BufReader::new(&stream).lines();
    let status = lines.next().context("the demo did not answer")?.context("reading the demo's answer")?;
    let mut lines = lines.skip_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).skip(1);
    if !status.contains(" 200 ") {
        let why = lines.next().and_then(Result::ok).unwrap_or_default();
        bail!("the demo refused: {why} ({status})");
    }
    for line in lines {
        say(&line.context("the demo's answer broke off")?);
    }
    Ok(())
}

fn find(folder: &Path) -> Result<Running> {
    let path = folder.join("running.json");
    let text = fs::read(&path).with_context(|| nobody(folder))?;
    serde_json::from_slice(&text).with_context(|| format!("understanding {}", path.display()))
}

fn nobody(folder: &Path) -> String {
    format!(
        "no demo is running in {}: start one in another terminal with `cargo xtask demo`",
        folder.display()
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn where_a_demo_runs_is_written_for_its_own_user_and_with_another_token_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let address = "127.0.0.1:4321".parse().unwrap();
        let (one, other) = (Running::new(address).unwrap(), Running::new(address).unwrap());
        assert!(one.token.len() == 32 && one.token != other.token);
        one.write(folder.path()).unwrap();
        let written = fs::metadata(folder.path().join("running.json")).unwrap();
        assert_eq!(written.permissions().mode() & 0o777, 0o600);
        let found = find(folder.path()).unwrap();
        assert_eq!((found.address, found.token), (address, one.token));
    }

    #[test]
    fn where_no_demo_runs_the_hand_says_how_to_start_one() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = ask(folder.path(), "cut-storage", None).unwrap_err().to_string();
        assert!(nobody.contains("start one in another terminal with `cargo xtask demo`"), "{nobody}");
    }
}
