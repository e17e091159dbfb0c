//! A scanner that types like a keyboard, told from a person by its pace: pure, in whatever time it is given.

use std::time::Duration;

use zeroize::Zeroize;

use crate::time::Mono;

/// What one input event means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// Typed text, one character or more.
    Text(&'a str),
    Enter,
    /// A key that comes along with typed text, such as shift or the press behind a character.
    Beside,
}

/// Fewer characters are no code.
const SHORTEST: usize = 6;
/// What a QR symbol can hold at most.
const LONGEST: usize = 7_089;
/// A scanner's mean gap; events of one drawn frame carry one time, so a burst within a frame has none.
const MEAN_GAP: Duration = Duration::from_millis(40);
/// After such a pause a new burst begins.
const PAUSE: Duration = Duration::from_millis(200);

/// The run of characters that may become a code. It may name a person, so it prints nothing and is wiped.
#[derive(Default)]
pub struct Wedge {
    text: String,
    first: Mono,
    last: Mono,
}

impl Wedge {
    /// One key; the text of a burst when its Enter comes.
    pub fn key(&mut self, key: Key<'_>, at: Mono) -> Option<Vec<u8>> {
        if at.since(self.last) > PAUSE {
            self.forget();
        }
        match key {
            Key::Text(text) => {
                if self.text.is_empty() {
                    self.first = at;
                }
                self.last = at;
                if self.text.len() + text.len() <= LONGEST {
                    self.text.push_str(text);
                }
                None
            }
            Key::Enter => {
                let burst = self.is_burst() && self.text.chars().count() >= SHORTEST;
                let text = burst.then(|| self.text.clone().into_bytes());
                self.forget();
                text
            }
            Key::Beside => None,
        }
    }

    /// Takes a scanner's keys out of one frame's `events`, so that its spaces and its Enter press no button;
    /// the payload when a burst ends in this frame. `key` says what an event is; `None` for pointers and the like.
    pub fn swallow<E>(
        &mut self,
        events: &mut Vec<E>,
        key: impl for<'a> Fn(&'a E) -> Option<Key<'a>>,
        at: Mono,
    ) -> Option<Vec<u8>> {
        let mut payload = None;
        let mut scanning = false;
        for event in events.iter() {
            if let Some(key) = key(event) {
                payload = self.key(key, at).or(payload);
                scanning |= self.is_burst() && self.text.chars().nth(1).is_some();
            }
        }
        if scanning || payload.is_some() {
            events.retain(|event| key(event).is_none());
        }
        payload
    }

    /// Faster than anybody types.
    fn is_burst(&self) -> bool {
        let gaps = self.text.chars().count().saturating_sub(1) as u32;
        self.last.since(self.first) <= MEAN_GAP * gaps
    }

    fn forget(&mut self) {
        self.text.zeroize();
    }
}

impl Drop for Wedge {
    fn drop(&mut self) {
        self.forget();
    }
}

impl std::fmt::Debug for Wedge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wedge(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    fn key<'a>(event: &'a &'static str) -> Option<Key<'a>> {
        match *event {
            "pointer" => None,
            "enter" => Some(Key::Enter),
            text => Some(Key::Text(text)),
        }
    }

    /// Types `text`, one key each `gap`, then Enter.
    fn type_at(gap: u64, text: &str) -> Option<Vec<u8>> {
        let mut wedge = Wedge::default();
        let mut at = 1_000;
        for c in text.chars() {
            assert_eq!(
                wedge.key(Key::Text(c.encode_utf8(&mut [0; 4])), ms(at)),
                None
            );
            at += gap;
        }
        wedge.key(Key::Enter, ms(at))
    }

    #[test]
    fn a_scanner_is_told_from_a_person_by_its_pace() {
        assert_eq!(type_at(10, "D3PZ85"), Some(b"D3PZ85".to_vec()));
        assert_eq!(
            type_at(40, "https://school.example/D3PZ85"),
            Some(b"https://school.example/D3PZ85".to_vec())
        );
        assert_eq!(type_at(0, "D3PZ85"), Some(b"D3PZ85".to_vec()));
        assert_eq!(type_at(41, "D3PZ85"), None);
        assert_eq!(type_at(120, "D3PZ85"), None);
        assert_eq!(type_at(5, "D3PZ8"), None);
        assert_eq!(type_at(5, ""), None);
    }

    #[test]
    fn a_pause_begins_anew() {
        let mut wedge = Wedge::default();
        wedge.key(Key::Text("left over "), ms(0));
        wedge.key(Key::Text("D3PZ85"), ms(5_000));
        assert_eq!(wedge.key(Key::Enter, ms(5_001)), Some(b"D3PZ85".to_vec()));
    }

    #[test]
    fn a_burst_in_one_frame_leaves_only_what_is_no_key() {
        let mut wedge = Wedge::default();
        let mut events: Vec<&str> = vec!["pointer", "D", "3", "P", "Z", "8", "5", "enter"];
        assert_eq!(
            wedge.swallow(&mut events, key, ms(9)),
            Some(b"D3PZ85".to_vec())
        );
        assert_eq!(events, ["pointer"]);
    }

    #[test]
    fn a_burst_over_two_frames_is_swallowed_in_both() {
        let mut wedge = Wedge::default();
        let mut first = vec!["a", " ", "b"];
        assert_eq!(wedge.swallow(&mut first, key, ms(0)), None);
        assert!(first.is_empty());
        let mut second = vec!["c", "d", "e", "enter"];
        assert_eq!(
            wedge.swallow(&mut second, key, ms(33)),
            Some(b"a bcde".to_vec())
        );
        assert!(second.is_empty());
    }

    #[test]
    fn a_person_at_a_keyboard_keeps_the_keys() {
        let mut wedge = Wedge::default();
        for at in 0..5 {
            let mut events = vec!["a"];
            assert_eq!(wedge.swallow(&mut events, key, ms(at * 150)), None);
            assert_eq!(events, ["a"]);
        }
        let mut enter = vec!["enter"];
        assert_eq!(wedge.swallow(&mut enter, key, ms(800)), None);
        assert_eq!(enter, ["enter"]);
    }

    #[test]
    fn it_prints_nothing_of_what_was_typed() {
        let mut wedge = Wedge::default();
        wedge.key(Key::Text("secret"), ms(0));
        assert_eq!(format!("{wedge:?}"), "Wedge(..)");
    }
}
