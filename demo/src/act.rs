//! "Now try to break it": what a visitor may do to the running demo, and what came of it.
//!
//! Holds: an answer tells what was seen after the action, not what should happen; every action ends within its
//! patience.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::mpsc::Sender;
use tokio::time::timeout;

use crate::daemon::{Daemon, Health};
use crate::floor::Known;
use crate::knock;
use crate::run::Demo;
use crate::script::STATIONS;
use crate::show::VisitState;

/// How long a result is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Arrive(u32),
    Resend(u32),
    CutStorage,
    RestoreStorage,
    CutBroker,
    RestoreBroker,
    KillAgent,
    KillUploader,
    NudgeCamera,
    Explain(u32),
    Stop,
    Resume,
}

impl Action {
    /// As the page's forms and the terminal name it ([`crate::page::ACTIONS`]).
    pub(crate) fn parse(name: &str, order: &str) -> Result<Action> {
        let number = || match order.trim().parse() {
            Ok(order @ 1..=9999) => Ok(order),
            _ => bail!("`{order}` is no order of this line: name a number from 1 to 9999"),
        };
        Ok(match name {
            "arrive" => Action::Arrive(number()?),
            "resend" => Action::Resend(number()?),
            "explain" => Action::Explain(number()?),
            "cut-storage" => Action::CutStorage,
            "restore-storage" => Action::RestoreStorage,
            "cut-broker" => Action::CutBroker,
            "restore-broker" => Action::RestoreBroker,
            "kill-agent" => Action::KillAgent,
            "kill-uploader" => Action::KillUploader,
            "nudge-camera" => Action::NudgeCamera,
            "stop" => Action::Stop,
            "resume" => Action::Resume,
            other => bail!("there is no action `{other}`"),
        })
    }
}

/// Where the answer goes, sentence by sentence. Nobody may be listening any more.
pub(crate) struct Answer<'a>(pub(crate) &'a Sender<String>);

impl Answer<'_> {
    pub(crate) async fn say(&self, text: impl Into<String>) {
        let _listens = self.0.send(text.into()).await;
    }
}

/// Does it and tells what came of it.
pub(crate) async fn perform(demo: &Demo, action: Action, answer: Answer<'_>) {
    let patience = if action == Action::NudgeCamera { knock::PATIENCE } else { PATIENCE };
    let done = timeout(patience, doing(demo, action, &answer)).await;
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => answer.say(format!("This did not work: {error:#}.")).await,
        Err(_) => answer.say("Nothing more came of it for a while; the diary on the page goes on.").await,
    }
}

async fn doing(demo: &Demo, action: Action, answer: &Answer<'_>) -> Result<()> {
    match action {
        Action::Arrive(order) => arrive(demo, order, answer).await,
        Action::Resend(order) => resend(demo, order, answer).await,
        Action::CutStorage => cut_storage(demo, answer).await,
        Action::RestoreStorage => restore_storage(demo, answer).await,
        Action::CutBroker => cut_broker(demo, answer).await,
        Action::RestoreBroker => restore_broker(demo, answer).await,
        Action::KillAgent => kill_agent(demo, answer).await,
        Action::KillUploader => kill(&demo.uploader, "uploader", answer).await,
        Action::NudgeCamera => knock::knock(demo, answer).await,
        Action::Stop => {
            let said = demo.halt.stop().await?;
            demo.floor.note("Somebody stopped photographs and deliveries.".to_owned());
            answer.say(said.trim_end()).await;
            answer.say("Nothing is photographed or delivered until a signed resume names that number.").await;
            Ok(())
        }
        Action::Resume => {
            let number = demo.halt.resume().await?;
            demo.floor.note(format!("The stop {number} was lifted by a signed resume."));
            answer.say(format!("The stop {number} is lifted: signed by the demo's throwaway key.")).await;
            Ok(())
        }
        Action::Explain(order) => {
            answer.say(demo.explain.order(order).await?.trim_end()).await;
            Ok(())
        }
    }
}

