//~ E0308
//! The store takes verified parcels, and nothing else.

use lineshot_spool::Leave;
use lineshot_uploader::{Shelf, Store};

async fn put(store: &Store, leave: Leave, bytes: &Vec<u8>) {
    let _ = store.put(leave, bytes, 0).await;
}

fn main() {
    let _ = put;
}
