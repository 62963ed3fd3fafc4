//~ E0451
//! Permission is given in one place.

use lineshot_domain::{CaseId, Permit, Stay};

fn forge(case: CaseId, stay: Stay) -> Permit {
    Permit { case, stay }
}

fn main() {
    let _ = forge;
}
