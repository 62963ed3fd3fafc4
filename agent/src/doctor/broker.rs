//! The broker: reached, listened to, and not trusted with more than is needed.

use std::collections::BTreeSet;

use lineshot_config::AgentSettings;
use lineshot_doctor::Finding;
use lineshot_domain::Clock;

use super::split;
use crate::foundation;
use crate::plc::{self, Examined, Publishing, own_topic};

const CHECK: &str = "broker";

pub(super) fn broker(settings: &AgentSettings, clock: &dyn Clock) -> Vec<Finding> {
    let link = match foundation::link(settings) {
        Ok(link) => link,
        Err(failure) => {
            let told = failure.told(false);
            let told = told.trim_start_matches("lineshot-agent: ").trim_end();
            return vec![Finding::failed(CHECK, told, "put the file there for the agent's user to read")];
        }
    };
    let topics = topics(settings);
    let others = others(settings);
    let at = format!("{}:{}", link.host, link.port);
    match plc::examine(&link, &topics, &others, clock) {
        Err(trouble) => {
            let (found, mend) = split(&trouble);
            vec![Finding::failed(CHECK, format!("no line to {at}: {found}"), mend)]
        }
        Ok(examined) => findings(settings, &examined, &at, link.tls.is_some()),
    }
}

/// All that the agent listens to, as far as the configuration alone says it.
fn topics(settings: &AgentSettings) -> Vec<plc::Topic> {
    let mut topics = foundation::topics_of(settings, |_| true);
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    topics.dedup_by(|a, b| a.name == b.name);
    topics
}

/// What nobody but the PLC, or another PC, should be able to say. An empty message there is no event of anybody.
fn others(settings: &AgentSettings) -> Vec<String> {
    let arrivals: BTreeSet<String> =
        settings.stations.iter().map(|station| station.trigger.topic.as_str().to_owned()).collect();
    let elsewhere = format!("lineshot/{}/somebody-else/health", settings.site);
    arrivals.into_iter().chain([elsewhere]).collect()
}

fn findings(settings: &AgentSettings, examined: &Examined, at: &str, is_secret: bool) -> Vec<Finding> {
    let mut found = vec![Finding::ok(
        CHECK,
        format!("connected to {at} as {} in {} ms", examined.client_id, examined.took.as_millis()),
    )];
    if !is_secret {
        let mend = "let the broker listen with a certificate and write mqtts:// in `broker.url`";
        found.push(Finding::warning(
            CHECK,
            "the line is in the clear: whoever is on this network can read it and speak on it",
            mend,
        ));
    }
    for lacks in &examined.lacks {
        found.push(Finding::failed(CHECK, *lacks, "change that at the broker"));
    }
    match examined.deaf.as_slice() {
        [] => found.push(Finding::ok(
            CHECK,
            "it grants all topics; whether it sends what is said there, `lineshot listen` shows",
        )),
        deaf => {
            let mend = "allow this user to read them at the broker";
            found.push(Finding::failed(
                CHECK,
                format!("these may not be listened to: {}", deaf.join(", ")),
                mend,
            ));
        }
    }
    let own = own_topic(&settings.site, &settings.name, "#");
    match examined.own {
        Publishing::Taken if !examined.comes_back => {
            let mend = format!("allow this user to read {own} at the broker");
            let found_ = "what this PC says of itself does not come back to it, so that no picture is proven";
            found.push(Finding::failed(CHECK, found_, mend));
        }
        Publishing::Taken => found.push(Finding::ok(CHECK, format!("this PC may say how it is, on {own}"))),
        Publishing::Unanswered => {
            let mend = "look at the broker's log";
            found.push(Finding::failed(CHECK, format!("it does not answer to a message on {own}"), mend));
        }
        Publishing::Refused => {
            let mend = format!("allow this user to write {own} at the broker");
            found.push(Finding::failed(
                CHECK,
                "this PC may not say how it is, so that no picture is proven",
                mend,
            ));
        }
    }
    if !examined.unanswered.is_empty() {
        let topics = examined.unanswered.join(", ");
        let mend = "look at the broker's log, then run this again";
        found.push(Finding::failed(
            CHECK,
            format!("it does not say whether this PC may write {topics}"),
            mend,
        ));
    }
    match examined.too_much.as_slice() {
        [] if !examined.unanswered.is_empty() => {}
        [] => found.push(Finding::ok(CHECK, "this PC may not write where others do")),
        topics => {
            let mend =
                format!("allow this user to write {own} and its stations' `ready` topics, and nothing else");
            let found_ = format!("this PC may write where others do: {}", topics.join(", "));
            found.push(Finding::failed(CHECK, found_, mend));
        }
    }
    found.push(match examined.agent.as_deref() {
        Some("ONLINE") => Finding::ok("agent", "it listens to the line"),
        Some(word) => {
            let mend = "start it, or look at its log";
            Finding::warning(
                "agent",
                format!("it does not listen to the line: its last word is {word}"),
                mend,
            )
        }
        None => Finding::warning("agent", "nothing is known of it at the broker", "start it"),
    });
    found
}
