//! A scanner as an input device, grabbed so that its keys go nowhere else. The better way: no
//! window, no focus, no guessing.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "evdev is a part of Linux. Another system grabs a scanner in another way: docs/decisions/0027-nokhwa-at-the-seam.md"
);

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use evdev::{EventSummary, KeyCode, SynchronizationCode, raw_stream::RawDevice};
use rustix::fs::OFlags;

use super::burst::{Burst, Scan, Stroke};
use crate::time::Mono;

/// How long the scanner may ignore `stop`, and the longest wait for a code.
const STEP: Duration = Duration::from_millis(20);
/// How often to look for an absent scanner.
const AGAIN: Duration = Duration::from_secs(1);

/// Reads the scanner at `device` (best a link below `/dev/input/by-id`) until stopped; waits for a
/// missing one.
///
/// `tell` receives each scan and returns whether anybody still listens.
pub fn run(
    device: &Path,
    tell: &dyn Fn(Scan) -> bool,
    clock: &dyn Fn() -> Mono,
    stop: &AtomicBool,
) {
    let stopped = || stop.load(Ordering::Relaxed);
    let mut told = false;
    while !stopped() {
        match open(device) {
            Ok(mut scanner) => {
                tracing::info!("the scanner is there");
                told = false;
                read(&mut scanner, tell, clock, &stopped);
            }
            Err(why) if !told => {
                tracing::warn!(%why, "the scanner cannot be opened; waiting for it");
                told = true;
            }
            Err(_same_as_before) => {}
        }
        let mut waited = Duration::ZERO;
        while waited < AGAIN && !stopped() {
            std::thread::park_timeout(STEP);
            waited += STEP;
        }
    }
}

/// Opens the raw device: the synchronising reader repairs the state of the keys, and so hides that
/// some were lost.
fn open(path: &Path) -> std::io::Result<RawDevice> {
    let mut device = RawDevice::open(path)?;
    device.grab()?;
    let flags = rustix::fs::fcntl_getfl(&device)?;
    rustix::fs::fcntl_setfl(&device, flags | OFlags::NONBLOCK)?;
    Ok(device)
}

/// Reads until the scanner is unplugged or the reader is stopped.
fn read(
    scanner: &mut RawDevice,
    tell: &dyn Fn(Scan) -> bool,
    clock: &dyn Fn() -> Mono,
    stopped: &dyn Fn() -> bool,
) {
    let mut stream = Stream::default();
    while !stopped() {
        let now = clock();
        let mut scans: Vec<Scan> = stream.ended(now).into_iter().collect();
        match scanner.fetch_events() {
            Ok(events) => scans
                .extend(events.filter_map(|event| {
                    stream.event(&event.destructure(), event.timestamp(), now)
                })),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::park_timeout(STEP);
            }
            Err(why) => {
                tracing::warn!(%why, "the scanner is gone");
                return;
            }
        }
        for scan in scans {
            if scan == Scan::Spoilt {
                tracing::warn!(
                    "the scanner did not type a whole code; see docs/operations/scanner.md"
                );
            }
            if !tell(scan) {
                return;
            }
        }
    }
}

/// The events of one scanner, by the kernel's times. A reader that was delayed gets the codes of
/// two people at once: only those times show the pause between them.
#[derive(Default)]
struct Stream {
    keys: Keys,
    stamp: Option<SystemTime>,
    /// Time of the newest event. Only differences count, as the kernel's clock may be set.
    at: Mono,
    read_at: Mono,
}

impl Stream {
    /// Takes one event that is read at `now`. Returns the scan that ended before it.
    fn event(&mut self, event: &EventSummary, stamp: SystemTime, now: Mono) -> Option<Scan> {
        let before = self.stamp.replace(stamp).unwrap_or(stamp);
        let pause = stamp.duration_since(before);
        // A clock that was set back hides the length of the pause.
        if pause.is_err() && !self.keys.burst.is_empty() {
            self.keys.lost(self.at);
        }
        self.at = self.at.plus(pause.unwrap_or_default());
        self.read_at = now;

        let over = self.keys.burst.ended(self.at);
        if let EventSummary::Key(_, key, value) = *event {
            self.keys.key(key, value, self.at);
        } else if let EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) = *event
        {
            self.keys.lost(self.at);
        }
        over
    }

    /// Returns the scan that has ended by `now`, if nothing more came.
    fn ended(&mut self, now: Mono) -> Option<Scan> {
        let quiet = now.since(self.read_at);
        self.keys.burst.ended(self.at.plus(quiet))
    }
}

