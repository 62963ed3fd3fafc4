//! Somebody knocks the first station's camera: what becomes of cars meanwhile, and how it is put straight again.
//!
//! Holds:
//! - what is told was said by `lineshot`, by the agent or by its book;
//! - one knock at a time, and whatever ends its story, the camera stands right afterwards.

mod talk;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lineshot_domain::Wall;
use lineshot_hall::Nudge;
use tokio::process::Command;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use self::talk::Talk;
use crate::act::Answer;
use crate::daemon::Daemon;
use crate::floor::{Ending, Known};
use crate::plant::Plant;
use crate::plc::Plc;
use crate::run::Demo;
use crate::script::{CARS, STATIONS};
use crate::show::VisitState;

/// How long the whole story may take: alone it takes a minute, and the first cars may have to leave before.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Whose camera is knocked.
const STATION: usize = 0;

/// How long its view is watched: a car comes and goes meanwhile, and is there for less than half of it.
const WATCHED: &str = "16";

/// By how much it is knocked: tenths of a pixel to the right and down, thousandths of a degree clockwise.
const BLOW: [i32; 3] = [140, -60, 400];

/// What is left of it each time that the camera was turned back, in hundredths. Each but the last is too much.
const LEFT: [i32; 4] = [75, 50, 30, 0];

/// What to say where none can come.
const NO_CAR: &str = "no car of this line may be photographed";

/// How long a person looks before the camera is turned again.
const TURN: Duration = Duration::from_secs(1);

/// Of the arrows no more are passed on than one in this time.
const READ: Duration = Duration::from_millis(500);

/// The agent looks once a second whether there is an alarm to raise.
const ALARM: Duration = Duration::from_secs(5);

/// How often it is looked whether the agent has read its configuration.
const LOOK: Duration = Duration::from_millis(300);

/// In the agent's log, once it has read its configuration anew.
const HOLDS: &str = "the configuration holds from now on";
const REFUSED: &str = "the configuration cannot be used";

/// What a knock needs.
#[derive(Debug)]
pub(crate) struct Knock {
    lineshot: PathBuf,
    config: PathBuf,
    /// The agent's.
    log: PathBuf,
    /// Whether the camera is one of the rendered line.
    is_rendered: bool,
    /// Whether the view was enrolled; held while the camera is knocked.
    is_enrolled: Mutex<bool>,
}

/// A camera that was knocked, until it is dropped.
struct Knocked<'a>(&'a Plc);

impl Drop for Knocked<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.nudge(STATION, None) {
            tracing::error!("the knocked camera could not be put straight: {error:#}");
        }
    }
}

/// Does it and tells it, step by step.
pub(crate) async fn knock(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    let Ok(mut is_enrolled) = demo.knock.is_enrolled.try_lock() else {
        bail!("this camera is knocked at the moment: wait until it stands right again");
    };
    let name = STATIONS[STATION].name;
    if !demo.knock.is_rendered {
        bail!(
            "a camera of this machine stands at {name}: enrol it with `lineshot enrol`, and knock it yourself"
        );
    }
    if demo.floor.known().broker_is_cut {
        bail!("the agent hears of no car while the line to the broker is cut: restore it before");
    }
    if !*is_enrolled {
        enrol(demo, answer).await?;
        *is_enrolled = true;
    }

    let knocked = Knocked(&demo.plc);
    demo.plc.nudge(STATION, rest(100)?)?;
    let [right, up, turn] = [BLOW[0] / 10, -BLOW[1] / 10, BLOW[2]];
    let blow = format!("{right} px to the right and {up} px up, turned by {:.1}°", f64::from(turn) / 1000.0);
    demo.floor.note(format!("Somebody knocked the camera at {name}."));
    answer.say(format!("Somebody knocks the camera at {name}: what it sees is now {blow}.")).await;
    let (order, meanwhile) = comes(demo, None, answer).await?;
    hear_the_alarm(demo, answer).await;

    put_straight(demo, answer).await?;
    drop(knocked);
    demo.floor.note(format!("Somebody put the camera at {name} straight."));
    let (other, afterwards) = comes(demo, Some(order), answer).await?;
    answer
        .say(format!(
            "So it was: order {order} came while the camera was knocked: {meanwhile}. Order {other} came after it \
             was put straight: {afterwards}."
        ))
        .await;
    Ok(())
}

/// The view is watched and kept, by `lineshot enrol`, and the agent reads that.
async fn enrol(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    let (id, name) = (STATIONS[STATION].id, STATIONS[STATION].name);
    answer.say(format!("{name} has no enrolled angle yet: lineshot enrol {id} --seconds {WATCHED}")).await;
    // Whatever stands there all the while would be taken for a part of the hall, and what no car ever stood before for a
    // place that each leaves in sight.
    demo.plc.until_free(STATION).await;
    let order = next(&demo.floor.known(), None).context(NO_CAR)?;
    demo.floor.note(format!("Order {order} passes while the view is watched."));
    answer.say(format!("Order {order} passes meanwhile, so that nothing is kept of where cars stand.")).await;
    demo.plc.bring(order)?;
    let mut talk = demo.knock.talk(&["enrol", id, "--seconds", WATCHED])?;
    while let Some(line) = talk.line().await? {
        answer.say(line).await;
    }
    talk.end().await?;
    demo.knock.reload(&demo.agent).await?;
    answer.say("The agent has read its configuration anew: from now on this angle counts.").await;
    Ok(())
}

