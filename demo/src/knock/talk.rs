//! A program of lineshot, heard line by line while it runs.
//!
//! Holds: it ends when nobody listens any more.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// It runs.
pub(super) struct Talk {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    pub(super) fn begin(command: &mut Command) -> Result<Talk> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("starting `lineshot`")?;
        let said = child.stdout.take().context("`lineshot` has no output")?;
        Ok(Talk { child, lines: BufReader::new(said).lines() })
    }

    /// The next line; nothing once it has said everything.
    pub(super) async fn line(&mut self) -> Result<Option<String>> {
        self.lines.next_line().await.context("reading what `lineshot` says")
    }

    /// Whether all went well, once it has said everything.
    pub(super) async fn end(self) -> Result<()> {
        let ended = self.child.wait_with_output().await.context("waiting for `lineshot`")?;
        if !ended.status.success() {
            bail!("`lineshot` failed: {}", String::from_utf8_lossy(&ended.stderr).trim());
        }
        Ok(())
    }
}
