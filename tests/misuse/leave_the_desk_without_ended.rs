//~ E0308
//! The desk cannot be left before an outcome is recorded.

use lineshot_domain::{Ending, Reason};
use lineshot_spool::{Case, Ended, WriteError};

fn photograph(case: Case, is_gone: bool) -> Result<Ended, WriteError> {
    if is_gone {
        return case.end(Ending::new(Reason::Departed));
    }
    Ok(())
}

fn main() {
    let _ = photograph;
}
