//~ E0599
//! Only what is masked can be encoded.

use lineshot_picture::{Frame, Plan};

fn encode(frame: &Frame, plan: &Plan) {
    let _ = frame.pictures(plan);
}

fn main() {
    let _ = encode;
}
