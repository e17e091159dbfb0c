//! What to do about a camera that comes, goes, hangs and lies: pure, in simulated time.
//!
//! The shell performs the effects and reports what happened; a [`Event::Tick`] at least every 100 ms keeps the deadlines.

use std::time::Duration;

use super::devices::Device;
use crate::{booth::CameraState, time::Mono};

/// Without a whole picture for so long, a camera hangs.
pub const FRAME_DEADLINE: Duration = Duration::from_secs(2);
/// The first picture may take longer: format, focus and exposure settle first.
pub const OPENING_DEADLINE: Duration = Duration::from_secs(6);
/// How often an absent camera is looked for.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(250);
const SHORTEST_BACK_OFF: Duration = Duration::from_millis(250);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(2);
/// The first pictures after opening are dark, green or left over.
pub const DROPPED_PICTURES: u64 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The answer to [`Effect::Look`].
    Looked(Option<Device>),
    /// A whole picture has arrived and was decoded.
    Picture,
    /// A picture has arrived that is none; the next may be better.
    BadPicture,
    /// The worker says why the camera cannot be used.
    Refused(String),
    /// The worker ended, could not be started or broke the protocol.
    Lost,
    Tick,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Look for the wanted camera now and answer with [`Event::Looked`].
    Look,
    /// Start a worker for this camera.
    Start(Device),
    /// Kill the worker, whatever it does.
    End,
    /// The picture of this event is fit to be shown, under this number.
    Publish {
        number: u64,
    },
    Show(CameraState),
}

#[derive(Debug)]
pub struct Supervisor {
    state: State,
    shown: CameraState,
    back_off: Duration,
}

#[derive(Debug)]
enum State {
    /// No worker. The camera is looked for at `at`.
    Away {
        at: Mono,
    },
    Looking,
    /// A worker runs; `sign` is its start or its last whole picture.
    Working {
        sign: Mono,
        pictures: u64,
    },
}

impl Supervisor {
    pub fn new(now: Mono) -> Self {
        Self {
            state: State::Away { at: now },
            shown: CameraState::default(),
            back_off: SHORTEST_BACK_OFF,
        }
    }

    pub fn apply(&mut self, event: Event, now: Mono) -> Vec<Effect> {
        match (&mut self.state, event) {
            (State::Away { at }, Event::Tick) if now >= *at => {
                self.state = State::Looking;
                vec![Effect::Look]
            }
            (State::Looking, Event::Looked(None)) => {
                self.state = State::Away {
                    at: now.plus(LOOK_INTERVAL),
                };
                self.show(CameraState::Absent)
            }
            (State::Looking, Event::Looked(Some(device))) => self.start(device, now),
            (State::Working { sign, pictures }, Event::Picture) => {
                *sign = now;
                *pictures += 1;
                let number = pictures.saturating_sub(DROPPED_PICTURES);
                if number == 0 {
                    vec![]
                } else {
                    self.publish(number)
                }
            }
            (State::Working { sign, pictures }, Event::Tick | Event::BadPicture) => {
                let deadline = if *pictures == 0 {
                    OPENING_DEADLINE
                } else {
                    FRAME_DEADLINE
                };
                if now.since(*sign) < deadline {
                    return vec![];
                }
                self.give_up(CameraState::Stalled, now)
            }
            (State::Working { .. }, Event::Refused(reason)) => {
                self.give_up(CameraState::Refused(reason), now)
            }
            (State::Working { .. }, Event::Lost) => {
                // A worker that cannot even start says nothing new about the camera.
                let state = match &self.shown {
                    CameraState::Refused(reason) => CameraState::Refused(reason.clone()),
                    CameraState::Absent
                    | CameraState::Opening
                    | CameraState::Streaming
                    | CameraState::Stalled => CameraState::Stalled,
                };
                self.give_up(state, now)
            }
            // Late answers of a worker that was already given up.
            (
                State::Away { .. } | State::Looking | State::Working { .. },
                Event::Looked(_)
                | Event::Picture
                | Event::BadPicture
                | Event::Refused(_)
                | Event::Lost
                | Event::Tick,
            ) => vec![],
        }
    }

    /// While a camera is in trouble, staff go on reading what the trouble is until it streams.
    fn start(&mut self, device: Device, now: Mono) -> Vec<Effect> {
        self.state = State::Working {
            sign: now,
            pictures: 0,
        };
        let mut effects = match self.shown {
            CameraState::Absent | CameraState::Opening | CameraState::Streaming => {
                self.show(CameraState::Opening)
            }
            CameraState::Stalled | CameraState::Refused(_) => vec![],
        };
        effects.push(Effect::Start(device));
        effects
    }

    fn publish(&mut self, number: u64) -> Vec<Effect> {
        self.back_off = SHORTEST_BACK_OFF;
        let mut effects = vec![Effect::Publish { number }];
        effects.extend(self.show(CameraState::Streaming));
        effects
    }

    fn give_up(&mut self, state: CameraState, now: Mono) -> Vec<Effect> {
        self.state = State::Away {
            at: now.plus(self.back_off),
        };
        self.back_off = (self.back_off * 2).min(LONGEST_BACK_OFF);
        let mut effects = vec![Effect::End];
        effects.extend(self.show(state));
        effects
    }

