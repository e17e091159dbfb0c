//! Fixed camera controls, and the two sets of them that a visit needs.

use serde::{Deserialize, Serialize};

pub const AUTO_EXPOSURE: u32 = 0x009a_0901;
pub const EXPOSURE_ABSOLUTE: u32 = 0x009a_0902;
pub const FOCUS_AUTO: u32 = 0x009a_090c;
pub const FOCUS_ABSOLUTE: u32 = 0x009a_090a;
pub const WHITE_BALANCE_AUTO: u32 = 0x0098_090c;
pub const WHITE_BALANCE: u32 = 0x0098_091a;

/// The controls that the booth knows, with their names for staff.
pub const KNOWN: [(u32, &str); 6] = [
    (AUTO_EXPOSURE, "auto exposure"),
    (EXPOSURE_ABSOLUTE, "exposure"),
    (FOCUS_AUTO, "auto focus"),
    (FOCUS_ABSOLUTE, "focus"),
    (WHITE_BALANCE_AUTO, "auto white balance"),
    (WHITE_BALANCE, "white balance"),
];

/// Which controls apply: they change with the step of the visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// A phone is held near the lens: its screen shines, and it is closer than a face.
    Code,
    /// Commissioned and locked, so that every portrait of the day looks alike.
    #[default]
    Portrait,
}

/// Fixed camera controls, in V4L2 units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controls {
    /// Exposure time in 100 us.
    pub exposure: Option<i64>,
    /// In the camera's own steps; 0 is far.
    pub focus: Option<i64>,
    /// Colour temperature in kelvin.
    pub white_balance: Option<i64>,
}

impl Controls {
    /// Returns these controls, with those of `base` where one is open.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        Self {
            exposure: self.exposure.or(base.exposure),
            focus: self.focus.or(base.focus),
            white_balance: self.white_balance.or(base.white_balance),
        }
    }

    /// Returns (control id, value) in the order to set them: each automatic off before its value. A
    /// control that `other` fixes and this one does not becomes automatic again.
    pub fn orders(&self, other: &Self) -> Vec<(u32, i64)> {
        const MANUAL: i64 = 1;
        const APERTURE_PRIORITY: i64 = 3;
        const OFF: i64 = 0;
        const ON: i64 = 1;
        let all = [
            (
                self.exposure,
                other.exposure,
                (AUTO_EXPOSURE, MANUAL, APERTURE_PRIORITY),
                EXPOSURE_ABSOLUTE,
            ),
            (
                self.focus,
                other.focus,
                (FOCUS_AUTO, OFF, ON),
                FOCUS_ABSOLUTE,
            ),
            (
                self.white_balance,
                other.white_balance,
                (WHITE_BALANCE_AUTO, OFF, ON),
                WHITE_BALANCE,
            ),
        ];
        let mut orders = Vec::new();
        for (here, there, (auto, off, on), id) in all {
            match (here, there) {
                (Some(value), _) => orders.extend([(auto, off), (id, value)]),
                (None, Some(_)) => orders.push((auto, on)),
                (None, None) => {}
            }
        }
        orders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_automatic_is_switched_off_before_its_value_is_set() {
        let none = Controls::default();
        let controls = Controls {
            focus: Some(30),
            ..Controls::default()
        };
        assert_eq!(
            controls.orders(&none),
            [(0x009a_090c, 0), (0x009a_090a, 30)]
        );
        assert_eq!(none.orders(&none), []);
    }

    #[test]
    fn what_only_the_other_preset_fixes_becomes_automatic_again() {
        let portrait = Controls {
            white_balance: Some(5_500),
            ..Controls::default()
        };
        let near = Controls {
            exposure: Some(50),
            focus: Some(90),
            ..Controls::default()
        };
        let code = near.over(&portrait);
        assert_eq!(code.white_balance, Some(5_500), "the lamps are the same");
        let orders = portrait.orders(&code);
        assert_eq!(
            orders,
            [
                (AUTO_EXPOSURE, 3),
                (FOCUS_AUTO, 1),
                (WHITE_BALANCE_AUTO, 0),
                (WHITE_BALANCE, 5_500)
            ]
        );
    }

    #[test]
    fn every_control_that_is_ordered_has_a_name() {
        let all = Controls {
            exposure: Some(1),
            focus: Some(2),
            white_balance: Some(3),
        };
        for (id, _) in all.orders(&Controls::default()) {
            assert!(KNOWN.iter().any(|(known, _)| *known == id), "{id:x}");
        }
    }
}
