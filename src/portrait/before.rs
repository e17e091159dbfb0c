//! The person's colours, extended from the sure person over its edge.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::{matte::WIDTH, push_pull, trimap::plane, wall::square};
use crate::analysis::{guided::box_mean, sampling::luma};

/// How far inside the sure person colours count, in px.
const RIM_PX: usize = 10;
/// With fewer pixels there is no such side; then all of them count.
const FEWEST: usize = 50;

/// A single hair, and the outermost of many, catches more light than the dark mass that its colour
/// is taken from. By how much (0..=1) was measured on sitters with loose hairs. It matters in front
/// of grey, where it is a sixth of alpha. In front of white there is no brighter side, and skin
/// lightens the mean already.
const THIN_IS_LIGHTER: f32 = 0.05;

/// Dark hair beside bright skin has a mean that is neither, and in front of a grey wall that mean
/// *is* the wall. So colours darker and brighter than the wall are kept apart.
pub struct Before {
    darker: Vec<[f32; 3]>,
    brighter: Vec<[f32; 3]>,
}

impl Before {
    pub fn of(color: &[[f32; 3]], person: &[bool], behind: &[[f32; 3]]) -> Self {
        let depth = box_mean(plane(person.iter().copied()), WIDTH, RIM_PX);
        let rim: Vec<bool> = (0..color.len())
            .map(|at| person[at] && depth[at] < 0.999)
            .collect();
        let side = |dark: bool| -> Vec<bool> {
            let is_own = |at: usize| rim[at] && is_darker(color[at], behind[at]) == dark;
            (0..color.len()).map(is_own).collect()
        };
        let drawn = |own: &[bool]| push_pull::fill_smoothly(color, own, WIDTH);
        let (darker, brighter) = (side(true), side(false));
        if is_enough(&darker) && is_enough(&brighter) {
            return Self {
                darker: drawn(&darker).into_iter().map(lit).collect(),
                brighter: drawn(&brighter),
            };
        }
        let all = drawn(&rim);
        Self {
            darker: all.clone(),
            brighter: all,
        }
    }

    /// Returns the person's colour near a pixel that shows `color`. A pixel of the wall's own
    /// colour, within its squared `grain`, is darker or brighter by chance: then the side that
    /// differs more from the wall is used.
    pub fn at(&self, at: usize, color: [f32; 3], behind: [f32; 3], grain: f32) -> [f32; 3] {
        let (darker, brighter) = (self.darker[at], self.brighter[at]);
        let use_darker = if square(color, behind) < 9.0 * grain {
            square(darker, behind) > square(brighter, behind)
        } else {
            is_darker(color, behind)
        };
        if use_darker { darker } else { brighter }
    }
}

fn is_enough(side: &[bool]) -> bool {
    side.iter().filter(|own| **own).count() >= FEWEST
}

fn lit(color: [f32; 3]) -> [f32; 3] {
    color.map(|c| c + THIN_IS_LIGHTER)
}

fn is_darker(color: [f32; 3], behind: [f32; 3]) -> bool {
    luma(color) < luma(behind)
}
