//! The line to the broker: connect, talk until it breaks, pause, connect again.
//!
//! Holds: every connection has a client of its own. rumqttc 0.25.1 carries state over a reconnection:
//! packets already read but not yet handed out, publications and subscriptions under way, the last
//! packet id. Some of it is stale then: an acknowledgement or an event of the earlier connection would
//! be taken for one of the new. With a new client there is nothing to clear and nothing to forget; an
//! acknowledgement that comes late finds its connection's channel closed.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use lineshot_domain::Clock;
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use tokio::select;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::Heard;
use super::board::Board;
use super::errand::Errand;
use super::link::{Link, LinkError, REQUESTS};
use super::post::{Outbox, Post, Wake};
use super::pulse::{LinkProof, Pulse};
use super::talk::{Ears, Talk};
use super::topic::{self, Topic};
use super::trouble::{Retry, Trouble};
use crate::stays::Stays;

/// A connection that held this long was a good one, unless nothing but patience kept it up: the next
/// trouble is said anew and tried soon.
const STEADY: Duration = Duration::from_secs(30);

/// What the broker has for our DISCONNECT and what was to be sent before it.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the line says for others.
pub struct Voice {
    /// Publications that wait on disk.
    pub outbox: Box<dyn Outbox + Send>,
    /// Wakes the line when the outbox has something new.
    pub news: Wake,
    /// Values that are retained at the broker.
    pub board: Board,
    /// Where proofs of the line are asked for.
    pub proof: LinkProof,
}

/// What a connection may be asked to say, and what is under way of it.
pub(super) struct Speech {
    pub(super) post: Post,
    pub(super) board: Board,
    pub(super) pulse: Pulse,
}

/// Another link, or other topics, from the next connection on.
pub struct Renewal {
    link: Link,
    topics: Arc<[Topic]>,
    switch: Box<dyn FnOnce() + Send>,
}

impl Renewal {
    /// `switch` is done when the last message by the earlier topics was received, and before the first by these.
    ///
    /// # Errors
    /// [`LinkError`] as for [`Line::new`].
    pub fn new(
        link: Link,
        topics: Vec<Topic>,
        switch: impl FnOnce() + Send + 'static,
    ) -> Result<Renewal, LinkError> {
        link.check()?;
        let topics = topic::distinct(topics, &link.own("pulse"))?.into();
        Ok(Renewal { link, topics, switch: Box::new(switch) })
    }
}

/// The line to the broker.
pub struct Line {
    link: Link,
    ears: Ears,
    heard: mpsc::Sender<Heard>,
    renewals: mpsc::Receiver<Renewal>,
    speech: Speech,
    /// Connections made so far.
    connections: u64,
    /// Whether the broker's session has all our subscriptions, by this process's own doing.
    subscribed: bool,
}

/// How a connection ended.
enum End {
    Stopped,
    Renewed(Box<Renewal>),
    Lost(Trouble),
}

/// What a connection waits for.
enum Step<E> {
    Event(E),
    End(End),
}

impl Line {
    /// A line that will listen to `topics` and say what `voice` holds. Nothing is connected before
    /// [`Line::run`]. A state's topic may be given several times.
    ///
    /// `stays` is told of every message about a station the moment it is received.
    ///
    /// `heard` should have room for a receive maximum of messages; with less, messages wait here. Whatever comes by
    /// `renewals` takes the place of `link` and `topics`; the session goes on, and nothing is lost.
    ///
    /// # Errors
    /// [`LinkError`] for what the client library or the protocol cannot do.
    pub fn new(
        link: Link,
        topics: Vec<Topic>,
        clock: Arc<dyn Clock>,
        stays: Arc<Stays>,
        voice: Voice,
        heard: mpsc::Sender<Heard>,
        renewals: mpsc::Receiver<Renewal>,
    ) -> Result<Line, LinkError> {
        link.check()?;
        let topics = topic::distinct(topics, &link.own("pulse"))?.into();
        let speech = Speech {
            post: Post::new(voice.outbox, voice.news),
            board: voice.board,
            pulse: Pulse::new(voice.proof),
        };
        Ok(Line {
            link,
            ears: Ears { topics, clock, stays },
            heard,
            renewals,
            speech,
            connections: 0,
            subscribed: false,
        })
    }

