//! Decides what to do about a camera that comes, goes, hangs and lies: pure, in simulated time.
//!
//! The shell performs the effects and reports what happened; a [`Event::Tick`] at least every 100
//! ms drives the deadlines.

use std::time::Duration;

use super::{
    devices::{Device, Wanted},
    glance::{Glance, Light, Motion},
};
use crate::{booth::CameraState, time::Mono};

/// Without a whole picture for this long, a camera counts as hung.
pub const FRAME_DEADLINE: Duration = Duration::from_secs(2);
/// The first picture may take longer: format, focus and exposure settle first.
pub const OPENING_DEADLINE: Duration = Duration::from_secs(6);
/// How often to look for an absent camera, and to check whether a silent one is still plugged in.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(250);
const SHORTEST_BACK_OFF: Duration = Duration::from_millis(250);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(2);
/// The first pictures after opening are dark, green or left over.
pub const DROPPED_PICTURES: u64 = 3;
/// The same bytes over and over for this long are no live picture.
pub const FROZEN_AFTER: Duration = Duration::from_secs(3);
/// Only black for this long is no picture: the lens is covered, or the sensor died.
pub const BLACK_AFTER: Duration = Duration::from_secs(3);
/// How many workers may hang inside the driver before no further one is started.
pub const MOST_STUCK: usize = 3;

const BLACK: &str = "the picture is black: is the lens covered, or its shutter closed?";
const FROZEN: &str = "the picture does not move";
const DAMAGED: &str =
    "only damaged pictures arrive: change the cable, or plug the camera in without a hub";
const HANGS: &str = "the camera's driver hangs: unplug the camera, or start this computer anew";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Which camera is the booth's, where that was changed.
    Meant(Wanted),
    /// The answer to [`Effect::Look`]: every camera that is plugged in.
    Looked(Vec<Device>),
    /// A whole picture has arrived and was decoded.
    Picture(Glance),
    /// The worker sent a frame that does not decode; the next may be better.
    BadPicture,
    /// The worker says why the camera cannot be used.
    Refused(String),
    /// The worker ended, could not be started or broke the protocol.
    Lost,
    /// This many workers do not end although they were killed: the driver holds them.
    Stuck(usize),
    Tick,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// List the plugged-in cameras and answer with [`Event::Looked`].
    Look,
    /// Start a worker for this camera.
    Start(Device),
    /// Kill the worker, whatever it is doing, without waiting.
    End,
    /// Take the camera off its bus and put it back, like replugging it.
    Rebind(Device),
    /// The picture of this event may be shown, under this number.
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
    wanted: Wanted,
    /// The camera that pictures came from; another one is not used in its place.
    known: Option<Device>,
    /// Why the last opening was given up. The next one is not trusted until its pictures are
    /// better.
    suspicion: Option<Suspicion>,
    stuck: usize,
}

#[derive(Debug)]
enum State {
    /// There is no worker. The camera is looked for at `look`, and not opened before `open`.
    Away {
        look: Mono,
        open: Mono,
    },
    Looking {
        open: Mono,
    },
    Working(Working),
}

/// A worker runs.
#[derive(Debug)]
struct Working {
    device: Device,
    /// Time of its start or its last whole picture.
    sign: Mono,
    looked: Mono,
    /// Whole pictures, trusted or not.
    heard: u64,
    pictures: u64,
    published: u64,
    /// Since the last whole picture.
    damaged: u64,
    same_since: Option<Mono>,
    dark_since: Option<Mono>,
}

/// Arrives in time, but is not a real picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suspicion {
    Frozen,
    Black,
}

impl Suspicion {
    fn state(self) -> CameraState {
        match self {
            Self::Frozen => CameraState::Refused(FROZEN.to_owned()),
            Self::Black => CameraState::Refused(BLACK.to_owned()),
        }
    }

    /// Returns whether this picture lifts the suspicion. The first picture of an opening is always
    /// a new one, so two are needed.
    const fn is_lifted_by(self, glance: Glance, heard: u64) -> bool {
        match self {
            Self::Frozen => heard > 1 && matches!(glance.motion, Motion::New),
            Self::Black => matches!(glance.light, Light::Lit),
        }
    }
}

