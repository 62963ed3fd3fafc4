//! What a camera is set to, and whether it took it.
//!
//! Holds: what is not set is left as it is; what is set is read back, and a camera that has no such control or keeps
//! another value gives no picture: its settings were signed.
//!
//! Deliberately absent: looking for good values. That is a person's work, once.

use std::time::Duration;

use crate::Fault;

/// What is set; `None` leaves a control as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// The time of exposure, to the nearest 100 µs; turns the automatic one off.
    pub exposure: Option<Duration>,
    /// In the camera's own unit; turns the automatic one off.
    pub gain: Option<u16>,
    /// In the camera's own unit; turns the automatic one off.
    pub focus: Option<u16>,
    /// Colour temperature in kelvin; turns the automatic one off.
    pub white_balance: Option<u16>,
    /// What lamps flicker by.
    pub power_line: Option<PowerLine>,
}

/// What lamps flicker by: twice this frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerLine {
    /// Nothing is done about flicker.
    Off,
    /// 50 Hz: Europe, most of Asia and Africa.
    Hz50,
    /// 60 Hz: America, parts of Asia.
    Hz60,
    /// The camera finds out.
    Auto,
}

/// One control, as V4L2 numbers it (linux/v4l2-controls.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) id: u32,
    name: &'static str,
    unit: &'static str,
}

const EXPOSURE_AUTO: Control = Control { id: 0x009a_0901, name: "automatic exposure", unit: "" };
const EXPOSURE: Control = Control { id: 0x009a_0902, name: "exposure", unit: " x 100 µs" };
const AUTO_GAIN: Control = Control { id: 0x0098_0912, name: "automatic gain", unit: "" };
pub(super) const GAIN_ID: u32 = 0x0098_0913;
pub(super) const WHITE_ID: u32 = 0x0098_091a;
const GAIN: Control = Control { id: GAIN_ID, name: "gain", unit: "" };
const FOCUS_AUTO: Control = Control { id: 0x009a_090c, name: "automatic focus", unit: "" };
const FOCUS: Control = Control { id: 0x009a_090a, name: "focus", unit: "" };
const WHITE_AUTO: Control = Control { id: 0x0098_090c, name: "automatic white balance", unit: "" };
const WHITE: Control = Control { id: WHITE_ID, name: "white balance", unit: " K" };
const POWER_LINE: Control = Control { id: 0x0098_0918, name: "power line frequency", unit: "" };

/// Of an exposure.
const UNIT: Duration = Duration::from_micros(100);

/// V4L2_EXPOSURE_MANUAL.
const MANUAL: i64 = 1;

/// What is to be done with one control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    control: Control,
    value: i64,
    /// Cameras without anything automatic need nothing turned off.
    may_be_missing: bool,
}

/// The values that a control takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) step: u64,
}

/// The controls of one camera that is open.
pub(super) trait Knobs {
    /// The values that a control takes; `None` if there is no such control.
    fn range(&self, id: u32) -> Option<Range>;

    /// Sets a control.
    fn set(&mut self, id: u32, value: i64) -> Result<(), String>;

    /// What a control is set to.
    fn get(&self, id: u32) -> Result<i64, String>;
}

impl Controls {
    /// In the order in which they are to be set: what is automatic holds on to the rest.
    fn steps(&self) -> Vec<Step> {
        let off = |control, value| Step { control, value, may_be_missing: true };
        let to = |control, value| Step { control, value, may_be_missing: false };
        let mut steps = Vec::new();
        if let Some(exposure) = self.exposure {
            let units = i64::try_from((exposure + UNIT / 2).as_nanos() / UNIT.as_nanos()).unwrap_or(i64::MAX);
            steps.extend([off(EXPOSURE_AUTO, MANUAL), to(EXPOSURE, units)]);
        }
        if let Some(gain) = self.gain {
            steps.extend([off(AUTO_GAIN, 0), to(GAIN, gain.into())]);
        }
        if let Some(focus) = self.focus {
            steps.extend([off(FOCUS_AUTO, 0), to(FOCUS, focus.into())]);
        }
        if let Some(kelvin) = self.white_balance {
            steps.extend([off(WHITE_AUTO, 0), to(WHITE, kelvin.into())]);
        }
        if let Some(power_line) = self.power_line {
            let value = match power_line {
                PowerLine::Off => 0,
                PowerLine::Hz50 => 1,
                PowerLine::Hz60 => 2,
                PowerLine::Auto => 3,
            };
            steps.push(to(POWER_LINE, value));
        }
        steps
    }

