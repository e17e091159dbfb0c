//! The keys of one scan: its characters, how it ends, and what shows that some are missing.
//!
//! A scanner that types like a keyboard cannot report that a character got lost. So a scan counts
//! only as a whole: an unknown key, a stall or a missing end spoils all of it, and a shortened code
//! is never passed on.

use std::time::Duration;

use zeroize::Zeroize;

use crate::time::Mono;

/// The meaning of one key press to a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke<'a> {
    /// Typed text, one character or more.
    Text(&'a str),
    /// Enter or Ctrl+M. The scan ends here unless more follows at once: payloads may have several
    /// lines.
    Enter,
    /// The same where a scanner is set to end with Tab.
    Tab,
    /// A key that types nothing. Some scanners are set to send one before or after a code; within a
    /// code it means that something is missing.
    Silent,
    /// A key for an unknown character.
    Lost,
    /// Accompanies text: shift, the press behind a character, a release.
    Beside,
}

/// How a scan ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Scan {
    Whole(Vec<u8>),
    /// Part of it is missing.
    Spoilt,
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole(..)",
            Self::Spoilt => "Spoilt",
        })
    }
}

/// The longest content of a QR symbol.
const LONGEST: usize = 7_089;
/// A scan has ended if nothing follows its Enter or Tab for this long: no scanner types more
/// slowly.
pub const AFTER_END: Duration = Duration::from_millis(100);
/// Within a code no scanner pauses this long unless it lost something.
const STALL: Duration = Duration::from_millis(200);
/// A scan without further keys for this long was broken off, or its scanner ends with neither Enter
/// nor Tab.
const BROKEN_OFF: Duration = Duration::from_secs(1);

/// The keys since the last scan. They may name a person, so it prints nothing and is wiped.
#[derive(Default)]
pub struct Burst {
    text: String,
    is_spoilt: bool,
    /// Characters, including lost ones.
    typed: u32,
    first_typed: Mono,
    last_typed: Mono,
    last: Mono,
}

impl Burst {
    /// Takes one key. Ask for [`ended`](Self::ended) first.
    pub fn stroke(&mut self, stroke: Stroke<'_>, at: Mono) {
        let has_no_part = match stroke {
            Stroke::Beside => true,
            Stroke::Silent => self.is_empty() || self.has_end(),
            Stroke::Enter | Stroke::Tab => self.is_empty(),
            Stroke::Text(_) | Stroke::Lost => false,
        };
        if has_no_part {
            return;
        }
        self.is_spoilt |= !self.is_empty() && at.since(self.last) > STALL;
        match stroke {
            Stroke::Text(text) => self.push(text, at),
            Stroke::Enter => self.text.push('\n'),
            Stroke::Tab => self.text.push('\t'),
            Stroke::Lost => {
                self.is_spoilt = true;
                self.count(1, at);
            }
            Stroke::Silent => self.is_spoilt = true,
            Stroke::Beside => {}
        }
        self.last = at;
    }

    /// Returns the scan that has ended by now, if one has.
    pub fn ended(&mut self, now: Mono) -> Option<Scan> {
        let quiet = now.since(self.last);
        let is_over = self.has_end() && quiet > AFTER_END || !self.is_empty() && quiet > BROKEN_OFF;
        is_over.then(|| self.take())
    }

    pub const fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.is_spoilt
    }

    /// Returns how many characters were typed so far.
    pub const fn typed(&self) -> u32 {
        self.typed
    }

    /// Returns the time from the first character to the last.
    pub const fn took(&self) -> Duration {
        self.last_typed.since(self.first_typed)
    }

    fn push(&mut self, text: &str, at: Mono) {
        self.count(text.chars().count() as u32, at);
        if self.text.len() + text.len() > LONGEST {
            self.is_spoilt = true;
            return;
        }
        self.text.push_str(text);
    }

    fn count(&mut self, characters: u32, at: Mono) {
        if self.typed == 0 {
            self.first_typed = at;
        }
        self.last_typed = at;
        self.typed = self.typed.saturating_add(characters);
    }

    fn has_end(&self) -> bool {
        self.text.ends_with(['\n', '\t'])
    }

    fn take(&mut self) -> Scan {
        let payload = self.text.trim_end_matches(['\n', '\t']);
        let is_whole = !self.is_spoilt && self.has_end() && !has_symbology(payload);
        let scan = if is_whole {
            Scan::Whole(payload.as_bytes().to_vec())
        } else {
            Scan::Spoilt
        };
        self.text.zeroize();
        *self = Self::default();
        scan
    }
}

/// Returns whether a scanner put the symbology identifier before the code (`]Q1`): the code itself
/// is uncertain then.
fn has_symbology(payload: &str) -> bool {
    matches!(
        payload.as_bytes(),
        [b']', kind, modifier, ..] if kind.is_ascii_alphabetic() && modifier.is_ascii_digit()
    )
}

