//! The colour of covers.

use std::fmt;

/// The colour of every cover of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fill([u8; 3]);

/// Not a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is # and six hexadecimal digits, red, green and blue, such as #606060")]
pub struct FillError;

impl Fill {
    /// A neutral grey, the usual one.
    pub const GREY: Fill = Fill([96; 3]);

    /// Accepts `#rrggbb`.
    ///
    /// # Errors
    /// [`FillError`] for anything else.
    pub fn parse(text: &str) -> Result<Fill, FillError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let digits = digits.ok_or(FillError)?;
        let mut rgb = [0; 3];
        for (at, value) in rgb.iter_mut().enumerate() {
            let two = &digits[2 * at..2 * at + 2];
            // `from_str_radix` would take a sign.
            let is_hex = two.bytes().all(|byte| byte.is_ascii_hexdigit());
            *value = u8::from_str_radix(two, 16).ok().filter(|_| is_hex).ok_or(FillError)?;
        }
        Ok(Fill(rgb))
    }

    /// Red, green and blue.
    pub fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// Y, Cb and Cr (JFIF 1.02, full range), each rounded to the nearest.
    pub fn ycc(self) -> [u8; 3] {
        let [r, g, b] = self.0.map(f64::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        // A float that is too large becomes 255.
        [y, 128.0 + (b - y) / 1.772, 128.0 + (r - y) / 1.402].map(|value| value.round() as u8)
    }

    /// Whether it has no colour.
    pub fn is_neutral(self) -> bool {
        let [r, g, b] = self.0;
        r == g && g == b
    }
}

/// As it is written in the configuration.
impl fmt::Display for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_as_it_is_written() {
        for (text, rgb) in [("#606060", [96; 3]), ("#00ff7F", [0, 255, 127])] {
            let fill = Fill::parse(text).unwrap();
            assert_eq!(fill.rgb(), rgb);
            assert_eq!(Fill::parse(&fill.to_string()), Ok(fill));
        }
        for wrong in ["", "#", "606060", "#60606", "#6060600", "#60606g", "#+6+6+6", "grey", "#ä0ä0"] {
            assert_eq!(Fill::parse(wrong), Err(FillError), "{wrong}");
        }
    }

    #[test]
    fn brightness_and_colour_are_those_of_jfif() {
        assert_eq!(Fill::GREY.ycc(), [96, 128, 128]);
        assert!(Fill::GREY.is_neutral());
        // By hand from the formulas.
        for (text, ycc) in
            [("#ff0000", [76, 85, 255]), ("#0000ff", [29, 255, 107]), ("#ffffff", [255, 128, 128])]
        {
            assert_eq!(Fill::parse(text).unwrap().ycc(), ycc, "{text}");
        }
    }
}
