//~ E0599
//! Only what is masked can be encoded.

use lineshot_picture::Frame;

fn encode(frame: Frame) {
    let _ = frame.pictures();
}

fn main() {
    let _ = encode;
}
