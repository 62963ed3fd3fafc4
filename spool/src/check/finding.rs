//! What a look can find.

use std::path::PathBuf;

/// One thing that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub what: What,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The agent's book is not there.
    NoBook,
    /// A database that cannot be read, and why.
    Unreadable(String),
    /// A database of a later version than this program's.
    Newer {
        /// The version found.
        found: usize,
        /// The latest that is known here.
        known: usize,
    },
    /// A database of an earlier version: the daemon's next start brings it up to date.
    Older,
    /// A database whose pages do not fit together: what SQLite says of it.
    Damaged(String),
    /// The first line of the ledger that does not fit to the one before.
    ChainBroken(i64),
    /// The ledger ends before a line that an earlier start has seen.
    Shortened {
        /// The last line there is.
        last: i64,
        /// The last line that was there.
        seen: i64,
    },
    /// The table of stops is not what the ledger tells.
    Stops,
    /// A case has more or fewer outcomes in the ledger than it should have.
    Outcomes {
        /// The case.
        case: String,
        /// As many as there are.
        found: i64,
        /// As many as there should be.
        wanted: i64,
    },
    /// The same of deliveries.
    Deliveries {
        /// The case.
        case: String,
        /// As many as there are.
        found: i64,
        /// As many as there should be.
        wanted: i64,
    },
    /// The book says another outcome or delivery of a case than its ledger.
    Contradicts {
        /// The case.
        case: String,
    },
    /// The ledger tells of a case that the book does not have.
    NoRow {
        /// The case.
        case: String,
    },
    /// A case has an outcome and no answer, and its parcel is nowhere.
    Lost {
        /// The case.
        case: String,
    },
    /// A parcel of a case that the book does not have.
    UnknownParcel,
    /// A parcel of a case that is still open by the book.
    EarlyParcel,
    /// A parcel of a case that was answered for, and that nobody is about to remove.
    SettledParcel,
    /// The same, where it could not be seen whether the uploader is about to remove it.
    AnsweredParcel,
    /// A parcel that is not as it was signed: what does not fit.
    BrokenParcel(String),
    /// Something among the parcels that is none.
    Stranger,
    /// Something among the receipts that is none.
    NoReceipt,
    /// A receipt that cannot be read or is of no known form.
    BrokenReceipt,
    /// A receipt of a case that the book does not have, or that is still open.
    UnknownReceipt,
    /// Something in `agent/open` that no case needs any more.
    Leftover,
    /// A file that was being written when its writer died.
    Unfinished,
    /// A room that is not there.
    NoRoom {
        /// The next start of a daemon makes it, and nothing was in it.
        is_made: bool,
    },
    /// A room of another mode.
    Mode {
        /// Its permission bits.
        found: u32,
        /// Those it should have.
        wanted: u32,
    },
    /// A room of another owner.
    Owner {
        /// The user's id.
        found: u32,
        /// That of the daemon it should belong to.
        wanted: u32,
    },
    /// A room that this user may not look into; its owner's id.
    Closed(u32),
    /// The agent's own key cannot be used, and why.
    Key(String),
    /// The public key for the uploader is not that of the agent's key.
    PublicKey,
    /// The uploader trusts another agent's key.
    OtherPin,
    /// The uploader trusts nobody yet.
    NotPinned,
    /// The uploader's copy of the key cannot be read, and why.
    Pin(String),
    /// The agent's word to the uploader cannot be believed, and why.
    State(String),
    /// The agent's word is old, and how.
    OldState(String),
    /// The agent's word has a higher number than the book knows.
    StateAhead {
        /// The word's.
        found: u64,
        /// The book's.
        known: u64,
    },
    /// The uploader's queue has a row that it never wrote.
    StrangeRow,
    /// A parcel that the store never took, kept for a person.
    Failed,
}

impl What {
    /// Whether something is not as it should be; else it is only good to know.
    pub fn is_fault(&self) -> bool {
        !matches!(
            self,
            What::Older
                | What::AnsweredParcel
                | What::Stranger
                | What::NoReceipt
                | What::Leftover
                | What::Unfinished
                | What::NoRoom { is_made: true }
                | What::Closed(_)
                | What::NotPinned
                | What::OldState(_)
                | What::Failed
        )
    }
}