async fn arrive(demo: &Demo, order: u32, answer: &Answer<'_>) -> Result<()> {
    demo.floor.note(format!("Order {order} is on its way down the line."));
    let events = demo.plc.bring(order)?;
    answer.say(format!("Order {order} comes to {} stations, one after the other.", events.len())).await;
    for (station, event) in events.into_iter().enumerate() {
        let name = STATIONS[station].name;
        let told = demo.floor.until(|known| told(known, &event)).await;
        answer.say(format!("{name}: {told}")).await;
    }
    Ok(())
}

/// What became of the arrival with this event, in words; nothing while more is to be expected.
fn told(known: &Known, event: &str) -> Option<String> {
    let is_cut = |why: &str| Some(format!("{why}; it goes on when you restore it."));
    let state = known.cars.values().flatten().find_map(|visit| {
        visit.arrival.as_ref().filter(|arrival| arrival.event == event).map(|_| &visit.state)
    });
    match (known.endings.get(event), state) {
        (Some(ending), _) => Some(ending.clone()),
        (None, Some(VisitState::Sealed))
            if known.storage_is_cut && known.sealed().iter().any(|it| it == event) =>
        {
            is_cut("covered, proven and sealed, the picture waits for the storage")
        }
        (None, Some(VisitState::Arrived)) if known.broker_is_cut => {
            is_cut("the car came, and the agent cannot hear of it while the line to the broker is cut")
        }
        _ => None,
    }
}

async fn resend(demo: &Demo, order: u32, answer: &Answer<'_>) -> Result<()> {
    let words = |known: &Known, event: &str| known.words.get(event).cloned().unwrap_or_default();
    let before = demo.floor.known().words.clone();
    let event = demo.plc.resend(order).await?;
    let heard = before.get(&event).map_or(0, Vec::len);
    demo.floor.note(format!("The plant sends order {order}'s last arrival ({event}) again, the same bytes."));
    answer.say(format!("Event {event} of order {order} was sent again.")).await;
    let answered = demo
        .floor
        .until(|known| words(known, &event).get(heard..).filter(|new| new.len() >= 2).map(<[_]>::to_vec))
        .await;
    let cases = demo.explain.cases(&event).await?;
    let text = format!(
        "The agent knows it and answers {} again; in its book the event still has {cases} case.",
        answered.join(", ")
    );
    demo.floor.note(text.clone());
    answer.say(text).await;
    Ok(())
}

async fn cut_storage(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    demo.store.lock().await.stop().await;
    demo.floor.change(|known| known.storage_is_cut = true);
    demo.floor.note("You cut the storage: its port refuses.");
    answer.say("The storage is cut. Let a car come: its picture waits on this PC's disk.").await;
    Ok(())
}

async fn restore_storage(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    let waiting = demo.floor.known().waiting();
    demo.store.lock().await.resume().await.context("starting the storage again")?;
    demo.floor.change(|known| known.storage_is_cut = false);
    demo.floor.note("You restored the storage.");
    answer.say(format!("The storage is back; pictures that wait for it: {waiting}.")).await;
    demo.floor.until(|known| (known.waiting() == 0).then_some(())).await;
    if waiting > 0 {
        answer.say("All of them are in their albums now.").await;
    }
    Ok(())
}

async fn cut_broker(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    demo.broker.lock().await.line().shut().await;
    demo.floor.change(|known| known.broker_is_cut = true);
    demo.floor.note("You cut the line between the agent and the broker.");
    demo.floor.until(|known| (known.connection != "ONLINE").then_some(())).await;
    answer.say("The agent is cut off: nobody can prove which car stands there, so no picture is taken. Let a car come.").await;
    Ok(())
}

async fn restore_broker(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    demo.broker.lock().await.line().reopen().await.context("opening the line again")?;
    demo.floor.change(|known| known.broker_is_cut = false);
    demo.floor.note("You restored the line to the broker.");
    online(demo).await;
    answer
        .say("The agent is connected again. What it heard too late gets no picture; the diary says so.")
        .await;
    Ok(())
}