/// The keys of a scanner in the US layout, which scanners ship with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "two keys that may be held at once"
)]
#[derive(Default)]
struct Keys {
    burst: Burst,
    shift: bool,
    ctrl: bool,
    /// The number typed on the keypad while Alt is held.
    alt: Option<u32>,
}

impl Keys {
    /// Handles dropped events: which keys are held is unknown then, too.
    fn lost(&mut self, at: Mono) {
        (self.shift, self.ctrl, self.alt) = (false, false, None);
        self.burst.stroke(Stroke::Lost, at);
    }

    /// Takes a key; `value` is 0 for released, 1 for pressed, 2 for repeated.
    fn key(&mut self, key: KeyCode, value: i32, at: Mono) {
        const RELEASED: i32 = 0;
        const PRESSED: i32 = 1;
        match key {
            KeyCode::KEY_LEFTSHIFT | KeyCode::KEY_RIGHTSHIFT => self.shift = value != RELEASED,
            KeyCode::KEY_LEFTCTRL | KeyCode::KEY_RIGHTCTRL => self.ctrl = value != RELEASED,
            KeyCode::KEY_LEFTALT if value == PRESSED => self.alt = Some(0),
            KeyCode::KEY_LEFTALT if value == RELEASED => {
                if let Some(number) = self.alt.take() {
                    self.alt_code(number, at);
                }
            }
            _ if value == PRESSED => self.press(key, at),
            _ => {}
        }
    }

    fn press(&mut self, key: KeyCode, at: Mono) {
        if let Some(number) = &mut self.alt
            && let Some(digit) = pad_key(key).filter(u8::is_ascii_digit)
        {
            *number = number
                .saturating_mul(10)
                .saturating_add((digit - b'0').into());
            return;
        }
        let stroke = match key {
            _ if self.alt.is_some() => Stroke::Lost,
            _ if self.ctrl => control(key),
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER => Stroke::Enter,
            KeyCode::KEY_TAB => Stroke::Tab,
            KeyCode::KEY_NUMLOCK => Stroke::Beside,
            _ => {
                let shifted = |(plain, shifted)| if self.shift { shifted } else { plain };
                let typed = pad_key(key).or(us_key(key).map(shifted));
                return self.typed(typed, key, at);
            }
        };
        self.burst.stroke(stroke, at);
    }

    fn typed(&mut self, typed: Option<u8>, key: KeyCode, at: Mono) {
        match typed {
            Some(byte) => self.character(byte.into(), at),
            None if is_silent(key) => self.burst.stroke(Stroke::Silent, at),
            None => self.burst.stroke(Stroke::Lost, at),
        }
    }

    /// Takes a number typed with Alt: only ASCII has the same numbers in every encoding that
    /// scanners know.
    fn alt_code(&mut self, number: u32, at: Mono) {
        match char::from_u32(number) {
            Some('\0') => self.burst.stroke(Stroke::Silent, at),
            Some('\r' | '\n') => self.burst.stroke(Stroke::Enter, at),
            Some('\t') => self.burst.stroke(Stroke::Tab, at),
            Some(character) if matches!(character, ' '..='~') => self.character(character, at),
            _ => self.burst.stroke(Stroke::Lost, at),
        }
    }

    fn character(&mut self, character: char, at: Mono) {
        let mut utf8 = [0; 4];
        let text = character.encode_utf8(&mut utf8);
        self.burst.stroke(Stroke::Text(text), at);
    }
}

/// Returns the meaning of a key while Ctrl is held: some scanners end with Ctrl+M, others begin
/// with Ctrl+B.
const fn control(key: KeyCode) -> Stroke<'static> {
    match key {
        KeyCode::KEY_M | KeyCode::KEY_J | KeyCode::KEY_ENTER => Stroke::Enter,
        KeyCode::KEY_I => Stroke::Tab,
        _ => Stroke::Silent,
    }
}

/// Returns whether a key types nothing in any layout: function keys and Escape.
fn is_silent(key: KeyCode) -> bool {
    let within = |first: KeyCode, last: KeyCode| (first.0..=last.0).contains(&key.0);
    key == KeyCode::KEY_ESC
        || within(KeyCode::KEY_F1, KeyCode::KEY_F10)
        || within(KeyCode::KEY_F11, KeyCode::KEY_F12)
        || within(KeyCode::KEY_F13, KeyCode::KEY_F24)
}

