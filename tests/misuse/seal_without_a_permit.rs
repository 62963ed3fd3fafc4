//~ E0061
//! No picture is sealed that was not permitted.

use lineshot_spool::{Case, Ended, Pictures, WriteError};

fn seal(case: Case, pictures: Pictures) -> Result<Ended, WriteError> {
    case.seal(pictures)
}

fn main() {
    let _ = seal;
}
