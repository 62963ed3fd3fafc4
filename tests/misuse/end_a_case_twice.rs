//~ E0382
//! A case has one outcome.

use lineshot_domain::{Ending, Reason};
use lineshot_spool::Case;

fn twice(case: Case) {
    let _ = case.end(Ending::new(Reason::Departed));
    let _ = case.end(Ending::new(Reason::Superseded));
}

fn main() {
    let _ = twice;
}
