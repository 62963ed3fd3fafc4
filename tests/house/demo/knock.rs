//! A camera of the running demo is knocked and put straight again.

use super::Running;

#[test]
fn a_knocked_camera_gives_no_picture_until_it_was_put_straight_again() {
    let demo = Running::start();
    // All six are on their way by now.
    demo.process.wait_for("Order 1, Body shop: ");
    let told = demo.told(&["nudge-camera"]);
    let mut rest = told.as_str();
    for words in [
        "lineshot enrol body-shop",
        "Order 7 passes meanwhile",
        "`lock.references` names it",
        "Somebody knocks the camera at Body shop",
        "Order 8, Body shop: withheld(view_moved). ",
        "The agent raises the alarm `view_moved`: ",
        "body-shop/front: the camera points 14 px too far to the left",
        "lineshot aim body-shop",
        "  → ",
        "SAME ",
        "The camera stands right: fasten it.",
        "Order 11, Body shop: sealed. ",
        "order 8 came while the camera was knocked: withheld(view_moved).",
        "Order 11 came after it was put straight: sealed.",
    ] {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words}: {told}"));
        rest = &rest[at + words.len()..];
    }
}
