//! An object store with moods.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use lineshot_domain::Clock;
use lineshot_spool::contract::{ObjectText, StateText};
use lineshot_spool::{Leave, Parcel};
use lineshot_uploader::{Keys, PutError, Record, Shelf, object};

/// How long a PUT takes.
const PUT: Duration = Duration::from_millis(300);

/// What it does with what it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Stores it and says so.
    #[default]
    Works,
    /// Cannot be reached.
    Away,
    /// Stores it, and the answer is lost.
    Mute,
    /// Lets nobody put anything.
    Denies,
    /// Says yes and proves nothing.
    Vague,
    /// Takes no picture, ever.
    Picky,
}

/// What is stored, and how often each object was written.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) mood: Mood,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// Keys that came although the agent had said for a second that nothing may leave.
    pub(crate) leaked: Vec<String>,
}

/// The uploader's door to it.
pub(crate) struct SimulatedStore {
    stored: Arc<Mutex<Stored>>,
    keys: Keys,
    /// Of the agent that may forbid it.
    data: PathBuf,
    clock: Arc<dyn Clock>,
}

impl SimulatedStore {
    pub(crate) fn new(stored: &Arc<Mutex<Stored>>, data: &Path, clock: Arc<dyn Clock>) -> SimulatedStore {
        SimulatedStore { stored: stored.clone(), keys: Keys::below(""), data: data.to_owned(), clock }
    }

    /// Whether the agent's word has been for a second that nothing may leave: what is under way is broken off sooner.
    fn is_forbidden(&self) -> bool {
        let word = fs::read_to_string(self.data.join("state/state.signed")).unwrap_or_default();
        let word = word.lines().nth(1).and_then(|json| serde_json::from_str::<StateText>(json).ok());
        word.is_some_and(|word| {
            let said = word.at.parse::<Timestamp>().unwrap().as_millisecond();
            word.stopped && self.clock.wall().unix_ms() - said > 1_000
        })
    }

    async fn take(&self, key: &str, bytes: &[u8], is_picture: bool) -> Result<(), PutError> {
        tokio::time::sleep(PUT).await;
        let said = || "simulated".to_owned();
        let forbidden = self.is_forbidden();
        let mut stored = self.stored.lock().unwrap();
        if forbidden {
            stored.leaked.push(key.to_owned());
        }
        match stored.mood {
            Mood::Away => return Err(PutError::Offline { why: said() }),
            Mood::Denies => return Err(PutError::Denied { said: said() }),
            Mood::Picky if is_picture => return Err(PutError::Never { said: said() }),
            Mood::Works | Mood::Mute | Mood::Vague | Mood::Picky => {}
        }
        stored.objects.insert(key.to_owned(), bytes.to_vec());
        match stored.mood {
            Mood::Mute => Err(PutError::Offline { why: said() }),
            Mood::Vague => Err(PutError::Unproven),
            _ => Ok(()),
        }
    }
}

impl Shelf for SimulatedStore {
    fn keys(&self) -> &Keys {
        &self.keys
    }

    async fn put(&self, _leave: Leave, parcel: &Parcel, index: usize) -> Result<ObjectText, PutError> {
        let object = object(&self.keys, parcel, index);
        self.take(&object.key, parcel.pictures()[index].bytes(), true).await?;
        Ok(object)
    }

    async fn put_record(&self, _leave: Leave, record: &Record) -> Result<(), PutError> {
        self.take(record.key(), record.json().as_bytes(), false).await
    }
}
