//~ E0451
//! What is called proven was proven.

use lineshot_domain::Size;
use lineshot_proof::Proven;

fn forge(bytes: Vec<u8>, size: Size) -> Proven {
    Proven { bytes, size, sha256: [0; 32] }
}

fn main() {
    let _ = forge;
}
