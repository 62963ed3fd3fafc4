//! What waits in `ready/`, in which order, and when it is tried again.

use std::collections::BTreeSet;
use std::time::Duration;

use lineshot_domain::{CaseId, Wall};
use rusqlite::params;

use super::{Back, BackError, QueueError};
use crate::disk;

/// The first wait after a failure.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait: an outage of hours costs one attempt in five minutes for each parcel.
const LONGEST: Duration = Duration::from_secs(300);
/// Names that are no case are told of once; this many are kept in mind.
const MOST_STRANGERS: usize = 1000;

/// A parcel that waits.
struct Queued {
    case: CaseId,
    next_try: Wall,
    attempts: u32,
}

impl Back {
    /// The parcels that are due, the oldest and the newest in turn: after an outage neither today's
    /// customers nor yesterday's wait for the others. Those that failed more often come behind those that did
    /// less: the pause after a failure can last as long as the failed parcel's own wait, and it would have
    /// every turn.
    ///
    /// # Errors
    /// [`BackError`] if folder or queue could not be read.
    pub fn waiting(&mut self) -> Result<Vec<CaseId>, BackError> {
        let present = self.present()?;
        self.enqueue(&present)?;
        let now = self.clock.wall();
        let mut due = interleaved(self.queued()?.into_iter().filter(|it| is_due(it.next_try, now)).collect());
        due.sort_by_key(|it| it.attempts);
        Ok(due.into_iter().map(|it| it.case).collect())
    }

