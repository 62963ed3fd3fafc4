//! The page as files: what the demo leaves behind.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::page;
use crate::plant::{BUCKET, PUBLIC, Plant, write};
use crate::show::{Picture, Show, VisitState};

/// Writes `page/index.html` and the pictures that it shows below `folder`, in place of an earlier copy.
pub(crate) fn leave(show: &Show, plant: &Plant, folder: &Path) -> Result<PathBuf> {
    let place = folder.join("page");
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("removing {}", place.display()))?;
    }
    for Picture { small, full, .. } in pictures(show) {
        for name in [small, full] {
            copy(&plant.store().join(BUCKET).join("unreleased").join(name), &place.join(name))?;
        }
    }
    fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))?;
    let index = place.join("index.html");
    let show = Show { ended: true, last: None, ..show.clone() };
    write(&index, page::still(&show).as_bytes(), PUBLIC)?;
    Ok(index)
}

fn pictures(show: &Show) -> impl Iterator<Item = &Picture> {
    let visits = show.orders.iter().flat_map(|order| &order.visits);
    visits.filter_map(|visit| match &visit.state {
        VisitState::Delivered(picture) => Some(picture),
        _ => None,
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a picture has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::copy(from, to).with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(())
}
