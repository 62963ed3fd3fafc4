//! Finding what never moves.
//!
//! Pictures are watched for some minutes; the middle value of each point is the empty place, whatever passes. From it the
//! most telling patches are taken, unless they were not there in nearly every picture, and beyond doubt in most.

use crate::field::Field;
use crate::ground::Ground;
use crate::guards::{Guarded, Side, suffice};
use crate::judge::detail;
use crate::places::{Candidate, Places, Tally};
use crate::plane::Plane;
use crate::reference::{Anchor, Reference, References, is_name};

/// Anchors of which no mask asked.
const MOST: usize = 32;
/// Fewer recognise nothing once somebody stands before some of them.
const LEAST: usize = 12;
/// They span so much of the picture's width and height.
const SPAN: (f64, f64) = (0.5, 0.4);

/// In this part of all pictures an anchor looks like itself at its place, by so much.
const STEADY: f64 = 0.9;
const ITSELF: f64 = 0.6;
/// In this part of them by so much more: vehicles that stop at the same place all look a little like what is seen there.
const MOSTLY: f64 = 0.75;
const CLEARLY: f64 = 0.8;

/// Guards of a side of a mask, and of all masks together.
const GUARDS: usize = 2;
const ALL_GUARDS: usize = 32;

/// More pictures than this are not kept.
const PICTURES: usize = 300;
/// Fewer show nothing of what moves.
const FEWEST: usize = 8;
/// A place that is not brighter than this, at its middle point, is dark.
const DARK: u8 = 16;

/// What is being watched.
#[derive(Debug)]
pub struct Enrolment {
    ground: Ground,
    planes: Vec<Plane>,
}

/// What was found.
#[derive(Debug)]
pub struct Enrolled {
    /// What later pictures are compared with.
    pub references: References,
    /// Anchors, guards included.
    pub anchors: u32,
    /// Of these, near a mask.
    pub guards: u32,
    /// Whether anything moved: where nothing does, nobody knows where vehicles stand.
    pub anything_moved: bool,
}

/// Why a scene cannot be verified, and what would help.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnrolError {
    /// Nobody watched.
    #[error(
        "only {0} pictures were seen, {FEWEST} are the fewest: does the camera give frames, and was it watched long enough?"
    )]
    Pictures(usize),
    /// Not a name.
    #[error("{0:?} is no name of 1 to 40 characters: call it \"day\" or \"night\"")]
    Name(String),
    /// Nothing can be seen.
    #[error(
        "it is too dark: half of what is shown is blacker than {DARK} of 255; give it light, or a longer exposure"
    )]
    Dark,
    /// What is there is there many times.
    #[error(
        "what is shown repeats itself: of {tried} places with edges {alike} look like their surroundings, and {found} can be \
         used, of {LEAST} that are needed; show more of the surroundings, or put up signs of different shapes where nothing \
         moves"
    )]
    Repetitive {
        /// Places with edges.
        tried: usize,
        /// Of them, those that could be taken for others.
        alike: usize,
        /// Of them, those that can be used.
        found: usize,
    },
    /// What is there moves.
    #[error(
        "too much of what is shown moves: of {tried} places with edges {restless} were not there all the time, and {found} \
         can be used, of {LEAST} that are needed; show more of what stands still, such as floor, posts and walls, or enrol \
         while fewer people pass"
    )]
    Restless {
        /// Places with edges.
        tried: usize,
        /// Of them, those that were covered or changed.
        restless: usize,
        /// Of them, those that can be used.
        found: usize,
    },
    /// There is nothing to hold on to.
    #[error(
        "there is too little to recognise: {found} places with edges, of {LEAST} that are needed; show more, cover less, look \
         whether the picture is sharp, or put up signs of different shapes where nothing moves"
    )]
    Plain {
        /// Places that can be used.
        found: usize,
    },
    /// All in one corner.
    #[error(
        "what can be recognised lies in one part of the picture only, so that a turn would not be seen: show more of the \
             rest, or put up signs there"
    )]
    Narrow,
}

