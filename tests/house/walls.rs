//! The walls of the house, as `cargo metadata` sees them: every normal dependency, with all features, directly or
//! through others.
//!
//! Deliberately absent: dependencies of tests and of build scripts. They are in no program.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use crate::workspace;

/// `room` must never reach what `never` names; `aws-*` names all that begin so. The room itself is never meant.
struct Wall {
    room: &'static str,
    never: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall { room: "lineshot-domain", never: &["tokio", "serde", "serde_json", "tracing", "rusqlite"] },
    Wall { room: "lineshot-clock", never: &["tokio", "serde", "tracing", "rusqlite", "rustix", "rumqttc"] },
    // A function of seed and time: what it shows no camera saw, and no clock, network or chance chose.
    Wall {
        room: "lineshot-hall",
        never: &[
            "lineshot-clock",
            "lineshot-picture",
            "tokio",
            "serde",
            "serde_json",
            "rusqlite",
            "rumqttc",
            "tracing",
            "libc",
            "rand",
            "fastrand",
        ],
    },
    Wall {
        room: "lineshot-picture",
        never: &["lineshot-proof", "tokio", "hyper", "reqwest", "ureq", "rustls", "socket2", "mio"],
    },
    Wall {
        room: "lineshot-proof",
        never: &["lineshot-picture", "zune-jpeg", "jpeg-encoder", "image", "yuv"],
    },
    // It judges what is proven, and remembers no more of it than a delivered picture shows.
    Wall {
        room: "lineshot-angle",
        never: &["lineshot-picture", "lineshot-camera", "lineshot-config", "tokio", "tracing", "rusqlite"],
    },
    Wall { room: "lineshot-spool", never: &["lineshot-picture", "lineshot-camera", "tokio"] },
    Wall { room: "lineshot-config", never: &["lineshot-picture", "lineshot-camera", "lineshot-spool"] },
    // Both daemons speak by it: it must bring neither's world into the other.
    Wall { room: "lineshot-tls", never: &["lineshot-*", "tokio", "aws-*", "rumqttc", "reqwest"] },
    Wall {
        room: "lineshot-doctor",
        never: &["lineshot-picture", "lineshot-camera", "lineshot-config", "tokio", "aws-*", "rumqttc"],
    },
    // What was signed is judged without a network, and without a look at a picture.
    Wall {
        room: "lineshot-release",
        never: &["lineshot-spool", "lineshot-picture", "lineshot-camera", "tokio", "rumqttc", "aws-*", "rsa"],
    },
    Wall { room: "lineshot-agent", never: &["lineshot-uploader", "aws-*"] },
    Wall {
        room: "lineshot-uploader",
        never: &["lineshot-agent", "lineshot-camera", "lineshot-picture", "rumqttc", "nokhwa", "v4l"],
    },
    // Who sees a raw still has no way to storage and is no daemon.
    Wall {
        room: "lineshot-commission",
        never: &["lineshot-uploader", "lineshot-demo", "aws-*", "rumqttd", "s3s", "s3s-fs"],
    },
    Wall { room: "lineshot", never: &["lineshot-*"] },
];

/// One TLS provider for the whole house: ring.
const NOWHERE: &[&str] =
    &["aws-lc-rs", "aws-lc-sys", "aws-lc-fips-sys", "openssl", "openssl-sys", "native-tls", "boring"];

/// Embedded broker, store and page, and their libraries.
const ONLY_IN_DEMO: &[&str] = &["s3s", "s3s-fs", "rumqttd", "lineshot-demo"];

/// A page in a browser is shown by the demo and at commissioning alone: no daemon serves one.
const PAGES: &[&str] = &["lineshot-demo", "lineshot-commission", "lineshot-scenarios"];

/// Who depends on whom; packages are written `name version`.
#[derive(Default)]
struct Graph {
    edges: BTreeMap<String, BTreeSet<String>>,
    rooms: BTreeSet<String>,
}

fn name(package: &str) -> &str {
    package.split(' ').next().unwrap_or(package)
}

