//! A whole sitting as a camera would see it: somebody comes, sits too far away, to the side, with a
//! tilted head, with closed eyes, and then well.
//!
//! The poses are marched once, a slice of rows at a time, and kept; play-back moves and blends them
//! and adds noise.

use std::time::Duration;

use image::{RgbImage, imageops};

use super::{
    Person, Pose, Scene, Truth, booth,
    playback::{Grain, Place, Sprite},
    studio::{Layer, Studio},
};
use crate::geometry::Size;

/// The acts of the play, in order. Each has a sentence for the person watching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The chair is empty.
    Absent,
    /// Sits down, but well behind the seat's mark.
    TooFar,
    /// At the right distance, to one side.
    OffCentre,
    /// In the middle, with a tilted head.
    Tilted,
    /// Upright, with closed eyes.
    EyesClosed,
    /// As the picture has to be, for as long as it takes.
    Good,
}

const PLAY: [(Act, Duration); 5] = [
    (Act::Absent, Duration::from_millis(1500)),
    (Act::TooFar, Duration::from_millis(2200)),
    (Act::OffCentre, Duration::from_millis(2200)),
    (Act::Tilted, Duration::from_secs(2)),
    (Act::EyesClosed, Duration::from_millis(1800)),
];
/// The sitter takes this long from one act to the next.
const CHANGE: Duration = Duration::from_millis(600);
/// A change of the face (tilt, lids) takes this long.
const BLEND: Duration = Duration::from_millis(160);
/// Where in the play a returning sitter begins: at the right distance, still to one side.
const BACK: Duration = Duration::from_millis(1500 + 2200 + 600);
const FAR: f32 = 0.52;
/// The good pose is rendered beyond the lower edge, so that a body seen from far does not end in
/// the air.
const BEYOND: f32 = 1.26;
/// Rows marched by one call of [`Sitting::prepare_next`]: about 50 ms of a development build at
/// 720p.
const SLICE: u32 = 24;

/// One camera in front of one seat. Time is counted from any moment the caller chooses, as long as
/// it stays the same.
pub struct Sitting {
    size: Size,
    scene: Scene,
    /// The empty booth, with different noise in each.
    backdrops: Vec<RgbImage>,
    grain: Grain,
    cast: Option<Cast>,
    /// The person who sat here last, with the poses that were marched.
    left: Option<Cast>,
}

/// The person of this sitting, in each pose as far as it is ready.
struct Cast {
    seed: u64,
    person: Person,
    began: Duration,
    good: Take,
    tilted: Take,
    closed: Take,
    far: Option<Sprite>,
}

/// One pose: being marched, or ready.
struct Take {
    pose: Pose,
    state: Progress,
}

enum Progress {
    Marching {
        layer: Layer,
        next: u32,
        end: u32,
        crown_y: Option<f32>,
    },
    Ready {
        sprite: Sprite,
        truth: Truth,
    },
}

impl Sitting {
    /// Begins the play at time zero with an empty booth.
    pub fn new(person_seed: u64, size: Size) -> Self {
        let mut sitting = Self::of_scene(Scene::default(), size);
        sitting.restart(person_seed, Duration::ZERO);
        sitting
    }

    /// Creates an empty booth; nobody comes before [`Sitting::restart`].
    pub fn of_scene(scene: Scene, size: Size) -> Self {
        let mut empty = booth::empty(&scene, &Pose::good(size), size);
        booth::expose(&mut empty, &scene);
        let noisy = |seed| {
            let mut picture = empty.clone();
            booth::add_noise(&mut picture, scene.noise, scene.seed.wrapping_add(seed));
            picture
        };
        Self {
            size,
            backdrops: (0..4).map(noisy).collect(),
            grain: Grain::new(scene.noise, scene.seed),
            scene,
            cast: None,
            left: None,
        }
    }

    /// Restarts the play at `at` for this person, beginning with an empty chair. For the person who
    /// sat here last nothing is marched again, and the way to the chair, which is quicker than a
    /// tracker on a slow machine, is left out.
    pub fn restart(&mut self, person_seed: u64, at: Duration) {
        if let Some(back) = self.left.take_if(|left| left.seed == person_seed) {
            let began = at.saturating_sub(BACK);
            self.cast = Some(Cast { began, ..back });
            return;
        }
        let good = Pose::good(self.size);
        let tilted = Pose {
            roll_deg: 13.0,
            ..good
        };
        let closed = Pose { eyes: 0.0, ..good };
        self.cast = Some(Cast {
            seed: person_seed,
            person: Person::from_seed(person_seed),
            began: at,
            good: Take::new(good, tall(self.size)),
            tilted: Take::new(tilted, self.size),
            closed: Take::new(closed, self.size),
            far: None,
        });
    }