impl Enrolment {
    /// Nothing was seen yet.
    pub fn new(ground: Ground) -> Enrolment {
        Enrolment { ground, planes: Vec::new() }
    }

    /// One more picture. Of more than 300 the first count.
    pub fn add(&mut self, plane: Plane) {
        if self.planes.len() < PICTURES && plane.bright.len() == self.ground.len() {
            self.planes.push(plane);
        }
    }

    /// So many pictures were seen.
    pub fn pictures(&self) -> usize {
        self.planes.len()
    }

    /// Finds the anchors. `view`: `station/view`; `name`: what it looks like now, such as `day`; `at`: when, for people.
    ///
    /// # Errors
    /// [`EnrolError`]: the scene cannot be verified.
    pub fn finish(self, view: &str, name: &str, at: &str) -> Result<Enrolled, EnrolError> {
        if !is_name(name) {
            return Err(EnrolError::Name(name.to_owned()));
        }
        if self.planes.len() < FEWEST {
            return Err(EnrolError::Pictures(self.planes.len()));
        }
        let empty = middle(&self.planes);
        if is_dark(&empty) {
            return Err(EnrolError::Dark);
        }
        let mut tally = Tally::default();
        let places = Places::of(&empty, &self.ground);
        let mut cells = places.in_cells(&mut tally);
        let mut sides = self.sides(&places, &mut tally);
        let beside = sides.iter_mut().flat_map(|side| side.tried.iter_mut());
        let mut tried: Vec<&mut Candidate> = cells.iter_mut().flatten().chain(beside).collect();
        let seen = self.watch(&mut tried);
        let pictures = self.planes.len() as f64;
        let is_steady =
            |it: &Candidate| it.there as f64 >= STEADY * pictures && it.clearly as f64 >= MOSTLY * pictures;
        let restless = tried.iter().filter(|it| !is_steady(it)).count();
        let steady_of = |cell: Vec<Candidate>| cell.into_iter().find(is_steady);
        let mut found: Vec<Candidate> = cells.into_iter().filter_map(steady_of).collect();
        found.sort_by(|one, other| other.edges.total_cmp(&one.edges));
        found.truncate(MOST);
        self.suffices(&found, restless, &tally)?;

        for side in &mut sides {
            side.tried.retain(is_steady);
            side.tried.truncate(GUARDS);
        }
        let anchor = |it: Candidate, guards: Option<Guarded>| {
            let detail = detail(it.at, &empty, &self.ground).unwrap_or(0.0);
            Anchor { at: it.at, patch: it.patch, detail, guards }
        };
        let mut anchors: Vec<Anchor> = found.into_iter().map(|it| anchor(it, None)).collect();
        let room: Vec<Guarded> = sides.iter().map(|it| it.guarded.clone()).collect();
        let own: Vec<(Guarded, Candidate)> = in_turn(sides).take(ALL_GUARDS).collect();
        let unguarded = self.unguarded(&room, own.iter().map(|(guarded, _)| guarded));
        let all_guards = own.len();
        anchors.extend(own.into_iter().map(|(guarded, it)| anchor(it, Some(guarded))));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let reference = Reference {
            name: name.to_owned(),
            at: at.to_owned(),
            pictures: count(self.planes.len()),
            unguarded,
            anchors,
        };
        Ok(Enrolled {
            anchors: count(reference.anchors.len()),
            guards: count(all_guards),
            anything_moved: seen,
            references: References::new(view, &self.ground, reference),
        })
    }

    /// What lies on each side of each mask, as far as it lies in the picture.
    fn sides(&self, places: &Places<'_>, tally: &mut Tally) -> Vec<Beside> {
        let mut sides = Vec::new();
        for (mask, corners) in &self.ground.masks {
            for side in Side::ALL {
                let Some(tried) = places.beside(corners, side, tally) else { continue };
                sides.push(Beside { guarded: Guarded { mask: mask.clone(), side }, tried });
            }
        }
        sides
    }

