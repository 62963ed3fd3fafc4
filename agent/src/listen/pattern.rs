//! Topics that differ in one level: the station.

use lineshot_domain::StationId;

/// Topics as one, with `{station}` where they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) text: String,
    /// What stands for `{station}`; empty if nothing can.
    pub(super) stations: Vec<String>,
    /// Those it covers.
    pub(super) topics: Vec<String>,
}

/// The pattern that covers most of these topics, of which there is at least one. Among equals, that whose level
/// has the ids of `known` stations; else the last but one, or the last of few, as plants name what happens there
/// behind it.
pub(super) fn common(topics: &[&str], known: &[String]) -> Pattern {
    let mut best: Option<(usize, usize, usize, Pattern)> = None;
    for topic in topics {
        let levels: Vec<&str> = topic.split('/').collect();
        for (at, level) in levels.iter().enumerate() {
            if StationId::parse(level).is_err() {
                continue;
            }
            let pattern = covering(topics, &levels, at);
            let ours = pattern.stations.iter().filter(|station| known.contains(station)).count();
            let place = if at + 2 == levels.len() { levels.len() } else { at };
            let rank = (pattern.topics.len(), ours, place);
            if best.as_ref().is_none_or(|(most, known, last, _)| rank > (*most, *known, *last)) {
                best = Some((rank.0, rank.1, rank.2, pattern));
            }
        }
    }
    best.map(|(.., pattern)| pattern).unwrap_or_else(|| {
        let topic = topics.first().map(|topic| (*topic).to_owned()).unwrap_or_default();
        Pattern { text: topic.clone(), stations: Vec::new(), topics: vec![topic] }
    })
}

fn covering(topics: &[&str], levels: &[&str], at: usize) -> Pattern {
    let mut pattern = Pattern { text: String::new(), stations: Vec::new(), topics: Vec::new() };
    for topic in topics {
        let others: Vec<&str> = topic.split('/').collect();
        let is_alike = others.len() == levels.len()
            && (0..levels.len()).all(|level| level == at || others[level] == levels[level]);
        if is_alike && StationId::parse(others[at]).is_ok() {
            pattern.stations.push(others[at].to_owned());
            pattern.topics.push((*topic).to_owned());
        }
    }
    let mut text = levels.to_vec();
    text[at] = "{station}";
    pattern.text = text.join("/");
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_in_which_most_differ_is_the_station() {
        let known = ["doors".to_owned()];
        for (topics, text, stations) in [
            (
                &["p/line1/marriage/arrival", "p/line1/doors/arrival"][..],
                "p/line1/{station}/arrival",
                "marriage doors",
            ),
            (&["p/a/arrival", "p/b/arrival", "p/b/quality"], "p/{station}/arrival", "a b"),
            (&["p/line1/marriage/arrival"], "p/line1/{station}/arrival", "marriage"),
            (&["doors/line1/arrival"], "{station}/line1/arrival", "doors"),
            (&["arrival/marriage", "arrival/roof"], "arrival/{station}", "marriage roof"),
            (&["Halle 3/ST_010"], "Halle 3/ST_010", ""),
            (&["Halle 3/ST_010/ab", "Halle 3/ST_020/ab"], "Halle 3/ST_010/{station}", "ab"),
        ] {
            let pattern = common(topics, &known);
            assert_eq!((pattern.text.as_str(), pattern.stations.join(" ").as_str()), (text, stations));
        }
    }
}