    /// Leaves the chair empty from now on.
    pub fn leave(&mut self) {
        self.left = self.cast.take();
    }

    pub fn act_at(&self, at: Duration) -> Act {
        self.cast
            .as_ref()
            .map_or(Act::Absent, |cast| moment(at, cast.began).act)
    }

    /// Marches one slice of what is still missing; returns false when everything is ready.
    pub fn prepare_next(&mut self) -> bool {
        let (scene, size) = (self.scene, self.size);
        self.cast
            .as_mut()
            .is_some_and(|cast| cast.prepare_next(&scene, size))
    }

    /// Returns the camera's picture at `at`, with `card` held up in front of everything, at its own
    /// size. While poses are missing each call also marches a slice; an act whose pose is not ready
    /// yet waits for it.
    pub fn frame_at(&mut self, at: Duration, card: Option<&RgbImage>) -> RgbImage {
        self.prepare_next();
        self.make_ready(self.act_at(at));
        let turn = at.as_millis() as usize / 33;
        let count = self.backdrops.len().max(1);
        let mut picture = self
            .backdrops
            .get(turn % count)
            .cloned()
            .unwrap_or_default();
        if let Some(cast) = &self.cast {
            let moment = moment(at, cast.began);
            cast.play(&mut picture, &moment, at, &self.grain);
        }
        if let Some(card) = card {
            hold_up(&mut picture, card, at);
        }
        picture
    }

    /// Returns the truth of the picture at `at`; `None` while nobody is there, or the sitter is
    /// moving or not ready.
    pub fn truth_at(&self, at: Duration) -> Option<Truth> {
        let cast = self.cast.as_ref()?;
        let moment = moment(at, cast.began);
        if moment.into < CHANGE {
            return None;
        }
        let place = cast.place(&moment, at);
        let Progress::Ready { truth, .. } = &cast.take(moment.act)?.state else {
            return None;
        };
        Some(truth.moved(place.scale, place.dx, place.dy))
    }

    fn make_ready(&mut self, act: Act) {
        let (scene, size) = (self.scene, self.size);
        let Some(cast) = &mut self.cast else { return };
        while act != Act::Absent && !cast.is_ready(act) && cast.prepare_next(&scene, size) {}
    }
}

impl Take {
    fn new(pose: Pose, size: Size) -> Self {
        Self {
            pose,
            state: Progress::Marching {
                layer: Layer::new(size.width, size.height),
                next: 0,
                end: size.height,
                crown_y: None,
            },
        }
    }

    fn ready(&self) -> Option<&Sprite> {
        match &self.state {
            Progress::Ready { sprite, .. } => Some(sprite),
            Progress::Marching { .. } => None,
        }
    }

    /// Marches one more slice; the last one makes the take ready.
    fn march(&mut self, person: &Person, scene: &Scene) {
        let Progress::Marching {
            layer,
            next,
            end,
            crown_y,
        } = &mut self.state
        else {
            return;
        };
        let size = Size::new(layer.width(), layer.height());
        let studio = Studio::new(person, &self.pose, scene, size);
        let to = (*next + SLICE).min(*end);
        studio.march_rows(layer, *next, to);
        *crown_y = crown_y.or_else(|| studio.crown(layer, *next, to));
        studio.lay_strands(layer, *next, to);
        *next = to;
        if to == *end {
            let truth = studio.truth(*crown_y);
            let sprite = Sprite::cut_out(layer);
            self.state = Progress::Ready { sprite, truth };
        }
    }

    /// Starts from a finished picture that differs only in the lids, so only the rows of the eyes
    /// are marched again. Waits until that picture is ready.
    fn begin_from(&mut self, other: &Self, size: Size) {
        let Progress::Ready { sprite, truth } = &other.state else {
            return;
        };
        let reach = self.pose.face_width_px * 0.22;
        let row = |y: f32| (y.max(0.0) as u32).min(size.height);
        self.state = Progress::Marching {
            layer: sprite.whole(size),
            next: row(self.pose.center_y_px - reach),
            end: row(self.pose.center_y_px + reach),
            crown_y: truth.crown_y,
        };
    }
}

impl Cast {
    fn take(&self, act: Act) -> Option<&Take> {
        match act {
            Act::Absent => None,
            Act::TooFar | Act::OffCentre | Act::Good => Some(&self.good),
            Act::Tilted => Some(&self.tilted),
            Act::EyesClosed => Some(&self.closed),
        }
    }

    fn is_ready(&self, act: Act) -> bool {
        self.take(act).is_none_or(|take| take.ready().is_some())
    }