impl Supervisor {
    pub fn new(wanted: Wanted, now: Mono) -> Self {
        Self {
            state: State::Away {
                look: now,
                open: now,
            },
            shown: CameraState::default(),
            back_off: SHORTEST_BACK_OFF,
            wanted,
            known: None,
            suspicion: None,
            stuck: 0,
        }
    }

    pub fn apply(&mut self, event: Event, now: Mono) -> Vec<Effect> {
        match event {
            Event::Tick => self.tick(now),
            Event::Meant(wanted) => {
                // Whoever changed it has seen the camera, so what is known of the earlier one no
                // longer counts.
                self.wanted = wanted;
                self.known = None;
                vec![]
            }
            Event::Looked(devices) => self.looked(devices, now),
            Event::Stuck(count) => self.stuck(count),
            Event::Picture(glance) => self.picture(glance, now),
            Event::BadPicture => {
                if let State::Working(working) = &mut self.state {
                    working.damaged += 1;
                }
                self.check_deadline(now)
            }
            Event::Refused(reason) => {
                // A driver says "no such device" a moment before the system knows.
                self.give_up_if_working(CameraState::Refused(reason), now)
            }
            Event::Lost => {
                // A worker that cannot even start says nothing new about the camera.
                let state = match &self.shown {
                    CameraState::Refused(reason) => CameraState::Refused(reason.clone()),
                    CameraState::Absent
                    | CameraState::Opening
                    | CameraState::Streaming
                    | CameraState::Stalled
                    | CameraState::Another(_) => CameraState::Stalled,
                };
                self.give_up_if_working(state, now)
            }
        }
    }

    fn tick(&mut self, now: Mono) -> Vec<Effect> {
        match &mut self.state {
            State::Away { look, open } if now >= *look => {
                self.state = State::Looking { open: *open };
                vec![Effect::Look]
            }
            State::Working(working) => {
                let silent = now.since(working.sign) >= LOOK_INTERVAL;
                if silent && now.since(working.looked) >= LOOK_INTERVAL {
                    working.looked = now;
                    let mut effects = vec![Effect::Look];
                    effects.extend(self.check_deadline(now));
                    return effects;
                }
                self.check_deadline(now)
            }
            State::Away { .. } | State::Looking { .. } => vec![],
        }
    }

    /// Chooses the camera by what it is, never by its number, which changes with each plugging in.
    fn looked(&mut self, devices: Vec<Device>, now: Mono) -> Vec<Effect> {
        if let State::Working(working) = &self.state {
            let there = devices.contains(&working.device);
            return if there {
                vec![]
            } else {
                self.give_up(CameraState::Absent, now)
            };
        }
        let State::Looking { open } = self.state else {
            return vec![];
        };
        let other = devices.first().cloned();
        let known = self.known.as_ref();
        let found = devices.into_iter().find(|device| {
            self.wanted.fits(device) && known.is_none_or(|known| known.is_same_camera(device))
        });
        let Some(device) = found else {
            self.state = State::Away {
                look: now.plus(LOOK_INTERVAL),
                open: now,
            };
            // Its controls and its view were never checked, so staff decide.
            let stranger = |other: Device| CameraState::Another(other.to_string());
            return self.show(other.map_or(CameraState::Absent, stranger));
        };
        if self.stuck >= MOST_STUCK {
            self.wait(now);
            return self.show(CameraState::Refused(HANGS.to_owned()));
        }
        if now < open {
            let look = open.min(now.plus(LOOK_INTERVAL));
            self.state = State::Away { look, open };
            return vec![];
        }
        self.start(device, now)
    }

    /// Starts a worker. While a camera is in trouble, staff go on reading what the trouble is until
    /// it streams.
    fn start(&mut self, device: Device, now: Mono) -> Vec<Effect> {
        self.state = State::Working(Working {
            device: device.clone(),
            sign: now,
            looked: now,
            heard: 0,
            pictures: 0,
            published: 0,
            damaged: 0,
            same_since: None,
            dark_since: None,
        });
        let mut effects = match self.shown {
            CameraState::Absent
            | CameraState::Opening
            | CameraState::Streaming
            | CameraState::Another(_) => self.show(CameraState::Opening),
            CameraState::Stalled | CameraState::Refused(_) => vec![],
        };
        effects.push(Effect::Start(device));
        effects
    }

