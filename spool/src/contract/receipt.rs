//! `receipts/<case>.json`: the uploader's final word on a parcel.

use serde::{Deserialize, Serialize};

/// The value of `schema` in the version written here.
pub const RECEIPT_SCHEMA: &str = "lineshot/receipt/1";

/// What became of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptText {
    /// [`RECEIPT_SCHEMA`].
    pub schema: String,
    /// The case.
    pub case: String,
    /// `delivered`, `undeliverable`, `expired` or `stopped`.
    pub result: String,
    /// Why it was not delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// The station record's revision that first told of it; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// What is in the store.
    #[serde(default)]
    pub objects: Vec<ObjectText>,
}

/// One object in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectText {
    /// Its key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}