    fn prepare_next(&mut self, scene: &Scene, size: Size) -> bool {
        let person = &self.person;
        let Some(good) = self.good.ready() else {
            self.good.march(person, scene);
            self.closed.begin_from(&self.good, size);
            return true;
        };
        if self.far.is_none() {
            self.far = Some(good.scaled(FAR));
        } else if self.tilted.ready().is_none() {
            self.tilted.march(person, scene);
        } else if self.closed.ready().is_none() {
            self.closed.march(person, scene);
        } else {
            return false;
        }
        true
    }

    /// Draws the sitter into the empty booth.
    fn play(&self, picture: &mut RgbImage, moment: &Moment, at: Duration, grain: &Grain) {
        let phase = at.as_millis() as u32;
        let place = self.place(moment, at);
        if moment.act == Act::TooFar
            && moment.into >= CHANGE
            && let Some(far) = &self.far
        {
            far.lay(picture, place.dx, place.dy, 255, grain, phase);
            return;
        }
        let Some(sprite) = self.take(moment.act).and_then(Take::ready) else {
            return;
        };
        let before = self.take(moment.before).and_then(Take::ready);
        let faces_differ = !same_face(moment.act, moment.before);
        if let Some(before) = before.filter(|_| faces_differ && moment.into < CHANGE) {
            change_face(picture, (before, sprite), place, moment.into, grain, phase);
        } else if place.scale == 1.0 {
            sprite.lay(picture, place.dx, place.dy, 255, grain, phase);
        } else {
            sprite.lay_scaled(picture, &place, grain, phase);
        }
    }

    /// Returns where the good pose's layer is put: on the way from the last act's place to this
    /// one's, with a little movement.
    fn place(&self, moment: &Moment, at: Duration) -> Place {
        let pose = &self.good.pose;
        let from = seat(moment.before, pose);
        let to = seat(moment.act, pose);
        let share = (moment.into.as_secs_f32() / CHANGE.as_secs_f32()).min(1.0);
        let share = share * share * (3.0 - 2.0 * share);
        let s = at.as_secs_f32();
        let unit = pose.face_width_px / 230.0;
        let sway = unit * (1.6 * (s * 0.83).sin() + 0.9 * (s * 1.7).sin());
        let breath = unit * 1.4 * (s * 1.31).sin();
        let scale = from.scale + (to.scale - from.scale) * share;
        Place {
            scale: if (scale - 1.0).abs() < 0.004 {
                1.0
            } else {
                scale
            },
            dx: (from.dx + (to.dx - from.dx) * share + sway).round(),
            dy: (from.dy + (to.dy - from.dy) * share + breath).round(),
        }
    }
}

/// Returns the sitter's place in an act relative to the good pose.
fn seat(act: Act, pose: &Pose) -> Place {
    let around = |scale: f32, dx: f32, dy: f32| Place {
        scale,
        dx: pose.center_x_px * (1.0 - scale) + dx,
        dy: pose.center_y_px * (1.0 - scale) + dy,
    };
    let face = pose.face_width_px;
    match act {
        // The sitter comes in from the picture's left.
        Act::Absent => around(FAR, -pose.center_x_px - 1.2 * face, 0.55 * face),
        Act::TooFar => around(FAR, 0.0, 0.55 * face),
        Act::OffCentre => around(1.0, 0.72 * face, 0.0),
        Act::Tilted | Act::EyesClosed | Act::Good => around(1.0, 0.0, 0.0),
    }
}

/// Moves with the old face first, then blends to the new one.
fn change_face(
    picture: &mut RgbImage,
    (before, after): (&Sprite, &Sprite),
    place: Place,
    into: Duration,
    grain: &Grain,
    phase: u32,
) {
    before.lay(picture, place.dx, place.dy, 255, grain, phase);
    let blended = into.saturating_sub(CHANGE.saturating_sub(BLEND));
    let opacity = (blended.as_secs_f32() / BLEND.as_secs_f32() * 255.0) as u8;
    after.lay(picture, place.dx, place.dy, opacity, grain, phase);
}

/// Adds room below the picture.
fn tall(size: Size) -> Size {
    Size::new(size.width, (size.height as f32 * BEYOND) as u32)
}

fn same_face(a: Act, b: Act) -> bool {
    let kind = |act| match act {
        Act::Absent | Act::TooFar | Act::OffCentre | Act::Good => 0,
        Act::Tilted => 1,
        Act::EyesClosed => 2,
    };
    kind(a) == kind(b)
}

/// The state of the play.
struct Moment {
    act: Act,
    before: Act,
    /// Time since the act began.
    into: Duration,
}

