//! Everything that is said on some topics, for a person who wants to know how the line talks.

use std::pin::pin;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use tokio::select;

use super::link::Link;
use super::topic::is_filter;
use super::trouble::Trouble;
use super::visit::Visit;

/// A message of anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overheard {
    /// Where it was said.
    pub topic: String,
    /// What; never printed as it is.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it, so that nobody knows how old it is.
    pub is_retained: bool,
    /// Its message expiry.
    pub expiry: Option<Duration>,
}

impl Overheard {
    fn of(packet: Packet) -> Option<Overheard> {
        let Packet::Publish(Publish { topic, payload, retain, properties, .. }) = packet else { return None };
        let expiry = properties.and_then(|properties| properties.message_expiry_interval);
        Some(Overheard {
            topic: String::from_utf8_lossy(&topic).into_owned(),
            payload: payload.to_vec(),
            is_retained: retain,
            expiry: expiry.map(|seconds| Duration::from_secs(seconds.into())),
        })
    }
}

/// Listens until `heard` has had enough or `end` comes. `begun`: everything was granted. QoS 0 is asked for: a
/// line that talks faster than a person reads is not slowed down.
///
/// # Errors
/// Why there is no line, or which filter is none or is not granted, as a sentence with its mend.
pub async fn overhear(
    link: &Link,
    filters: &[String],
    begun: impl FnOnce(),
    mut heard: impl FnMut(Overheard) -> bool,
    end: impl Future<Output = ()>,
) -> Result<(), String> {
    if let Some(filter) = filters.iter().find(|filter| !is_filter(filter)) {
        return Err(format!(
            "{filter:?} is no filter of topics: '+' stands for one level and '#', at the end, for all that \
             follow, such as plant/+/arrival or plant/#"
        ));
    }
    let told = |trouble: Trouble| trouble.to_string();
    let mut end = pin!(end);
    let listen = async {
        let (mut visit, _) = Visit::begin(link, "listen").await.map_err(told)?;
        let names: Vec<&str> = filters.iter().map(String::as_str).collect();
        let mut first = Vec::new();
        let mut keep = |packet| first.extend(Overheard::of(packet));
        let deaf = visit.subscribe(&names, QoS::AtMostOnce, &mut keep).await.map_err(told)?;
        if !deaf.is_empty() {
            let deaf = deaf.join(", ");
            return Err(format!("the broker does not let this user listen to {deaf}: allow it there"));
        }
        begun();
        if !first.into_iter().all(&mut heard) {
            return Ok(());
        }
        loop {
            if let Some(message) = Overheard::of(visit.next().await.map_err(told)?)
                && !heard(message)
            {
                return Ok(());
            }
        }
    };
    select! {
        over = listen => over,
        () = &mut end => Ok(()),
    }
}
