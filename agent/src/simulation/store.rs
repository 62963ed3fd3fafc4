//! An object store with moods.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lineshot_spool::contract::ObjectText;
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
}

/// The uploader's door to it.
#[derive(Debug)]
pub(crate) struct SimulatedStore {
    stored: Arc<Mutex<Stored>>,
    keys: Keys,
}

impl SimulatedStore {
    pub(crate) fn new(stored: &Arc<Mutex<Stored>>) -> SimulatedStore {
        SimulatedStore { stored: stored.clone(), keys: Keys::below("") }
    }

    async fn take(&self, key: &str, bytes: &[u8], is_picture: bool) -> Result<(), PutError> {
        tokio::time::sleep(PUT).await;
        let said = || "simulated".to_owned();
        let mut stored = self.stored.lock().unwrap();
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
