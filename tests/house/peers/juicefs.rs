//! A strict foreign S3 server: the JuiceFS gateway, which is MinIO's code with signatures checked.
//!
//! At most one runs: it takes 140 MB and a while to start. Tests share it, each with a bucket of its own.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use lineshot_demo::Account;
use tempfile::TempDir;

use super::process::free_port;
use super::{Process, installed};

/// A running gateway.
pub(crate) struct Juicefs {
    account: Account,
    _process: Process,
    // After the process: it writes there until its end.
    _folder: TempDir,
}

impl Juicefs {
    /// The one gateway: started if no test holds it, and killed when the last one has let it go.
    pub(crate) fn shared() -> Arc<Juicefs> {
        static ONE: Mutex<Weak<Juicefs>> = Mutex::new(Weak::new());
        // A start that panicked left nothing behind.
        let mut one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        one.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Juicefs::start());
            *one = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Juicefs {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        let (book, port) = (format!("sqlite3://{place}/juicefs.db"), free_port());
        let files = format!("{place}/objects/");
        let format = ["format", "--storage", "file", "--bucket", &files, &book, "tests"];
        let formatted = Command::new(installed("juicefs")).args(format).output().unwrap_or_else(|error| {
            panic!(
                "{} does not start ({error}); `cargo xtask test` installs it",
                installed("juicefs").display()
            )
        });
        assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stderr));
        let account = Account {
            endpoint: format!("http://127.0.0.1:{port}"),
            region: "us-east-1".to_owned(),
            access_key: "lineshot-tests".to_owned(),
            secret_key: "lineshot-tests-secret".to_owned(),
        };
        let mut gateway = Command::new(installed("juicefs"));
        gateway.args(["gateway", "--multi-buckets", "--keep-etag", "--no-usage-report", "--no-bgjob"]);
        gateway.args(["--cache-dir", "memory", "--metrics", "127.0.0.1:0"]);
        gateway.arg(&book).arg(format!("127.0.0.1:{port}"));
        gateway.env("MINIO_ROOT_USER", &account.access_key).env("MINIO_ROOT_PASSWORD", &account.secret_key);
        let process = Process::start(&mut gateway);
        process.wait_for("Endpoint:");
        Juicefs { account, _process: process, _folder: folder }
    }

    /// Makes a bucket of this name; a test takes its own name for it.
    pub(crate) fn bucket(&self, name: &str) {
        let answer = self.account.ask("PUT", &format!("/{name}"), b"").unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// The account that may do everything: for the uploader's settings, and for looking in from outside.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }
}