    /// Masks that have too few sides with guards, of those that lie in the picture.
    fn unguarded<'a>(
        &self,
        room: &[Guarded],
        guards: impl Iterator<Item = &'a Guarded> + Clone,
    ) -> Vec<String> {
        let names = self.ground.masks.iter().map(|(name, _)| name);
        let lacks = names.filter(|name| {
            let room: Vec<Side> = room.iter().filter(|it| it.mask == **name).map(|it| it.side).collect();
            let guarded: Vec<Side> =
                guards.clone().filter(|it| it.mask == **name).map(|it| it.side).collect();
            !suffice(&guarded, &room)
        });
        lacks.cloned().collect()
    }

    /// Counts in how many pictures each place was there; says whether anything else moved.
    fn watch(&self, places: &mut [&mut Candidate]) -> bool {
        let mut anything_moved = false;
        let first = self.planes.first().map(|plane| &plane.bright);
        for plane in &self.planes {
            let field = Field::of(plane, &self.ground);
            for place in places.iter_mut() {
                let (x, y) = place.at;
                let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
                let score = around.map(|at| place.patch.score(&field, at)).fold(0.0, f64::max);
                place.there += usize::from(score >= ITSELF);
                place.clearly += usize::from(score >= CLEARLY);
            }
            let other = first.into_iter().flatten().zip(&plane.bright);
            // Of a plane's points; a person far away has as many.
            let many = self.ground.len() / 500;
            anything_moved |= other.filter(|(one, other)| one.abs_diff(**other) > 24).count() > many;
        }
        anything_moved
    }

    fn suffices(&self, found: &[Candidate], restless: usize, tally: &Tally) -> Result<(), EnrolError> {
        let Tally { tried, alike } = *tally;
        let (usable, found) = (found, found.len());
        if found < LEAST {
            return Err(match () {
                () if restless > alike && restless + found >= LEAST => {
                    EnrolError::Restless { tried, restless, found }
                }
                () if alike + found >= LEAST => EnrolError::Repetitive { tried, alike, found },
                () => EnrolError::Plain { found },
            });
        }
        let span = |of: fn(&Candidate) -> usize| {
            let (least, most) = (usable.iter().map(of).min(), usable.iter().map(of).max());
            (most.unwrap_or(0) - least.unwrap_or(0)) as f64
        };
        let is_wide = span(|it| it.at.0) >= SPAN.0 * self.ground.width as f64;
        let is_high = span(|it| it.at.1) >= SPAN.1 * self.ground.height as f64;
        if is_wide && is_high { Ok(()) } else { Err(EnrolError::Narrow) }
    }
}

/// A side of a mask, and what may guard it.
struct Beside {
    guarded: Guarded,
    tried: Vec<Candidate>,
}

/// One guard of each side, and then another, so that none is left out while others have several.
fn in_turn(sides: Vec<Beside>) -> impl Iterator<Item = (Guarded, Candidate)> {
    let ranked = |it: Beside| {
        let Beside { guarded, tried } = it;
        tried.into_iter().enumerate().map(move |(rank, it)| (rank, guarded.clone(), it))
    };
    let mut all: Vec<(usize, Guarded, Candidate)> = sides.into_iter().flat_map(ranked).collect();
    all.sort_by_key(|(rank, ..)| *rank);
    all.into_iter().map(|(_, guarded, it)| (guarded, it))
}

/// The middle of each point's values.
fn middle(planes: &[Plane]) -> Plane {
    let points = planes.first().map_or(0, |plane| plane.bright.len());
    let mut values = Vec::with_capacity(planes.len());
    let mut of = |value: &dyn Fn(&Plane) -> u8| {
        values.clear();
        values.extend(planes.iter().map(value));
        let half = values.len() / 2;
        *values.select_nth_unstable(half).1
    };
    Plane {
        bright: (0..points).map(|at| of(&|plane| plane.bright[at])).collect(),
        detail: (0..points).map(|at| of(&|plane| plane.detail[at])).collect(),
        shown: (0..points).map(|at| of(&|plane| u8::from(plane.shown[at])) == 1).collect(),
    }
}

