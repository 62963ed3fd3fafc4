//! The one table of reasons: code, outcome, sentence, mend and what the album is told.
//!
//! Codes are a contract: they are written to the ledger, to station records and to MQTT. New ones may
//! be added; none is renamed or taken away.

use std::fmt;

/// How a case ended. Every case has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Permitted, photographed, covered, proven, handed over for delivery.
    Sealed,
    /// Not permitted.
    Refused,
    /// Photographed, but not shown: something about it could not be proven.
    Withheld,
    /// Permitted, but the right moment passed.
    Missed,
    /// A machine did not do its part.
    Failed,
    /// The agent was stopped or died in the middle.
    Interrupted,
}

impl Outcome {
    /// The written form, a contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Sealed => "sealed",
            Outcome::Refused => "refused",
            Outcome::Withheld => "withheld",
            Outcome::Missed => "missed",
            Outcome::Failed => "failed",
            Outcome::Interrupted => "interrupted",
        }
    }
}

/// What the station record says of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordState {
    /// The pictures named in the record are there.
    Delivered,
    /// A picture was taken and is not shown.
    Withheld,
    /// There is no picture.
    Missed,
    /// There may be no picture.
    NotPermitted,
    /// There was a picture; it was taken back.
    Recalled,
}

impl RecordState {
    /// The written form, a contract.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordState::Delivered => "delivered",
            RecordState::Withheld => "withheld",
            RecordState::Missed => "missed",
            RecordState::NotPermitted => "not_permitted",
            RecordState::Recalled => "recalled",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident, $sentence:literal, $mend:literal;)*) => {
        /// Why a case ended without a picture, or why a sealed one could not be delivered.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* #[doc = $sentence] $name,)*
        }

        impl Reason {
            /// Every reason there is, in the order of the table.
            pub const ALL: &[Reason] = &[$(Reason::$name),*];

            /// The written form, a contract.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code),* }
            }

            /// What it ends in.
            pub fn class(self) -> Class {
                match self { $(Reason::$name => Class::$class),* }
            }

            /// What happened, for a person.
            pub fn sentence(self) -> &'static str {
                match self { $(Reason::$name => $sentence),* }
            }

            /// What to do about it.
            pub fn mend(self) -> &'static str {
                match self { $(Reason::$name => $mend),* }
            }
        }
    };
}

/// What a reason ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The case is refused.
    Refused,
    /// The picture is withheld.
    Withheld,
    /// The moment is missed.
    Missed,
    /// A machine failed.
    Failed,
    /// The agent stopped in the middle.
    Interrupted,
    /// The sealed parcel can never be delivered.
    Undeliverable,
}