impl Graph {
    fn of(metadata: &Metadata) -> Graph {
        let called = |id| format!("{} {}", metadata[id].name, metadata[id].version);
        let mut graph = Graph::default();
        for node in &metadata.resolve.as_ref().unwrap().nodes {
            let normal = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            let to = normal.map(|dependency| called(&dependency.pkg)).collect();
            graph.edges.insert(called(&node.id), to);
        }
        graph.rooms = metadata.workspace_members.iter().map(called).collect();
        graph
    }

    /// Every package reached from `room`, with the way there.
    fn reached(&self, room: &str) -> BTreeMap<&str, String> {
        let start = self.rooms.iter().find(|package| name(package) == room);
        let start = start.unwrap_or_else(|| panic!("there is no room {room}")).as_str();
        let mut ways = BTreeMap::from([(start, name(start).to_owned())]);
        let mut open = vec![start];
        while let Some(from) = open.pop() {
            for to in self.edges.get(from).into_iter().flatten() {
                if !ways.contains_key(to.as_str()) {
                    let way = format!("{} -> {to}", ways[from]);
                    ways.insert(to, way);
                    open.push(to);
                }
            }
        }
        ways.remove(start);
        ways
    }

    fn forbidden(&self, room: &str, never: &[&str]) -> Vec<String> {
        let named = |package: &str| {
            never.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name(package).starts_with(start),
                None => name(package) == *pattern,
            })
        };
        self.reached(room).into_iter().filter(|(package, _)| named(package)).map(|(_, way)| way).collect()
    }

    /// The ways through walls; none, if all stand.
    fn broken(&self, walls: &[Wall]) -> Vec<String> {
        let mut ways: Vec<_> = walls.iter().flat_map(|wall| self.forbidden(wall.room, wall.never)).collect();
        for room in self.rooms.iter().map(|package| name(package)) {
            ways.extend(self.forbidden(room, NOWHERE));
            if !["lineshot-demo", "lineshot-scenarios"].contains(&room) {
                ways.extend(self.forbidden(room, ONLY_IN_DEMO));
            }
            if !PAGES.contains(&room) {
                ways.extend(self.forbidden(room, &["axum", "lineshot-commission"]));
            }
        }
        ways
    }

    /// Who depends directly on a package whose `name version` begins like this.
    fn users(&self, start: &str) -> BTreeSet<&str> {
        let uses = |to: &BTreeSet<String>| to.iter().any(|package| package.starts_with(start));
        self.edges.iter().filter(|(_, to)| uses(to)).map(|(from, _)| name(from)).collect()
    }
}

fn house() -> Graph {
    // One platform, so that cargo asks for no crate that was never fetched.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = MetadataCommand::new();
    command.manifest_path(workspace::root().join("Cargo.toml")).features(CargoOpt::AllFeatures);
    let options = ["--offline", "--locked", "--filter-platform", &platform];
    Graph::of(&command.other_options(options.map(str::to_owned)).exec().unwrap())
}

#[test]
fn every_wall_of_the_house_stands() {
    let broken = house().broken(WALLS);
    assert!(broken.is_empty(), "a room reaches what it must not:\n{}", broken.join("\n"));
}

#[test]
fn every_room_that_must_not_reach_something_is_there() {
    let house = house();
    for wall in WALLS {
        assert!(house.rooms.iter().any(|package| name(package) == wall.room), "{}", wall.room);
    }
}

/// Pictures of a line that is not there: whoever else draws them could pass them off as a camera's.
#[test]
fn the_rendered_hall_is_seen_by_cameras_and_trials_alone() {
    let house = house();
    let may = ["lineshot-agent", "lineshot-camera", "lineshot-demo"];
    let others: Vec<_> =
        house.users("lineshot-hall ").into_iter().filter(|room| !may.contains(room)).collect();
    assert_eq!(others, Vec::<&str>::new());
}

/// The one room with a call past the compiler's checks is kept so small that it can be read whole.
#[test]
fn the_clock_stands_on_the_domain_and_the_kernel_alone() {
    let house = house();
    let clock = house.rooms.iter().find(|room| name(room) == "lineshot-clock").unwrap();
    let below: Vec<_> = house.edges[clock].iter().map(|package| name(package)).collect();
    assert_eq!(below, ["libc", "lineshot-domain"]);
}

