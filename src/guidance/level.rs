//! The sitter's own level.
//!
//! A reading of pitch is off by a constant for each face: among people whom two graders called
//! level it spreads by four degrees, and women read five degrees lower than men. While a person
//! looks into the lens with the eyes in the middle of their lids the head is level, so the reading
//! at that moment is that constant. The guide measures changes from it. The final check knows no
//! sitter, so the profile's own limit stays where it is.

use std::time::Duration;

use crate::{
    checks::{Check, Limit},
    profile::{Band, CheckId, Profile},
    time::Mono,
};

/// How long it takes to learn a sitter's level.
const LEARNT: Duration = Duration::from_millis(1_500);
/// Fewest readings that make a median.
const FEWEST: usize = 5;
/// One standard deviation among level people, in degrees: anything beyond is a tipped head rather
/// than a property of the face.
const MOST_DEG: f32 = 4.0;

/// What is known of one sitter's level.
#[derive(Debug, Default)]
pub struct Level {
    track: Option<u32>,
    since: Option<Mono>,
    /// In degrees, while they looked into the lens.
    readings: Vec<f32>,
    own_deg: Option<f32>,
}

impl Level {
    /// Learns from one frame's checks. Another sitter starts from nothing.
    pub fn learn(&mut self, track: Option<u32>, checks: &[Check], now: Mono) {
        if self.track != track {
            *self = Self {
                track,
                ..Self::default()
            };
        }
        if self.own_deg.is_some() || track.is_none() || !looks_at_the_lens(checks) {
            return;
        }
        let pitch = checks.iter().find(|check| check.id == CheckId::Pitch);
        self.readings.extend(pitch.and_then(|check| check.value));
        let since = *self.since.get_or_insert(now);
        if self.readings.len() >= FEWEST && now.since(since) >= LEARNT {
            self.own_deg = median(&mut self.readings).map(|deg| deg.clamp(-MOST_DEG, MOST_DEG));
        }
    }

    /// Moves the limit of the pitch check to the sitter's level, but not beyond the profile's own.
    pub fn apply(&self, checks: &mut [Check], profile: &Profile) {
        let pitch = checks.iter_mut().find(|check| check.id == CheckId::Pitch);
        let (Some(own), Some(check)) = (self.own_deg, pitch) else {
            return;
        };
        let (Some(min), Some(max)) = (check.limit.min, check.limit.max) else {
            return;
        };
        let outer = profile.pose.pitch_deg;
        if max >= outer {
            // A lenient guide already asks for no more than the profile.
            return;
        }
        let band = Band::new((min + own).max(-outer), (max + own).min(outer));
        check.limit = Limit::within(band);
        check.pass = check.value.is_some_and(|value| check.limit.allows(value));
    }
}

fn looks_at_the_lens(checks: &[Check]) -> bool {
    [CheckId::Gaze, CheckId::EyesOpen, CheckId::Motion]
        .iter()
        .all(|id| checks.iter().any(|check| check.id == *id && check.pass))
}

fn median(readings: &mut [f32]) -> Option<f32> {
    readings.sort_by(f32::total_cmp);
    readings.get(readings.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Unit;

    const LENS: f32 = 0.0;
    const ELSEWHERE: f32 = 1.0;

    fn frame(pitch: f32, gaze: f32) -> Vec<Check> {
        let check = |id, value: f32, most: f32| {
            Check::new(
                id,
                Some(value),
                Limit::within(Band::new(-most, most)),
                Unit::Deg,
            )
        };
        vec![
            check(CheckId::Pitch, pitch, 6.5),
            check(CheckId::Gaze, gaze, 0.2),
            check(CheckId::EyesOpen, 0.0, 1.0),
            check(CheckId::Motion, 0.0, 1.0),
        ]
    }

    /// Shows two seconds of one pitch at ten frames a second.
    fn watched(level: &mut Level, track: u32, pitch: f32, gaze: f32) {
        for tenth in 0..20 {
            let now = Mono::default().plus(Duration::from_millis(tenth * 100));
            level.learn(Some(track), &frame(pitch, gaze), now);
        }
    }

    fn passes(level: &Level, pitch: f32) -> bool {
        let mut checks = frame(pitch, LENS);
        level.apply(&mut checks, &Profile::standard_99());
        checks.first().unwrap().pass
    }

    #[test]
    fn a_sitter_who_reads_low_is_coached_from_their_own_level() {
        let mut level = Level::default();
        assert!(!passes(&level, -7.5));
        watched(&mut level, 1, -3.0, LENS);
        assert!(passes(&level, -7.5));
        assert!(
            passes(&level, 3.0) && !passes(&level, 4.5),
            "a raised chin is a change"
        );
    }

    #[test]
    fn neither_a_look_elsewhere_nor_another_sitter_teaches_this_ones_level() {
        let mut level = Level::default();
        watched(&mut level, 1, -3.0, ELSEWHERE);
        assert!(!passes(&level, -7.5));
        watched(&mut level, 1, -3.0, LENS);
        watched(&mut level, 2, 0.0, LENS);
        assert!(!passes(&level, -7.5));
    }

    #[test]
    fn no_level_reaches_beyond_the_profiles_own_limit() {
        let mut level = Level::default();
        watched(&mut level, 1, -30.0, LENS);
        assert!(passes(&level, -10.0) && !passes(&level, -10.1));
    }
}
