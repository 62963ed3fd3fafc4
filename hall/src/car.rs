//! The cars of a line: their order numbers, colours and shapes.

use std::fmt;

use crate::chance::{Ask, chance};

/// The endless line's numbers have four digits without a zero before them.
const LEAST_ORDER: u32 = 1000;
const ORDERS: i64 = 9000;

/// Primes, so coprime to [`ORDERS`]: 9000 cars in a row have distinct numbers. None is near 0 or 9000, so
/// that neighbours' numbers lie far apart.
const STEPS: [i64; 4] = [2287, 3719, 5441, 7127];

/// A car's outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Low, with a long slanting back.
    Coupe,
    /// High, with a steep back.
    Suv,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Coupe => "coupe",
            Shape::Suv => "suv",
        })
    }
}

/// A paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour {
    name: &'static str,
    rgb: [u8; 3],
}

impl Colour {
    /// What the paint shop calls it: lower-case words.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// In plain white light, sRGB.
    pub fn rgb(self) -> [u8; 3] {
        self.rgb
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const fn paint(name: &'static str, rgb: [u8; 3]) -> Colour {
    Colour { name, rgb }
}

/// Every paint of the line.
pub const COLOURS: [Colour; 16] = [
    paint("chalk white", [226, 226, 220]),
    paint("quicksilver", [168, 174, 180]),
    paint("slate grey", [88, 94, 102]),
    paint("jet black", [26, 27, 30]),
    paint("signal red", [196, 22, 28]),
    paint("ruby", [122, 14, 42]),
    paint("papaya", [232, 96, 14]),
    paint("racing yellow", [240, 188, 10]),
    paint("lizard green", [112, 182, 22]),
    paint("forest green", [16, 78, 52]),
    paint("mint", [132, 200, 180]),
    paint("riviera blue", [24, 146, 206]),
    paint("night blue", [20, 44, 112]),
    paint("ultraviolet", [86, 40, 132]),
    paint("raspberry", [198, 34, 106]),
    paint("copper", [158, 92, 56]),
];

/// The places of [`COLOURS`] in an order in which a car stands out from those beside it: two in a row differ by
/// 100 and more (distance in sRGB), any two of five in a row by 75 and more.
const SPREAD: [u8; 16] = [10, 14, 2, 7, 15, 0, 9, 4, 11, 13, 5, 1, 3, 6, 8, 12];

/// What is drawn of a car.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Car {
    pub(crate) order: u32,
    pub(crate) colour: Colour,
    pub(crate) shape: Shape,
}

/// How an order looks on a planned line with this seed: sixteen in a row have all sixteen colours, and the
/// shapes alternate. The seed chooses who begins.
pub fn looks(seed: u64, order: u32) -> (Colour, Shape) {
    let order = u64::from(order);
    // 16 and 2 divide 2^64, so wrapping changes nothing.
    let place = order.wrapping_add(chance(seed, Ask::Colour, 0, 0)) % 16;
    let colour = COLOURS[usize::from(SPREAD[place as usize])];
    // Where the colours begin again, the shapes change sides.
    let shapes = (order / 16 + order).wrapping_add(chance(seed, Ask::Shape, 0, 0));
    (colour, if shapes.is_multiple_of(2) { Shape::Coupe } else { Shape::Suv })
}

/// Car `index` of the endless line with this seed.
pub(crate) fn car(seed: u64, index: i64) -> Car {
    let numbering = chance(seed, Ask::Numbering, 0, 0);
    let step = STEPS[(numbering % STEPS.len() as u64) as usize];
    let first = (numbering >> 8) as u32 % ORDERS as u32;
    let number = (index.rem_euclid(ORDERS) * step + i64::from(first)).rem_euclid(ORDERS);
    let colour = COLOURS[(chance(seed, Ask::Colour, index, 0) % COLOURS.len() as u64) as usize];
    let shape = if chance(seed, Ask::Shape, index, 0).is_multiple_of(2) { Shape::Coupe } else { Shape::Suv };
    Car { order: LEAST_ORDER + number as u32, colour, shape }
}

/// The VIN of the car with this order number: 17 characters of ISO 3779. Its maker `XXX` exists nowhere
/// and its ninth character is no check digit, so nobody can take it for a real car's.
pub fn vin_of(order: u32) -> String {
    format!("XXXLSH0TZTZ{:06}", order % 1_000_000)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use lineshot_domain::Vin;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn thousands_of_cars_in_a_row_have_distinct_orders_of_four_digits(seed: u64, first in -1e9..1e9) {
            let first = first as i64;
            let orders: HashSet<_> = (first..first + ORDERS).map(|index| car(seed, index).order).collect();
            prop_assert_eq!(orders.len(), ORDERS as usize);
            prop_assert!(orders.iter().all(|order| (1000..=9999).contains(order)));
        }

        #[test]
        fn neighbours_orders_differ_by_more_than_a_misread_digit(seed: u64, index in -1_000_000_000..1_000_000_000_i64) {
            let (one, next) = (car(seed, index).order, car(seed, index + 1).order);
            let differ = one.to_string().chars().zip(next.to_string().chars()).filter(|(a, b)| a != b).count();
            prop_assert!(differ >= 2, "{} {}", one, next);
        }
    }

    #[test]
    fn every_order_has_a_vin_of_its_own() {
        let vins: HashSet<_> = (1..=9999).map(vin_of).collect();
        assert_eq!(vins.len(), 9999);
        assert!(vins.iter().all(|vin| Vin::parse(vin).is_ok()));
        assert_eq!(vin_of(4711), "XXXLSH0TZTZ004711");
    }

    #[test]
    fn neighbours_on_a_planned_line_are_told_apart_by_their_colours() {
        let far = |a: Colour, b: Colour| {
            let squares = (0..3).map(|part| (f32::from(a.rgb[part]) - f32::from(b.rgb[part])).powi(2));
            squares.sum::<f32>().sqrt()
        };
        for seed in 0..32 {
            let colours: Vec<_> = (1..=40).map(|order| looks(seed, order).0).collect();
            assert_eq!(colours[..16].iter().collect::<HashSet<_>>().len(), 16);
            assert!(colours.windows(2).all(|two| far(two[0], two[1]) >= 100.0), "{colours:?}");
            for five in colours.windows(5) {
                assert!(five[1..].iter().all(|&other| far(five[0], other) >= 75.0), "{five:?}");
            }
        }
    }

    #[test]
    fn both_shapes_and_every_colour_are_built_about_equally_often() {
        let cars: Vec<_> = (0..1600).map(|index| car(7, index)).collect();
        let coupes = cars.iter().filter(|car| car.shape == Shape::Coupe).count();
        assert!((600..1000).contains(&coupes), "{coupes}");
        for colour in COLOURS {
            let of_it = cars.iter().filter(|car| car.colour == colour).count();
            assert!((50..200).contains(&of_it), "{colour}: {of_it}");
        }
    }
}
