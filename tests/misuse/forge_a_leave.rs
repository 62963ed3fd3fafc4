//~ E0423
//! That something may leave now is said by the spool, from what the agent signed a moment ago.

use lineshot_spool::Leave;

fn forge() -> Leave {
    Leave(())
}

fn main() {
    let _ = forge;
}
