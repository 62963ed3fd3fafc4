//! The station's file with what was drawn: nothing else in it changes, comments and spaces included.
//!
//! Holds: a value that is as it was is not written anew, so that loading and saving give the same bytes.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::draft::{Camera, Corner, Draft, Mask, Show, Window};

/// How old a frame of a network camera may be until somebody has measured it.
const LATENCY: &str = "1s";

/// Why the file cannot be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("the station's file is no TOML; `lineshot check` names the line")]
    Syntax(#[source] toml_edit::TomlError),
    #[error("the station's file has no view {0:?} of its own")]
    NoView(String),
    #[error("`{0}` of the station's file has an unexpected form; `lineshot check` names the line")]
    Form(&'static str),
}

/// The text with the changes from `before` to `after`.
///
/// # Errors
/// [`EditError`].
pub(crate) fn redrawn(text: &str, view: &str, before: &Draft, after: &Draft) -> Result<String, EditError> {
    if before == after {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text.parse().map_err(EditError::Syntax)?;
    if before.windows != after.windows {
        put(table(document.as_table_mut(), "permit")?, "windows", windows(after.windows.as_deref()));
    }
    if let Some(dwell) = after.dwell_ms.filter(|_| before.dwell_ms != after.dwell_ms) {
        put(table(document.as_table_mut(), "trigger")?, "dwell", span(dwell));
    }
    let views = document.get_mut("view").and_then(Item::as_array_of_tables_mut);
    let named = |table: &&mut Table| table.get("id").and_then(Item::as_str) == Some(view);
    let found = views.into_iter().flat_map(ArrayOfTables::iter_mut).find(named);
    redraw(found.ok_or_else(|| EditError::NoView(view.to_owned()))?, before, after)?;
    Ok(document.to_string())
}

fn redraw(view: &mut Table, before: &Draft, after: &Draft) -> Result<(), EditError> {
    if before.camera != after.camera {
        camera(view, &after.camera)?;
    }
    if before.delay_ms != after.delay_ms {
        put(view, "delay", span(after.delay_ms));
    }
    if before.within_ms != after.within_ms {
        put(view, "within", span(after.within_ms));
    }
    if before.show != after.show {
        put(view, "show", shown(&after.show));
    }
    if before.crop != after.crop {
        match after.crop {
            Some(edges) => put(view, "crop", Value::Array(edges.into_iter().collect())),
            None => drop(view.remove("crop")),
        }
    }
    if before.sizes != after.sizes {
        put(view, "sizes", Value::Array(after.sizes.iter().map(|width| i64::from(*width)).collect()));
    }
    if before.masks != after.masks {
        masks(view, &before.masks, &after.masks)?;
    }
    Ok(())
}

fn table<'t>(document: &'t mut Table, name: &'static str) -> Result<&'t mut dyn TableLike, EditError> {
    let item = document.entry(name).or_insert_with(|| Item::Table(Table::new()));
    item.as_table_like_mut().ok_or(EditError::Form(name))
}

/// What stands before and behind the value stays.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(there) => {
            *value.decor_mut() = there.decor().clone();
            *there = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

fn span(millis: u64) -> Value {
    match (millis % 1000, millis / 1000) {
        (0, seconds) => Value::from(format!("{seconds}s")),
        _ => Value::from(format!("{millis}ms")),
    }
}

fn polygon(corners: &[Corner]) -> Value {
    Value::Array(corners.iter().map(|corner| Value::Array(corner.iter().copied().collect())).collect())
}

fn shown(show: &Show) -> Value {
    match show {
        Show::Word(word) => Value::from(word.as_str()),
        Show::Polygons(polygons) => Value::Array(polygons.iter().map(|it| polygon(it)).collect()),
    }
}

/// At all times is said in words: nothing may be left to what line.toml says.
fn windows(windows: Option<&[Window]>) -> Value {
    let always = [Window { days: "daily".to_owned(), from: "00:00".to_owned(), to: "24:00".to_owned() }];
    let inline = |window: &Window| {
        let mut table = InlineTable::new();
        for (key, value) in [("days", &window.days), ("from", &window.from), ("to", &window.to)] {
            table.insert(key, value.as_str().into());
        }
        Value::InlineTable(table)
    };
    Value::Array(windows.unwrap_or(&always).iter().map(inline).collect::<Array>())
}

/// A mask that keeps its name keeps its table, with all that is written there.
fn masks(view: &mut Table, before: &[Mask], after: &[Mask]) -> Result<(), EditError> {
    if let Some(Item::Value(Value::Array(_))) = view.get("mask") {
        let all = after.iter().map(|mask| {
            let mut table = InlineTable::new();
            table.insert("name", mask.name.as_str().into());
            table.insert("polygon", polygon(&mask.polygon));
            Value::InlineTable(table)
        });
        put(view, "mask", Value::Array(all.collect()));
        return Ok(());
    }
    let mut there: Vec<Option<Table>> = match view.remove("mask") {
        None => Vec::new(),
        Some(Item::ArrayOfTables(tables)) => tables.into_iter().map(Some).collect(),
        Some(_) => return Err(EditError::Form("view.mask")),
    };
    let mut tables = ArrayOfTables::new();
    for mask in after {
        let index = before.iter().zip(&there).position(|(it, table)| it.name == mask.name && table.is_some());
        let old = index.and_then(|index| Some((there.get_mut(index)?.take()?, &before[index])));
        let table = match old {
            Some((table, was)) if was == mask => table,
            Some((mut table, _)) => {
                put(&mut table, "polygon", polygon(&mask.polygon));
                table
            }
            None => {
                let mut table = Table::new();
                table.insert("name", mask.name.as_str().into());
                table.insert("polygon", Item::Value(polygon(&mask.polygon)));
                table
            }
        };
        tables.push(table);
    }
    if !tables.is_empty() {
        view.insert("mask", Item::ArrayOfTables(tables));
    }
    Ok(())
}

/// A network camera that changes its address, but not its host, keeps its password and its authority. A USB camera stays
/// as `lineshot cameras` printed it.
fn camera(view: &mut Table, camera: &Camera) -> Result<(), EditError> {
    let kind = camera.kind.split('-').next().unwrap_or_default();
    let is_http = kind == "http";
    let mut whole = match view.get("camera").and_then(Item::as_inline_table) {
        Some(table) => table.clone(),
        None if view.contains_key("camera") => return Err(EditError::Form("view.camera")),
        None => InlineTable::new(),
    };
    if kind == "usb" {
        return if whole.contains_key(kind) { Ok(()) } else { Err(EditError::Form("view.camera")) };
    }
    let mut inner = match whole.get(kind).and_then(Value::as_inline_table) {
        Some(inner) => inner.clone(),
        None => InlineTable::new(),
    };
    for other in ["usb", "format", "fps", "http", "file", "line"] {
        if other != kind {
            whole.remove(other);
        }
    }
    match kind {
        "http" => {
            let origin = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
            let old = inner.get("url").and_then(Value::as_str).unwrap_or_default();
            if origin(old) != origin(&camera.address) {
                // Another host is not told the password of this one.
                for key in ["auth", "user", "password_file", "ca"] {
                    inner.remove(key);
                }
            }
            put(&mut inner, "url", camera.address.as_str().into());
            let mode = if camera.kind == "http-snapshot" { "snapshot" } else { "stream" };
            put(&mut inner, "mode", mode.into());
        }
        "file" => {
            put(&mut inner, "path", camera.address.as_str().into());
            put(&mut inner, "fps", camera.fps.unwrap_or(5.0).into());
        }
        _ => {
            let is_there = inner.contains_key("takt") || inner.contains_key("plan");
            put(&mut inner, "position", i64::from(camera.position.unwrap_or(0)).into());
            if !inner.contains_key("seed") {
                put(&mut inner, "seed", 1.into());
            }
            if !is_there {
                put(&mut inner, "takt", "12s".into());
            }
        }
    }
    let size = whole.remove("size");
    put(&mut whole, kind, Value::InlineTable(inner));
    let mut value = Value::from(camera.size.as_str());
    if let Some(size) = size {
        *value.decor_mut() = size.decor().clone();
    }
    whole.insert("size", value);
    put(view, "camera", Value::InlineTable(whole));
    match (is_http, view.contains_key("latency")) {
        (true, false) => put(view, "latency", LATENCY.into()),
        (false, true) => drop(view.remove("latency")),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
