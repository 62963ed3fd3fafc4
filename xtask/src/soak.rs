//! What the checks do a little of, for hours: kills and power cuts, as many as somebody asks for.
//!
//! The tests are the same; the environment tells them how often.

use anyhow::{Context, Result, bail};

use crate::house::{House, succeed};
use crate::peers;
use crate::steps::Steps;

/// What may be asked for.
const FLAGS: [Flag; 5] = [
    Flag {
        name: "--arrivals",
        number: "LINESHOT_SOAK_ARRIVALS",
        test: KILLS,
        what: "so many cars come while daemons, broker and store are killed",
    },
    Flag {
        name: "--kills",
        number: "LINESHOT_SOAK_KILLS",
        test: KILLS,
        what: "so many kills, over these arrivals",
    },
    Flag {
        name: "--power-cuts",
        number: "LINESHOT_POWER_CUTS",
        test: "power::",
        what: "so many times the power is cut while both daemons write (needs root)",
    },
    Flag {
        name: "--line-days",
        number: "LINESHOT_LINE_DAYS",
        test: DAYS,
        what: "so many simulated days of the whole house, each with its own number",
    },
    Flag {
        name: "--frames",
        number: "LINESHOT_FRAMES",
        test: FRAMES,
        what: "so many small frames, damaged, doubled or of any format, through darkroom and proof",
    },
];

const KILLS: &str = "soak::kills::";
/// In the agent's own tests: it is the agent that is simulated from within.
const DAYS: &str = "simulation::line_days";
/// In the darkroom's own tests, which need no peer.
const FRAMES: &str = "long::";

/// A number that a test asks the environment for.
#[derive(Debug)]
struct Flag {
    name: &'static str,
    number: &'static str,
    /// The beginning of the tests' names; flags of the same tests are one run.
    test: &'static str,
    what: &'static str,
}

/// The tests of one run, and what the environment tells them.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    test: &'static str,
    numbers: Vec<(&'static str, u32)>,
}

/// Runs what is asked for, one after the other.
pub(crate) fn run(house: &House, arguments: &[String]) -> Result<()> {
    let runs = asked(arguments)?;
    let mut steps = Steps::default();
    steps.take("peers", || peers::for_tests(house));
    for run in &runs {
        steps.take(run.test.trim_end_matches(':'), || soak(house, run));
    }
    steps.close()
}

fn soak(house: &House, run: &Run) -> Result<()> {
    let whose: &[&str] = match run.test {
        DAYS => &["lineshot-agent", "--lib"],
        FRAMES => &["lineshot-picture", "--release", "--test", "main"],
        _ => &["lineshot-scenarios", "--test", "house"],
    };
    let how = [&["test", "-p"], whose, &["--locked", "--", run.test, "--nocapture"]].concat();
    let mut test = house.cargo_command(&how);
    test.envs(peers::places(house));
    succeed(test.envs(run.numbers.iter().map(|(name, number)| (name, number.to_string()))))
}

fn asked(arguments: &[String]) -> Result<Vec<Run>> {
    if arguments.is_empty() {
        bail!("say how much:\n{}", usage());
    }
    let mut runs: Vec<Run> = Vec::new();
    for pair in arguments.chunks(2) {
        let Some(flag) = FLAGS.iter().find(|flag| flag.name == pair[0]) else {
            bail!("`{}` is not understood; what may be asked for:\n{}", pair[0], usage());
        };
        let text = pair.get(1).with_context(|| format!("{} needs a number", flag.name))?;
        let number = text.parse().with_context(|| format!("{} {text}: this is no number", flag.name))?;
        let told = (flag.number, number);
        match runs.iter_mut().find(|run| run.test == flag.test) {
            Some(run) => run.numbers.push(told),
            None => runs.push(Run { test: flag.test, numbers: vec![told] }),
        }
    }
    Ok(runs)
}

fn usage() -> String {
    let lines: Vec<_> = FLAGS.iter().map(|flag| format!("  {:<14} N   {}", flag.name, flag.what)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn flags_of_the_same_tests_are_one_run() {
        let runs = asked(&words("--arrivals 2000 --power-cuts 200 --kills 500")).unwrap();
        let kills = vec![("LINESHOT_SOAK_ARRIVALS", 2000), ("LINESHOT_SOAK_KILLS", 500)];
        assert_eq!(
            runs,
            [
                Run { test: "soak::kills::", numbers: kills },
                Run { test: "power::", numbers: vec![("LINESHOT_POWER_CUTS", 200)] },
            ]
        );
    }

    #[test]
    fn nothing_and_nonsense_are_answered_by_what_may_be_asked_for() {
        for (line, told) in [
            ("", "--power-cuts"),
            ("--cars 3", "`--cars` is not understood"),
            ("--kills", "--kills needs a number"),
            ("--kills many", "--kills many: this is no number"),
        ] {
            let refused = format!("{:#}", asked(&words(line)).unwrap_err());
            assert!(refused.contains(told), "{line}: {refused}");
        }
    }
}