    fn picture(&mut self, glance: Glance, now: Mono) -> Vec<Effect> {
        let State::Working(working) = &mut self.state else {
            return vec![];
        };
        working.heard += 1;
        if let Some(suspicion) = self.suspicion {
            if !suspicion.is_lifted_by(glance, working.heard) {
                return self.check_deadline(now);
            }
            self.suspicion = None;
        }
        working.sign = now;
        working.damaged = 0;
        working.pictures += 1;
        if let Some(suspicion) = working.suspect(glance, now) {
            self.suspicion = Some(suspicion);
            return self.give_up(suspicion.state(), now);
        }
        if working.pictures <= DROPPED_PICTURES {
            return vec![];
        }
        working.published += 1;
        let number = working.published;
        self.known = Some(working.device.clone());
        self.back_off = SHORTEST_BACK_OFF;
        let mut effects = vec![Effect::Publish { number }];
        effects.extend(self.show(CameraState::Streaming));
        effects
    }

    fn check_deadline(&mut self, now: Mono) -> Vec<Effect> {
        let State::Working(working) = &self.state else {
            return vec![];
        };
        let deadline = if working.pictures == 0 {
            OPENING_DEADLINE
        } else {
            FRAME_DEADLINE
        };
        if now.since(working.sign) < deadline {
            return vec![];
        }
        let state = match self.suspicion {
            Some(suspicion) => suspicion.state(),
            None if working.damaged > 0 => CameraState::Refused(DAMAGED.to_owned()),
            None => CameraState::Stalled,
        };
        self.give_up(state, now)
    }

    /// Counts one more stuck worker: the camera is taken off its bus once, which frees most
    /// drivers.
    fn stuck(&mut self, count: usize) -> Vec<Effect> {
        let grew = count > self.stuck;
        self.stuck = count;
        match &self.known {
            Some(device) if grew => vec![Effect::Rebind(device.clone())],
            Some(_) | None => vec![],
        }
    }

    /// Gives the camera up unless the worker was already given up: late messages change nothing.
    fn give_up_if_working(&mut self, state: CameraState, now: Mono) -> Vec<Effect> {
        match self.state {
            State::Working(_) => self.give_up(state, now),
            State::Away { .. } | State::Looking { .. } => vec![],
        }
    }

    /// Gives the camera up. Whether it is still plugged in is checked soon; it is opened again only
    /// after the back-off.
    fn give_up(&mut self, state: CameraState, now: Mono) -> Vec<Effect> {
        self.wait(now);
        let mut effects = vec![Effect::End];
        effects.extend(self.show(state));
        effects
    }

    fn wait(&mut self, now: Mono) {
        self.state = State::Away {
            look: now.plus(LOOK_INTERVAL.min(self.back_off)),
            open: now.plus(self.back_off),
        };
        self.back_off = (self.back_off * 2).min(LONGEST_BACK_OFF);
    }

    fn show(&mut self, state: CameraState) -> Vec<Effect> {
        if self.shown == state {
            return vec![];
        }
        self.shown = state.clone();
        vec![Effect::Show(state)]
    }
}

impl Working {
    /// Returns what is suspicious. Black is named before frozen: a covered lens often gives the
    /// same bytes, too.
    fn suspect(&mut self, glance: Glance, now: Mono) -> Option<Suspicion> {
        self.same_since = match glance.motion {
            Motion::New => None,
            Motion::Same => self.same_since.or(Some(now)),
        };
        self.dark_since = match glance.light {
            Light::Lit => None,
            Light::Dark => self.dark_since.or(Some(now)),
        };
        let lasts = |since: Option<Mono>, long| since.is_some_and(|since| now.since(since) >= long);
        if lasts(self.dark_since, BLACK_AFTER) {
            Some(Suspicion::Black)
        } else if lasts(self.same_since, FROZEN_AFTER) {
            Some(Suspicion::Frozen)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Event = Event::Picture(Glance {
        motion: Motion::New,
        light: Light::Lit,
    });
    const SAME: Event = Event::Picture(Glance {
        motion: Motion::Same,
        light: Light::Lit,
    });
    const BLACK_PICTURE: Event = Event::Picture(Glance {
        motion: Motion::New,
        light: Light::Dark,
    });
    const FRAME: Duration = Duration::from_millis(33);

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
            bus: Some("1-1".into()),
        }
    }