reasons! {
    Config = "config", Refused,
        "The station's configuration has an error.", "Run `lineshot check` and mend what it names.";
    Unreleased = "unreleased", Refused,
        "Nobody has released this station for photographs.", "Have plant security sign a release, or start the agent with --unreleased for a trial.";
    ReleaseTrust = "release_trust", Refused,
        "The folder that says whose signatures count cannot be used.", "The log names the file: mend /etc/lineshot/trust as root; until then nothing is released.";
    ReleaseUnreadable = "release_unreadable", Refused,
        "The station's release cannot be read.", "The log names the file and what is wrong: copy it again, or prepare a new one.";
    ReleaseSignature = "release_signature", Refused,
        "The station's release is not signed by those who must sign it.", "`lineshot release verify` says whose signature is missing or does not count.";
    ReleaseRevoked = "release_revoked", Refused,
        "The station's release was revoked.", "Ask plant security; a new release is a new signature.";
    ReleaseHost = "release_host", Refused,
        "The release is for another PC.", "Prepare and sign one on this PC.";
    ReleaseRollback = "release_rollback", Refused,
        "The station's release is older than one that was there before.", "Put the newer one back, or prepare and sign a new one.";
    ReleaseDarkroom = "release_darkroom", Refused,
        "The release was signed for another revision of the darkroom.", "Prepare a new release, look at its sheet, and have it signed.";
    ReleaseEarly = "release_early", Refused,
        "The station's release does not count yet.", "Wait until its `not_before`; if that has passed, look at the clock.";
    ReleaseExpired = "release_expired", Refused,
        "The station's release has expired.", "Prepare a new one and have it signed.";
    ReleaseSettings = "release_settings", Refused,
        "The station's settings show more than was signed.", "`lineshot release diff` names each setting: take the change back, or have a new release signed.";
    Ledger = "ledger", Refused,
        "The ledger's chain is broken: someone or something changed the record.", "Keep the disk as it is and call plant security.";
    Stopped = "stopped", Refused,
        "Photographs are stopped on this PC.", "`lineshot stop --show` says by whom; they go on with a resume that is signed (`lineshot resume`).";
    Paused = "paused", Refused,
        "An operator paused photographs.", "They go on by themselves after a shift at the latest, or when who paused them says so (`lineshot pause --end`).";
    Commissioning = "commissioning", Refused,
        "Somebody is setting up this station's views.", "Nothing; photographs go on when they have ended `lineshot-commission`.";
    ClockUnreadable = "clock_unreadable", Refused,
        "Whether the clock is right could not be read.", "Let the agent's unit read the clock (no ProtectClock=), or name another `clock.trust`.";
    ClockUntrusted = "clock_untrusted", Refused,
        "The clock of this PC is not synchronised.", "Look at the time service: can it reach its server? On trial `clock.trust = \"unchecked\"` does without.";
    ClockUnstable = "clock_unstable", Refused,
        "The clock of this PC was set a moment ago.", "Wait a minute; if it comes again, look for what sets the clock.";
    ClockBehind = "clock_behind", Refused,
        "The clock of this PC is earlier than the last picture in the ledger.", "Set the clock right; photographs go on once it has passed that picture.";
    LineMissing = "line_missing", Refused,
        "The line has not said in which state it is.", "Let the PLC publish the topic of `permit.line`, and again within its `max_age`.";
    LineStale = "line_stale", Refused,
        "The line's last word about its state is too old.", "Let the PLC publish the topic of `permit.line` more often than its `max_age`.";
    LineBroken = "line_broken", Refused,
        "The line's word about its state could not be read.", "Compare the message with `permit.line`: is the field right?";
    LineState = "line_state", Refused,
        "The line is in a state in which nothing is photographed.", "Nothing; `permit.line.allowed` names the states that permit.";
    Window = "window", Refused,
        "It is outside the hours in which photographs are permitted.", "Nothing; `permit.windows` names the hours.";
    ClosedPeriod = "closed", Refused,
        "The day lies in a period in which nothing is photographed.", "Nothing; `permit.closed` names the periods.";
    Blackout = "blackout", Refused,
        "Somebody declared a blackout.", "Wait for its end: nothing lifts it sooner.";
    BlackoutBroken = "blackout_broken", Refused,
        "A word about a blackout came and could not be read.", "Publish it again with the end that was meant, such as {\"until\": \"2026-11-23T14:00:00Z\"}, with Z or an offset.";
    OrdersMissing = "orders_missing", Refused,
        "There is no order directory.", "Look at the file or topic of `orders`: is it there, and may the agent read it?";
    OrdersStale = "orders_stale", Refused,
        "The order directory is too old.", "Look at what writes it: it must be renewed within `orders.max_age`.";
    OrdersBroken = "orders_broken", Refused,
        "The order directory could not be read.", "The log names the line that is wrong: mend it.";
    OrderUnknown = "order_unknown", Refused,
        "The order directory does not know the vehicle.", "Look whether the order is in the directory, with this VIN or body number.";
    OrderCancelled = "order_cancelled", Refused,
        "The vehicle's order was cancelled.", "Nothing; if it was not, correct the order directory.";
    OrderConflict = "order_conflict", Refused,
        "It is not sure whose vehicle it is: the event and the order directory, or two orders, contradict each other.", "Look which orders name this VIN and body number, and when.";
    OrderChanged = "order_changed", Refused,
        "The vehicle was given to another order while it stood here.", "Nothing; the next station knows the new order.";
    VehicleClass = "class", Refused,
        "Vehicles of this class are not photographed.", "Nothing; `permit.classes` names the classes.";
    Market = "market", Refused,
        "There are no photographs in the vehicle's market.", "Nothing; `permit.markets` names the markets.";
    Consent = "consent", Refused,
        "The customer has not agreed to photographs.", "Nothing; the order directory says who has.";
    DenyMissing = "deny_missing", Refused,
        "There is no deny list.", "Look at the file or topic of `deny`: is it there, and may the agent read it?";
    DenyStale = "deny_stale", Refused,
        "The deny list is too old.", "Issue it anew within `deny.max_age`, even if nothing changed.";
    DenyBroken = "deny_broken", Refused,
        "The deny list could not be read.", "The log names the line that is wrong: mend it.";
    Denied = "denied", Refused,
        "The vehicle is on the deny list.", "Nothing.";
    Photographed = "already_photographed", Refused,
        "The vehicle was photographed here before.", "Nothing; `permit.keep` says which of several visits counts.";
    Sequence = "sequence", Withheld,
        "The line's events contradict each other, so it is not sure which vehicle stood here.", "The log says which: a number that was sent before, or an arrival sooner than `shortest` allows. Look at the PLC.";
    Link = "link", Withheld,
        "The line to the broker was not proven alive, so it is not sure which vehicle stands there.", "Look at broker and network at that time, and whether the agent may read and write its `pulse` topic.";
    EventAgeless = "event_ageless", Refused,
        "The event does not prove how old it is.", "Let the PLC send the time of the event, or publish with an MQTT 5 message expiry no longer than `max_age`.";
    EventFuture = "event_future", Refused,
        "The event says that it happens in the future.", "Set the clocks of PLC and line PC by the same time server.";
    Stale = "stale", Missed,
        "The event was too old when it was received.", "Look for an outage of broker or network at that time.";
    Departed = "departed", Missed,
        "The vehicle left before a frame was taken.", "Shorten `delay`, or let the PLC send the arrival earlier.";
    Superseded = "superseded", Missed,
        "Something else arrived before a frame was taken.", "Shorten `delay`, or let the PLC send the arrival earlier.";
    Dwell = "dwell", Missed,
        "The vehicle's sure stay was over before a frame was taken.", "Look why frames come late; if vehicles stay longer, raise `dwell`.";
    NoFrame = "no_frame", Missed,
        "No frame was exposed within the permitted time.", "Look at the camera's frame rate and at the view's `delay`, `within` and `latency`.";
    Proof = "proof", Withheld,
        "The proof did not find every confidential area covered in the finished picture.", "Keep the log of this case and report it: this is a fault of the program.";
    CodeReadable = "code_readable", Withheld,
        "A QR code can be read in every picture that was taken.", "Mask where it is or take it away; if it may be read by anybody, write `codes = \"allow\"` into the view and have the station released anew.";
    ViewMoved = "view_moved", Withheld,
        "The camera does not look along the permitted angle any more.", "Put it straight with `lineshot aim`; if the new angle is meant, enrol it with `lineshot enrol` and have the station released anew.";
    ViewUnverifiable = "view_unverifiable", Withheld,
        "In no picture enough was recognised to say that the angle is the permitted one.", "Look what stands before the camera, at light, dirt and focus; `lineshot aim` says how much is recognised.";
    ViewUnenrolled = "view_unenrolled", Failed,
        "What the view's angle is compared with is missing, or is not what the station's file names.", "Enrol the view with `lineshot enrol`; the agent's log names the file.";
    CameraUnreachable = "camera_unreachable", Failed,
        "The camera could not be reached.", "Check its power, its cable and its address.";
    CameraDenied = "camera_denied", Failed,
        "The camera did not accept the user name and password.", "Check the view's `user` and the contents of its `password_file`.";
    CameraCertificate = "camera_certificate", Failed,
        "The camera did not prove by a certificate who it is.", "Read what the agent's log says of the certificate; `lineshot doctor` says it, too.";
    CameraIdentity = "camera_identity", Failed,
        "Another camera was attached than the view's own, or two that cannot be told apart.", "Plug the view's camera into its own port; `lineshot cameras` shows what is attached and the line for the station's file.";
    CameraSetting = "camera_setting", Failed,
        "The camera did not take the settings of the view.", "Read what the agent's log says of the setting; `lineshot cameras` shows what the camera can do.";
    CameraFrozen = "camera_frozen", Failed,
        "The camera sent the same picture again and again.", "Plug the camera in anew or restart it.";
    CameraStalled = "camera_stalled", Failed,
        "The camera is connected but sent no frame.", "Restart the camera; check its network.";
    CameraAnswer = "camera_answer", Failed,
        "The camera sent something that is not a picture stream.", "Check the view's `url`: does it give JPEG or multipart JPEG?";
    CameraFrame = "camera_frame", Failed,
        "The camera sent only damaged frames.", "Check the camera's network for losses and its stream for baseline JPEG.";
    CameraSize = "camera_size", Failed,
        "The camera's frames have another size than the polygons were drawn for.", "Set the camera to the view's `size`, or have the polygons drawn anew.";
    Picture = "picture", Failed,
        "The covered picture could not be made.", "Keep the log of this case and report it: this is a fault of the program.";
    SpoolWrite = "spool_write", Failed,
        "The picture could not be written to disk.", "Check the disk: is it full, read-only or broken?";
    SpoolFull = "spool_full", Failed,
        "There was no room on the disk for another picture.", "Free space, or mend the delivery so that pictures leave.";
    Overrun = "overrun", Failed,
        "More vehicles were announced at once than this PC can work on.", "Look who publishes arrivals: a line announces one vehicle a takt.";
    Internal = "internal", Failed,
        "A fault of the program ended this case.", "Keep the log of this case and report it.";
    Restart = "restart", Interrupted,
        "The agent was stopped or died while the case was open.", "Nothing, if it was stopped on purpose; else look at the log before the restart.";
    ParcelBroken = "parcel_broken", Undeliverable,
        "The parcel's facts, signature or hashes do not fit together.", "Keep `uploader/failed`; has the agent's key changed without pinning it again?";
    ParcelProof = "parcel_proof", Undeliverable,
        "The second proof did not find every confidential area covered.", "Keep `uploader/failed` and report it: this is a fault of the program.";
    TooOld = "too_old", Undeliverable,
        "The picture waited for the store longer than `expire_after` permits and was removed.", "Look why the store was out of reach; `expire_after` in uploader.toml says how long pictures may wait.";
    StoreRefused = "store_refused", Undeliverable,
        "The object store will never take this object.", "Look at the uploader's log for the store's answer.";
}

