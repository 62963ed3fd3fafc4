//! What plant security signed for a station, told beside what its file says.

use lineshot_config::{AgentSettings, Station};
use lineshot_domain::{Reason, Wall};
use lineshot_release::{Look, Root, Settings, Void};

use crate::lookout::rfc3339;
use crate::releases::me;

/// What plant security signed for the station, as far as it can be seen from here, now.
pub(super) fn released(settings: &AgentSettings, station: &Station, now: Wall) -> String {
    let root = Root::of_machine();
    let look = Look::at(&root, &me(&root, &settings.site, &settings.name), now);
    // The highest serial that the agent has seen stands in its book.
    match look.judge(station, &Settings::of(settings), 0) {
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