/// Returns what a key of the keypad types: some scanners send all digits there, with or without its
/// lock.
fn pad_key(key: KeyCode) -> Option<u8> {
    const PAD: [(u16, &[u8]); 4] = [
        (KeyCode::KEY_KP7.0, b"789-456+1230."),
        (KeyCode::KEY_KPASTERISK.0, b"*"),
        (KeyCode::KEY_KPSLASH.0, b"/"),
        (KeyCode::KEY_KPEQUAL.0, b"="),
    ];
    PAD.iter().find_map(|(first, typed)| {
        let place = usize::from(key.0.checked_sub(*first)?);
        typed.get(place).copied()
    })
}

/// Returns what a key types without and with shift.
fn us_key(key: KeyCode) -> Option<(u8, u8)> {
    const ROWS: [(u16, &[u8], &[u8]); 4] = [
        (KeyCode::KEY_1.0, b"1234567890-=", b"!@#$%^&*()_+"),
        (KeyCode::KEY_Q.0, b"qwertyuiop[]", b"QWERTYUIOP{}"),
        (KeyCode::KEY_A.0, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
        (KeyCode::KEY_BACKSLASH.0, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    ];
    match key {
        KeyCode::KEY_SPACE => Some((b' ', b' ')),
        KeyCode(code) => ROWS.iter().find_map(|(first, plain, shifted)| {
            let place = usize::from(code.checked_sub(*first)?);
            Some((*plain.get(place)?, *shifted.get(place)?))
        }),
    }
}

#[cfg(test)]
mod tests {
    use evdev::{EventType, InputEvent};

    use super::*;

    const fn ms(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    fn tap(keys: &mut Keys, key: KeyCode) {
        for value in [1, 2, 0] {
            keys.key(key, value, ms(0));
        }
    }

    /// Presses and releases each key, with shift where the text needs it.
    fn type_text(keys: &mut Keys, text: &str) {
        for wanted in text.bytes() {
            let (key, shifted) = (1..128)
                .map(KeyCode)
                .find_map(|key| {
                    let (plain, with_shift) = us_key(key)?;
                    if plain == wanted {
                        Some((key, false))
                    } else {
                        (with_shift == wanted).then_some((key, true))
                    }
                })
                .unwrap();
            if shifted {
                keys.key(KeyCode::KEY_LEFTSHIFT, 1, ms(0));
            }
            tap(keys, key);
            keys.key(KeyCode::KEY_LEFTSHIFT, 0, ms(0));
        }
    }

    fn alt(keys: &mut Keys, number: u32) {
        keys.key(KeyCode::KEY_LEFTALT, 1, ms(0));
        type_on_the_pad(keys, &format!("0{number}"));
        keys.key(KeyCode::KEY_LEFTALT, 0, ms(0));
    }

    fn type_on_the_pad(keys: &mut Keys, text: &str) {
        for wanted in text.bytes() {
            let key = (1..128)
                .map(KeyCode)
                .find(|key| pad_key(*key) == Some(wanted));
            tap(keys, key.unwrap());
        }
    }

    /// Returns the scan that ends a moment after Enter.
    fn told(mut keys: Keys) -> Option<Scan> {
        tap(&mut keys, KeyCode::KEY_ENTER);
        assert_eq!(keys.burst.ended(ms(20)), None);
        keys.burst.ended(ms(120))
    }

    fn whole(text: &str) -> Scan {
        Scan::Whole(text.as_bytes().to_vec())
    }

    #[test]
    fn every_printable_character_is_typed_as_itself() {
        let all: String = (b' '..=b'~').map(char::from).collect();
        let mut keys = Keys::default();
        type_text(&mut keys, &all);
        assert_eq!(told(keys), Some(whole(&all)));
    }

    #[test]
    fn an_enter_alone_is_no_code() {
        assert_eq!(told(Keys::default()), None);
    }

    #[test]
    fn digits_of_the_key_pad_are_digits_with_and_without_its_lock() {
        let mut keys = Keys::default();
        type_text(&mut keys, "a");
        type_on_the_pad(&mut keys, "0123456789");
        tap(&mut keys, KeyCode::KEY_NUMLOCK);
        type_on_the_pad(&mut keys, "+-*/.=7");
        assert_eq!(told(keys), Some(whole("a0123456789+-*/.=7")));
    }

    #[test]
    fn letters_typed_by_alt_codes_are_letters_and_chinese_ones_spoil_the_scan() {
        let mut keys = Keys::default();
        for letter in "D3PZ85".chars() {
            alt(&mut keys, letter.into());
        }
        assert_eq!(told(keys), Some(whole("D3PZ85")));
        // 学 is 20,064 in Unicode and 53,671 in GBK, and a scanner does not say which one it uses.
        for number in [20_064, 53_671, 233, u32::MAX] {
            let mut keys = Keys::default();
            alt(&mut keys, number);
            type_text(&mut keys, "D3PZ85");
            assert_eq!(told(keys), Some(Scan::Spoilt), "{number}");
        }
    }

    #[test]
    fn a_control_prefix_does_no_harm_and_control_m_ends_a_scan() {
        let control = |keys: &mut Keys, key| {
            keys.key(KeyCode::KEY_LEFTCTRL, 1, ms(0));
            tap(keys, key);
            keys.key(KeyCode::KEY_LEFTCTRL, 0, ms(0));
        };
        let mut keys = Keys::default();
        control(&mut keys, KeyCode::KEY_B);
        tap(&mut keys, KeyCode::KEY_F7);
        type_text(&mut keys, "D3PZ85");
        control(&mut keys, KeyCode::KEY_M);
        assert_eq!(keys.burst.ended(ms(120)), Some(whole("D3PZ85")));
        type_text(&mut keys, "D3P");
        control(&mut keys, KeyCode::KEY_B);
        type_text(&mut keys, "Z85");
        assert_eq!(told(keys), Some(Scan::Spoilt));
    }

    #[test]
    fn a_key_of_another_layout_spoils_the_scan_also_as_its_first() {
        for key in [
            KeyCode::KEY_102ND,
            KeyCode::KEY_CAPSLOCK,
            KeyCode::KEY_RIGHTALT,
            KeyCode::KEY_YEN,
            KeyCode::KEY_LEFT,
        ] {
            for before in ["", "D3P"] {
                let mut keys = Keys::default();
                type_text(&mut keys, before);
                tap(&mut keys, key);
                type_text(&mut keys, "Z85");
                assert_eq!(told(keys), Some(Scan::Spoilt), "{key:?}");
            }
        }
    }

    /// Presses and releases `keys` at `seconds` of the kernel's clock, all read at one moment.
    fn reads(stream: &mut Stream, seconds: u64, keys: &[KeyCode]) -> Vec<Scan> {
        let strokes = keys.iter().flat_map(|key| [(key, 1), (key, 0)]);
        let events = strokes.map(|(key, value)| InputEvent::new(EventType::KEY.0, key.0, value));
        takes(stream, seconds, events)
    }

    fn takes(
        stream: &mut Stream,
        seconds: u64,
        events: impl Iterator<Item = InputEvent>,
    ) -> Vec<Scan> {
        let stamp = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let scans = events.filter_map(|event| stream.event(&event.destructure(), stamp, ms(9_000)));
        scans.collect()
    }

    const ANNA: [KeyCode; 4] = [
        KeyCode::KEY_A,
        KeyCode::KEY_N,
        KeyCode::KEY_N,
        KeyCode::KEY_A,
    ];
    const BO: [KeyCode; 3] = [KeyCode::KEY_B, KeyCode::KEY_O, KeyCode::KEY_ENTER];

    #[test]
    fn a_code_whose_enter_was_lost_is_not_joined_to_the_next_person_s_however_late_both_are_read() {
        let mut stream = Stream::default();
        assert_eq!(reads(&mut stream, 10, &ANNA), []);
        assert_eq!(reads(&mut stream, 15, &BO), [Scan::Spoilt]);
        assert_eq!(stream.ended(ms(9_020)), None);
        assert_eq!(stream.ended(ms(9_120)), Some(whole("bo")));
    }

    #[test]
    fn a_clock_that_is_set_joins_nothing_and_ends_every_scan() {
        for second in [0, 500_000] {
            let mut stream = Stream::default();
            reads(&mut stream, 10, &ANNA);
            reads(&mut stream, second, &BO);
            let joined = stream.ended(ms(9_120));
            assert_ne!(joined, Some(whole("annabo")));
            assert!(joined.is_some());
        }
    }

    #[test]
    fn events_that_the_kernel_dropped_spoil_the_scan() {
        let mut stream = Stream::default();
        let dropped = SynchronizationCode::SYN_DROPPED.0;
        let dropped = InputEvent::new(EventType::SYNCHRONIZATION.0, dropped, 0);
        reads(&mut stream, 10, &ANNA);
        takes(&mut stream, 10, std::iter::once(dropped));
        reads(&mut stream, 10, &BO);
        assert_eq!(stream.ended(ms(9_120)), Some(Scan::Spoilt));
    }

    #[test]
    fn a_scanner_that_is_not_there_is_waited_for_until_told_to_stop() {
        let nobody = |_scan| false;
        let stop = AtomicBool::new(true);
        run(Path::new("/nowhere"), &nobody, &Mono::default, &stop);
    }
}