    fn other(node: u32) -> Device {
        Device {
            product: "0999".into(),
            ..camera(node)
        }
    }

    fn shows(effects: &[Effect], words: &str) -> bool {
        effects.iter().any(
            |effect| matches!(effect, Effect::Show(CameraState::Refused(why)) if why.contains(words)),
        )
    }

    impl Story {
        fn begin() -> Self {
            Self::wanting(Wanted::default())
        }

        fn wanting(wanted: Wanted) -> Self {
            let now = Mono::default();
            Self {
                supervisor: Supervisor::new(wanted, now),
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
            story.open(&[camera(0)]);
            for _ in 0..=DROPPED_PICTURES {
                story.at_once(NEW);
            }
            assert_eq!(story.supervisor.shown, CameraState::Streaming);
            story
        }

        /// Ticks with these cameras plugged in until one is opened; returns what was shown on the
        /// way, and how long it took.
        fn open(&mut self, devices: &[Device]) -> (Vec<Effect>, Duration) {
            let began = self.now;
            let mut seen = vec![];
            for _ in 0..10_000 {
                let mut effects = self.at_once(Event::Tick);
                if effects.contains(&Effect::Look) {
                    effects.extend(self.at_once(Event::Looked(devices.to_vec())));
                }
                let opened = effects.iter().any(|e| matches!(e, Effect::Start(_)));
                seen.extend(effects);
                if opened {
                    return (seen, self.now.since(began));
                }
                self.now = self.now.plus(Duration::from_millis(10));
            }
            panic!("it was never opened: {seen:?}");
        }

        /// Repeats an event at the camera's pace until the worker is ended.
        fn until_end(&mut self, event: &Event) -> (Vec<Effect>, Duration) {
            let began = self.now;
            for _ in 0..1_000 {
                let effects = self.after(FRAME, event.clone());
                if effects.contains(&Effect::End) {
                    return (effects, self.now.since(began));
                }
            }
            panic!("it was never ended");
        }
    }

    #[test]
    fn a_camera_is_looked_for_opened_and_its_first_pictures_are_dropped() {
        let mut story = Story::begin();
        assert_eq!(story.at_once(Event::Tick), [Effect::Look]);
        assert_eq!(
            story.at_once(Event::Looked(vec![camera(4)])),
            [Effect::Show(CameraState::Opening), Effect::Start(camera(4))]
        );
        for _ in 0..DROPPED_PICTURES {
            assert_eq!(story.at_once(NEW), []);
        }
        assert_eq!(
            story.at_once(NEW),
            [
                Effect::Publish { number: 1 },
                Effect::Show(CameraState::Streaming)
            ]
        );
        assert_eq!(story.at_once(NEW), [Effect::Publish { number: 2 }]);
    }

    #[test]
    fn a_camera_that_stays_but_sends_nothing_is_restarted_after_two_seconds() {
        let mut story = Story::streaming();
        assert_eq!(
            story.after(Duration::from_millis(1_999), Event::Tick),
            [Effect::Look]
        );
        assert_eq!(story.at_once(Event::Looked(vec![camera(0)])), []);
        assert_eq!(
            story.after(Duration::from_millis(1), Event::Tick),
            [Effect::End, Effect::Show(CameraState::Stalled)]
        );
        let (_, wait) = story.open(&[camera(0)]);
        assert_eq!(wait, SHORTEST_BACK_OFF);
    }

    #[test]
    fn a_silent_camera_that_was_pulled_out_is_absent_before_its_deadline() {
        let mut story = Story::streaming();
        assert_eq!(story.after(LOOK_INTERVAL, Event::Tick), [Effect::Look]);
        assert_eq!(
            story.at_once(Event::Looked(vec![])),
            [Effect::End, Effect::Show(CameraState::Absent)]
        );
    }

    #[test]
    fn a_slow_first_picture_is_waited_for() {
        let mut story = Story::begin();
        story.open(&[camera(0)]);
        let almost = OPENING_DEADLINE.saturating_sub(Duration::from_millis(1));
        assert_eq!(story.after(almost, Event::Tick), [Effect::Look]);
        assert_eq!(story.at_once(NEW), []);
        assert_eq!(story.after(FRAME_DEADLINE.saturating_sub(FRAME), NEW), []);
    }

