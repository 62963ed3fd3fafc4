//! What a picture says of itself: an XMP packet of ours, the only metadata that leaves.
//!
//! Holds: its text follows from what is known of a case, never from a pixel; it names no vehicle, no person and no
//! moment finer than a day.

use std::fmt::Write as _;

use crate::{LocalDate, StationId, ViewId};

/// What stands before a packet in its segment (XMP specification, part 3, 1.1.3).
const HEADER: &str = "http://ns.adobe.com/xap/1.0/\0";

/// Longer words name neither a program nor a release nor masks.
const LONGEST: usize = 100;

/// What a picture says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// Where.
    pub station: StationId,
    /// Which camera angle.
    pub view: ViewId,
    /// The day at the station.
    pub date: LocalDate,
    /// The release it was taken under; without one the picture says that it is unreleased.
    pub release: Option<String>,
    /// Which masks are covered.
    pub masks: String,
    /// What made it, with its version.
    pub program: String,
    /// Taken of a simulated arrival.
    pub simulated: bool,
}

/// A caption's word is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caption's {0} is not 1 to 100 printable ASCII characters")]
pub struct CaptionError(&'static str);

impl Caption {
    /// The content of its APP1 segment: XMP's name and a packet of properties, by which a picture is also said to be in
    /// sRGB (`exif:ColorSpace`, XMP specification, part 2, 3.2.7).
    ///
    /// # Errors
    /// [`CaptionError`] if a word is empty, too long or not printable.
    pub fn segment(&self) -> Result<Vec<u8>, CaptionError> {
        let mut properties = vec![
            ("exif:ColorSpace", "1".to_owned()),
            ("photoshop:DateCreated", self.date.to_string()),
            ("xmp:CreatorTool", word("program", &self.program)?),
            ("lineshot:station", self.station.to_string()),
            ("lineshot:view", self.view.to_string()),
            ("lineshot:masks", word("masks", &self.masks)?),
        ];
        match &self.release {
            Some(release) => properties.push(("lineshot:release", word("release", release)?)),
            None => properties.push(("lineshot:unreleased", "True".to_owned())),
        }
        if self.simulated {
            properties.push(("lineshot:simulated", "True".to_owned()));
        }
        let mut packet = HEADER.to_owned();
        packet.push_str("<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n");
        packet.push_str("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n");
        packet.push_str("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
        packet.push_str("<rdf:Description rdf:about=\"\"\n");
        for (prefix, space) in SPACES {
            let _infallible = writeln!(packet, " xmlns:{prefix}=\"{space}\"");
        }
        for (name, value) in properties {
            let _infallible = writeln!(packet, " {name}=\"{value}\"");
        }
        packet.push_str("/>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
        Ok(packet.into_bytes())
    }
}

const SPACES: [(&str, &str); 4] = [
    ("exif", "http://ns.adobe.com/exif/1.0/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("lineshot", "urn:lineshot:picture:1"),
];

/// A word as it stands in an attribute of XML.
fn word(what: &'static str, text: &str) -> Result<String, CaptionError> {
    let is_printable = text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    if text.is_empty() || text.len() > LONGEST || !is_printable {
        return Err(CaptionError(what));
    }
    Ok(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption() -> Caption {
        Caption {
            station: StationId::parse("marriage").unwrap(),
            view: ViewId::parse("front").unwrap(),
            date: LocalDate::parse("2026-11-26").unwrap(),
            release: Some("r\"1\" <&>".to_owned()),
            masks: "0123456789abcdef".to_owned(),
            program: "lineshot 1.2.3".to_owned(),
            simulated: false,
        }
    }

    fn text(caption: &Caption) -> String {
        String::from_utf8(caption.segment().unwrap()).unwrap()
    }

    #[test]
    fn it_says_what_is_known_and_no_more() {
        let said = text(&caption());
        let at = said.find(" exif:ColorSpace").unwrap();
        let properties: Vec<&str> =
            said[at..].lines().map(str::trim).take_while(|line| *line != "/>").collect();
        assert_eq!(
            properties,
            [
                "exif:ColorSpace=\"1\"",
                "photoshop:DateCreated=\"2026-11-26\"",
                "xmp:CreatorTool=\"lineshot 1.2.3\"",
                "lineshot:station=\"marriage\"",
                "lineshot:view=\"front\"",
                "lineshot:masks=\"0123456789abcdef\"",
                "lineshot:release=\"r&quot;1&quot; &lt;&amp;&gt;\"",
            ]
        );
        assert!(said.starts_with("http://ns.adobe.com/xap/1.0/\0<?xpacket"));
    }

    #[test]
    fn a_trial_and_a_simulation_are_said() {
        let trial = Caption { release: None, simulated: true, ..caption() };
        let said = text(&trial);
        assert!(said.contains("lineshot:unreleased=\"True\""), "{said}");
        assert!(said.contains("lineshot:simulated=\"True\""), "{said}");
        assert!(!text(&caption()).contains("True"));
    }

    #[test]
    fn words_that_could_carry_anything_else_are_refused() {
        for word in [String::new(), "x".repeat(101), "a\nb".to_owned(), "ä".to_owned(), "\0".to_owned()] {
            let odd = Caption { program: word.clone(), ..caption() };
            assert_eq!(odd.segment(), Err(CaptionError("program")), "{word:?}");
            let odd = Caption { release: Some(word.clone()), ..caption() };
            assert_eq!(odd.segment(), Err(CaptionError("release")), "{word:?}");
        }
        let longest = "x".repeat(100);
        assert!(text(&Caption { program: longest.clone(), ..caption() }).contains(&longest));
    }
}
