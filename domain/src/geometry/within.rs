//! Whether a polygon lies within another, exactly: all arithmetic is on whole numbers.

use super::{Point, Polygon};

/// A point as `(x / q, y / q)`, in millionths.
#[derive(Clone, Copy)]
struct Exact {
    x: i128,
    y: i128,
    q: i128,
}

impl Polygon {
    /// Whether no point of `inner` lies outside this polygon; the border belongs to it.
    ///
    /// Both are simple and without holes, so it is enough that the border of `inner` never leaves: each of its edges is
    /// cut where it meets an edge of this one, and the middle of each piece is looked at.
    pub fn contains(&self, inner: &Polygon) -> bool {
        edges(inner).all(|(a, b)| {
            let cuts = cuts(self, a, b);
            cuts.windows(2).all(|pair| {
                // The middle between two cuts p/q and r/s is (ps + rq) / 2qs.
                let [(p, q), (r, s)] = [pair[0], pair[1]];
                self.has(along(a, b, p * s + r * q, 2 * q * s))
            })
        })
    }

    /// Whether it is within or on the border: a ray to the right is crossed an odd number of times.
    fn has(&self, point: Exact) -> bool {
        let mut is_inside = false;
        for (a, b) in edges(self) {
            let [(ax, ay), (bx, by)] = [a, b].map(|p| {
                let [x, y] = whole(p);
                (x * point.q, y * point.q)
            });
            let turn = (bx - ax) / point.q * (point.y - ay) - (by - ay) / point.q * (point.x - ax);
            let is_between = ax.min(bx) <= point.x
                && point.x <= ax.max(bx)
                && ay.min(by) <= point.y
                && point.y <= ay.max(by);
            if turn == 0 && is_between {
                return true;
            }
            if (ay > point.y) != (by > point.y) && (turn > 0) == (by > ay) {
                is_inside = !is_inside;
            }
        }
        is_inside
    }
}

fn edges(polygon: &Polygon) -> impl Iterator<Item = (Point, Point)> + '_ {
    let corners = polygon.corners();
    (0..corners.len()).map(move |at| (corners[at], corners[(at + 1) % corners.len()]))
}

fn whole(point: Point) -> [i128; 2] {
    [point.x.millionths().into(), point.y.millionths().into()]
}

/// The point at the fraction `p / q` of the way from `a` to `b`.
fn along(a: Point, b: Point, p: i128, q: i128) -> Exact {
    let ([ax, ay], [bx, by]) = (whole(a), whole(b));
    Exact { x: ax * q + (bx - ax) * p, y: ay * q + (by - ay) * p, q }
}

