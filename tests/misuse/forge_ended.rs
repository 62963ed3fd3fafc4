//~ E0423
//! That an outcome was recorded is said by who recorded it.

use lineshot_spool::Ended;

fn forge() -> Ended {
    Ended(())
}

fn main() {
    let _ = forge;
}
