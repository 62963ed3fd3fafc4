//! The name that was probably meant.

/// The nearest of the names, if it is near enough that a slip of the pen explains the difference.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase().replace('-', "_");
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&name, &known.to_lowercase());
    let near = names.map(|known| (likeness(known), known));
    let (likeness, known) = near.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    // Half of the letters: `evnt` for `event` is 0.8, `max-age` for `max_age` 1, `colour` for `crop` 0.33.
    (likeness >= 0.5).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_name_and_another_word_finds_none() {
        let names = ["topic", "leave", "format", "max_age", "dwell", "polygon"];
        for (name, meant) in [
            ("toppic", Some("topic")),
            ("max-age", Some("max_age")),
            ("maxage", Some("max_age")),
            ("Dwell", Some("dwell")),
            ("ploygon", Some("polygon")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name, names.into_iter()), meant, "{name}");
        }
    }
}