    /// Sets all that is set, then reads all of it back: one control may move another.
    ///
    /// # Errors
    /// [`Fault::Setting`] with the control, what was wanted and found, and what it takes.
    pub(super) fn apply(&self, knobs: &mut impl Knobs) -> Result<(), Fault> {
        let mut ranged = Vec::new();
        for step in self.steps() {
            match knobs.range(step.control.id) {
                Some(range) => ranged.push((step, range)),
                None if step.may_be_missing => {}
                None => return Err(setting(format!("it has no control for {}", step.control.name))),
            }
        }
        for (step, range) in &ranged {
            if let Err(error) = knobs.set(step.control.id, step.value) {
                return Err(setting(format!("{} ({error})", step.refused(range))));
            }
        }
        for (step, range) in &ranged {
            match knobs.get(step.control.id) {
                Ok(found) if found == step.value => {}
                Ok(found) => {
                    return Err(setting(format!("{}; it stays at {found}", step.refused(range))));
                }
                Err(error) => {
                    return Err(setting(format!("{} cannot be read back ({error})", step.control.name)));
                }
            }
        }
        Ok(())
    }
}

impl Step {
    fn refused(&self, range: &Range) -> String {
        let Control { name, unit, .. } = self.control;
        let Range { least, most, step } = range;
        format!(
            "{name} cannot be set to {}{unit}: it takes {least} to {most}{unit} in steps of {step}",
            self.value
        )
    }
}

fn setting(what: String) -> Fault {
    Fault::Setting { what }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A camera with controls that only take what lies in their range, on their steps.
    #[derive(Clone, Default)]
    struct Panel {
        controls: BTreeMap<u32, (Range, i64)>,
        log: Vec<(u32, i64)>,
    }

    impl Panel {
        fn with(mut self, control: Control, least: i64, most: i64, step: u64) -> Panel {
            self.controls.insert(control.id, (Range { least, most, step }, most));
            self
        }
    }

    impl Knobs for Panel {
        fn range(&self, id: u32) -> Option<Range> {
            self.controls.get(&id).map(|(range, _)| *range)
        }

        fn set(&mut self, id: u32, value: i64) -> Result<(), String> {
            self.log.push((id, value));
            let (range, now) = self.controls.get_mut(&id).ok_or("no such control")?;
            if !(range.least..=range.most).contains(&value) {
                return Err("out of range".into());
            }
            *now = value - (value - range.least) % range.step.cast_signed();
            Ok(())
        }

        fn get(&self, id: u32) -> Result<i64, String> {
            self.controls.get(&id).map(|(_, now)| *now).ok_or_else(|| "no such control".into())
        }
    }

    fn usual() -> Panel {
        Panel::default()
            .with(EXPOSURE_AUTO, 0, 3, 1)
            .with(EXPOSURE, 3, 2047, 1)
            .with(GAIN, 0, 255, 1)
            .with(FOCUS_AUTO, 0, 1, 1)
            .with(FOCUS, 0, 250, 5)
            .with(WHITE_AUTO, 0, 1, 1)
            .with(WHITE, 2000, 6500, 1)
            .with(POWER_LINE, 0, 2, 1)
    }

    fn all() -> Controls {
        Controls {
            exposure: Some(Duration::from_millis(8)),
            gain: Some(20),
            focus: Some(30),
            white_balance: Some(4600),
            power_line: Some(PowerLine::Hz50),
        }
    }

    #[test]
    fn what_is_automatic_is_turned_off_first_where_there_is_such_a_thing() {
        let mut panel = usual();
        all().apply(&mut panel).unwrap();
        assert_eq!(
            panel.log,
            [
                (EXPOSURE_AUTO.id, 1),
                (EXPOSURE.id, 80),
                (GAIN.id, 20),
                (FOCUS_AUTO.id, 0),
                (FOCUS.id, 30),
                (WHITE_AUTO.id, 0),
                (WHITE.id, 4600),
                (POWER_LINE.id, 1),
            ]
        );
    }

    #[test]
    fn what_is_not_set_is_not_touched() {
        let mut panel = usual();
        Controls::default().apply(&mut panel).unwrap();
        assert_eq!(panel.log, []);
    }

    #[test]
    fn a_camera_that_does_not_take_a_setting_is_told_with_what_it_takes() {
        let says = |controls: Controls, mut panel: Panel| controls.apply(&mut panel).unwrap_err().to_string();
        let only = Controls::default();
        assert_eq!(
            says(Controls { gain: Some(300), ..only }, usual()),
            "it does not take its settings: gain cannot be set to 300: it takes 0 to 255 in steps of 1 (out of range)"
        );
        assert_eq!(
            says(Controls { focus: Some(33), ..only }, usual()),
            "it does not take its settings: focus cannot be set to 33: it takes 0 to 250 in steps of 5; it stays at 30"
        );
        assert_eq!(
            says(all(), Panel::default().with(EXPOSURE, 3, 2047, 1)),
            "it does not take its settings: it has no control for gain"
        );
    }

    #[test]
    fn a_camera_without_one_of_the_controls_is_not_changed_at_all() {
        let mut panel = usual();
        panel.controls.remove(&WHITE.id);
        assert!(all().apply(&mut panel).is_err());
        assert_eq!(panel.log, []);
    }
}