    /// Parcels that wait since `limit` or longer, as far as is known without opening them; the oldest first, at
    /// most `most`. Only those that were tried in vain, or `untried` ones, too.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn aged(&self, limit: Duration, untried: bool, most: usize) -> Result<Vec<CaseId>, QueueError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut rows = self.queue.prepare_cached(
                "SELECT case_id FROM queue WHERE since <= ? AND (attempts > 0 OR ?)
                 AND case_id NOT IN (SELECT case_id FROM results) ORDER BY sequence LIMIT ?",
            )?;
            let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
            let before = self.clock.wall().unix_ms().saturating_sub(limit);
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            rows.query_map(params![before, untried, most], |row| row.get(0))?.collect()
        };
        let cases = read().map_err(QueueError::doing("looking for old parcels"))?;
        let case = |text: &String| CaseId::parse(text).map_err(|_| QueueError::Row { table: "queue" });
        cases.iter().map(case).collect()
    }

    /// What its own facts say of a parcel's age; `None` if none counts.
    ///
    /// # Errors
    /// [`QueueError`]; it is looked at again.
    pub fn waits_since(&self, case: &CaseId, since: Option<Wall>) -> Result<(), QueueError> {
        let done = self.queue.execute(
            "UPDATE queue SET since = ? WHERE case_id = ?",
            params![since.map(Wall::unix_ms), case.as_str()],
        );
        done.map(drop).map_err(QueueError::doing("keeping a parcel's age"))
    }

    /// When the next parcel is due; `None` if none waits. It may have passed.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn due_at(&self) -> Result<Option<Wall>, QueueError> {
        Ok(self.queued()?.into_iter().map(|it| it.next_try).min())
    }

    /// Tries a parcel again later: after one second, then twice as long each time up to five minutes,
    /// shortened at random by up to a half.
    ///
    /// # Errors
    /// [`QueueError`]; it is due as it was.
    pub fn postpone(&mut self, case: &CaseId) -> Result<(), QueueError> {
        let doing = QueueError::doing("postponing a parcel");
        let now = self.clock.wall();
        let postpone = || {
            let attempts: u32 = self.queue.query_row(
                "UPDATE queue SET attempts = attempts + 1 WHERE case_id = ? RETURNING attempts",
                [case.as_str()],
                |row| row.get(0),
            )?;
            let next = now.plus(wait_after(attempts, random()));
            self.queue.execute(
                "UPDATE queue SET next_try = ? WHERE case_id = ?",
                params![next.unix_ms(), case.as_str()],
            )
        };
        match postpone() {
            Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => Ok(()),
            Err(error) => Err(doing(error)),
        }
    }

    /// Makes everything due at once: the link is back.
    ///
    /// # Errors
    /// [`QueueError`].
    pub fn all_due(&mut self) -> Result<(), BackError> {
        let done = self.queue.execute("UPDATE queue SET next_try = 0", []);
        done.map_err(QueueError::doing("making all parcels due"))?;
        Ok(())
    }

    /// The cases in `ready/`. Anything else there is left alone.
    fn present(&mut self) -> Result<BTreeSet<CaseId>, BackError> {
        let mut cases = BTreeSet::new();
        for name in disk::names(&self.rooms.ready())? {
            if let Ok(case) = CaseId::parse(&name) {
                cases.insert(case);
            } else if self.strangers.len() < MOST_STRANGERS && self.strangers.insert(name.clone()) {
                tracing::warn!(name, "in ready/ is something that is no parcel; it is left alone");
            }
        }
        Ok(cases)
    }

    /// New names get the next numbers in the order of their age; rows of vanished ones go.
    fn enqueue(&mut self, present: &BTreeSet<CaseId>) -> Result<(), QueueError> {
        let known: BTreeSet<CaseId> = self.queued()?.into_iter().map(|it| it.case).collect();
        let mut new: Vec<_> = present.difference(&known).map(|case| (self.age_of(case), case)).collect();
        new.sort();
        let gone: Vec<_> = known.difference(present).collect();
        if new.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let now = self.clock.wall();
        let change = |queue: &mut rusqlite::Connection| {
            let change = queue.transaction()?;
            for (_, case) in new {
                let row = params![case.as_str(), now.unix_ms()];
                change.execute("INSERT OR IGNORE INTO queue (case_id, since) VALUES (?, ?)", row)?;
            }
            for case in gone {
                change.execute("DELETE FROM queue WHERE case_id = ?", [case.as_str()])?;
            }
            change.commit()
        };
        change(&mut self.queue).map_err(QueueError::doing("queueing parcels"))
    }

    fn age_of(&self, case: &CaseId) -> Option<std::time::SystemTime> {
        self.rooms.ready().join(case.as_str()).symlink_metadata().and_then(|found| found.modified()).ok()
    }

    /// All that waits and is not settled, in the order of arrival.
    fn queued(&self) -> Result<Vec<Queued>, QueueError> {
        let read = || -> rusqlite::Result<Vec<(String, i64, u32)>> {
            let mut rows = self.queue.prepare_cached(
                "SELECT case_id, next_try, attempts FROM queue
                 WHERE case_id NOT IN (SELECT case_id FROM results) ORDER BY sequence",
            )?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        read()
            .map_err(QueueError::doing("reading the queue"))?
            .into_iter()
            .map(|(case, next, attempts)| {
                let case = CaseId::parse(&case).map_err(|_| QueueError::Row { table: "queue" })?;
                Ok(Queued { case, next_try: Wall::from_unix_ms(next), attempts })
            })
            .collect()
    }
}

/// A clock that was set back makes nobody wait longer than the longest wait.
fn is_due(next: Wall, now: Wall) -> bool {
    next <= now || next > now.plus(LONGEST)
}

/// `random` is uniform over all of `u32`.
fn wait_after(attempts: u32, random: u32) -> Duration {
    let full = SHORTEST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST);
    full / 2 + full.mul_f64(f64::from(random) / f64::from(u32::MAX) / 2.0)
}

