//! `stations/<id>.toml` over `line.toml`: one place on the line.

use std::collections::BTreeMap;

use lineshot_domain::StationId;

use crate::{Trigger, View};

/// A place on the line where vehicles are photographed.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Its id, which is also its file's name.
    pub id: StationId,
    /// What customers read, by language (`[a-z]{2}`); at least one.
    pub name: BTreeMap<String, String>,
    /// What says that a vehicle came or left.
    pub trigger: Trigger,
    /// 1 to 8 camera angles.
    pub views: Vec<View>,
}