impl Drop for Burst {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl std::fmt::Debug for Burst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Burst(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Stroke::{Beside, Enter, Lost, Silent, Tab, Text},
        *,
    };

    const fn ms(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    /// Returns the scans of keys at their times, in the order they end; polled every 20 ms as in a
    /// booth.
    fn scans(keys: &[(u64, Stroke<'_>)]) -> Vec<Scan> {
        let (mut burst, mut scans) = (Burst::default(), vec![]);
        let last = keys.last().map_or(0, |(at, _)| at + 2_000);
        for now in (0..=last).step_by(20) {
            scans.extend(burst.ended(ms(now)));
            let due = keys.iter().filter(|(at, _)| (now..now + 20).contains(at));
            due.for_each(|(at, stroke)| burst.stroke(*stroke, ms(*at)));
        }
        assert!(burst.is_empty());
        scans
    }

    fn whole(payload: &str) -> Scan {
        Scan::Whole(payload.as_bytes().to_vec())
    }

    #[test]
    fn a_scan_ends_with_enter_or_with_tab_or_with_both() {
        for ends in [[Enter, Beside], [Tab, Beside], [Tab, Enter], [Enter, Enter]] {
            let [one, two] = ends;
            let keys = [(0, Text("D3P")), (5, Text("Z85")), (10, one), (15, two)];
            assert_eq!(scans(&keys), [whole("D3PZ85")], "{ends:?}");
        }
        assert_eq!(scans(&[(0, Enter), (5, Tab), (9, Silent)]), []);
    }

    #[test]
    fn two_scans_with_tab_as_their_end_are_two_codes() {
        let keys = [
            (0, Text("D3PZ85")),
            (9, Tab),
            (900, Text("377hhj")),
            (909, Tab),
        ];
        assert_eq!(scans(&keys), [whole("D3PZ85"), whole("377hhj")]);
    }

    #[test]
    fn a_payload_of_several_lines_is_one_code() {
        let keys = [
            (0, Text("BEGIN:VCARD")),
            (20, Enter),
            (40, Text("VERSION:3.0")),
            (60, Enter),
        ];
        assert_eq!(scans(&keys), [whole("BEGIN:VCARD\nVERSION:3.0")]);
    }

    #[test]
    fn a_scan_that_was_broken_off_before_a_whole_one_is_no_part_of_it() {
        let rest = [(1_500, Text("opaque code")), (1_510, Enter)];
        let broken = [&[(0, Text("opaq"))], rest.as_slice()].concat();
        assert_eq!(scans(&broken), [Scan::Spoilt, whole("opaque code")]);
        // This could be the rest of a code or all of another one.
        let stalled = [(0, Text("opaq")), (400, Text("ue code")), (410, Enter)];
        assert_eq!(scans(&stalled), [Scan::Spoilt]);
    }

    #[test]
    fn a_key_that_is_not_known_spoils_the_scan_wherever_it_stands() {
        for at in 0..3 {
            let mut keys = vec![(3, Text("opaque")), (6, Text(" code")), (9, Enter)];
            keys.insert(at, (3 * at as u64, Lost));
            assert_eq!(scans(&keys), [Scan::Spoilt], "{at}");
        }
    }

    #[test]
    fn a_control_prefix_does_no_harm_and_within_the_code_it_spoils_the_scan() {
        let around = [(0, Silent), (5, Text("D3PZ85")), (9, Enter), (12, Silent)];
        assert_eq!(scans(&around), [whole("D3PZ85")]);
        let within = [(0, Text("D3P")), (5, Silent), (9, Text("Z85")), (12, Enter)];
        assert_eq!(scans(&within), [Scan::Spoilt]);
    }

    #[test]
    fn the_kind_of_symbol_before_a_code_spoils_the_scan() {
        assert_eq!(scans(&[(0, Text("]Q1D3PZ85")), (9, Enter)]), [Scan::Spoilt]);
        let bracket = scans(&[(0, Text("]opaque code")), (9, Enter)]);
        assert_eq!(bracket, [whole("]opaque code")]);
    }

    #[test]
    fn a_scanner_without_an_end_and_a_code_that_is_too_long_give_no_code() {
        assert_eq!(scans(&[(0, Text("D3PZ85"))]), [Scan::Spoilt]);
        let most = "7".repeat(LONGEST);
        assert_eq!(scans(&[(0, Text(&most)), (5, Enter)]), [whole(&most)]);
        let keys = [(0, Text(most.as_str())), (5, Text("7")), (9, Enter)];
        assert_eq!(scans(&keys), [Scan::Spoilt]);
    }

    #[test]
    fn nothing_prints_what_was_typed() {
        let mut burst = Burst::default();
        burst.stroke(Text("secret"), ms(0));
        assert_eq!(
            format!("{burst:?} {:?}", whole("secret")),
            "Burst(..) Whole(..)"
        );
    }
}