impl Reason {
    /// What is told outside the ledger: of class, market, consent and deny list only that it is not
    /// permitted, so that nobody learns from the broker or a log what kind of order it is.
    pub fn told(self) -> &'static str {
        match self {
            Reason::VehicleClass | Reason::Market | Reason::Consent | Reason::Denied => "not_permitted",
            _ => self.code(),
        }
    }

    /// Whether it is about whose vehicle it is and what its order permits: then nothing about the order
    /// leaves this PC.
    pub fn concerns_the_order(self) -> bool {
        use Reason as R;
        matches!(
            self,
            R::OrdersMissing
                | R::OrdersStale
                | R::OrdersBroken
                | R::OrderUnknown
                | R::OrderCancelled
                | R::OrderConflict
                | R::OrderChanged
                | R::VehicleClass
                | R::Market
                | R::Consent
                | R::DenyMissing
                | R::DenyStale
                | R::DenyBroken
                | R::Denied
        )
    }

    /// Reads a code back.
    pub fn from_code(code: &str) -> Option<Reason> {
        Reason::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// What the station record says.
    ///
    /// `None`: nothing about the order may leave, or nothing new can be said of it.
    pub fn record_state(self) -> Option<RecordState> {
        if self.concerns_the_order() || self == Reason::Photographed {
            return None;
        }
        Some(match self.class() {
            Class::Refused => RecordState::NotPermitted,
            Class::Withheld => RecordState::Withheld,
            Class::Missed | Class::Failed | Class::Interrupted | Class::Undeliverable => RecordState::Missed,
        })
    }
}

