//~ E0308
//! What the darkroom made is not sealed before the outside eye has seen it.

use lineshot_domain::{Crop, Scene, Wall};
use lineshot_picture::MaskedJpeg;
use lineshot_spool::Pictures;

fn lay_out(made: Vec<MaskedJpeg>, scene: Scene, crop: Crop, at: Wall) -> Pictures {
    Pictures { proven: made, scene, crop, from: at, to: at, release: None, caption: None }
}

fn main() {
    let _ = lay_out;
}
