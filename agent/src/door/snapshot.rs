//! One picture of one view, for who asks: covered and proven like a customer's, and given to nobody else.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lineshot_domain::{Reason, ViewId};
use lineshot_spool::{Notice, NoticeKind};
use serde::Deserialize;

use super::Answer;
use crate::bench;
use crate::house::House;
use crate::station::{Station, View};

/// Bytes of a picture in one line of the answer: with base64 and JSON around them less than the longest line.
pub(super) const PART: usize = 45_000;

/// Of which view.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) station: String,
    /// None: the only one.
    pub(super) view: Option<String>,
}

/// By the bench permit: never when stopped, and each time on record.
pub(super) fn snapshot(
    asked: &Asked,
    uid: u32,
    house: &House,
    say: &mut impl FnMut(&Answer) -> io::Result<()>,
) -> io::Result<Result<(), String>> {
    let taken = at_the_bench(asked, "snapshot of", uid, house, |station, view| {
        let picture = bench::picture(view, house.clock.mono()).map_err(refusal)?;
        Ok((format!("{}/{}", station.id, view.id), picture))
    });
    let (name, picture) = match taken {
        Ok(taken) => taken,
        Err(no) => return Ok(Err(no)),
    };
    for part in picture.as_bytes().chunks(PART) {
        say(&Answer::Part(STANDARD.encode(part)))?;
    }
    let (size, bytes) = (picture.size(), picture.as_bytes().len());
    let told = format!("{name}: {}x{}, {bytes} bytes, covered and proven", size.width(), size.height());
    say(&Answer::Text(told))?;
    Ok(Ok(()))
}

/// Looks at the view that is asked for, if somebody may now, and notes `what` was done to it.
pub(super) fn at_the_bench<T>(
    asked: &Asked,
    what: &str,
    uid: u32,
    house: &House,
    look: impl FnOnce(&Station, &View) -> Result<T, String>,
) -> Result<T, String> {
    let station = house.named(&asked.station)?;
    let view = view(&station, asked.view.as_deref())?;
    house.bench.permit(house, [&*station])?;
    let told = format!("{what} {}, by user {uid}", view.id);
    let notice = Notice::new(NoticeKind::Bench, Some(station.id.clone()), told);
    house.front.note(&notice).map_err(|error| error.to_string())?;
    look(&station, view)
}

/// Why there is no picture, and what to do.
pub(super) fn refusal(reason: Reason) -> String {
    format!("{} {}", reason.sentence(), reason.mend())
}

fn view<'a>(station: &'a Station, named: Option<&str>) -> Result<&'a View, String> {
    let known = || station.views.iter().map(|view| view.id.as_str()).collect::<Vec<_>>().join(", ");
    match (named, station.views.as_slice()) {
        (Some(name), _) => ViewId::parse(name)
            .ok()
            .and_then(|id| station.view(&id))
            .ok_or_else(|| format!("station {} has no view {name:?}; it has: {}", station.id, known())),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("station {} has several views: name one of {}", station.id, known())),
    }
}
