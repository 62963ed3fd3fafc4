//~ E0616
//! Raw pixels are seen by the darkroom alone.

use lineshot_picture::Frame;

fn look(frame: &Frame) -> usize {
    frame.bytes.len()
}

fn main() {
    let _ = look;
}
