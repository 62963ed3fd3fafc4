//! The store as a process of its own, which can be killed and started again where it was.
//!
//! What it has is whole whatever kills it: s3s-fs writes an object under another name outside the bucket and renames
//! it when the body is complete, and the files are the kernel's when the process is gone.

use std::env;
use std::path::{Path, PathBuf};

use lineshot_demo::{Account, Rule, Store};
use rustix::process::{Signal, set_parent_process_death_signal};
use tempfile::TempDir;

use super::another;
use crate::peers::Process;

/// Set in the process that is the store: its folder.
const FOLDER: &str = "LINESHOT_TEST_STORE";

/// Set beside it from the second start on.
const PORT: &str = "LINESHOT_TEST_STORE_PORT";

pub(super) const BUCKET: &str = "soak";

/// A store with one bucket.
pub(super) struct Shop {
    folder: TempDir,
    port: u16,
    process: Process,
}

impl Shop {
    pub(super) fn open() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let (process, port) = run(folder.path(), 0);
        Shop { folder, port, process }
    }

    pub(super) fn account(&self) -> Account {
        Account {
            endpoint: format!("http://127.0.0.1:{}", self.port),
            region: Store::REGION.to_owned(),
            access_key: Store::ACCESS_KEY.to_owned(),
            secret_key: Store::SECRET_KEY.to_owned(),
        }
    }

    /// SIGKILL, in the middle of whatever it takes in.
    pub(super) fn kill(&mut self) {
        self.process.kill();
    }

    /// After [`Shop::kill`]: the same port, the same objects.
    pub(super) fn restart(&mut self) {
        (self.process, _) = run(self.folder.path(), self.port);
    }

    /// The bucket as files.
    pub(super) fn bucket(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

fn run(folder: &Path, port: u16) -> (Process, u16) {
    let test = "soak::shop::a_store_serves_until_it_is_killed";
    let mut command = another(test, FOLDER, folder.to_owned());
    let process = Process::start(command.env(PORT, port.to_string()));
    let said = process.wait_for("the store listens on ");
    (process, said.rsplit(' ').next().unwrap().parse().unwrap())
}

/// No test of its own: what [`run`] starts, where it is asked for.
#[test]
fn a_store_serves_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    // With the test that started it.
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let port = env::var(PORT).unwrap().parse().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::start_at(Path::new(&folder), Rule::PutOnly, port).await.unwrap();
        store.bucket(BUCKET).unwrap();
        let port = store.endpoint().rsplit(':').next().unwrap().to_owned();
        // The runner of tests has begun a line.
        println!("\nthe store listens on {port}");
        std::future::pending::<()>().await;
    });
}
