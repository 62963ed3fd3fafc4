//! What will be shown: covered and proven by the very rooms that do it on the line.

use lineshot_config::View;
use lineshot_picture::{Frame, Mark, MaskedJpeg, Plan};
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

/// A picture, and the proof of it.
pub(crate) struct Picture {
    pub(crate) masked: MaskedJpeg,
    pub(crate) proven: Proven,
}

/// Covers, makes every size, and proves them all.
///
/// # Errors
/// [`Dark`].
pub(crate) fn develop(
    frame: Frame,
    view: &View,
    sizes: &[u32],
    is_trial: bool,
) -> Result<Vec<Picture>, Dark> {
    let mark = if is_trial { Mark::Unreleased } else { Mark::None };
    let plan = Plan::new(&view.scene, view.crop, sizes, mark)?;
    let developed = lineshot_picture::develop(frame, &plan)?;
    let mut all = Vec::new();
    for masked in developed.pictures()? {
        let claim = Claim::new(&view.scene, view.crop, masked.size())?;
        let proven = lineshot_proof::prove(masked.as_bytes().to_vec(), &claim)?;
        all.push(Picture { masked, proven });
    }
    Ok(all)
}
