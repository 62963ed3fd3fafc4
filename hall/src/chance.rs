//! What the seed decides: the same question always has the same answer.

/// What is asked; each question has its own answers.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    Numbering,
    Colour,
    Shape,
    Share,
    Walk,
    WalkStart,
    WalkSide,
}

/// The answer for the `n`th of something at `place`: SplitMix64 (Steele, Lea, Flood 2014), which spreads
/// neighbouring questions over all 64 bits.
pub(crate) fn chance(seed: u64, ask: Ask, n: i64, place: u8) -> u64 {
    let words = [ask as u64, n.cast_unsigned(), u64::from(place)];
    words.into_iter().fold(mix(seed), |state, word| mix(state ^ word))
}

fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
