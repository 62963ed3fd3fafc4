//! A station as a signed document has it: one whole table, with nothing beside it.

use std::path::PathBuf;

use crate::layers::Layer;
use crate::station::{station, tree};
use crate::{Problems, Station};

impl Station {
    /// Reads a station that [`Station::effective`] wrote: no defaults of a line, no other station.
    ///
    /// # Errors
    /// All that is wrong with it, for a person.
    pub fn released(text: &str) -> Result<Station, String> {
        let layer = Layer::parse("the signed station".to_owned(), text.to_owned());
        let id = layer.word("id").unwrap_or("unnamed").to_owned();
        let path = PathBuf::from(format!("{id}.toml"));
        let tree = tree(&path, None, layer);
        let read = station(&path, &tree, None);
        tree.end(read).map_err(|problems| said(&problems))
    }
}

fn said(problems: &Problems) -> String {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    all.join("; ")
}
