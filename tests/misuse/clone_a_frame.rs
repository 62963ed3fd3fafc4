//~ E0599
//! There is one copy of raw pixels, and it is wiped.

use lineshot_picture::Frame;

fn keep(frame: Frame) -> (Frame, Frame) {
    (frame.clone(), frame)
}

fn main() {
    let _ = keep;
}
