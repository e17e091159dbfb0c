//! Is it still the same face? Tracking by place and time, never recognition.

use std::time::Duration;

use crate::{geometry::Rect, time::Mono};

/// Two places of one face, from one look to the next, share at least this much (intersection over union).
pub const SAME_PLACE: f32 = 0.3;
/// After this long out of sight it counts as another face.
pub const ABSENCE: Duration = Duration::from_secs(3);

/// Numbers the faces that sit in front of the camera one after the other.
#[derive(Debug, Default)]
pub struct Track {
    id: u32,
    last: Option<(Rect, Mono)>,
}

impl Track {
    /// A face was seen here; the number of its track, a new one if it cannot be the face seen before.
    pub fn seen(&mut self, rect: Rect, at: Mono) -> u32 {
        let same = self.last.is_some_and(|(before, then)| {
            at.since(then) <= ABSENCE && before.overlap(&rect) >= SAME_PLACE
        });
        if !same {
            self.id = self.id.wrapping_add(1);
        }
        self.last = Some((rect, at));
        self.id
    }

    /// The number of the face seen last; 0 before the first.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Where the face was last seen.
    pub fn place(&self) -> Option<Rect> {
        self.last.map(|(rect, _)| rect)
    }

    /// The next face is a new one. Numbers are not used again.
    pub const fn forget(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    fn at(x: f32) -> Rect {
        Rect::new(Point::new(x, 100.0), Point::new(x + 200.0, 300.0))
    }

    fn second(s: f32) -> Mono {
        Mono::from_start(Duration::from_secs_f32(s))
    }

    #[test]
    fn a_face_that_moves_a_little_stays_the_same() {
        let mut track = Track::default();
        let first = track.seen(at(100.0), second(1.0));
        assert_eq!(track.seen(at(140.0), second(1.1)), first);
        assert_eq!(track.seen(at(200.0), second(1.2)), first);
    }

    #[test]
    fn a_face_that_jumps_is_another() {
        let mut track = Track::default();
        let first = track.seen(at(100.0), second(1.0));
        assert_ne!(track.seen(at(260.0), second(1.1)), first);
    }

    #[test]
    fn a_short_absence_keeps_the_track_and_a_long_one_ends_it() {
        let mut track = Track::default();
        let first = track.seen(at(100.0), second(1.0));
        assert_eq!(track.seen(at(110.0), second(3.9)), first);
        assert_ne!(track.seen(at(110.0), second(7.0)), first);
    }

    #[test]
    fn after_forgetting_no_number_returns() {
        let mut track = Track::default();
        let first = track.seen(at(100.0), second(1.0));
        track.forget();
        assert_ne!(track.seen(at(100.0), second(1.1)), first);
    }
}