fn random() -> u32 {
    // Without random bytes the waits are merely alike.
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

fn interleaved<T>(cases: Vec<T>) -> Vec<T> {
    let mut left = std::collections::VecDeque::from(cases);
    let mut order = Vec::with_capacity(left.len());
    while let Some(oldest) = left.pop_front() {
        order.push(oldest);
        order.extend(left.pop_back());
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{NOW, World, facts_alone};
    use super::*;

    fn hand_over(world: &World, case: u64) -> CaseId {
        world.hand_over(&facts_alone(case, "missed", Some("no_frame")), &[])
    }

    #[test]
    fn oldest_and_newest_come_in_turn() {
        let world = World::new();
        let mut back = world.back();
        // Falling case numbers: the order is that of arrival, not of names.
        let cases: Vec<CaseId> = (0..5)
            .map(|i| {
                let case = hand_over(&world, 9 - i);
                back.waiting().unwrap();
                case
            })
            .collect();
        let order: Vec<usize> = back
            .waiting()
            .unwrap()
            .iter()
            .map(|due| cases.iter().position(|case| case == due).unwrap())
            .collect();
        assert_eq!(order, [0, 4, 1, 3, 2]);
    }

    #[test]
    fn what_is_no_case_is_left_alone() {
        let world = World::new();
        let mut back = world.back();
        for stranger in ["lost+found", ".hidden", "0000000000000001.new", "000000000000000A"] {
            std::fs::create_dir(world.root().join("ready").join(stranger)).unwrap();
        }
        let case = hand_over(&world, 1);
        assert_eq!(back.waiting().unwrap(), [case]);
        assert!(world.has("ready/lost+found"));
    }

    #[test]
    fn a_postponed_parcel_waits_longer_each_time_and_for_nobody_else() {
        let world = World::new();
        let mut back = world.back();
        let (late, other) = (hand_over(&world, 1), hand_over(&world, 2));
        assert_eq!(back.waiting().unwrap().len(), 2);
        back.postpone(&late).unwrap();
        assert_eq!(back.waiting().unwrap(), std::slice::from_ref(&other));
        world.hand.advance(SHORTEST);
        assert_eq!(back.waiting().unwrap().len(), 2);
        for _ in 0..20 {
            back.postpone(&late).unwrap();
            back.postpone(&other).unwrap();
        }
        let due = back.due_at().unwrap().unwrap();
        assert!(due > world.clock().wall().plus(LONGEST / 2 - SHORTEST), "{due:?}");
        back.all_due().unwrap();
        assert_eq!(back.waiting().unwrap().len(), 2);
    }

    #[test]
    fn a_parcel_that_failed_lets_the_others_go_first_even_if_it_is_due_and_the_oldest() {
        let world = World::new();
        let mut back = world.back();
        let [poison, first, second] = [1, 2, 3].map(|case| {
            let case = hand_over(&world, case);
            back.waiting().unwrap();
            case
        });
        back.postpone(&poison).unwrap();
        world.hand.advance(LONGEST);
        assert_eq!(back.waiting().unwrap(), [second.clone(), first.clone(), poison.clone()]);
        back.postpone(&poison).unwrap();
        back.postpone(&first).unwrap();
        back.all_due().unwrap();
        assert_eq!(back.waiting().unwrap(), [second, first, poison]);
    }

    #[test]
    fn a_clock_set_back_and_a_restart_make_nobody_wait() {
        let world = World::new();
        let mut back = world.back();
        let case = hand_over(&world, 1);
        back.waiting().unwrap();
        back.postpone(&case).unwrap();
        world.hand.set(NOW - 86_400_000);
        assert_eq!(back.waiting().unwrap(), std::slice::from_ref(&case));
        world.hand.set(NOW);
        assert!(back.waiting().unwrap().is_empty());
        drop(back);
        assert_eq!(world.back().waiting().unwrap(), [case]);
    }

    #[test]
    fn a_parcel_taken_away_by_hand_is_forgotten() {
        let world = World::new();
        let mut back = world.back();
        let case = hand_over(&world, 1);
        back.waiting().unwrap();
        std::fs::remove_dir_all(world.root().join("ready").join(case.as_str())).unwrap();
        assert!(back.waiting().unwrap().is_empty());
        assert_eq!(back.due_at().unwrap(), None);
    }

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(attempts in 1_u32.., random: u32) {
            let wait = wait_after(attempts, random);
            prop_assert!(wait >= SHORTEST / 2 && wait <= LONGEST);
            prop_assert!(wait_after(attempts, u32::MAX) <= wait * 2);
        }

        #[test]
        fn everybody_has_a_turn(count in 0_u64..50) {
            let cases: Vec<CaseId> =
                (0..count).map(|i| CaseId::parse(&format!("{i:016x}")).unwrap()).collect();
            let mut order = interleaved(cases.clone());
            prop_assert_eq!(order.first(), cases.first());
            order.sort();
            prop_assert_eq!(order, cases);
        }
    }

    #[test]
    fn what_waited_before_the_first_look_comes_in_the_order_of_its_age() {
        let world = World::new();
        let mut back = world.back();
        let (young, old) = (hand_over(&world, 1), hand_over(&world, 9));
        for (case, age) in [(&young, 10), (&old, 20)] {
            let handed = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000 - age);
            let folder = std::fs::File::open(world.root().join("ready").join(case.as_str())).unwrap();
            folder.set_modified(handed).unwrap();
        }
        assert_eq!(back.waiting().unwrap(), [old, young]);
    }

    #[test]
    fn a_name_that_is_no_case_is_told_of_once_and_only_so_many_are() {
        let world = World::new();
        let mut back = world.back();
        std::fs::create_dir(world.root().join("ready/lost+found")).unwrap();
        for _ in 0..2 {
            back.waiting().unwrap();
            assert_eq!(back.strangers.iter().collect::<Vec<_>>(), ["lost+found"]);
        }
        back.strangers = (0..MOST_STRANGERS).map(|number| number.to_string()).collect();
        back.waiting().unwrap();
        assert_eq!(back.strangers.len(), MOST_STRANGERS);
    }

    #[test]
    fn the_aged_wait_long_enough_and_were_tried_unless_all_are_asked_for() {
        let world = World::new();
        let mut back = world.back();
        let [first, second, third] = [3, 2, 1].map(|case| {
            let case = hand_over(&world, case);
            back.waiting().unwrap();
            world.hand.advance(Duration::from_secs(10));
            case
        });
        back.postpone(&second).unwrap();
        let aged = |back: &Back, seconds, untried, most| {
            back.aged(Duration::from_secs(seconds), untried, most).unwrap()
        };
        assert_eq!(aged(&back, 20, true, 9), [first.clone(), second.clone()]);
        assert_eq!(aged(&back, 21, true, 9), std::slice::from_ref(&first));
        assert_eq!(aged(&back, 20, true, 1), std::slice::from_ref(&first));
        assert_eq!(aged(&back, 20, false, 9), std::slice::from_ref(&second));
        // What their own facts say counts, once they were opened.
        back.waits_since(&first, None).unwrap();
        back.waits_since(&third, Some(Wall::from_unix_ms(NOW - 60_000))).unwrap();
        assert_eq!(aged(&back, 20, true, 9), [second, third.clone()]);
        assert_eq!(aged(&back, 90, true, 9), [third]);
        assert_eq!(aged(&back, 91, true, 9), []);
    }

    #[test]
    fn due_is_what_has_come_and_what_no_wait_reaches() {
        let now = Wall::from_unix_ms(NOW);
        for (ahead, due) in [(-1, true), (0, true), (1, false), (300_000, false), (300_001, true)] {
            assert_eq!(is_due(Wall::from_unix_ms(NOW + ahead), now), due, "{ahead}");
        }
    }

    #[test]
    fn waits_differ_by_chance() {
        let drawn: BTreeSet<u32> = (0..8).map(|_| random()).collect();
        assert!(drawn.len() > 1, "{drawn:?}");
    }
}
