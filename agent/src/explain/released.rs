//! What plant security signed for a station, told beside what its file says.

use lineshot_config::{AgentSettings, Station};
use lineshot_domain::{Reason, Wall};
use lineshot_release::{Settings, Void};

use crate::lookout::rfc3339;
use crate::releases::from_outside;

/// What plant security signed for the station, as far as it can be seen from here, now.
pub(super) fn released(settings: &AgentSettings, station: &Station, now: Wall) -> String {
    match from_outside(settings, now).judge(station, &Settings::of(settings), 0) {
        Ok(valid) => {
            format!("\nReleased until {} by {}.\n", rfc3339(valid.expires), valid.signers.join(" and "))
        }
        Err(Void { reason: Reason::Unreleased, .. }) => {
            "\nNothing is released for this station: only an agent on trial (`--unreleased`) photographs.\n"
                .to_owned()
        }
        Err(void) => format!(
            "\nNow nothing is photographed here but on trial: refused({}), {}. What to do: {}\n",
            void.reason.code(),
            void.why,
            void.reason.mend()
        ),
    }
}
