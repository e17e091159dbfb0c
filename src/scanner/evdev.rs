//! A scanner as an input device, grabbed so that its keys go nowhere else. The better way: no window, no focus, no guess.

use std::{
    path::Path,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    time::Duration,
};

use evdev::{Device, EventSummary, KeyCode};
use zeroize::Zeroize;

use crate::code::Reading;

/// How long the scanner stays deaf to `stop`, and a code waits at most.
const STEP: Duration = Duration::from_millis(20);
/// How often an absent scanner is looked for.
const AGAIN: Duration = Duration::from_secs(1);
/// What a QR symbol can hold at most.
const LONGEST: usize = 7_089;

/// Reads the scanner at `device` (best a link below `/dev/input/by-id`) until told to stop; a missing one is waited for.
pub fn run(device: &Path, readings: &SyncSender<Reading>, stop: &AtomicBool) {
    let stopped = || stop.load(Ordering::Relaxed);
    let mut told = false;
    while !stopped() {
        match open(device) {
            Ok(mut scanner) => {
                tracing::info!("the scanner is there");
                told = false;
                read(&mut scanner, readings, &stopped);
            }
            Err(why) if !told => {
                tracing::warn!(%why, "the scanner cannot be opened; it is waited for");
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

fn open(path: &Path) -> std::io::Result<Device> {
    let mut device = Device::open(path)?;
    device.grab()?;
    device.set_nonblocking(true)?;
    Ok(device)
}

/// Until the scanner is unplugged or told to stop.
fn read(scanner: &mut Device, readings: &SyncSender<Reading>, stopped: &dyn Fn() -> bool) {
    let mut typed = Typed::default();
    while !stopped() {
        match scanner.fetch_events() {
            Ok(events) => {
                for event in events {
                    if let EventSummary::Key(_, key, value) = event.destructure()
                        && let Some(bytes) = typed.key(key, value)
                        && readings.send(Reading { bytes, card: None }).is_err()
                    {
                        return;
                    }
                }
            }
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::park_timeout(STEP);
            }
            Err(why) => {
                tracing::warn!(%why, "the scanner is gone");
                return;
            }
        }
    }
}

/// The characters since the last Enter, by the US layout that scanners come with. Wiped when dropped.
#[derive(Default)]
struct Typed {
    bytes: Vec<u8>,
    shift: bool,
}

impl Typed {
    /// `value` is 0 for released, 1 for pressed, 2 for repeated. The payload when Enter is pressed.
    fn key(&mut self, key: KeyCode, value: i32) -> Option<Vec<u8>> {
        const RELEASED: i32 = 0;
        const PRESSED: i32 = 1;
        match key {
            KeyCode::KEY_LEFTSHIFT | KeyCode::KEY_RIGHTSHIFT => self.shift = value != RELEASED,
            KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER if value == PRESSED => {
                return Some(std::mem::take(&mut self.bytes)).filter(|bytes| !bytes.is_empty());
            }
            _ if value == PRESSED && self.bytes.len() < LONGEST => {
                let typed =
                    us_key(key).map(|(plain, shifted)| if self.shift { shifted } else { plain });
                self.bytes.extend(typed);
            }
            _ => {}
        }
        None
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// What a key types without and with shift.
fn us_key(key: KeyCode) -> Option<(u8, u8)> {
    const ROWS: [(u16, &[u8], &[u8]); 4] = [
        (KeyCode::KEY_1.0, b"1234567890-=", b"!@#$%^&*()_+"),
        (KeyCode::KEY_Q.0, b"qwertyuiop[]", b"QWERTYUIOP{}"),
        (KeyCode::KEY_A.0, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
        (KeyCode::KEY_BACKSLASH.0, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
    ];
    match key {
        KeyCode::KEY_SPACE => Some((b' ', b' ')),
        KeyCode::KEY_TAB => Some((b'\t', b'\t')),
        KeyCode(code) => ROWS.iter().find_map(|(first, plain, shifted)| {
            let place = usize::from(code.checked_sub(*first)?);
            Some((*plain.get(place)?, *shifted.get(place)?))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses and releases each key, with shift where the text needs it.
    fn typed(text: &str) -> Option<Vec<u8>> {
        let mut typed = Typed::default();
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
                typed.key(KeyCode::KEY_LEFTSHIFT, 1);
            }
            assert_eq!(typed.key(key, 1), None);
            assert_eq!(typed.key(key, 2), None);
            assert_eq!(typed.key(key, 0), None);
            typed.key(KeyCode::KEY_LEFTSHIFT, 0);
        }
        typed.key(KeyCode::KEY_ENTER, 1)
    }

    #[test]
    fn every_printable_character_is_typed_as_itself() {
        let all: String = (b' '..=b'~').map(char::from).collect();
        assert_eq!(typed(&all), Some(all.into_bytes()));
    }

    #[test]
    fn an_enter_alone_is_no_code() {
        assert_eq!(typed(""), None);
    }

    #[test]
    fn the_next_code_does_not_begin_with_the_last() {
        let mut typed = Typed::default();
        typed.key(KeyCode::KEY_A, 1);
        assert_eq!(typed.key(KeyCode::KEY_ENTER, 1), Some(b"a".to_vec()));
        typed.key(KeyCode::KEY_B, 1);
        assert_eq!(typed.key(KeyCode::KEY_ENTER, 1), Some(b"b".to_vec()));
    }

    #[test]
    fn a_scanner_that_is_not_there_is_waited_for_until_told_to_stop() {
        let (readings, _nobody) = std::sync::mpsc::sync_channel(1);
        run(Path::new("/nowhere"), &readings, &AtomicBool::new(true));
    }
}
