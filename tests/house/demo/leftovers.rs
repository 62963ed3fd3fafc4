//! How a demo ends, and what the next one finds.

use super::{Running, daemons};

#[test]
fn what_a_killed_demo_left_running_is_ended_by_the_next_one() {
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().join("demo");
    let mut killed = Running::start_in(&folder);
    let left = killed.daemons();
    let names = |daemons: &[(String, _)]| daemons.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&left), ["lineshot-agent", "lineshot-uploader"]);
    killed.kill();
    assert_eq!(daemons(&killed.config()), left, "nobody could end them");

    let mut next = Running::start_in(&folder);
    let now = next.daemons();
    assert_eq!(names(&now), ["lineshot-agent", "lineshot-uploader"]);
    assert!(now.iter().all(|daemon| !left.contains(daemon)), "{left:?} {now:?}");
    assert!(next.stop().success());
    assert_eq!(daemons(&next.config()), []);
}
