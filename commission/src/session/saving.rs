//! The difference, and saving exactly that.

use super::{Inner, No, Session, Supposed, source};
use crate::darkroom::develop;
use crate::draft::Draft;
use crate::edit::redrawn;
use crate::save::{self, Line, Prepared};
use crate::warnings::{Warning, warnings};

/// What saving would change.
pub(crate) struct Difference {
    pub(crate) lines: Vec<Line>,
    pub(crate) version: String,
    pub(crate) is_same: bool,
    pub(crate) problem: Option<String>,
    pub(crate) warnings: Vec<Warning>,
}

impl Session {
    /// What saving would change, and what is to be looked at first.
    pub(crate) fn difference(&self, draft: &Draft) -> Result<Difference, No> {
        let mut inner = self.lock();
        self.compared(&mut inner, draft).map(|(difference, _)| difference)
    }

    /// With the view as it would be, unless it could not be read.
    fn compared(&self, inner: &mut Inner, draft: &Draft) -> Result<(Difference, Option<Supposed>), No> {
        let new = redrawn(&inner.text, &self.place.view, &inner.before, draft)?;
        let lines = save::difference(&inner.text, &new);
        let (version, is_same) = (save::version(&new), new == inner.text);
        let (problem, warnings, supposed) = match self.looked_through(inner, draft) {
            Ok(supposed) => {
                self.may_look()?;
                // Looked at by the detector alone; nobody is shown it.
                let frame = match inner.eye.drawn_on() {
                    Some(frame) => frame,
                    None => inner.eye.new_frame(&source(&supposed.view))?,
                };
                let pictures = develop(frame, &supposed.view, &[], self.looker.is_trial())?;
                let warnings = warnings(&supposed.view, pictures.first().map(|picture| &picture.proven));
                (None, warnings, Some(supposed))
            }
            Err(No::Settings(problem)) => (Some(problem), Vec::new(), None),
            Err(no) => return Err(no),
        };
        Ok((Difference { lines, version, is_same, problem, warnings }, supposed))
    }

    /// Saves what was shown as the difference, and prepares its release.
    pub(crate) fn save(
        &self,
        draft: &Draft,
        seen: &str,
        confirmed: &[String],
    ) -> Result<Result<Prepared, String>, No> {
        let mut inner = self.lock();
        let (difference, supposed) = self.compared(&mut inner, draft)?;
        let Some(supposed) = supposed else {
            return Err(No::Settings(difference.problem.unwrap_or_default()));
        };
        if difference.version != seen {
            return Err(No::Unseen);
        }
        let is_confirmed = |warning: &Warning| confirmed.iter().any(|code| code == warning.code);
        if !difference.warnings.iter().all(is_confirmed) {
            return Err(No::Unconfirmed);
        }
        let changed = if difference.is_same { "saved without a change" } else { "saved" };
        self.note(&format!("view {} {changed}, version {seen}", self.place.view))?;
        save::save(&self.place.file, &inner.text, &supposed.text)?;
        inner.before = Draft::of(&supposed.station, &supposed.view);
        inner.text = supposed.text;
        Ok(save::prepare(&self.place.config, &self.place.station, &self.place.out))
    }
}
