//! The steps of an errand: each is timed, none hides the next, one summary closes.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

#[derive(Debug, Default)]
pub(crate) struct Steps {
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    name: &'static str,
    time: Duration,
    passed: bool,
}

impl Steps {
    /// Takes a step. A step that fails is said at once and once more at the end; the next one is still taken,
    /// so that one run shows all that is wrong.
    #[expect(clippy::disallowed_methods, reason = "an errand tells its reader how long a step took")]
    pub(crate) fn take(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        println!("\n==== {name}");
        let start = Instant::now();
        let result = step();
        let time = start.elapsed();
        match &result {
            Ok(()) => println!("==== {name}: {}", minutes(time)),
            Err(error) => println!("==== {name}: FAILED after {}: {error:#}", minutes(time)),
        }
        self.taken.push(Taken { name, time, passed: result.is_ok() });
    }

    /// Prints the summary.
    pub(crate) fn close(self) -> Result<()> {
        println!("\n==== all steps");
        for step in &self.taken {
            let result = if step.passed { "ok" } else { "FAILED" };
            println!("{:<14} {:>9}  {result}", step.name, minutes(step.time));
        }
        let failed: Vec<_> = self.taken.iter().filter(|step| !step.passed).map(|step| step.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

/// Such as `2:05.4 min`.
pub(crate) fn minutes(time: Duration) -> String {
    format!("{}:{:04.1} min", time.as_secs() / 60, time.as_secs_f64() % 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_errand_by_name_and_does_not_hide_the_next() {
        let mut steps = Steps::default();
        let mut reached = false;
        steps.take("format", || bail!("a file is not formatted"));
        steps.take("tests", || {
            reached = true;
            Ok(())
        });
        assert!(reached);
        assert_eq!(steps.close().unwrap_err().to_string(), "failed: format");
    }

    #[test]
    fn times_read_as_minutes() {
        assert_eq!(minutes(Duration::from_millis(125_400)), "2:05.4 min");
    }
}
