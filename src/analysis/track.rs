//! Decides whether it is still the same face: tracking by place and time, never recognition.

use std::time::Duration;

use crate::{geometry::Rect, time::Mono};

/// Two places of one face, from one look to the next, overlap at least this much (intersection over
/// union).
pub const SAME_PLACE: f32 = 0.3;
/// Nobody in a chair moves or leans faster than this, in face widths and in growth of the face per
/// second.
pub const FASTEST: f32 = 2.0;
const GROWTH: f32 = 3.0;
/// A longer gap between two looks allows no more movement than this one: in half a second nobody
/// changes places.
const GAP: Duration = Duration::from_millis(500);
/// After this long out of sight it counts as another face.
pub const ABSENCE: Duration = Duration::from_secs(3);

/// Numbers the faces that sit in front of the camera one after the other.
#[derive(Debug, Default)]
pub struct Track {
    id: u32,
    last: Option<(Rect, Mono)>,
    speed: Option<f32>,
}

impl Track {
    /// Takes a face seen here; returns the number of its track, a new one if it cannot be the face
    /// seen last.
    pub fn seen(&mut self, rect: Rect, at: Mono) -> u32 {
        let same = self.could_be(&rect, at);
        self.speed = self.last.filter(|_| same).and_then(|(before, then)| {
            let seconds = at.since(then).as_secs_f32();
            let moved = before.center().distance(rect.center()) / rect.width().max(1.0);
            (seconds > 0.0).then_some(moved / seconds)
        });
        if !same {
            self.id = self.id.wrapping_add(1);
        }
        self.last = Some((rect, at));
        self.id
    }

    /// Returns whether a face at this place may be the one seen last: nearly where it was, or no
    /// farther than a sitter gets in the time between the looks. A slow machine looks rarely, which
    /// must not make two persons of one.
    pub fn could_be(&self, rect: &Rect, at: Mono) -> bool {
        self.last.is_some_and(|(before, then)| {
            let gap = at.since(then);
            gap <= ABSENCE
                && (before.overlap(rect) >= SAME_PLACE || within_reach(&before, rect, gap))
        })
    }

    /// Returns the number of the face seen last; 0 before the first.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Returns how fast the face moved between the last two looks, in its own widths per second;
    /// `None` at the first.
    pub const fn speed(&self) -> Option<f32> {
        self.speed
    }

    /// Returns where the face was last seen.
    pub fn place(&self) -> Option<Rect> {
        self.last.map(|(rect, _)| rect)
    }

    /// Ends the track, so that the next face is a new one. Numbers are not reused.
    pub const fn forget(&mut self) {
        self.last = None;
        self.speed = None;
    }
}

fn within_reach(before: &Rect, now: &Rect, gap: Duration) -> bool {
    let seconds = gap.min(GAP).as_secs_f32();
    let (smaller, larger) = (
        before.width().min(now.width()).max(1.0),
        before.width().max(now.width()),
    );
    let moved = before.center().distance(now.center());
    moved <= FASTEST * seconds * larger && larger / smaller <= 1.0 + GROWTH * seconds
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
    fn speed_is_told_in_widths_a_second_and_not_at_the_first_look() {
        let mut track = Track::default();
        track.seen(at(100.0), second(1.0));
        assert_eq!(track.speed(), None);
        track.seen(at(120.0), second(1.1));
        assert!(
            track
                .speed()
                .is_some_and(|speed| (speed - 1.0).abs() < 1e-3)
        );
        track.forget();
        assert_eq!(track.speed(), None);
    }

    #[test]
    fn a_face_that_jumps_is_another() {
        let mut track = Track::default();
        let first = track.seen(at(100.0), second(1.0));
        assert_ne!(track.seen(at(260.0), second(1.1)), first);
    }

    #[test]
    fn a_face_that_leans_in_between_two_slow_looks_stays_the_same() {
        let mut track = Track::default();
        let near = Rect::new(Point::new(40.0, 40.0), Point::new(400.0, 400.0));
        let first = track.seen(at(100.0), second(1.0));
        assert!(at(100.0).overlap(&near) < SAME_PLACE + 0.02);
        assert_eq!(track.seen(near, second(1.35)), first);
        assert_ne!(
            track.seen(at(900.0), second(3.0)),
            first,
            "however long it took"
        );
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
