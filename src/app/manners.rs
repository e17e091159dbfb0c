//! How a kiosk responds to hands and keys: no cursor under a finger, no shortcut, and a screen that
//! rests when nobody comes.

use std::time::Duration;

use crate::{session::State, time::Mono};

/// Untouched for this long, the attract screen is replaced by the screen saver.
pub const SAVER_AFTER: Duration = Duration::from_mins(10);

/// Untouched for this long between visits, the booth counts as left alone.
pub const LEFT_AFTER: Duration = Duration::from_mins(1);

/// The state of touch, mouse and keys, as far as the window has reported it.
#[derive(Debug)]
pub struct Manners {
    pointing: Pointing,
    touched_at: Mono,
}

/// What was last used for pointing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pointing {
    Finger,
    Mouse,
}

impl Manners {
    /// Creates the state of a kiosk, which is touched; a cursor appears once a mouse moves.
    pub const fn new(now: Mono) -> Self {
        Self {
            pointing: Pointing::Finger,
            touched_at: now,
        }
    }

    /// Reads one frame's events and leaves only those that may reach the screens: nothing typed, so
    /// that no key, shortcut or slow scanner presses a button.
    pub fn filter(&mut self, events: &mut Vec<egui::Event>, now: Mono) {
        let touches = |event: &egui::Event| matches!(event, egui::Event::Touch { .. });
        let moves = |event: &egui::Event| {
            matches!(
                event,
                egui::Event::PointerMoved(_) | egui::Event::PointerButton { .. }
            )
        };
        // A touch comes with pointer events of its own.
        if events.iter().any(touches) {
            self.pointing = Pointing::Finger;
            self.touched_at = now;
        } else if events.iter().any(moves) {
            self.pointing = Pointing::Mouse;
            self.touched_at = now;
        }
        events.retain(|event| !is_typed(event));
    }

    pub fn hides_cursor(&self) -> bool {
        self.pointing == Pointing::Finger
    }

    /// Wakes the screen: somebody is there, noticed by other means than the screen.
    pub const fn wake(&mut self, now: Mono) {
        self.touched_at = now;
    }

    /// Returns whether nobody is at the booth, as far as can be seen from the screen.
    pub fn is_left_alone(&self, state: &State, now: Mono) -> bool {
        matches!(state, State::Idle) && now.since(self.touched_at) >= LEFT_AFTER
    }

    /// Returns whether the screen rests, which it does between visits only.
    pub fn rests(&self, state: &State, now: Mono) -> bool {
        matches!(state, State::Idle) && now.since(self.touched_at) >= SAVER_AFTER
    }
}

/// Returns whether an event comes from a keyboard, or from a shortcut that the window system turned
/// into an event.
const fn is_typed(event: &egui::Event) -> bool {
    matches!(
        event,
        egui::Event::Key { .. }
            | egui::Event::Text(_)
            | egui::Event::Ime(_)
            | egui::Event::Copy
            | egui::Event::Cut
            | egui::Event::Paste(_)
            | egui::Event::Zoom(_)
    )
}

#[cfg(test)]
mod tests {
    use egui::{Event, Key, Modifiers, PointerButton, TouchDeviceId, TouchId, TouchPhase, pos2};

    use super::*;
    use crate::booth::Fault;

    fn key(key: Key, modifiers: Modifiers) -> Event {
        Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        }
    }

    fn touch() -> Event {
        Event::Touch {
            device_id: TouchDeviceId(1),
            id: TouchId(1),
            phase: TouchPhase::Start,
            pos: pos2(5.0, 5.0),
            force: None,
        }
    }

    #[test]
    fn nothing_typed_reaches_a_screen_and_everything_touched_does() {
        let mut manners = Manners::new(Mono::default());
        let press = Event::PointerButton {
            pos: pos2(5.0, 5.0),
            button: PointerButton::Primary,
            pressed: true,
            modifiers: Modifiers::NONE,
        };
        let mut events = vec![
            key(Key::Tab, Modifiers::NONE),
            key(Key::Enter, Modifiers::NONE),
            key(Key::Space, Modifiers::NONE),
            key(Key::F11, Modifiers::NONE),
            key(Key::W, Modifiers::CTRL),
            key(Key::F4, Modifiers::ALT),
            Event::Text("7".into()),
            Event::Paste("7".into()),
            Event::Copy,
            Event::Zoom(2.0),
            touch(),
            press.clone(),
        ];
        manners.filter(&mut events, Mono::default());
        assert_eq!(events, [touch(), press]);
    }

    #[test]
    fn a_finger_hides_the_cursor_and_a_mouse_brings_it_back() {
        let mut manners = Manners::new(Mono::default());
        assert!(manners.hides_cursor());
        let moved = Event::PointerMoved(pos2(1.0, 1.0));
        manners.filter(&mut vec![moved.clone()], Mono::default());
        assert!(!manners.hides_cursor());
        manners.filter(&mut vec![touch(), moved], Mono::default());
        assert!(manners.hides_cursor());
    }

    #[test]
    fn the_screen_rests_between_visits_only_and_any_touch_wakes_it() {
        let mut manners = Manners::new(Mono::default());
        let late = Mono::from_start(SAVER_AFTER);
        assert!(!manners.rests(&State::Idle, Mono::default()));
        assert!(manners.rests(&State::Idle, late));
        assert!(
            !manners.rests(&State::Blocked(Fault::Camera), late),
            "why it is closed stays to be read"
        );
        manners.filter(&mut vec![touch()], late);
        assert!(!manners.rests(&State::Idle, late));
    }
}
