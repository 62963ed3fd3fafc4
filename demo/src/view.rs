//! From what is known to what is shown.

use lineshot_hall::looks;

use crate::daemon::Health;
use crate::floor::{Known, Visit, time_of_day};
use crate::plant::{BUCKET, Plant, SEED};
use crate::script::{STATIONS, known as in_directory};
use crate::show::{OrderCard, Part, Parts, Show, VisitCard};

use crate::albums::TRIALS;

/// What the page shows now.
pub(crate) fn show(known: &Known, plant: &Plant, agent: &Health, uploader: &Health, started: &str) -> Show {
    let cards = known.cars.iter().map(|(&order, visits)| card(order, visits, plant));
    Show {
        started: started.to_owned(),
        orders: cards.collect(),
        parts: parts(known, agent, uploader),
        waiting: known.waiting(),
        diary: known.diary.iter().cloned().collect(),
        last: known.last.clone(),
        ended: false,
    }
}

fn card(order: u32, visits: &[Visit; STATIONS.len()], plant: &Plant) -> OrderCard {
    let (colour, shape) = looks(SEED, order);
    let listed = in_directory(order);
    let visits = STATIONS.iter().zip(visits).map(|(station, visit)| VisitCard {
        station: station.name.to_owned(),
        state: visit.state.clone(),
        sent_again: visit.sent_again,
        event: visit.arrival.as_ref().map(|arrival| arrival.event.clone()),
    });
    OrderCard {
        number: order,
        car: format!("{colour} {shape}"),
        rgb: colour.rgb(),
        market: listed.map_or("unknown", |car| car.market).to_owned(),
        note: listed.map_or(Some("not in the order directory"), |car| car.note()).map(str::to_owned),
        album: plant.album(order).ok().map(|album| format!("{BUCKET}/{TRIALS}/{album}/")),
        visits: visits.collect(),
    }
}

fn parts(known: &Known, agent: &Health, uploader: &Health) -> Parts {
    let by_visitor = |is_cut: bool, well: &str| Part {
        up: !is_cut,
        says: if is_cut { "cut by you".to_owned() } else { well.to_owned() },
    };
    let (is_online, agent) = (known.connection == "ONLINE", daemon(agent, "photographs"));
    Parts {
        broker: by_visitor(known.broker_is_cut, "carries the line's events"),
        agent: match (agent.up, is_online) {
            (true, false) => Part { up: false, says: "runs, without the broker".to_owned() },
            _ => agent,
        },
        uploader: daemon(uploader, "delivers"),
        storage: by_visitor(known.storage_is_cut, "holds the albums"),
    }
}

fn daemon(health: &Health, does: &str) -> Part {
    match health {
        Health::Runs(1) => Part { up: true, says: does.to_owned() },
        Health::Runs(starts) => Part { up: true, says: format!("{does}; started {starts} times") },
        Health::Down(why) | Health::Gone(why) => Part { up: false, says: why.clone() },
    }
}

/// When the demo began, for the page's head.
pub(crate) fn started(at: lineshot_domain::Wall) -> String {
    format!("{} UTC", time_of_day(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_program_it_is_said_how_it_is() {
        let online = || Known { connection: "ONLINE".into(), ..Known::default() };
        let down = || Health::Down("killed, starts again in 2 s".into());
        for (known, agent, expected) in [
            (online(), Health::Runs(1), (true, "photographs")),
            (online(), Health::Runs(2), (true, "photographs; started 2 times")),
            (online(), down(), (false, "killed, starts again in 2 s")),
            (Known::default(), Health::Runs(1), (false, "runs, without the broker")),
            (Known::default(), down(), (false, "killed, starts again in 2 s")),
        ] {
            let parts = parts(&known, &agent, &Health::Runs(1));
            assert_eq!((parts.agent.up, &*parts.agent.says), expected);
            assert!(parts.broker.up && parts.storage.up && parts.uploader.up);
        }
        let cut = Known { broker_is_cut: true, storage_is_cut: true, ..Known::default() };
        let parts = parts(&cut, &Health::Runs(1), &Health::Gone("ended".into()));
        assert_eq!(
            (parts.broker.says, parts.storage.says),
            ("cut by you".to_owned(), "cut by you".to_owned())
        );
        assert!(!parts.broker.up && !parts.storage.up && !parts.uploader.up);
    }
}