/// Whether half of what is shown is black.
fn is_dark(plane: &Plane) -> bool {
    let shown = plane.bright.iter().zip(&plane.shown).filter(|(_, shown)| **shown);
    let (dark, all) =
        shown.fold((0, 0), |(dark, all), (bright, _)| (dark + usize::from(*bright < DARK), all + 1));
    2 * dark > all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::SIDE;
    use crate::testing::{HEIGHT, Knock, Place, WIDTH, enrolled, ground, plane, scene};

    #[test]
    fn a_place_that_cannot_be_recognised_says_why() {
        let scene = scene(&[]);
        let refused = |place: Place| enrolled(&place, &scene).unwrap_err();
        assert_eq!(refused(Place::plain(5)), EnrolError::Dark);
        assert_eq!(refused(Place::plain(128)), EnrolError::Plain { found: 0 });
        let repeated = refused(Place::repeated());
        assert!(matches!(repeated, EnrolError::Repetitive { .. }), "{repeated:?}");
        let mut nobody = Enrolment::new(ground(&scene));
        assert_eq!(nobody.pictures(), 0);
        nobody.add(plane(Place::new(1).seen(Knock::default()), &scene));
        assert_eq!(nobody.finish("a/b", "day", "").unwrap_err(), EnrolError::Pictures(1));
        let nameless = Enrolment::new(ground(&scene)).finish("a/b", "", "").unwrap_err();
        assert_eq!(nameless, EnrolError::Name(String::new()));
    }

    /// Enrols 20 pictures in which what stands at the left is as given.
    fn left_of_a_place(car: impl Fn(u64) -> Option<Vec<u8>>) -> Enrolled {
        let (place, scene) = (Place::new(1), scene(&[]));
        let mut enrolment = Enrolment::new(ground(&scene));
        for number in 0..20 {
            // The wall is paler than any car.
            let mut bright: Vec<u8> = place.seen(Knock::default()).iter().map(|it| it / 3 + 80).collect();
            if let Some(car) = car(number) {
                let rows = bright.chunks_exact_mut(WIDTH as usize).zip(car.chunks_exact(WIDTH as usize));
                for (row, other) in rows {
                    row[..CORRIDOR].copy_from_slice(&other[..CORRIDOR]);
                }
            }
            enrolment.add(plane(bright, &scene));
        }
        enrolment.finish("a/b", "day", "").unwrap()
    }

    const CORRIDOR: usize = WIDTH as usize * 3 / 10;

    fn assert_outside_the_corridor(found: &Enrolled) {
        let corridor = CORRIDOR / ground(&scene(&[])).factor as usize;
        for anchor in &found.references.all[0].anchors {
            assert!(anchor.at.0 + 2 >= corridor, "{:?}", anchor.at);
        }
    }

    #[test]
    fn nothing_is_kept_of_where_vehicles_stand() {
        let found = left_of_a_place(|number| {
            number.is_multiple_of(2).then(|| Place::new(100 + number).seen(Knock::default()))
        });
        assert!(found.anything_moved);
        assert_outside_the_corridor(&found);
    }

    #[test]
    fn nothing_is_kept_of_vehicles_that_all_stop_at_one_place_and_look_a_little_alike() {
        // Blocks of chance: half of what is seen of each is the same.
        let blocks = |seed: u64| {
            let mut random = fastrand::Rng::with_seed(seed);
            let (width, block) = (WIDTH as usize, 4);
            let values: Vec<u8> =
                (0..width * HEIGHT as usize / block / block).map(|_| random.u8(..120)).collect();
            move |at: usize| values[at / width / block * (width / block) + at % width / block]
        };
        let shape = blocks(100);
        // One goes and the next has come but once.
        let found = left_of_a_place(|number| {
            let paint = blocks(200 + number);
            let both = (0..(WIDTH * HEIGHT) as usize).map(|at| shape(at) + paint(at));
            (number > 0).then(|| both.collect())
        });
        assert_outside_the_corridor(&found);
    }

    #[test]
    fn a_mask_before_a_plain_machine_is_named_and_one_amid_boards_is_not() {
        let mut place = Place::new(1).seen(Knock::default());
        let middle = WIDTH as usize * HEIGHT as usize / 2;
        let of = |bright: Vec<u8>, masks: &[[f64; 4]]| {
            let scene = scene(masks);
            let mut enrolment = Enrolment::new(ground(&scene));
            (0..FEWEST).for_each(|_| enrolment.add(plane(bright.clone(), &scene)));
            enrolment.finish("a/b", "day", "").unwrap()
        };
        // At the border of the wall and the machine below: guards above it alone would be the wall's.
        let mask = [0.40, 0.52, 0.60, 0.75];
        let amid = of(place.clone(), &[mask]);
        assert!(amid.references.unguarded().is_empty(), "{:?}", amid.references.unguarded());
        for row in place[middle..].chunks_exact_mut(WIDTH as usize) {
            row[200..760].fill(90);
        }
        assert_eq!(of(place, &[mask]).references.unguarded(), ["mask 0"]);
    }

    #[test]
    fn more_masks_than_guards_are_named() {
        let masks: Vec<[f64; 4]> = (0..12)
            .map(|at| (f64::from(at % 4) * 0.22 + 0.13, f64::from(at / 4) * 0.27 + 0.16))
            .map(|(left, top)| [left, top, left + 0.04, top + 0.06])
            .collect();
        let found = enrolled(&Place::new(1), &scene(&masks)).unwrap();
        assert!(found.guards <= 32 && found.references.all[0].anchors.len() <= 64);
        let guarded = |mask: &str| {
            found.references.all[0]
                .anchors
                .iter()
                .any(|it| it.guards.as_ref().is_some_and(|it| it.mask == mask))
        };
        for number in 0..12 {
            let mask = format!("mask {number}");
            assert!(guarded(&mask) || found.references.unguarded().contains(&mask.as_str()), "{mask}");
        }
        assert!(!found.references.unguarded().is_empty());
    }

    #[test]
    fn a_place_in_which_nothing_moved_says_so_and_what_always_moves_refuses() {
        let (place, scene) = (Place::new(1), scene(&[]));
        assert!(!enrolled(&place, &scene).unwrap().anything_moved);
        let mut restless = Enrolment::new(ground(&scene));
        for number in 0..8 {
            restless.add(plane(Place::new(number).seen(Knock::default()), &scene));
        }
        let refused = restless.finish("a/b", "day", "").unwrap_err();
        assert!(matches!(refused, EnrolError::Restless { .. } | EnrolError::Plain { .. }), "{refused:?}");
    }

    #[test]
    fn no_anchor_lies_on_a_cover_or_a_band() {
        let (place, scene) = (Place::new(1), scene(&[[0.30, 0.30, 0.60, 0.60]]));
        let banded =
            Ground::new(&scene, lineshot_domain::Crop::whole(scene.frame()), Some(HEIGHT - 96..HEIGHT - 64));
        let picture = crate::testing::proven(place.seen(Knock::default()), &scene);
        let mut enrolment = Enrolment::new(banded.clone());
        for _ in 0..8 {
            enrolment.add(Plane::of(&picture, &banded).unwrap().unwrap());
        }
        let found = enrolment.finish("a/b", "day", "").unwrap();
        let shown = Plane::of(&picture, &banded).unwrap().unwrap().shown;
        for anchor in &found.references.all[0].anchors {
            let (left, top) = anchor.at;
            let all = (top..top + SIDE).all(|y| (left..left + SIDE).all(|x| shown[y * banded.width + x]));
            assert!(all, "{:?}", anchor.at);
        }
    }
}
