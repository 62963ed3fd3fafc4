//! Certificates and their days: ours, the authorities', and those that broker and cameras show.

use jiff::Timestamp;
use lineshot_config::{AgentSettings, CameraSetting};
use lineshot_doctor::{Finding, of_files, of_peer};
use lineshot_domain::Clock;
use lineshot_tls::Trust;

use crate::foundation;

const CHECK: &str = "certificates";

pub(super) fn certificates(settings: &AgentSettings, clock: &dyn Clock) -> Vec<Finding> {
    let now = Timestamp::from_millisecond(clock.wall().unix_ms()).unwrap_or_default();
    let mut found = Vec::new();
    if let Some(tls) = &settings.broker.tls {
        let (trust, at) = (foundation::trust(tls), (settings.broker.host.as_str(), settings.broker.port));
        found.extend(of_files(&trust, "the broker", now));
        found.extend(of_peer(at, &trust, "the broker's certificate", now));
    }
    for station in &settings.stations {
        for view in &station.views {
            let CameraSetting::Http { url, ca, .. } = &view.camera else { continue };
            if !url.is_https() {
                continue;
            }
            let trust = Trust { ca: ca.clone(), own: None };
            let camera = format!("the camera of {}/{}", station.id, view.id);
            found.extend(of_files(&trust, &camera, now));
            if let Some((host, port)) = url.host_and_port() {
                found.extend(of_peer((&host, port), &trust, &format!("the certificate of {camera}"), now));
            }
        }
    }
    if found.is_empty() {
        found.push(Finding::skipped(CHECK, "neither broker nor cameras are reached over TLS"));
    }
    found
}
