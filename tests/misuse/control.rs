//! The right way through the same doors: it compiles, so that the others fail for what they do wrong.

use lineshot_domain::{Ending, Permit};
use lineshot_picture::{EncodeError, Frame, Masked, MaskedJpeg, Plan, develop};
use lineshot_proof::{Claim, ProofError, Proven, prove};
use lineshot_spool::{Case, Ended, Pictures, WriteError};

fn cover(frame: Frame, plan: &Plan) -> Option<Masked<'_>> {
    develop(frame, plan).ok()
}

fn encode(masked: Masked<'_>) -> Result<Vec<MaskedJpeg>, EncodeError> {
    masked.pictures()
}

fn proof(picture: MaskedJpeg, claim: &Claim<'_>) -> Result<Proven, ProofError> {
    prove(picture.into_bytes(), claim)
}

fn desk(case: Case, permit: Result<Permit, Ending>, pictures: Pictures) -> Result<Ended, WriteError> {
    match permit {
        Ok(permit) => case.seal(permit, pictures),
        Err(no) => case.end(no),
    }
}

fn main() {
    let _ = (cover, encode, proof, desk);
}
