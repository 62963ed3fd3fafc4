//! A week of a station's calendar, a line a day.

use lineshot_domain::{Calendar, LocalDate, Wall};

use super::local::{Change, Local, date};

/// Seven days, the first the one that `asked` lies on, which is marked.
pub(super) fn week(calendar: &Calendar, asked: Wall) -> String {
    let local = Local::of(calendar.zone());
    let days = calendar.week(asked);
    let first = days[0].0;
    let changes = local.changes(first, 7);
    let mut text = format!("The week in {}:\n", calendar.zone());
    for (day, open) in days {
        let hours = hours(calendar, &local, day, &open);
        let mut notes: Vec<String> = Vec::new();
        if day == first {
            notes.push(format!("<- asked: {}", local.time(asked)));
        }
        notes.extend(changes.iter().filter(|change| change.day == date(day)).map(clocks_change));
        let line = format!("{} {}  {hours:24}{}", date(day).strftime("%a"), day, notes.join("; "));
        text.push_str(&format!("  {}\n", line.trim_end()));
    }
    text
}

fn hours(calendar: &Calendar, local: &Local, day: LocalDate, open: &[(Wall, Wall)]) -> String {
    if let Some(period) = calendar.closed().iter().find(|period| period.includes(day)) {
        return format!("closed ({period})  ");
    }
    if open.is_empty() {
        return "-".to_owned();
    }
    let spans = open.iter().map(|(from, to)| format!("{}-{}", local.time(*from), local.end(day, *to)));
    format!("{}  ", spans.collect::<Vec<_>>().join(", "))
}

fn clocks_change(change: &Change) -> String {
    let back = if change.to < change.from { "back " } else { "" };
    format!("clocks go {back}from {} to {}", change.from, change.to)
}
