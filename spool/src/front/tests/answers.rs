//! What is taken for an answer of the uploader's.

use super::receipts::{LARGEST, read};
use super::*;

#[test]
fn a_receipt_is_one_by_its_schema_its_name_and_a_result_that_is_known() {
    let own = "0123456789abcdef.json";
    for (schema, name, result, is_one) in [
        (RECEIPT_SCHEMA, own, "delivered", true),
        (RECEIPT_SCHEMA, own, "undeliverable", true),
        (RECEIPT_SCHEMA, own, "expired", true),
        (RECEIPT_SCHEMA, own, "stopped", true),
        (RECEIPT_SCHEMA, own, "lost", false),
        (RECEIPT_SCHEMA, "fedcba9876543210.json", "delivered", false),
        ("lineshot/receipt/9", own, "delivered", false),
        ("lineshot/receipt/9", "fedcba9876543210.json", "delivered", false),
    ] {
        let text = format!(
            r#"{{"schema":"{schema}","case":"0123456789abcdef","result":"{result}","at":"2026-01-01T00:00:00Z"}}"#
        );
        assert_eq!(read(text.as_bytes(), name).is_some(), is_one, "{schema} {name} {result}");
    }
}

#[test]
fn a_receipt_may_be_as_long_as_that_of_many_objects_and_no_longer() {
    let root = tempfile::tempdir().unwrap();
    let (front, _) = open(root.path()).unwrap();
    let case = admit(&front, &arrival('1', None, NOW)).unwrap();
    let path = root.path().join("receipts").join(format!("{}.json", case.id()));
    let id = case.id().to_string();
    seal(case);
    assert_eq!(LARGEST, 65_536);
    for (length, imported) in [(65_537, 0), (65_536, 1)] {
        write_receipt(root.path(), &id);
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(&" ".repeat(length - text.len()));
        fs::write(&path, text).unwrap();
        assert_eq!(front.import_receipts().unwrap().len(), imported, "{length}");
        assert_eq!(path.exists(), imported == 0);
    }
}