    #[test]
    fn half_pictures_do_not_count_as_a_sign_of_life_and_are_named() {
        let mut story = Story::streaming();
        let (effects, wait) = story.until_end(&Event::BadPicture);
        assert!(shows(&effects, "damaged"), "{effects:?}");
        assert!(wait >= FRAME_DEADLINE && wait < FRAME_DEADLINE + 2 * FRAME);
    }

    #[test]
    fn one_damaged_picture_among_good_ones_changes_nothing() {
        let mut story = Story::streaming();
        for _ in 0..1_000 {
            assert_eq!(story.after(FRAME, Event::BadPicture), []);
            assert_eq!(story.after(FRAME, NEW).len(), 1);
        }
    }

    #[test]
    fn a_frozen_picture_is_a_fault_and_is_not_believed_when_it_comes_back() {
        let mut story = Story::streaming();
        let (effects, wait) = story.until_end(&SAME);
        assert!(shows(&effects, "does not move"), "{effects:?}");
        assert!(wait >= FROZEN_AFTER && wait < FROZEN_AFTER + 3 * FRAME);
        story.open(&[camera(0)]);
        // The first picture of an opening always counts as new; the others do not.
        assert_eq!(story.after(FRAME, NEW), []);
        let (effects, _) = story.until_end(&SAME);
        assert_eq!(effects, [Effect::End], "it never said that it streams");
        story.open(&[camera(0)]);
        for _ in 0..=DROPPED_PICTURES {
            story.after(FRAME, NEW);
        }
        assert_eq!(
            story.after(FRAME, NEW),
            [
                Effect::Publish { number: 1 },
                Effect::Show(CameraState::Streaming)
            ]
        );
    }

    #[test]
    fn a_repeated_picture_now_and_then_is_no_frozen_camera() {
        let mut story = Story::streaming();
        for n in 0..1_000 {
            let event = if n % 80 == 0 { NEW } else { SAME };
            assert_eq!(story.after(FRAME, event).len(), 1);
        }
    }

    #[test]
    fn a_covered_lens_is_named_and_the_picture_returns_with_the_light() {
        let mut story = Story::streaming();
        let (effects, wait) = story.until_end(&BLACK_PICTURE);
        assert!(shows(&effects, "black"), "{effects:?}");
        assert!(wait >= BLACK_AFTER && wait < BLACK_AFTER + 3 * FRAME);
        story.open(&[camera(0)]);
        let (effects, _) = story.until_end(&BLACK_PICTURE);
        assert_eq!(effects, [Effect::End], "it goes on saying that it is black");
        story.open(&[camera(0)]);
        story.after(FRAME, BLACK_PICTURE);
        for _ in 0..DROPPED_PICTURES {
            assert_eq!(story.after(FRAME, NEW), []);
        }
        assert_eq!(
            story.after(FRAME, NEW).last(),
            Some(&Effect::Show(CameraState::Streaming))
        );
    }

    #[test]
    fn an_unplugged_camera_is_absent_and_comes_back_under_another_node() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        assert_eq!(story.after(SHORTEST_BACK_OFF, Event::Tick), [Effect::Look]);
        assert_eq!(
            story.at_once(Event::Looked(vec![])),
            [Effect::Show(CameraState::Absent)]
        );
        for _ in 0..1_000 {
            assert_eq!(story.after(LOOK_INTERVAL, Event::Tick), [Effect::Look]);
            assert_eq!(story.at_once(Event::Looked(vec![])), []);
        }
        story.after(LOOK_INTERVAL, Event::Tick);
        assert_eq!(
            story.at_once(Event::Looked(vec![camera(2)])),
            [Effect::Show(CameraState::Opening), Effect::Start(camera(2))]
        );
        for _ in 0..DROPPED_PICTURES {
            story.at_once(NEW);
        }
        assert_eq!(
            story.at_once(NEW),
            [
                Effect::Publish { number: 1 },
                Effect::Show(CameraState::Streaming)
            ]
        );
    }

