//! What plant security signed: read from files that nobody else can change, verified, and compared with what runs.
//!
//! Holds:
//! - a file is opened once, without following links, below folders that only root may change, up to the root; the
//!   same bytes are hashed, verified and parsed;
//! - nothing counts that is not signed by as many different people as the policy asks for, each with a key whose line
//!   names the namespace;
//! - what runs is as it was signed, or shows less: by geometry and set inclusion, never by judgement;
//! - where the trusted folders are is no setting: neither a configuration nor the environment moves them (but in a
//!   test build).
//!
//! Deliberately absent: the book (the highest serial seen is an argument), clocks, signing.

mod compare;
mod document;
mod file;
mod host;
mod judge;
mod permission;
mod prepare;
mod resume;
mod revoked;
mod signature;
mod signers;
mod trust;

pub use compare::{Difference, Differences, compare};
pub use document::{DocumentError, Header, LONGEST, Release};
pub use file::{FileError, Root};
pub use host::{Host, Me};
pub use judge::{Judged, Look, Valid, Void, is_nothing_released, of_parcel};
pub use permission::{Permission, PermissionError, Wanted};
pub use prepare::{Prepared, Settings, prepare};
pub use resume::{Parcels, Resume, ResumeError};
pub use trust::{Trust, TrustError};

/// What a release is signed as (`ssh-keygen -Y sign -n`).
pub const RELEASE: &str = "lineshot-release";
/// What a resume is signed as.
pub const RESUME: &str = "lineshot-resume";
/// What a permission to look at a raw still is signed as.
pub const COMMISSION: &str = "lineshot-commission";