/// How a case ends without a picture: a reason whose class is an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ending(Reason);

impl Ending {
    /// Ends a case for `reason`. A reason of delivery ends no case and becomes `internal`.
    pub fn new(reason: Reason) -> Ending {
        match reason.class() {
            Class::Undeliverable => Ending(Reason::Internal),
            _ => Ending(reason),
        }
    }

    /// Why.
    pub fn reason(self) -> Reason {
        self.0
    }

    /// What is recorded.
    pub fn outcome(self) -> Outcome {
        match self.0.class() {
            Class::Refused => Outcome::Refused,
            Class::Withheld => Outcome::Withheld,
            Class::Missed => Outcome::Missed,
            Class::Interrupted => Outcome::Interrupted,
            Class::Failed | Class::Undeliverable => Outcome::Failed,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.outcome().as_str(), self.0.code())
    }
}

/// What became of a sealed case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// All its objects are in the store.
    Delivered,
    /// They can never be.
    Undeliverable(Reason),
    /// Too old, by an age limit that a person configured.
    Expired,
    /// Stopped by a person before it left.
    Stopped,
}

impl Delivery {
    /// The written form, a contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Delivery::Delivered => "delivered",
            Delivery::Undeliverable(_) => "undeliverable",
            Delivery::Expired => "expired",
            Delivery::Stopped => "stopped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frozen contract: lines may be added, never changed.
    #[test]
    fn the_table_of_reasons_is_a_contract() {
        let table: String = Reason::ALL
            .iter()
            .map(|r| {
                let state = r.record_state().map_or("-", RecordState::as_str);
                format!("{} {:?} {state}\n", r.code(), r.class()).to_lowercase()
            })
            .collect();
        let golden: Vec<&str> = include_str!("../golden/reasons.txt").lines().collect();
        assert!(golden.len() >= 56, "{} lines", golden.len());
        for line in golden {
            assert!(table.lines().any(|have| have == line), "{line} is gone; now:\n{table}");
        }
    }

    #[test]
    fn outside_the_ledger_nobody_learns_what_kind_of_order_it_is() {
        for reason in [Reason::VehicleClass, Reason::Market, Reason::Consent, Reason::Denied] {
            assert_eq!(reason.told(), "not_permitted");
        }
        assert_eq!(Reason::Window.told(), "window");
    }

    /// The frozen contract.
    #[test]
    fn outcomes_are_a_contract() {
        use Outcome as O;
        let all = [O::Sealed, O::Refused, O::Withheld, O::Missed, O::Failed, O::Interrupted];
        let written = ["sealed", "refused", "withheld", "missed", "failed", "interrupted"];
        assert_eq!(all.map(Outcome::as_str), written);
    }

    /// The frozen contract.
    #[test]
    fn results_of_a_delivery_are_a_contract() {
        let all = [
            Delivery::Delivered,
            Delivery::Undeliverable(Reason::StoreRefused),
            Delivery::Expired,
            Delivery::Stopped,
        ];
        assert_eq!(all.map(Delivery::as_str), ["delivered", "undeliverable", "expired", "stopped"]);
    }

    #[test]
    fn codes_are_unique_and_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
    }
}
