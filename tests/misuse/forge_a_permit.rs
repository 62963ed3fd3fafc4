//~ E0451
//! Permission is given in one place.

use lineshot_domain::{CaseId, Permit, Stay};

fn forge(case: CaseId, stay: Stay, journey: bool) -> Permit {
    Permit { case, stay, journey }
}

fn main() {
    let _ = forge;
}