/// `deny.toml` ignores its advisories for this reason alone.
#[test]
fn the_old_certificate_verifier_is_reached_through_the_mqtt_client_alone() {
    assert_eq!(house().users("rustls-webpki 0.102."), BTreeSet::from(["rumqttc"]));
}

fn graph(edges: &[(&str, &[&str])]) -> Graph {
    let mut graph = Graph::default();
    for (from, to) in edges {
        graph.edges.insert((*from).to_owned(), to.iter().map(|&to| to.to_owned()).collect());
        if from.starts_with("lineshot") {
            graph.rooms.insert((*from).to_owned());
        }
    }
    graph
}

#[test]
fn a_hole_in_a_wall_is_found_however_deep_it_is() {
    let walls = &[Wall { room: "lineshot-agent", never: &["aws-*"] }];
    let sound: &[(&str, &[&str])] = &[("lineshot-agent 0.1.0", &["http 1.0.0"]), ("http 1.0.0", &[])];
    assert_eq!(graph(sound).broken(walls), Vec::<String>::new());
    let holed: &[(&str, &[&str])] = &[
        ("lineshot-agent 0.1.0", &["cloud 1.0.0"]),
        ("cloud 1.0.0", &["aws-config 1.0.0"]),
        ("aws-config 1.0.0", &["cloud 1.0.0"]),
    ];
    assert_eq!(graph(holed).broken(walls), ["lineshot-agent -> cloud 1.0.0 -> aws-config 1.0.0"]);
}

#[test]
fn a_second_tls_provider_or_the_test_store_is_found_in_any_room() {
    let holed: &[(&str, &[&str])] = &[
        ("lineshot-demo 0.1.0", &["s3s 0.14.1"]),
        ("lineshot-new 0.1.0", &["s3s 0.14.1", "tls 1.0.0"]),
        ("tls 1.0.0", &["aws-lc-rs 1.0.0"]),
    ];
    let found = ["lineshot-new -> tls 1.0.0 -> aws-lc-rs 1.0.0", "lineshot-new -> s3s 0.14.1"];
    assert_eq!(graph(holed).broken(&[]), found);
}

/// Features that open a door in a wall, and the one package that may enable each in what it is built from.
fn enabled_by(room: &str, kinds: &[DependencyKind]) -> Vec<String> {
    let metadata =
        MetadataCommand::new().manifest_path(workspace::root().join("Cargo.toml")).no_deps().exec().unwrap();
    let of = metadata.packages.iter().find(|package| package.name.as_str() == room).unwrap();
    assert!(!of.features.contains_key("default"), "{:?}", of.features);
    let mut enabled = Vec::new();
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|it| it.name == room) {
            if kinds.contains(&dependency.kind) && !dependency.features.is_empty() {
                enabled.push(package.name.to_string());
            }
        }
    }
    enabled
}

/// Another folder than the machine's root is trusted in tests and in the demo alone: no program of a package is built
/// with that feature.
#[test]
fn no_package_can_be_told_where_signatures_are() {
    assert_eq!(enabled_by("lineshot-release", &[DependencyKind::Normal]), ["lineshot-demo"]);
}

/// A disk that forgets is for tests alone: no program of a package is built with it.
#[test]
fn no_package_has_a_disk_that_forgets() {
    assert!(enabled_by("lineshot-spool", &[DependencyKind::Normal, DependencyKind::Build]).is_empty());
    for daemon in ["lineshot-agent", "lineshot-uploader", "lineshot-commission"] {
        let tree = workspace::cargo(&["tree", "-p", daemon, "-e", "normal,features"]).output().unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        assert!(tree.contains("lineshot-spool") && !tree.contains("feature \"model\""), "{tree}");
    }
}

/// Not even in tests.
#[test]
fn raw_stills_are_shown_at_commissioning_alone() {
    let all = [DependencyKind::Normal, DependencyKind::Development, DependencyKind::Build];
    assert_eq!(enabled_by("lineshot-picture", &all), ["lineshot-commission"]);
    for daemon in ["lineshot-agent", "lineshot-uploader", "lineshot"] {
        let tree = workspace::cargo(&["tree", "-p", daemon, "-e", "normal,features"]).output().unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        assert!(tree.contains(daemon) && !tree.contains("raw-still"), "{tree}");
    }
}
