//~ E0451
//! A parcel was signed, and proven again.

use lineshot_spool::{CaseFacts, Parcel};

fn forge(facts: CaseFacts) -> Parcel {
    Parcel { facts, pictures: Vec::new(), cover: None }
}

fn main() {
    let _ = forge;
}
