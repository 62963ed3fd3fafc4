//! The delivery daemon: from the parcel to the album.
//!
//! Holds:
//! - pictures leave by [`Store::put`] alone: out of a verified parcel, with a permission asked for this
//!   one PUT;
//! - an object counts as stored when the store proved that it has these very bytes;
//! - pictures first, the record last: a record never names an object that is not there;
//! - what a record tells of pictures is signed, so that an album can be verified without us;
//! - what the store does not take now is tried for ever; what it never takes is kept and said.
//!
//! Deliberately absent: a camera, a raw frame, MQTT, an order number, any right but PutObject, any copy
//! of a picture outside the parcel.

mod credentials;
pub mod doctor;
mod drain;
mod failure;
mod keys;
mod link;
pub mod log;
mod record;
mod refusal;
mod released;
mod statement;
mod stop;
mod store;
mod trouble;
mod wake;

pub use credentials::{Credentials, CredentialsError};
pub use drain::Drain;
pub use failure::Failure;
pub use keys::Keys;
pub use lineshot_clock::MachineClock;
pub use record::{
    AgentRecord, PictureRecord, RECORD_SCHEMA, Record, StationName, StationRecord, TakenRecord, ViewRecord,
};
pub use refusal::PutError;
pub use statement::{ALBUM_NAMESPACE, Signed, Signer};
pub use stop::{Asked, Signals};
pub use store::{ConnectError, Shelf, Store, object};
pub use wake::Wake;
