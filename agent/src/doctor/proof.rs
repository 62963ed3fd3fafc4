//! The self-test of darkroom and proof: noise that is covered passes, noise that nobody covered does not.

use lineshot_config::{AgentSettings, View};
use lineshot_doctor::Finding;
use lineshot_domain::{Scene, Show, Size};
use lineshot_picture::{Frame, Mark, Plan};
use lineshot_proof::{Claim, prove};

const CHECK: &str = "proof";

/// Of every view.
pub(super) fn proof(settings: &AgentSettings) -> Vec<Finding> {
    let views = settings.stations.iter().flat_map(|station| {
        station.views.iter().map(move |view| (format!("{}/{}", station.id, view.id), view))
    });
    let found: Vec<Finding> = views.map(|(name, view)| told(&name, tested(view, &developed))).collect();
    match found.is_empty() {
        true => vec![Finding::skipped(CHECK, "there is no view")],
        false => found,
    }
}

fn told(name: &str, tested: Result<(), String>) -> Finding {
    match tested {
        Ok(()) => {
            Finding::ok(CHECK, format!("{name}: noise is covered and proven, and uncovered noise is refused"))
        }
        Err(wrong) => {
            let mend = "take no pictures with this program: install another version";
            Finding::failed(CHECK, format!("{name}: {wrong}"), mend)
        }
    }
}

/// JPEG and size of each picture.
type Made = Vec<(Vec<u8>, Size)>;

fn tested(view: &View, develop: &dyn Fn(&View, &Scene) -> Result<Made, String>) -> Result<(), String> {
    let claim = |size| Claim::new(&view.scene, view.crop, size).map_err(|error| error.to_string());
    for (bytes, size) in develop(view, &view.scene)? {
        prove(bytes, &claim(size)?)
            .map_err(|error| format!("what the darkroom covers is not proven: {error}"))?;
    }
    if matches!(view.scene.show(), Show::All) && view.scene.masks().is_empty() {
        return Ok(());
    }
    let open = Scene::new(view.scene.frame(), Show::All, Vec::new()).map_err(|error| error.to_string())?;
    for (bytes, size) in developed(view, &open)? {
        if prove(bytes, &claim(size)?).is_ok() {
            return Err("noise that nobody covered is taken for covered".to_owned());
        }
    }
    Ok(())
}

fn developed(view: &View, scene: &Scene) -> Result<Made, String> {
    let told = |error: &dyn std::error::Error| format!("the darkroom cannot develop noise: {error}");
    let plan = Plan::new(scene, view.crop, &view.sizes, Mark::Unreleased).map_err(|error| told(&error))?;
    let noise = Frame::noise(scene.frame(), 7);
    let masked = lineshot_picture::develop(noise, &plan).map_err(|error| told(&error))?;
    let pictures = masked.pictures().map_err(|error| told(&error))?;
    Ok(pictures
        .into_iter()
        .map(|picture| {
            let size = picture.size();
            (picture.into_bytes(), size)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lineshot_doctor::Verdict;

    use super::*;

    fn shipped() -> AgentSettings {
        AgentSettings::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/examples")).unwrap()
    }

    #[test]
    fn an_honest_darkroom_passes_for_every_view() {
        let found = proof(&shipped());
        assert!(!found.is_empty() && found.iter().all(|it| it.verdict == Verdict::Ok), "{found:?}");
    }

    #[test]
    fn a_darkroom_that_covers_nothing_is_found_out() {
        let settings = shipped();
        let view = &settings.stations[0].views[0];
        let open = Scene::new(view.scene.frame(), Show::All, Vec::new()).unwrap();
        let finding = told("marriage/front", tested(view, &|view, _| developed(view, &open)));
        assert!(finding.verdict == Verdict::Failed && finding.found.contains("is not proven"), "{finding:?}");
    }
}