    #[test]
    fn another_camera_in_its_place_asks_for_staff_and_the_old_one_is_taken_back() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        story.after(SHORTEST_BACK_OFF, Event::Tick);
        let effects = story.at_once(Event::Looked(vec![other(0)]));
        let stranger = CameraState::Another(other(0).to_string());
        assert_eq!(effects, [Effect::Show(stranger)]);
        assert!(other(0).to_string().contains("046d:0999"));
        let (effects, _) = story.open(&[other(0), camera(3)]);
        assert_eq!(effects.last(), Some(&Effect::Start(camera(3))));
    }

    #[test]
    fn another_camera_is_opened_once_it_is_accepted_and_the_old_one_no_more() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        story.after(SHORTEST_BACK_OFF, Event::Tick);
        story.at_once(Event::Looked(vec![other(0)]));
        let product = Some("0999".into());
        story.at_once(Event::Meant(Wanted {
            product,
            ..Wanted::default()
        }));
        let (effects, wait) = story.open(&[camera(3), other(0)]);
        assert_eq!(
            effects[effects.len() - 2..],
            [Effect::Show(CameraState::Opening), Effect::Start(other(0))]
        );
        assert!(wait <= LOOK_INTERVAL);
    }

    #[test]
    fn a_camera_that_the_settings_do_not_name_is_never_opened() {
        let mut story = Story::wanting(Wanted {
            product: Some("0825".into()),
            ..Wanted::default()
        });
        story.at_once(Event::Tick);
        let effects = story.at_once(Event::Looked(vec![other(0)]));
        let stranger = CameraState::Another(other(0).to_string());
        assert_eq!(effects, [Effect::Show(stranger)]);
        let (effects, _) = story.open(&[other(0), camera(1)]);
        assert_eq!(effects.last(), Some(&Effect::Start(camera(1))));
    }

    #[test]
    fn a_camera_that_always_fails_is_tried_for_ever_but_not_in_haste() {
        let mut story = Story::begin();
        let mut waits = Vec::new();
        for _ in 0..200 {
            let (_, wait) = story.open(&[camera(0)]);
            waits.push(wait.as_millis());
            story.at_once(Event::Lost);
        }
        assert_eq!(waits[..6], [0, 250, 500, 1_000, 2_000, 2_000]);
        assert_eq!(waits.last(), Some(&2_000));
    }

    #[test]
    fn a_camera_that_streams_again_is_forgiven() {
        let mut story = Story::streaming();
        for _ in 0..50 {
            story.at_once(Event::Lost);
            let (_, wait) = story.open(&[camera(0)]);
            assert_eq!(wait, SHORTEST_BACK_OFF);
            for _ in 0..=DROPPED_PICTURES {
                story.at_once(NEW);
            }
        }
    }

    #[test]
    fn workers_that_do_not_end_are_counted_the_camera_is_rebound_and_at_last_none_is_started() {
        let mut story = Story::streaming();
        for count in 1..=MOST_STUCK {
            story.until_end(&Event::Tick);
            if count < MOST_STUCK {
                story.open(&[camera(0)]);
            }
            assert_eq!(
                story.at_once(Event::Stuck(count)),
                [Effect::Rebind(camera(0))]
            );
        }
        let mut seen = vec![];
        for _ in 0..1_000 {
            seen.extend(story.after(LOOK_INTERVAL, Event::Tick));
            seen.extend(story.at_once(Event::Looked(vec![camera(0)])));
        }
        assert!(shows(&seen, "hangs"), "staff are told");
        assert!(!seen.iter().any(|e| matches!(e, Effect::Start(_))));
        assert_eq!(
            story.at_once(Event::Stuck(1)),
            [],
            "two have ended after all"
        );
        story.open(&[camera(0)]);
    }

    #[test]
    fn the_reason_of_a_refusal_stays_readable_until_it_streams() {
        let mut story = Story::begin();
        story.open(&[camera(0)]);
        assert_eq!(
            story.at_once(Event::Refused("in use".into())),
            [
                Effect::End,
                Effect::Show(CameraState::Refused("in use".into()))
            ]
        );
        let (effects, _) = story.open(&[camera(0)]);
        assert!(!effects.iter().any(|e| matches!(e, Effect::Show(_))));
    }

    #[test]
    fn a_late_word_of_a_worker_that_was_given_up_changes_nothing() {
        let mut story = Story::streaming();
        story.at_once(Event::Lost);
        for late in [
            NEW,
            Event::BadPicture,
            Event::Lost,
            Event::Refused("x".into()),
            Event::Looked(vec![]),
        ] {
            assert_eq!(story.at_once(late), []);
        }
    }
}