    fn show(&mut self, state: CameraState) -> Vec<Effect> {
        if self.shown == state {
            return vec![];
        }
        self.shown = state.clone();
        vec![Effect::Show(state)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A supervisor and the time, moved by hand.
    struct Story {
        supervisor: Supervisor,
        now: Mono,
    }

    fn camera(node: u32) -> Device {
        Device {
            node,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: "0825".into(),
            serial: None,
        }
    }

    impl Story {
        fn begin() -> Self {
            let now = Mono::default();
            Self {
                supervisor: Supervisor::new(now),
                now,
            }
        }

        fn after(&mut self, wait: Duration, event: Event) -> Vec<Effect> {
            self.now = self.now.plus(wait);
            self.supervisor.apply(event, self.now)
        }

        fn at_once(&mut self, event: Event) -> Vec<Effect> {
            self.after(Duration::ZERO, event)
        }

        fn streaming() -> Self {
            let mut story = Self::begin();
            assert_eq!(story.at_once(Event::Tick), [Effect::Look]);
            story.at_once(Event::Looked(Some(camera(0))));
            for _ in 0..=DROPPED_PICTURES {
                story.at_once(Event::Picture);
            }
            story
        }
    }

    #[test]
    fn a_camera_is_looked_for_opened_and_its_first_pictures_are_dropped() {
        let mut story = Story::begin();
        assert_eq!(story.at_once(Event::Tick), [Effect::Look]);
        assert_eq!(
            story.at_once(Event::Looked(Some(camera(4)))),
            [Effect::Show(CameraState::Opening), Effect::Start(camera(4))]
        );
        for _ in 0..DROPPED_PICTURES {
            assert_eq!(story.at_once(Event::Picture), []);
        }
        assert_eq!(
            story.at_once(Event::Picture),
            [
                Effect::Publish { number: 1 },
                Effect::Show(CameraState::Streaming)
            ]
        );
        assert_eq!(
            story.at_once(Event::Picture),
            [Effect::Publish { number: 2 }]
        );
    }

    #[test]
    fn a_camera_that_stays_but_sends_nothing_is_restarted_after_two_seconds() {
        let mut story = Story::streaming();
        assert_eq!(story.after(Duration::from_millis(1_999), Event::Tick), []);
        assert_eq!(
            story.after(Duration::from_millis(1), Event::Tick),
            [Effect::End, Effect::Show(CameraState::Stalled)]
        );
        assert_eq!(story.after(SHORTEST_BACK_OFF, Event::Tick), [Effect::Look]);
    }

    #[test]
    fn half_pictures_do_not_count_as_a_sign_of_life() {
        let mut story = Story::streaming();
        assert_eq!(story.after(Duration::from_secs(1), Event::BadPicture), []);
        assert_eq!(
            story.after(Duration::from_secs(1), Event::BadPicture),
            [Effect::End, Effect::Show(CameraState::Stalled)]
        );
    }

    #[test]
    fn an_unplugged_camera_is_absent_and_comes_back_under_another_node() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        assert_eq!(story.after(SHORTEST_BACK_OFF, Event::Tick), [Effect::Look]);
        assert_eq!(
            story.at_once(Event::Looked(None)),
            [Effect::Show(CameraState::Absent)]
        );
        for _ in 0..1_000 {
            assert_eq!(story.after(LOOK_INTERVAL, Event::Tick), [Effect::Look]);
            assert_eq!(story.at_once(Event::Looked(None)), []);
        }
        story.after(LOOK_INTERVAL, Event::Tick);
        assert_eq!(
            story.at_once(Event::Looked(Some(camera(2)))),
            [Effect::Show(CameraState::Opening), Effect::Start(camera(2))]
        );
        for _ in 0..DROPPED_PICTURES {
            story.at_once(Event::Picture);
        }
        assert_eq!(
            story.at_once(Event::Picture),
            [
                Effect::Publish { number: 1 },
                Effect::Show(CameraState::Streaming)
            ]
        );
    }

    #[test]
    fn a_camera_that_always_fails_is_tried_for_ever_but_not_in_haste() {
        let mut story = Story::begin();
        let mut waits = Vec::new();
        for _ in 0..200 {
            let mut wait = Duration::ZERO;
            while story.at_once(Event::Tick) != [Effect::Look] {
                wait += Duration::from_millis(50);
                story.now = story.now.plus(Duration::from_millis(50));
            }
            waits.push(wait.as_millis());
            story.at_once(Event::Looked(Some(camera(0))));
            story.at_once(Event::Lost);
        }
        assert_eq!(waits[..6], [0, 250, 500, 1_000, 2_000, 2_000]);
        assert_eq!(waits.last(), Some(&2_000));
    }

    #[test]
    fn the_reason_of_a_refusal_stays_readable_until_it_streams() {
        let mut story = Story::begin();
        story.at_once(Event::Tick);
        story.at_once(Event::Looked(Some(camera(0))));
        assert_eq!(
            story.at_once(Event::Refused("in use".into())),
            [
                Effect::End,
                Effect::Show(CameraState::Refused("in use".into()))
            ]
        );
        story.after(LONGEST_BACK_OFF, Event::Tick);
        assert_eq!(
            story.at_once(Event::Looked(Some(camera(0)))),
            [Effect::Start(camera(0))]
        );
    }

    #[test]
    fn a_late_word_of_a_worker_that_was_given_up_changes_nothing() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        for late in [
            Event::Picture,
            Event::Lost,
            Event::Refused("x".into()),
            Event::Looked(None),
        ] {
            assert_eq!(story.at_once(late), []);
        }
    }
}
