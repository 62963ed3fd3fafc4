//~ E0423
//! What is called masked was masked.

use lineshot_picture::Masked;

fn forge() -> Masked {
    Masked(Vec::new())
}

fn main() {
    let _ = forge;
}
