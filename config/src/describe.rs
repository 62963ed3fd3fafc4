//! The keys described: JSON Schemas and the reference page.

use serde_json::{Value as Json, json};

use crate::key::{Keys, Left};
use crate::{agent, station, uploader};

/// A file of the configuration folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `agent.toml` and `agent.d/*.toml`.
    Agent,
    /// `uploader.toml` and `uploader.d/*.toml`.
    Uploader,
    /// `line.toml`.
    Line,
    /// `stations/<id>.toml`.
    Station,
}

impl File {
    /// All of them.
    pub const ALL: [File; 4] = [File::Agent, File::Uploader, File::Line, File::Station];

    /// What its schema is called.
    pub fn as_str(self) -> &'static str {
        match self {
            File::Agent => "agent",
            File::Uploader => "uploader",
            File::Line => "line",
            File::Station => "station",
        }
    }

    fn path(self) -> &'static str {
        match self {
            File::Agent => "agent.toml",
            File::Uploader => "uploader.toml",
            File::Line => "line.toml",
            File::Station => "stations/<id>.toml",
        }
    }

    pub(crate) fn keys(self) -> &'static Keys {
        match self {
            File::Agent => &agent::KEYS,
            File::Uploader => &uploader::KEYS,
            File::Line => &station::LINE_KEYS,
            File::Station => &station::KEYS,
        }
    }
}

/// The file's JSON Schema (draft 2020-12). It asks for no key that another layer may have, so it is the shape of one
/// file; what `lineshot check` finds goes beyond it.
pub fn schema(file: File) -> String {
    let mut schema = file.keys().schema();
    if let Some(object) = schema.as_object_mut() {
        object.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".to_owned(), json!(format!("lineshot: {}", file.path())));
    }
    pretty(&schema)
}

fn pretty(schema: &Json) -> String {
    serde_json::to_string_pretty(schema).expect("plain data is JSON") + "\n"
}

/// The reference page of every key, in Markdown.
pub fn reference() -> String {
    let mut page = "# Every key of the configuration\n\nMade from the keys that the programs read. `lineshot check` says what \
                    is wrong with a folder; `lineshot check --effective` shows every value that holds, defaults \
                    included.\n"
        .to_owned();
    for file in File::ALL {
        page.push_str(&format!("\n## {}\n\n{}\n", file.path(), file.keys().about));
        if file == File::Station {
            page.push_str("\n`timezone`, `[trigger]` and `[permit]` as in [line.toml](#linetoml), whose values these replace.\n");
        }
        section(&mut page, file.keys(), "", file == File::Station);
    }
    page
}

/// A table's keys, and then those of the tables in it.
fn section(page: &mut String, keys: &Keys, path: &str, is_station: bool) {
    page.push_str("\n| key | value | default | |\n|---|---|---|---|\n");
    let of_line =
        |name: &str| is_station && path.is_empty() && matches!(name, "trigger" | "permit" | "timezone");
    for key in keys.keys.iter().filter(|key| !of_line(key.name())) {
        let left = match key.left() {
            Left::Never => "needed".to_owned(),
            Left::Out => String::new(),
            Left::Default(toml) => format!("`{toml}`"),
        };
        let cell = |text: &str| text.replace('|', "\\|").replace('<', "\\<");
        page.push_str(&format!(
            "| `{}` | {} | {left} | {} |\n",
            key.name(),
            cell(&key.words()),
            cell(key.about())
        ));
    }
    for key in keys.keys.iter().filter(|key| !of_line(key.name())) {
        let Some(inner) = key.keys() else { continue };
        let is_list = key.schema()["type"] == "array";
        let name = if path.is_empty() { key.name().to_owned() } else { format!("{path}.{}", key.name()) };
        let shown = if is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        page.push_str(&format!("\n### `{shown}`\n\n{}\n", inner.about));
        section(page, inner, &name, is_station);
    }
}