    /// Listens and publishes until `stop` turns true or its sender is gone, or nobody takes the messages
    /// any more. Acknowledgements made and values put up before that are still sent, if the broker takes
    /// them in time.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut retry = Retry::default();
        loop {
            let began = self.ears.clock.mono();
            let end = self.connection(&mut stop).await;
            let was_current = self.speech.pulse.is_current();
            self.speech.pulse.lost();
            let trouble = match end {
                End::Stopped => break,
                End::Renewed(renewal) => {
                    self.speech.post.unsent();
                    self.renew(*renewal);
                    continue;
                }
                End::Lost(trouble) => trouble,
            };
            if self.heard.is_closed() {
                break;
            }
            self.speech.post.unsent();
            let held = self.ears.clock.mono().since(began) >= STEADY;
            if held && (was_current || trouble != Trouble::Deaf) {
                retry = Retry::default();
            }
            if retry.is_news(&trouble) {
                tracing::warn!(
                    host = self.link.host,
                    port = self.link.port,
                    "no line to the broker: {trouble}"
                );
            }
            select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(renewal) = self.renewals.recv() => self.renew(renewal),
                () = sleep(retry.pause(&trouble, fastrand::f64())) => {}
            }
        }
        self.speech.post.settle().await;
    }

    fn renew(&mut self, renewal: Renewal) {
        let Renewal { link, topics, switch } = renewal;
        (self.link, self.ears.topics, self.subscribed) = (link, topics, false);
        switch();
    }

    async fn connection(&mut self, stop: &mut watch::Receiver<bool>) -> End {
        self.connections += 1;
        let options = match self.link.options() {
            Ok(options) => options,
            Err(error) => return End::Lost(Trouble::of_file(&error)),
        };
        let (client, mut events) = dial(options);
        let mut talk = Talk::new(client, &self.link, self.ears.clone(), self.connections);
        let mut farewell = None;
        loop {
            let step = {
                // Not dropped before it is ready: a poll that is cancelled can lose a packet half sent.
                let mut poll = pin!(events.poll());
                loop {
                    let leaving = farewell.is_some();
                    // In this order: each of the others is soon done with, and events come without end.
                    select! {
                        biased;
                        room = self.heard.reserve(), if talk.has_heard() && !leaving => match room {
                            Ok(room) => talk.hand_over(room),
                            Err(_) => break Step::End(End::Stopped),
                        },
                        row = self.speech.post.next(), if talk.may_publish() && !leaving => {
                            talk.publish(Errand::row(row), &mut self.speech);
                        }
                        entry = self.speech.board.next(), if talk.may_publish() && !leaving => {
                            talk.publish(Errand::entry(entry), &mut self.speech);
                        }
                        due = self.speech.pulse.due(talk.is_idle()), if talk.is_granted() && !leaving => {
                            match due {
                                Ok(()) => talk.publish_pulse(&mut self.speech),
                                Err(trouble) => break Step::End(End::Lost(trouble)),
                            }
                        }
                        () = talk.time_to_ask_again(), if !leaving => {
                            talk.ask_again(&self.speech, &mut self.subscribed);
                        }
                        () = talk.unacknowledged(), if !leaving => {
                            break Step::End(End::Lost(Trouble::Unacknowledged));
                        }
                        Some(renewal) = self.renewals.recv(), if !leaving => {
                            break Step::End(End::Renewed(Box::new(renewal)));
                        }
                        () = stopped(stop), if !leaving => match talk.leave(&mut self.speech) {
                            true => farewell = Some(Instant::now() + FAREWELL),
                            false => break Step::End(End::Stopped),
                        },
                        () = over(farewell) => break Step::End(End::Stopped),
                        event = &mut poll => break Step::Event(event),
                    }
                }
            };
            match step {
                Step::End(end) => return end,
                Step::Event(Err(_)) if farewell.is_some() => return End::Stopped,
                Step::Event(Err(error)) => return End::Lost(Trouble::of(&error)),
                Step::Event(Ok(event)) => {
                    if let Err(trouble) = talk.take(event, &mut self.speech, &mut self.subscribed) {
                        return End::Lost(trouble);
                    }
                }
            }
        }
    }
}

/// The client library's two ends of a new connection.
fn dial(options: MqttOptions) -> (AsyncClient, Events) {
    #[cfg(test)]
    if let Some((client, events)) = crate::simulation::broker::dial() {
        return (client, Events::Simulated(events));
    }
    let (client, events) = AsyncClient::new(options, REQUESTS);
    (client, Events::Real(Box::new(events)))
}

/// What comes from the broker, and what went there.
enum Events {
    Real(Box<EventLoop>),
    #[cfg(test)]
    Simulated(crate::simulation::broker::Events),
}

impl Events {
    /// The next of them. A call that is dropped before it is ready can lose a packet half sent.
    async fn poll(&mut self) -> Result<Event, ConnectionError> {
        match self {
            Events::Real(events) => events.poll().await,
            #[cfg(test)]
            Events::Simulated(events) => events.poll().await,
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone can never stop us: so it has.
    let _gone = stop.wait_for(|stop| *stop).await.is_err();
}

async fn over(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
