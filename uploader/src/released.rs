//! The uploader's own look at the release: what the agent says about it is not asked.
//!
//! Holds: a picture of released operation leaves only if the release that it names lies in the trusted folder, is signed,
//! is for this PC, counted when the picture was taken and is not revoked, and only if the picture covers what was signed;
//! on a PC that has releases, no trial picture leaves.

use lineshot_domain::{Clock, Reason};
use lineshot_release::{Host, Root, is_nothing_released, of_parcel};
use lineshot_spool::{Broken, Parcel};

/// What may become of a parcel.
#[derive(Debug)]
pub(crate) enum Released {
    /// It may leave, as far as releases go.
    Leave(Parcel),
    /// Not now: the release cannot be read, or is not there.
    Wait(String),
    /// Never.
    Never(Broken),
}

/// Compares a parcel with what was signed.
pub(crate) fn compare(parcel: Parcel, root: &Root, clock: &dyn Clock) -> Released {
    let facts = parcel.facts();
    let (Some(cover), Some((from, to))) = (parcel.cover(), facts.taken) else {
        return Released::Leave(parcel);
    };
    if facts.unreleased {
        // Else a captured agent would call whatever it likes a trial.
        return match is_nothing_released(root) {
            true => Released::Leave(parcel),
            false => {
                let why = "it is a trial picture, and this PC has releases".to_owned();
                Released::Never(parcel.never(Reason::ParcelProof, why))
            }
        };
    }
    let id = facts.release.as_deref().unwrap_or_default();
    let (station, release) = match of_parcel(root, id, &facts.station, from, clock.wall()) {
        Ok(found) => found,
        Err(why) => return Released::Wait(why),
    };
    let never = |parcel: Parcel, why: String| Released::Never(parcel.never(Reason::ParcelProof, why));
    let host = Host::of_machine(root).map(|host| host.as_str().to_owned()).unwrap_or_default();
    let header = &release.header;
    if [header.site.as_str(), &header.agent, &header.host]
        != [facts.site.as_str(), facts.agent.as_str(), &host]
    {
        return never(parcel, "its release is for another PC".to_owned());
    }
    if to < from || release.expires <= to {
        return never(parcel, "its release had expired when it was taken".to_owned());
    }
    let Some(view) = station.views.iter().find(|view| view.id == facts.view) else {
        let why = format!("its release does not name the view {}", facts.view);
        return never(parcel, why);
    };
    if !cover.crop.is_within(&view.crop) {
        return never(parcel, "it shows a part of the frame that was not signed".to_owned());
    }
    let widths: Vec<u32> = parcel.pictures().iter().map(|picture| picture.width()).collect();
    if let Some(width) = widths.iter().skip(1).find(|width| !view.sizes.contains(width)) {
        return never(parcel, format!("a picture is {width} pixels wide, which was not signed"));
    }
    match parcel.covers(&view.scene) {
        Ok(()) => Released::Leave(parcel),
        Err(why) => never(parcel, format!("against the signed polygons: {why}")),
    }
}
