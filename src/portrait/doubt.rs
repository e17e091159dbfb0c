//! Whether a matte is good enough to use.
//!
//! The checks of the finished file accept whatever the matte kept as person, so a piece of the old
//! wall beside an ear looks like hair to them. The matte itself knows better: how plain the wall
//! was, how alike person and wall were, and what it kept against the network's mask. A backdrop is
//! replaced only where all of these are small; else it stays and is judged as it is.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::{
    matte::WIDTH,
    trimap::{plane, reached},
};
use crate::analysis::guided::box_mean;

/// The limits come from 117 real photographs, inspected one by one after replacement: the visibly
/// faulty ones exceed at least one of them. Forty sitters in front of a plain wall stay below 0.04
/// at the edge, without a scrap.
const MOST_EDGE: f32 = 0.08;
/// Root mean square, 0..=1 per channel; beyond it a wall is a scene (see
/// [`super::wall::Wall::plainness`]).
const MOST_SPREAD: f32 = 0.12;
const MOST_SCRAPS_PX: usize = 100;
const MOST_ATTACHED_PX: usize = 500;

/// What speaks against replacing a backdrop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Doubt {
    /// The uncertainty at the person's edge, 0..=1: mean over the pixels that are neither person
    /// nor wall.
    pub edge: f32,
    /// How far the wall's pixels lie from a smooth surface or the plate, root mean square, 0..=1
    /// per channel.
    pub spread: f32,
    /// Pixels of broad pieces that were kept but are not connected to the person: letters, objects,
    /// specks of the wall.
    pub scraps_px: usize,
    /// Pixels of broad areas that were kept beside the person although the network sees no person
    /// there.
    pub attached_px: usize,
}

impl Doubt {
    /// Judges `alpha` (0..=1) and the network's `mask` of the same 480x640 pixels.
    pub fn of(alpha: &[f32], mask: &[f32], edge: f32, spread: f32) -> Self {
        let kept: Vec<bool> = alpha.iter().map(|alpha| *alpha > 0.5).collect();
        Self {
            edge,
            spread,
            scraps_px: scraps(&kept, mask),
            attached_px: attached(&kept, mask),
        }
    }

    pub fn is_little(&self) -> bool {
        self.edge <= MOST_EDGE
            && self.spread <= MOST_SPREAD
            && self.scraps_px <= MOST_SCRAPS_PX
            && self.attached_px <= MOST_ATTACHED_PX
    }
}

/// Counts the pixels of scraps. A loose hair is not one: it is thinner than three pixels.
fn scraps(kept: &[bool], mask: &[f32]) -> usize {
    const SURE: f32 = 0.9;
    let person = (0..kept.len()).map(|at| kept[at] && mask[at] > SURE);
    let joined = reached(kept, person.collect());
    let apart = plane((0..kept.len()).map(|at| kept[at] && !joined[at]));
    count(&box_mean(apart, WIDTH, 1), |mean, _| mean > 0.99)
}

/// Counts the pixels of areas attached to the person. A lock or a collar that the mask missed is
/// narrower than seven pixels, or the mask half accepts it.
fn attached(kept: &[bool], mask: &[f32]) -> usize {
    const DISBELIEVED: f32 = 0.2;
    let believed = box_mean(mask.to_vec(), WIDTH, 2);
    let broad = box_mean(plane(kept.iter().copied()), WIDTH, 3);
    count(&broad, |mean, at| mean > 0.99 && believed[at] < DISBELIEVED)
}

fn count(plane: &[f32], is_one: impl Fn(f32, usize) -> bool) -> usize {
    plane
        .iter()
        .enumerate()
        .filter(|(at, value)| is_one(**value, *at))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{super::matte::HEIGHT, *};

    /// Returns the doubt about a person from x 150 to 330, below y 100, and whatever else was kept.
    fn doubt_with(kept: impl Fn(usize, usize) -> bool) -> Doubt {
        let person = |x: usize, y: usize| (150..330).contains(&x) && y > 100;
        let places = || (0..WIDTH * HEIGHT).map(|at| (at % WIDTH, at / WIDTH));
        let alpha: Vec<f32> = plane(places().map(|(x, y)| person(x, y) || kept(x, y)));
        let mask = plane(places().map(|(x, y)| person(x, y)));
        Doubt::of(&alpha, &mask, 0.0, 0.0)
    }

    #[test]
    fn a_person_and_their_loose_hairs_leave_no_doubt() {
        assert!(doubt_with(|_, _| false).is_little());
        let hairs =
            doubt_with(|x, y| (60..100).contains(&y) && x % 12 < 2 && (150..330).contains(&x));
        assert!(hairs.is_little(), "{hairs:?}");
    }

    #[test]
    fn letters_on_the_wall_are_scraps() {
        let letters = doubt_with(|x, y| (40..60).contains(&x) && (50..70).contains(&y));
        assert_eq!(letters.scraps_px, 18 * 18);
        assert!(!letters.is_little());
    }

    #[test]
    fn a_sign_that_touches_the_shoulder_is_attached() {
        let sign = doubt_with(|x, y| (330..380).contains(&x) && (400..440).contains(&y));
        assert_eq!(sign.scraps_px, 0);
        assert!(sign.attached_px > MOST_ATTACHED_PX, "{sign:?}");
        assert!(!sign.is_little());
    }
}
