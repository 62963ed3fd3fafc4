//! One store: s3s-fs behind a door that asks a [`Rule`] and counts who came.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Account;

/// What the credentials allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// PutObject and nothing else, as a line PC should have it: the rest is 403 AccessDenied.
    PutOnly,
    /// Everything.
    All,
}

/// A running or stopped store.
///
/// Its server runs on the tokio runtime it was started on, and ends with it or when this is dropped. What is
/// stored stays in the folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    address: SocketAddr,
    service: Service,
    requests: Arc<Requests>,
    secret: Secret,
    server: Option<JoinHandle<()>>,
}

impl Store {
    /// The only account's name.
    pub const ACCESS_KEY: &str = "lineshot-demo";
    /// Its secret in tests.
    pub const SECRET_KEY: &str = "lineshot-demo-secret";
    /// What clients give as the region.
    pub const REGION: &str = "us-east-1";

    /// Starts a store on a free port with a secret of its own: whoever else is on this machine can reach the
    /// port. `folder` is made if it is not there.
    ///
    /// # Errors
    /// If the folder cannot be used, no port is free or the system gives no random bytes.
    pub async fn private(folder: &Path, rule: Rule) -> Result<Store> {
        Store::with_secret(folder, rule, random_hex().context("making the store's key")?, 0).await
    }

    /// The same with [`Store::SECRET_KEY`], for tests.
    ///
    /// # Errors
    /// If the folder cannot be used or no port is free.
    pub async fn start(folder: &Path, rule: Rule) -> Result<Store> {
        Store::start_at(folder, rule, 0).await
    }

    /// The same on this port: a process that died is followed by another in its place.
    ///
    /// # Errors
    /// If the folder cannot be used or the port is taken.
    pub async fn start_at(folder: &Path, rule: Rule, port: u16) -> Result<Store> {
        Store::with_secret(folder, rule, Store::SECRET_KEY.to_owned(), port).await
    }

    async fn with_secret(folder: &Path, rule: Rule, secret: String, port: u16) -> Result<Store> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let files = FileSystem::new(folder)
            .map_err(|error| anyhow::anyhow!("opening {}: {error:?}", folder.display()))?;
        let requests = Arc::new(Requests::default());
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(Store::ACCESS_KEY, secret.as_str()));
        builder.set_access(Door { rule, requests: Arc::clone(&requests) });
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], port))).await?;
        let address = listener.local_addr().context("asking for the store's port")?;
        let mut store = Store {
            folder: folder.to_owned(),
            address,
            service: Service(builder.build()),
            requests,
            secret: Secret(secret),
            server: None,
        };
        store.serve(listener);
        Ok(store)
    }

    /// Makes a bucket. Doing it again changes nothing.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn bucket(&self, name: &str) -> Result<()> {
        let place = self.folder.join(name);
        fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))
    }

    /// Its only account, for looking into it from outside.
    pub fn account(&self) -> Account {
        Account {
            endpoint: self.endpoint(),
            region: Store::REGION.to_owned(),
            access_key: Store::ACCESS_KEY.to_owned(),
            secret_key: self.secret.0.clone(),
        }
    }

    /// What a client connects to, as `http://127.0.0.1:<port>`; buckets are the first part of the path.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where an object lies or would lie.
    pub fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.join(bucket).join(key)
    }

    /// An object's bytes, or nothing if there is none.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(bucket, key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// The keys of all objects in a bucket, sorted. The store's own notes are left out.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn keys(&self, bucket: &str) -> Result<Vec<String>> {
        let root = self.folder.join(bucket);
        let (mut keys, mut folders) = (Vec::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
                let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(key) = path.strip_prefix(&root) {
                    keys.push(key.to_string_lossy().into_owned());
                }
            }
        }
        keys.retain(|key| !key.rsplit('/').next().is_some_and(|name| name.starts_with('.')));
        keys.sort();
        Ok(keys)
    }

    /// How often each operation (`PutObject`, `HeadObject` …) was asked for since the start, allowed or not,
    /// by anyone who could be told apart from noise: a request whose signature is wrong never gets so far.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.requests.lock().clone()
    }

    /// Begins an outage: the port refuses, and open connections end at once, in the middle of whatever they did.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            // Ends by being aborted: the port is free when it has.
            let _aborted = server.await;
        }
    }

    /// Ends an outage, on the same port. While it runs, this changes nothing.
    ///
    /// # Errors
    /// If another program took the port meanwhile.
    pub async fn resume(&mut self) -> Result<()> {
        if self.server.is_none() {
            let listener = listen(self.address).await?;
            self.serve(listener);
        }
        Ok(())
    }

    fn serve(&mut self, listener: TcpListener) {
        self.server = Some(tokio::spawn(serve(listener, self.service.clone())));
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

/// A secret that nobody can guess.
pub(crate) fn random_hex() -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("the system gave no random bytes: {error}"))?;
    Ok(hex::encode(random))
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))
}

/// Serves until it is aborted. The connections belong to its set, and end with it.
async fn serve(listener: TcpListener, service: Service) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((socket, _)) => {
                let service = service.0.clone();
                connections.spawn(async move {
                    let http = auto::Builder::new(TokioExecutor::new());
                    if let Err(error) = http.serve_connection(TokioIo::new(socket), service).await {
                        tracing::debug!("the store's connection ended: {error}");
                    }
                });
            }
            Err(error) => tracing::warn!("the store cannot take a connection: {error}"),
        }
    }
}

/// The service, which has no `Debug` of its own.
#[derive(Clone)]
struct Service(S3Service);

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Service")
    }
}

/// Never printed.
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[derive(Debug, Default)]
struct Requests(Mutex<BTreeMap<String, u64>>);

impl Requests {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        // A panic between lock and unlock leaves a number that is one too low, nothing worse.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asked by the server before it does anything with a request.
struct Door {
    rule: Rule,
    requests: Arc<Requests>,
}

#[async_trait::async_trait]
impl S3Access for Door {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = request.s3_op().name().to_owned();
        let allowed = request.credentials().is_some() && (self.rule == Rule::All || operation == "PutObject");
        *self.requests.lock().entry(operation).or_default() += 1;
        if allowed { Ok(()) } else { Err(s3_error!(AccessDenied, "Access Denied")) }
    }
}
