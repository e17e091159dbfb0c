//! A scanner that types like a keyboard, distinguished from a person by its pace: pure, in whatever
//! time it is given.

use std::time::Duration;

use super::burst::{Burst, Scan, Stroke};
use crate::time::Mono;

/// Fewest characters of a code.
const SHORTEST: u32 = 6;
/// Largest mean gap of a scanner; events of one drawn frame carry one time, so a burst within a
/// frame has none.
const MEAN_GAP: Duration = Duration::from_millis(40);

/// The run of characters that may become a code.
#[derive(Debug, Default)]
pub struct Wedge {
    burst: Burst,
}

impl Wedge {
    /// Takes a scanner's keys out of one frame's `events`, so that its spaces and its Enter press
    /// no button; returns the scan that has ended by now. `stroke` classifies an event; `None` for
    /// pointers and the like.
    pub fn swallow<E>(
        &mut self,
        events: &mut Vec<E>,
        stroke: impl for<'a> Fn(&'a E) -> Option<Stroke<'a>>,
        at: Mono,
    ) -> Option<Scan> {
        let is_scan = self.is_fast() && self.burst.typed() >= SHORTEST;
        let scan = self.burst.ended(at).filter(|_| is_scan);
        let mut scanning = false;
        for stroke in events.iter().filter_map(&stroke) {
            self.burst.stroke(stroke, at);
            scanning |= self.is_fast() && self.burst.typed() > 1;
        }
        if scanning {
            events.retain(|event| stroke(event).is_none());
        }
        scan
    }

    /// Returns whether keys were typed that may become a scan: it ends when nothing more is typed
    /// for a moment.
    pub const fn is_under_way(&self) -> bool {
        !self.burst.is_empty()
    }

    /// Returns whether the keys come faster than anybody types.
    fn is_fast(&self) -> bool {
        self.burst.took() <= MEAN_GAP * self.burst.typed().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    fn stroke<'a>(event: &'a &'static str) -> Option<Stroke<'a>> {
        match *event {
            "pointer" => None,
            "enter" => Some(Stroke::Enter),
            "alt" => Some(Stroke::Lost),
            text => Some(Stroke::Text(text)),
        }
    }

    fn whole(text: &str) -> Scan {
        Scan::Whole(text.as_bytes().to_vec())
    }

    fn frame(wedge: &mut Wedge, events: &[&'static str], at: u64) -> (Option<Scan>, usize) {
        let mut events = events.to_vec();
        let scan = wedge.swallow(&mut events, stroke, ms(at));
        (scan, events.len())
    }

    /// Types `text`, one key each `gap`, then Enter; returns the scan that ends a moment later.
    fn type_at(gap: u64, text: &'static str) -> Option<Scan> {
        let mut wedge = Wedge::default();
        let mut at = 1_000;
        for key in text.split("").filter(|key| !key.is_empty()) {
            assert_eq!(frame(&mut wedge, &[key], at).0, None);
            at += gap;
        }
        assert_eq!(frame(&mut wedge, &["enter"], at).0, None);
        let told = frame(&mut wedge, &[], at + 120).0;
        assert!(!wedge.is_under_way());
        told
    }

    #[test]
    fn a_scanner_is_told_from_a_person_by_its_pace() {
        assert_eq!(type_at(10, "D3PZ85"), Some(whole("D3PZ85")));
        let link = "https://school.example/D3PZ85";
        assert_eq!(type_at(40, link), Some(whole(link)));
        assert_eq!(type_at(0, "D3PZ85"), Some(whole("D3PZ85")));
        assert_eq!(type_at(41, "D3PZ85"), None);
        assert_eq!(type_at(120, "D3PZ85"), None);
        assert_eq!(type_at(5, "D3PZ8"), None);
        assert_eq!(type_at(5, ""), None);
    }

    #[test]
    fn a_key_of_a_person_long_before_is_no_part_of_a_scan() {
        let mut wedge = Wedge::default();
        frame(&mut wedge, &["left over "], 0);
        let keys = ["D", "3", "P", "Z", "8", "5", "enter"];
        frame(&mut wedge, &keys, 5_000);
        assert_eq!(frame(&mut wedge, &[], 5_120).0, Some(whole("D3PZ85")));
    }

    #[test]
    fn a_burst_in_one_frame_leaves_only_what_is_no_key() {
        let mut wedge = Wedge::default();
        let keys = ["pointer", "D", "3", "P", "Z", "8", "5", "enter"];
        assert_eq!(frame(&mut wedge, &keys, 9), (None, 1));
        assert!(wedge.is_under_way());
        assert_eq!(frame(&mut wedge, &["pointer"], 110).1, 1);
        assert!(!wedge.is_under_way());
    }

    #[test]
    fn a_burst_over_two_frames_is_swallowed_in_both() {
        let mut wedge = Wedge::default();
        assert_eq!(frame(&mut wedge, &["a", " ", "b"], 0), (None, 0));
        let second = ["c", "d", "e", "enter"];
        assert_eq!(frame(&mut wedge, &second, 33), (None, 0));
        assert_eq!(frame(&mut wedge, &[], 140).0, Some(whole("a bcde")));
    }

    #[test]
    fn chinese_typed_by_alt_codes_is_told_as_spoilt_and_never_as_its_digits() {
        let mut wedge = Wedge::default();
        let keys = [
            "alt", "2", "alt", "0", "alt", "0", "alt", "1", "alt", "3", "x", "enter",
        ];
        frame(&mut wedge, &keys, 0);
        assert_eq!(frame(&mut wedge, &[], 120).0, Some(Scan::Spoilt));
    }

    #[test]
    fn a_person_at_a_keyboard_keeps_the_keys() {
        let mut wedge = Wedge::default();
        for at in 0..8 {
            assert_eq!(frame(&mut wedge, &["a"], at * 150), (None, 1));
        }
        assert_eq!(frame(&mut wedge, &["enter"], 1_200), (None, 1));
        assert_eq!(frame(&mut wedge, &["alt"], 1_400), (None, 1));
        assert_eq!(frame(&mut wedge, &[], 9_000), (None, 0));
    }
}