async fn online(demo: &Demo) {
    demo.floor.until(|known| (known.connection == "ONLINE").then_some(())).await;
}

async fn kill_agent(demo: &Demo, answer: &Answer<'_>) -> Result<()> {
    let open = demo.floor.known().open();
    kill(&demo.agent, "agent", answer).await?;
    online(demo).await;
    answer.say("It listens to the line again.").await;
    if open > 0 {
        demo.floor.until(|known| (known.open() == 0).then_some(())).await;
        answer.say("What was under way when it died has its outcome on record; the diary says which.").await;
    }
    Ok(())
}

async fn kill(daemon: &Daemon, name: &str, answer: &Answer<'_>) -> Result<()> {
    let mut health = daemon.health();
    let now = health.borrow().clone();
    let Health::Runs(before) = now else { bail!("the {name} does not run at the moment") };
    daemon.kill().await;
    answer.say(format!("The {name} was killed (SIGKILL), in the middle of whatever it did.")).await;
    let is_back = |health: &Health| !matches!(health, Health::Down(_)) && *health != Health::Runs(before);
    let back = health.wait_for(is_back).await.context("the demo ends")?.clone();
    match back {
        Health::Gone(why) => bail!("the {name} did not come back: {why}"),
        _ => answer.say(format!("The {name} was started again, as systemd would do.")).await,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::floor::{Arrival, Visit};
    use crate::page::ACTIONS;

    #[test]
    fn whatever_the_page_offers_is_understood_and_nothing_else() {
        let mut understood: Vec<_> = ACTIONS.map(|name| Action::parse(name, "7").unwrap()).into();
        understood.dedup();
        assert_eq!(understood.len(), ACTIONS.len());
        assert_eq!(Action::parse("explain", " 9999 ").unwrap(), Action::Explain(9999));
        for name in ["", "Arrive", "kill", "cut-power", "arrive "] {
            let error = Action::parse(name, "7").unwrap_err().to_string();
            assert_eq!(error, format!("there is no action `{name}`"));
        }
    }

    #[test]
    fn an_order_that_the_roof_cannot_show_is_refused_where_one_is_needed() {
        for order in ["", "0", "10000", "-1", "7a", "1.5", "4294967297"] {
            for name in ["arrive", "resend", "explain"] {
                let error = Action::parse(name, order).unwrap_err().to_string();
                assert!(error.contains("name a number from 1 to 9999"), "{error}");
            }
            assert_eq!(Action::parse("cut-storage", order).unwrap(), Action::CutStorage);
        }
    }

    #[test]
    fn an_arrival_is_told_of_when_it_is_final_or_waits_for_the_visitor() {
        let standing = |state: VisitState| {
            let arrival = Arrival { event: "e-1".into(), topic: String::new(), payload: String::new() };
            let sealed = matches!(state, VisitState::Sealed).then(|| arrival.event.clone());
            let visit = Visit { arrival: Some(arrival), state, sealed, ..Visit::default() };
            let mut known = Known::default();
            known.cars.insert(1, [visit, Visit::default(), Visit::default()]);
            known
        };
        for state in [VisitState::Arrived, VisitState::Sealed] {
            assert_eq!(told(&standing(state), "e-1"), None);
        }
        for (state, broker_is_cut, words) in [
            (VisitState::Arrived, true, "the agent cannot hear of it"),
            (VisitState::Sealed, false, "the picture waits for the storage"),
        ] {
            let mut known = standing(state);
            (known.broker_is_cut, known.storage_is_cut) = (broker_is_cut, !broker_is_cut);
            assert!(told(&known, "e-1").unwrap().contains(words), "{words}");
            assert_eq!(told(&known, "e-2"), None);
            known.endings.insert("e-1".into(), "It is final.".into());
            assert_eq!(told(&known, "e-1").unwrap(), "It is final.");
        }
    }
}
