//! Releases: what plant security signed for this PC, and for how long.

use lineshot_config::AgentSettings;
use lineshot_doctor::Finding;
use lineshot_domain::{Clock, Reason};
use lineshot_release::{Settings, Void};

use crate::lookout::rfc3339;
use crate::releases::{DAY, from_outside};

const CHECK: &str = "releases";
/// Days before its end from which on it is a warning.
const SOON: u32 = 30;

pub(super) fn releases(settings: &AgentSettings, clock: &dyn Clock) -> Vec<Finding> {
    let now = clock.wall();
    let look = from_outside(settings, now);
    let finding = |station: &lineshot_config::Station| match look.judge(station, &Settings::of(settings), 0) {
        Ok(valid) => {
            let found = format!(
                "{}: released until {} by {}",
                station.id,
                rfc3339(valid.expires),
                valid.signers.join(" and ")
            );
            match valid.expires.since(now) <= DAY * SOON {
                true => Finding::warning(CHECK, found, "prepare the next release and have it signed"),
                false => Finding::ok(CHECK, found),
            }
        }
        Err(Void { reason: Reason::Unreleased, why, .. }) => {
            let mend = "on trial it need not be; else `lineshot release prepare`, and have it signed";
            Finding::warning(CHECK, why, mend)
        }
        Err(void) => Finding::failed(CHECK, format!("{}: {}", station.id, void.why), void.reason.mend()),
    };
    settings.stations.iter().map(finding).collect()
}
