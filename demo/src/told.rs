//! What became of an event: `lineshot explain`, asked as an operator would.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use lineshot_domain::Reason;
use serde::Deserialize;
use tokio::process::Command;

use crate::floor::Ending;
use crate::show::{Outcome, Why};

/// `lineshot explain` for one configuration.
#[derive(Clone, Debug)]
pub(crate) struct Explain {
    program: PathBuf,
    config: PathBuf,
}

/// `explained.schema.json`.
#[derive(Deserialize)]
struct Explained {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    outcome: Option<String>,
    reason: Option<String>,
    sentence: Option<String>,
    mend: Option<String>,
    delivery: Option<String>,
    undelivered: Option<String>,
}

impl Explain {
    /// By this `lineshot`, of the agent with this configuration.
    pub(crate) fn new(program: &Path, config: &Path) -> Explain {
        Explain { program: program.to_owned(), config: config.to_owned() }
    }

    /// What a person reads about an order.
    pub(crate) async fn order(&self, order: u32) -> Result<String> {
        self.run(&["--order", &order.to_string()]).await
    }

    /// How many cases an event opened.
    pub(crate) async fn cases(&self, event: &str) -> Result<usize> {
        Ok(self.event(event).await?.cases.len())
    }

    /// What the one case of an event ended in; nothing while it is open.
    pub(crate) async fn ending(&self, event: &str) -> Result<Option<Ending>> {
        let explained = self.event(event).await?;
        let [case] = explained.cases.as_slice() else {
            bail!("event {event} has {} cases, not one", explained.cases.len());
        };
        case.ending()
    }

    async fn event(&self, event: &str) -> Result<Explained> {
        let text = self.run(&["--json", &format!("--event={event}")]).await?;
        serde_json::from_str(&text).context("understanding `lineshot explain --json`")
    }

    async fn run(&self, question: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg("explain").args(question).arg("--config").arg(&self.config).stdin(Stdio::null());
        let answer = command.output().await.context("starting `lineshot explain`")?;
        // 3: the answer is no; it is an answer all the same.
        if !matches!(answer.status.code(), Some(0 | 3)) {
            bail!("`lineshot explain` failed: {}", String::from_utf8_lossy(&answer.stderr).trim());
        }
        String::from_utf8(answer.stdout).context("`lineshot explain` wrote something else than text")
    }
}

impl Case {
    fn ending(&self) -> Result<Option<Ending>> {
        Ok(match self.outcome.as_deref() {
            None => None,
            Some("sealed") => Some(match self.delivery.as_deref() {
                Some("waiting" | "delivered") | None => Ending::Sealed,
                Some(never) => {
                    let code = self.undelivered.clone().unwrap_or_else(|| never.to_owned());
                    Ending::NoPicture(self.why(Outcome::Undeliverable, code))
                }
            }),
            Some(name) => {
                let outcome =
                    Outcome::named(name).with_context(|| format!("there is no outcome `{name}`"))?;
                let code =
                    self.reason.clone().with_context(|| format!("a case is {name} without a reason"))?;
                Some(Ending::NoPicture(self.why(outcome, code)))
            }
        })
    }

    fn why(&self, outcome: Outcome, code: String) -> Why {
        // Without a delivery nothing about the order ever leaves, whatever the reason.
        let reason = Reason::from_code(&code).filter(|_| self.delivery.is_some());
        let told = reason.and_then(Reason::record_state);
        Why {
            outcome,
            sentence: self.sentence.clone().unwrap_or_default(),
            mend: self.mend.clone(),
            told: told.map(|state| state.as_str().to_owned()),
            code,
        }
    }
}
