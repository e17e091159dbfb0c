//! What an operator may change about the booth, without a file and without a restart.

use serde::{Deserialize, Serialize};

use super::TextSize;
use crate::lang::Lang;

/// Kept in the station's folder. The configuration holds until somebody changes a setting here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub volume: Volume,
    pub speech: Speech,
    /// The language a visitor reads first.
    pub lang: Lang,
    pub text_size: TextSize,
    /// The panel's diagonal in tenths of an inch, which decides how large "print size" is drawn.
    pub panel_tenths: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volume {
    Silent,
    Soft,
    Usual,
}

/// Whether sentences are read aloud too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    On,
    Off,
}

/// The reference panel: 21.5 inches.
pub const REFERENCE_PANEL: u16 = 215;
/// Diagonals that a booth's panel may have, in tenths of an inch.
pub const PANELS: std::ops::RangeInclusive<u16> = 80..=650;

impl Default for Settings {
    fn default() -> Self {
        Self {
            volume: Volume::Usual,
            speech: Speech::Off,
            lang: Lang::Zh,
            text_size: TextSize::Usual,
            panel_tenths: REFERENCE_PANEL,
        }
    }
}

/// One touch on the settings page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Volume(Volume),
    Speech(Speech),
    Lang(Lang),
    TextSize(TextSize),
    /// The panel is N tenths of an inch larger than configured.
    Panel(i16),
}

impl Volume {
    pub const ALL: [Self; 3] = [Self::Silent, Self::Soft, Self::Usual];
}

impl Settings {
    #[must_use]
    pub fn with(self, change: Change) -> Self {
        match change {
            Change::Volume(volume) => Self { volume, ..self },
            Change::Speech(speech) => Self { speech, ..self },
            Change::Lang(lang) => Self { lang, ..self },
            Change::TextSize(text_size) => Self { text_size, ..self },
            Change::Panel(tenths) => Self {
                panel_tenths: self
                    .panel_tenths
                    .saturating_add_signed(tenths)
                    .clamp(*PANELS.start(), *PANELS.end()),
                ..self
            },
        }
    }

    /// Returns how much larger something has to be drawn than on the reference panel to keep its
    /// printed size.
    pub fn print_scale(&self) -> f32 {
        f32::from(REFERENCE_PANEL) / f32::from(self.panel_tenths.max(*PANELS.start()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_panel_draws_a_print_larger_and_no_panel_is_absurd() {
        let settings = Settings::default();
        assert_eq!(settings.print_scale(), 1.0);
        let small = settings.with(Change::Panel(-59));
        assert_eq!(small.panel_tenths, 156);
        assert!(small.print_scale() > 1.37 && small.print_scale() < 1.39);
        for step in [i16::MIN, i16::MAX] {
            let panel = settings.with(Change::Panel(step)).panel_tenths;
            assert!(PANELS.contains(&panel));
        }
    }
}
