//! What will be shown: covered and proven by the very rooms that do it on the line.

use lineshot_config::View;
use lineshot_picture::{Frame, Mark, Plan};
use lineshot_proof::{Claim, Proven};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Dark {
    #[error("the covers cannot be computed")]
    Plan(#[from] lineshot_picture::PlanError),
    #[error(transparent)]
    Develop(#[from] lineshot_picture::DevelopError),
    #[error(transparent)]
    Encode(#[from] lineshot_picture::EncodeError),
    #[error(transparent)]
    Claim(#[from] lineshot_proof::ClaimError),
    #[error("the proof does not find the picture covered")]
    Proof(#[from] lineshot_proof::ProofError),
}

/// Covers, makes every size, and proves them all.
///
/// # Errors
/// [`Dark`].
pub(crate) fn develop(frame: Frame, view: &View, sizes: &[u32], is_trial: bool) -> Result<Vec<Proven>, Dark> {
    let mark = if is_trial { Mark::Unreleased } else { Mark::None };
    let plan = Plan::new(&view.scene, view.crop, sizes, mark)?;
    let masked = lineshot_picture::develop(frame, &plan)?;
    let mut proven = Vec::new();
    for picture in masked.pictures(&plan)? {
        let claim = Claim::new(&view.scene, view.crop, picture.size())?;
        proven.push(lineshot_proof::prove(picture.into_bytes(), &claim)?);
    }
    Ok(proven)
}
