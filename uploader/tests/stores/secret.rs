//! Stores that show a certificate.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use lineshot_tls::testing::{Authority, Valid};

use crate::answers::Answers;
use crate::house::{House, Sealed};
use crate::program::program;

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_private_authority_is_delivered_to() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path(), "ca");
    let answers = Answers::secret(&ca.issue("store", &["127.0.0.1"], Valid::Now)).await;
    let house = House::pinned_trusting(&answers.endpoint, &ca.file);
    let sealed = Sealed::new(1);
    sealed.hand_over(&house);
    assert_eq!(house.settle(&sealed.text).await.result, "delivered");
    assert_eq!(answers.objects().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_stores_certificate_is_said_with_its_mend_and_nothing_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let [ca, other] = ["ca", "other"].map(|name| Authority::new(folder.path(), name));
    for (shown, part) in [
        (other.issue("foreign", &["127.0.0.1"], Valid::Now), "name the one that signed it as `ca`"),
        (ca.issue("old", &["127.0.0.1"], Valid::NoMore), "has expired (2001-01-01 00:00 UTC): renew it"),
        (ca.issue("young", &["127.0.0.1"], Valid::NotYet), "is not valid yet (2099-01-01 00:00 UTC)"),
        (ca.issue("else", &["s3.plant"], Valid::Now), "is for s3.plant and not for 127.0.0.1"),
    ] {
        let answers = Answers::secret(&shown).await;
        let house = House::pinned_trusting(&answers.endpoint, &ca.file);
        let sealed = Sealed::new(1);
        sealed.hand_over(&house);
        let mut child = program(&house, &["run"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.find(|line| line.contains("not delivered yet")).unwrap();
        assert!(said.contains(part), "{said}\nlacks\n{part}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(answers.requests().is_empty() && house.waits(&sealed.text));
    }
    let house = House::pinned_trusting("https://127.0.0.1:1", &folder.path().join("missing.pem"));
    let output = program(&house, &["run"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(64) && said.contains("missing.pem failed: put the file there"),
        "{said}"
    );
}
