//! From a flat thing to its picture.

/// A plane seen by a camera without distortion: four points decide it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Homography([f64; 8]);

pub(crate) type Point = (f64, f64);

impl Homography {
    /// Takes the first of each pair as near to the second as it can (least squares); `None` if there are fewer than four,
    /// or they lie on lines.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (Point, Point)>) -> Option<Homography> {
        // Two equations for each pair, with the unknowns in the order of `at`; of all of them the normal ones.
        let mut rows = [[0.0; 9]; 8];
        for ((x, y), (u, v)) in pairs {
            let equations = [
                [x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u],
                [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v],
            ];
            for equation in equations {
                for (row, factor) in rows.iter_mut().zip(equation) {
                    row.iter_mut().zip(equation).for_each(|(sum, value)| *sum += factor * value);
                }
            }
        }
        solve(rows).map(Homography)
    }

    pub(crate) fn at(&self, (x, y): Point) -> Point {
        let [a, b, c, d, e, f, g, h] = self.0;
        let far = g * x + h * y + 1.0;
        ((a * x + b * y + c) / far, (d * x + e * y + f) / far)
    }
}

/// Gauss's elimination with the largest pivot of each column; the last column is the right side.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let first = rows[column];
        if first[column].abs() < 1e-9 {
            return None;
        }
        for (at, row) in rows.iter_mut().enumerate() {
            if at != column {
                let times = row[column] / first[column];
                row.iter_mut().zip(first).for_each(|(value, of)| *value -= of * times);
            }
        }
    }
    Some(std::array::from_fn(|at| rows[at][8] / rows[at][at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_points_lead_to_all_others() {
        let square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let seen = [(100.0, 50.0), (180.0, 60.0), (170.0, 150.0), (90.0, 130.0)];
        let map = Homography::new(square.into_iter().zip(seen)).unwrap();
        for (from, to) in square.into_iter().zip(seen) {
            let found = map.at(from);
            assert!((found.0 - to.0).abs() < 1e-9 && (found.1 - to.1).abs() < 1e-9, "{found:?}");
        }
        // Diagonals meet where diagonals meet.
        let (a, b, c, d) = (seen[0], seen[1], seen[2], seen[3]);
        let cross = |p: Point, q: Point| p.0 * q.1 - p.1 * q.0;
        let (one, other) = ((c.0 - a.0, c.1 - a.1), (d.0 - b.0, d.1 - b.1));
        let part = cross((b.0 - a.0, b.1 - a.1), other) / cross(one, other);
        let middle = map.at((5.0, 5.0));
        assert!((middle.0 - (a.0 + part * one.0)).abs() < 1e-9, "{middle:?}");
        assert!((middle.1 - (a.1 + part * one.1)).abs() < 1e-9, "{middle:?}");
    }

    #[test]
    fn points_on_a_line_lead_nowhere() {
        let line = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)];
        let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        assert!(Homography::new(line.into_iter().zip(square)).is_none());
        assert!(Homography::new(square.into_iter().zip(line).take(3)).is_none());
    }
}
