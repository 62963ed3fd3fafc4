//~ E0382
//! A permit is used up by the picture it allowed.

use lineshot_domain::Permit;
use lineshot_spool::{Case, Pictures};

fn two(one: Case, other: Case, permit: Permit, first: Pictures, second: Pictures) {
    let _ = one.seal(permit, first);
    let _ = other.seal(permit, second);
}

fn main() {
    let _ = two;
}