/// Lets a car come, and says what became of it at the station: its order, and outcome and reason.
async fn comes(demo: &Demo, other_than: Option<u32>, answer: &Answer<'_>) -> Result<(u32, String)> {
    let name = STATIONS[STATION].name;
    let order = next(&demo.floor.known(), other_than).context(NO_CAR)?;
    demo.floor.note(format!("Order {order} is on its way down the line."));
    answer.say(format!("Order {order} is on its way down the line.")).await;
    let events = demo.plc.bring(order)?;
    let event = events.get(STATION).context("a car comes to every station")?;
    demo.floor.until(|known| is_over(known, event).then_some(())).await;
    let (became, sentence) = match demo.explain.ending(event).await? {
        Some(Ending::Sealed) => {
            ("sealed".to_owned(), "Covered, proven and on its way to the storage.".into())
        }
        Some(Ending::NoPicture(why)) => (format!("{}({})", why.outcome.as_str(), why.code), why.sentence),
        None => bail!("order {order} was told as over, and its case is open"),
    };
    answer.say(format!("Order {order}, {name}: {became}. {sentence}")).await;
    Ok((order, became))
}

/// The next car that may be photographed: if there is one, of those that were not, and another than this.
fn next(known: &Known, other_than: Option<u32>) -> Option<u32> {
    let was_photographed = |order| {
        let visits = known.cars.get(&order);
        visits.is_some_and(|visits| !matches!(visits[STATION].state, VisitState::NoPicture(_)))
    };
    let permitted = CARS.iter().filter(|car| car.note().is_none()).map(|car| car.order);
    permitted.min_by_key(|&order| (was_photographed(order), other_than == Some(order)))
}

/// Whether the line was told more of an event than that it was heard.
fn is_over(known: &Known, event: &str) -> bool {
    known.words.get(event).is_some_and(|words| words.iter().any(|word| word != "accepted"))
}

/// Which way the camera points, in the agent's words.
async fn hear_the_alarm(demo: &Demo, answer: &Answer<'_>) {
    let raised = demo.floor.until(|known| known.alarms.get("view_moved").cloned());
    match timeout(ALARM, raised).await {
        Ok(says) => answer.say(format!("The agent raises the alarm `view_moved`: {says}")).await,
        Err(_) => answer.say("The agent raises no alarm `view_moved`.").await,
    }
}

/// A person turns the camera back while `lineshot aim` says which way.
async fn put_straight(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    let id = STATIONS[STATION].id;
    answer.say(format!("Somebody turns it back, as the arrows say: lineshot aim {id} --quiet")).await;
    let mut talk = demo.knock.talk(&["aim", id, "--quiet"])?;
    let (mut left, mut passed_on, mut turned) = (LEFT.into_iter(), None::<Wall>, None::<Wall>);
    while let Some(line) = talk.line().await? {
        let now = demo.floor.now();
        if !is_arrow(&line) || passed_on.is_none_or(|at| now.since(at) >= READ) {
            answer.say(line).await;
            passed_on = Some(now);
        }
        if now.since(*turned.get_or_insert(now)) >= TURN
            && let Some(left) = left.next()
        {
            demo.plc.nudge(STATION, rest(left)?)?;
            turned = Some(now);
        }
    }
    talk.end().await
}

/// One of the lines that `aim` says several times a second.
fn is_arrow(line: &str) -> bool {
    line.ends_with(" anchors") || line.starts_with('?')
}

/// What is left of the blow, in hundredths.
fn rest(left: i32) -> Result<Option<Nudge>> {
    let [right, down, turn] = BLOW.map(|part| part * left / 100);
    let nudge = Nudge::new(right, down, turn, 0).context("a knock that the rendered line can show")?;
    Ok((left > 0).then_some(nudge))
}

impl Knock {
    pub(crate) fn new(lineshot: &Path, plant: &Plant, is_rendered: bool) -> Knock {
        Knock {
            lineshot: lineshot.to_owned(),
            config: plant.config(),
            log: plant.log("lineshot-agent"),
            is_rendered,
            is_enrolled: Mutex::default(),
        }
    }

    fn talk(&self, words: &[&str]) -> Result<Talk> {
        Talk::begin(Command::new(&self.lineshot).args(words).arg("--config").arg(&self.config))
    }

    /// Lets the agent read its configuration, and returns when that counts.
    async fn reload(&self, agent: &Daemon) -> Result<()> {
        let before = self.logged().await?.len();
        agent.reload().await;
        loop {
            let log = self.logged().await?;
            let new = String::from_utf8_lossy(log.get(before..).unwrap_or_default());
            if let Some(line) = new.lines().find(|line| line.contains(REFUSED)) {
                bail!("the agent did not take its new configuration: {line}");
            }
            if new.contains(HOLDS) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
    }

    async fn logged(&self) -> Result<Vec<u8>> {
        tokio::fs::read(&self.log).await.with_context(|| format!("reading {}", self.log.display()))
    }
}

#[cfg(test)]
mod tests;