fn moment(at: Duration, began: Duration) -> Moment {
    let mut into = at.saturating_sub(began);
    let mut before = Act::Absent;
    for (act, length) in PLAY {
        if into < length {
            return Moment { act, before, into };
        }
        into -= length;
        before = act;
    }
    Moment {
        act: Act::Good,
        before,
        into,
    }
}

/// Draws a card in a hand that is not quite still.
fn hold_up(picture: &mut RgbImage, card: &RgbImage, at: Duration) {
    let s = at.as_secs_f32();
    let middle = |whole: u32, part: u32| (i64::from(whole) - i64::from(part)) / 2;
    let x = middle(picture.width(), card.width()) + (1.5 * (s * 1.1).sin()).round() as i64;
    let y = middle(picture.height(), card.height()) + (1.5 * (s * 0.9).cos()).round() as i64;
    imageops::replace(picture, card, x, y);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Size = Size::new(160, 90);

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_play_goes_through_its_acts_and_stays_good() {
        let sitting = Sitting::new(3, SMALL);
        let acts = [0, 1600, 4000, 6000, 8500, 10_000, 900_000].map(|ms| sitting.act_at(at(ms)));
        assert_eq!(
            acts,
            [
                Act::Absent,
                Act::TooFar,
                Act::OffCentre,
                Act::Tilted,
                Act::EyesClosed,
                Act::Good,
                Act::Good
            ]
        );
    }

    #[test]
    fn the_first_picture_is_the_empty_booth_without_waiting_for_a_pose() {
        let mut sitting = Sitting::new(3, SMALL);
        let picture = sitting.frame_at(Duration::ZERO, None);
        assert_eq!(picture.dimensions(), (160, 90));
        assert!(sitting.truth_at(Duration::ZERO).is_none());
        assert!(
            sitting
                .cast
                .as_ref()
                .is_some_and(|cast| cast.good.ready().is_none())
        );
    }

    #[test]
    fn a_good_sitter_is_where_truth_says() {
        let mut sitting = Sitting::new(3, SMALL);
        let picture = sitting.frame_at(at(12_000), None);
        let truth = sitting.truth_at(at(12_000)).unwrap();
        let badge = picture.get_pixel(truth.badge.x as u32, truth.badge.y as u32);
        assert!(badge.0[0] > 2 * badge.0[1], "the badge is red: {badge:?}");
        assert!((truth.midline_x - 80.0).abs() < 4.0);
    }

    #[test]
    fn too_far_is_half_as_wide_and_off_centre_is_aside() {
        let mut sitting = Sitting::new(3, SMALL);
        sitting.frame_at(at(12_000), None);
        let good = sitting.truth_at(at(12_000)).unwrap();
        let far = sitting.truth_at(at(3_000)).unwrap();
        let badge = sitting.frame_at(at(3_000), None);
        let badge = badge.get_pixel(far.badge.x as u32, far.badge.y as u32).0;
        assert!(badge[0] > badge[1] + 50, "the badge is red: {badge:?}");
        let aside = sitting.truth_at(at(5_000)).unwrap();
        assert!(far.face_width < 0.6 * good.face_width);
        assert!(aside.midline_x > good.midline_x + 0.5 * good.face_width);
    }

    #[test]
    fn after_leave_nobody_is_there_and_restart_brings_the_next_after_an_absence() {
        let mut sitting = Sitting::new(3, SMALL);
        sitting.leave();
        assert_eq!(sitting.act_at(at(60_000)), Act::Absent);
        sitting.restart(4, at(60_000));
        assert_eq!(sitting.act_at(at(60_500)), Act::Absent);
        assert_eq!(sitting.act_at(at(62_000)), Act::TooFar);
    }

    #[test]
    fn who_comes_back_is_marched_no_second_time_and_does_not_walk_in_again() {
        let mut sitting = Sitting::new(3, SMALL);
        sitting.frame_at(at(12_000), None);
        while sitting.prepare_next() {}
        sitting.leave();
        sitting.restart(3, at(60_000));
        assert!(!sitting.prepare_next());
        assert_eq!(sitting.act_at(at(60_000)), Act::OffCentre);
        assert!(
            sitting.truth_at(at(60_000)).is_some(),
            "it sits, and does not move"
        );
    }

    #[test]
    fn a_card_is_held_up_in_the_middle_unscaled() {
        let mut sitting = Sitting::of_scene(Scene::default(), SMALL);
        let card = RgbImage::from_pixel(40, 30, image::Rgb([1, 2, 3]));
        let picture = sitting.frame_at(Duration::ZERO, Some(&card));
        assert_eq!(picture.pixels().filter(|p| p.0 == [1, 2, 3]).count(), 1200);
        assert_eq!(picture.get_pixel(80, 45).0, [1, 2, 3]);
    }
}