/// Fractions of the way from `a` to `b` at which an edge of `polygon` is met, in order, both ends included.
fn cuts(polygon: &Polygon, a: Point, b: Point) -> Vec<(i128, i128)> {
    let ([ax, ay], [bx, by]) = (whole(a), whole(b));
    let (dx, dy) = (bx - ax, by - ay);
    let mut cuts = vec![(0, 1), (1, 1)];
    for (c, d) in edges(polygon) {
        let ([cx, cy], [ex, ey]) = (whole(c), whole(d));
        let across = dx * (ey - cy) - dy * (ex - cx);
        if across == 0 {
            // Side by side: they part where the other edge ends.
            let length = dx * dx + dy * dy;
            cuts.extend([(cx, cy), (ex, ey)].map(|(x, y)| ((x - ax) * dx + (y - ay) * dy, length)));
        } else {
            let part = (cx - ax) * (ey - cy) - (cy - ay) * (ex - cx);
            cuts.push((part * across.signum(), across.abs()));
        }
    }
    cuts.retain(|(p, q)| (0..=*q).contains(p));
    cuts.sort_by(|(p, q), (r, s)| (p * s).cmp(&(r * q)));
    cuts.dedup_by(|(p, q), (r, s)| *p * *s == *r * *q);
    cuts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Fraction;
    use super::*;

    fn polygon(corners: &[(f64, f64)]) -> Polygon {
        let point =
            |&(x, y): &(f64, f64)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
        Polygon::new(corners.iter().map(point).collect()).unwrap()
    }

    const L: [(f64, f64); 6] = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.4), (0.4, 0.4), (0.4, 0.9), (0.1, 0.9)];

    #[test]
    fn the_border_belongs_to_it_and_a_millionth_beyond_does_not() {
        let l = polygon(&L);
        assert!(l.contains(&l));
        for (inner, is_within) in [
            (&[(0.1, 0.1), (0.4, 0.1), (0.4, 0.9), (0.1, 0.9)][..], true),
            (&[(0.2, 0.2), (0.3, 0.2), (0.3, 0.3)], true),
            (&[(0.2, 0.2), (0.300001, 0.2), (0.3, 0.9)], true),
            (&[(0.1, 0.1), (0.4, 0.1), (0.4, 0.900001), (0.1, 0.9)], false),
            (&[(0.099999, 0.1), (0.4, 0.1), (0.4, 0.9), (0.1, 0.9)], false),
            // Both ends are within, the way between them is not.
            (&[(0.15, 0.85), (0.85, 0.15), (0.2, 0.2)], false),
            // It touches the inner corner and stays within.
            (&[(0.1, 0.7), (0.7, 0.1), (0.1, 0.1)], true),
            (&[(0.5, 0.5), (0.6, 0.5), (0.6, 0.6)], false),
            // Around it.
            (&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)], false),
        ] {
            assert_eq!(l.contains(&polygon(inner)), is_within, "{inner:?}");
        }
    }

    #[test]
    fn an_edge_is_cut_once_and_in_order_where_it_meets_the_line_of_another() {
        let u =
            [(0.1, 0.7), (0.3, 0.7), (0.3, 0.3), (0.5, 0.3), (0.5, 0.7), (0.7, 0.7), (0.7, 0.1), (0.1, 0.1)];
        // Its first edge lies on the edge that is cut, its third beside it.
        let beside = [(0.2, 0.3), (0.4, 0.4), (0.4, 0.9), (0.2, 0.8)];
        let third = 1.0 / 3.0;
        for (other, (a, b), want) in [
            (&u[..], ((0.0, 0.5), (0.8, 0.5)), vec![0.0, 0.125, 0.375, 0.625, 0.875, 1.0]),
            (&u, ((0.8, 0.6), (0.0, 0.6)), vec![0.0, 0.125, 0.375, 0.625, 0.875, 1.0]),
            (&beside, ((0.0, 0.2), (0.6, 0.5)), vec![0.0, third, 2.0 * third, 1.0]),
            (&beside, ((0.6, 0.5), (0.0, 0.2)), vec![0.0, third, 2.0 * third, 1.0]),
        ] {
            let end =
                |(x, y): (f64, f64)| Point { x: Fraction::new(x).unwrap(), y: Fraction::new(y).unwrap() };
            let found = cuts(&polygon(other), end(a), end(b));
            let found: Vec<f64> = found.iter().map(|(p, q)| *p as f64 / *q as f64).collect();
            let is_near = found.iter().zip(&want).all(|(found, want)| (found - want).abs() < 1e-9);
            assert!(found.len() == want.len() && is_near, "{found:?}, not {want:?}");
        }
    }

    /// Whether each of many points is inside: none lies on a line through two corners of the grid of four by four, and
    /// each area between such lines has one.
    fn sieve(corners: &[(u32, u32)]) -> Vec<bool> {
        let inside = |x: f64, y: f64| {
            let crossed = |at: usize| {
                let [(ax, ay), (bx, by)] = [at, (at + 1) % corners.len()]
                    .map(|at| (f64::from(corners[at].0), f64::from(corners[at].1)));
                (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
            };
            (0..corners.len()).filter(|at| crossed(*at)).count() % 2 == 1
        };
        let fine = |at: u32, beside: f64| (f64::from(at) + beside) / 20.0;
        (0..60)
            .flat_map(|y| (0..60).map(move |x| (fine(x, 0.437), fine(y, 0.291))))
            .map(|(x, y)| inside(x, y))
            .collect()
    }

    #[test]
    fn every_triangle_of_a_grid_is_within_another_polygon_as_each_of_its_points_is() {
        let on_grid = |corners: &[(u32, u32)]| {
            let fraction = |at: u32| Fraction::new(0.1 + 0.2 * f64::from(at)).unwrap();
            Polygon::new(corners.iter().map(|&(x, y)| Point { x: fraction(x), y: fraction(y) }).collect())
        };
        let place = |at: u32| (at % 4, at / 4);
        let triangles: Vec<_> = (0..16)
            .flat_map(|a| (a + 1..16).flat_map(move |b| (b + 1..16).map(move |c| [a, b, c].map(place))))
            .filter_map(|corners| Some((corners, on_grid(&corners).ok()?, sieve(&corners))))
            .collect();
        assert_eq!(triangles.len(), 516);
        let outers: [&[(u32, u32)]; 11] = [
            // A notch whose mouth lies in line with two edges, on each side.
            &[(0, 0), (3, 0), (3, 3), (2, 3), (1, 1), (1, 3), (0, 3)],
            &[(0, 0), (1, 0), (2, 2), (2, 0), (3, 0), (3, 3), (0, 3)],
            &[(0, 0), (3, 0), (3, 3), (0, 3), (0, 2), (2, 1), (0, 1)],
            &[(0, 0), (3, 0), (3, 1), (1, 2), (3, 2), (3, 3), (0, 3)],
            &[(0, 0), (3, 0), (3, 3), (0, 3)],
            &[(0, 3), (3, 0), (0, 0)],
            &[(0, 0), (1, 0), (3, 0), (3, 3), (0, 3), (0, 2)],
            &[(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)],
            &[(0, 3), (1, 3), (1, 1), (2, 1), (2, 3), (3, 3), (3, 0), (0, 0)],
            &[(0, 0), (3, 1), (0, 3), (1, 1)],
            &[(3, 3), (0, 2), (2, 2), (2, 1), (1, 1), (3, 0)],
        ];
        for outer in outers {
            let (polygon, inside) = (on_grid(outer).unwrap(), sieve(outer));
            for (corners, triangle, points) in &triangles {
                let is_within = points.iter().zip(&inside).all(|(own, other)| !own || *other);
                assert_eq!(polygon.contains(triangle), is_within, "{corners:?} in {outer:?}");
            }
        }
    }

    /// Corners around a middle, so that they make a simple polygon.
    fn star() -> impl Strategy<Value = Polygon> {
        prop::collection::vec(0.05_f64..0.5, 3..9).prop_map(|radii| {
            let count = radii.len() as f64;
            let corners: Vec<(f64, f64)> = (radii.iter().enumerate())
                .map(|(at, radius)| {
                    let angle = std::f64::consts::TAU * at as f64 / count;
                    (0.5 + radius * angle.cos(), 0.5 + radius * angle.sin())
                })
                .collect();
            polygon(&corners)
        })
    }

    proptest! {
        #[test]
        fn it_is_as_a_sieve_of_points_says(outer in star(), inner in star()) {
            let point = |x: u32, y: u32| Exact { x: i128::from(x) * 9973, y: i128::from(y) * 9973, q: 1 };
            let points: Vec<Exact> = (0..100).flat_map(|y| (0..100).map(move |x| point(x, y))).collect();
            let leaks = points.iter().any(|point| inner.has(*point) && !outer.has(*point));
            if outer.contains(&inner) {
                prop_assert!(!leaks);
            } else {
                // What leaves does so at a corner of one or where two edges cross; a sieve may miss it.
                prop_assert!(leaks || edges(&inner).any(|(a, b)| cuts(&outer, a, b).len() > 2)
                    || inner.corners().iter().any(|corner| !outer.has(along(*corner, *corner, 0, 1))));
            }
            prop_assert!(outer.contains(&outer));
        }
    }
}
