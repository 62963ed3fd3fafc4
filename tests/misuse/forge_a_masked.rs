//~ E0616
//! What is called masked was masked.

use lineshot_picture::Masked;

fn forge(masked: &mut Masked<'_>) {
    masked.kept = Some(Vec::new());
}

fn main() {
    let _ = forge;
}
