//! How an angle is checked.

use super::*;
use crate::Lock;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn with(lock: &str) -> String {
    swapped(MARRIAGE, "latency", &format!("lock = {lock}\nlatency"))
}

#[test]
fn a_lock_has_a_tolerance_and_names_its_references() {
    let folder = Folder::shipped();
    let lock =
        |text: &str| folder.put("stations/marriage.toml", with(text)).station().unwrap().views.remove(0).lock;
    assert_eq!(lock("{}"), Some(Lock { tolerance: 4.0, references: None }));
    let named = Some(Lock { tolerance: 2.5, references: Some(HASH.to_owned()) });
    assert_eq!(lock(&format!("{{ tolerance = \"2.5px\", references = \"{HASH}\" }}")), named);
    assert_eq!(folder.put("stations/marriage.toml", MARRIAGE).station().unwrap().views[0].lock, None);
}

#[test]
fn what_is_wrong_with_a_lock_is_said_where_it_stands() {
    let folder = Folder::shipped();
    for (lock, key, said) in [
        ("{ tolerance = \"5px\" }", "view[front].lock.tolerance", "covers reach 4 pixels farther"),
        ("{ tolerance = \"0px\" }", "view[front].lock.tolerance", "covers reach 4 pixels farther"),
        ("{ tolerance = 4 }", "view[front].lock.tolerance", "\"1px\" to \"4px\""),
        ("{ references = \"front.toml\" }", "view[front].lock.references", "lineshot enrol"),
        ("{ tolerence = \"4px\" }", "view[front].lock.tolerence", "tolerance"),
        ("\"4px\"", "view[front].lock", "table"),
    ] {
        let problems = folder.put("stations/marriage.toml", with(lock)).station().unwrap_err();
        says(&problems, "marriage.toml", key, said);
    }
}
