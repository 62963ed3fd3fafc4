//! What the store promises, asked from outside.

use crate::{Account, Rule, Store};

/// The store's status for one request; `None` if it does not listen.
fn ask(store: &Store, method: &str, path: &str, body: &str) -> Option<u16> {
    store.account().ask(method, path, body.as_bytes()).ok().map(|answer| answer.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_for_putting_only_denies_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::PutOnly).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, "PUT", "/photos/a/1.txt", "one"), Some(200));
    for method in ["GET", "HEAD", "DELETE"] {
        assert_eq!(ask(&store, method, "/photos/a/1.txt", ""), Some(403), "{method}");
    }
    assert_eq!(ask(&store, "GET", "/photos", ""), Some(403));
    assert_eq!(store.object("photos", "a/1.txt").unwrap().unwrap(), b"one");
    assert_eq!(store.object("photos", "a/2.txt").unwrap(), None);
    assert_eq!(store.keys("photos").unwrap(), ["a/1.txt"]);
    let asked = store.requests();
    assert_eq!((asked["PutObject"], asked["GetObject"], asked["HeadObject"]), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_store_gives_back_what_was_put() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::All).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, "PUT", "/photos/1.txt", "one"), Some(200));
    assert_eq!(store.account().ask("GET", "/photos/1.txt", b"").unwrap().body, b"one");
    let list = store.account().ask("GET", "/photos?list-type=2&prefix=1", b"").unwrap();
    assert!(String::from_utf8_lossy(&list.body).contains("<Key>1.txt</Key>"), "{list:?}");
    assert_eq!(ask(&store, "GET", "/photos/2.txt", ""), Some(404));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::start(folder.path(), Rule::All).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(store.account().ask_unsigned("PUT", "/photos/1.txt", b"one").unwrap().status, 403);
    let forger = Account { secret_key: "wrong".to_owned(), ..store.account() };
    assert_eq!(forger.ask("PUT", "/photos/1.txt", b"one").unwrap().status, 403);
    assert_eq!(store.keys("photos").unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_the_store_is_back_on_its_port_with_all_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::start(folder.path(), Rule::PutOnly).await.unwrap();
    store.bucket("photos").unwrap();
    assert_eq!(ask(&store, "PUT", "/photos/1.txt", "one"), Some(200));
    let endpoint = store.endpoint();
    store.stop().await;
    assert_eq!(ask(&store, "PUT", "/photos/2.txt", "two"), None);
    store.resume().await.unwrap();
    assert_eq!(store.endpoint(), endpoint);
    assert_eq!(ask(&store, "PUT", "/photos/2.txt", "two"), Some(200));
    assert_eq!(store.keys("photos").unwrap(), ["1.txt", "2.txt"]);
}
