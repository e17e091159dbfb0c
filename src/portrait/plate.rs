//! A picture of the empty booth: what is behind the sitter, known before anyone sits there.
//!
//! It shows the backdrop's colour where the person hides it, and that anything different is not
//! backdrop, whatever the mask says. It could not decide alone: a white shirt in front of a white
//! wall does not differ.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use std::{fmt, sync::Arc};

use image::RgbImage;

use super::{
    cut,
    matte::{HEIGHT, WIDTH, colors},
    wall::square,
};
use crate::{
    analysis::{Analyser, Mask},
    frame::Frame,
    geometry::{Point, Size},
    layout::Crop,
};

/// Largest share of the frame that the mask may take for a person where nobody is.
const MOST_PERSON: f32 = 0.01;

/// The empty booth, in the size of the camera's frames.
#[derive(Clone)]
pub struct Plate {
    rgb: RgbImage,
}

/// Why a frame cannot be the plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEmpty {
    #[error(
        "there is a face in the picture of the empty booth: take it again with nobody in sight"
    )]
    Face,
    #[error("someone is in the picture of the empty booth: take it again with nobody in sight")]
    Person,
}

impl Plate {
    /// Accepts a frame that shows nobody. `analyser` looks for faces and for any part of a person,
    /// and forgets its track.
    pub fn of_empty_booth(frame: Arc<Frame>, analyser: &mut Analyser) -> Result<Self, NotEmpty> {
        let analysis = analyser.analyse_still(frame);
        if !analysis.faces.is_empty() || analysis.face.is_some() {
            return Err(NotEmpty::Face);
        }
        let share = analysis.mask.as_deref().map_or(1.0, person_share);
        if share > MOST_PERSON {
            return Err(NotEmpty::Person);
        }
        Ok(Self {
            rgb: analysis.frame.rgb.clone(),
        })
    }

    pub fn size(&self) -> Size {
        Size::new(self.rgb.width(), self.rgb.height())
    }

    /// Returns the empty booth through a portrait's crop, matched to that picture's light and
    /// position: lamps drift, and the lens breathes when it focuses. Both are measured on the sure
    /// backdrop.
    pub(super) fn behind(
        &self,
        crop: Crop,
        color: &[[f32; 3]],
        sure: &[bool],
    ) -> Option<Vec<[f32; 3]>> {
        let straight = colors(&cut(&self.rgb, crop).ok()?);
        let lit = in_light(straight, color, sure);
        let (dx, dy) = shift(&lit, color, sure);
        let moved = Crop {
            origin_in_frame: Point::new(
                crop.origin_in_frame.x + dx / crop.scale,
                crop.origin_in_frame.y + dy / crop.scale,
            ),
            ..crop
        };
        let moved = colors(&cut(&self.rgb, moved).ok()?);
        Some(in_light(moved, color, sure))
    }
}

impl fmt::Debug for Plate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plate of {}x{}", self.rgb.width(), self.rgb.height())
    }
}

fn person_share(mask: &Mask) -> f32 {
    let values = mask.values();
    values.iter().filter(|v| **v > 0.5).count() as f32 / values.len().max(1) as f32
}

/// Scales each channel by the median ratio of the picture to the plate.
fn in_light(plate: Vec<[f32; 3]>, color: &[[f32; 3]], sure: &[bool]) -> Vec<[f32; 3]> {
    const DARKEST: f32 = 0.02;
    let gain = [0, 1, 2].map(|c| {
        let known = (0..color.len()).step_by(5).filter(|at| sure[*at]);
        let mut gains: Vec<f32> = known
            .filter(|at| plate[*at][c] > DARKEST)
            .map(|at| color[at][c] / plate[at][c])
            .collect();
        let middle = gains.len() / 2;
        if gains.is_empty() {
            return 1.0;
        }
        *gains.select_nth_unstable_by(middle, f32::total_cmp).1
    });
    plate
        .into_iter()
        .map(|p| [0, 1, 2].map(|c| (p[c] * gain[c]).min(1.0)))
        .collect()
}

/// Largest shift of the plate that is tried, in output px.
const FARTHEST: i32 = 4;

/// Returns the shift with which the plate fits the sure backdrop best, in fractions of output px.
/// (0, 0) where that is not clearly better than no shift: an even wall has no position.
fn shift(plate: &[[f32; 3]], color: &[[f32; 3]], sure: &[bool]) -> (f32, f32) {
    const CLEARLY: f32 = 0.9;
    let samples: Vec<usize> = (0..color.len())
        .step_by(7)
        .filter(|at| sure[*at] && is_off_border(*at))
        .collect();
    let misfit = |dx: i32, dy: i32| misfit(plate, color, &samples, dx, dy);
    let all = (-FARTHEST..=FARTHEST).flat_map(|dy| (-FARTHEST..=FARTHEST).map(move |dx| (dx, dy)));
    let best = all
        .map(|(dx, dy)| (misfit(dx, dy), dx, dy))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((least, dx, dy)) = best.filter(|(least, ..)| *least < CLEARLY * misfit(0, 0)) else {
        return (0.0, 0.0);
    };
    (
        dx as f32 + vertex(misfit(dx - 1, dy), least, misfit(dx + 1, dy)),
        dy as f32 + vertex(misfit(dx, dy - 1), least, misfit(dx, dy + 1)),
    )
}

fn is_off_border(at: usize) -> bool {
    const BORDER: usize = FARTHEST as usize + 1;
    (BORDER..WIDTH - BORDER).contains(&(at % WIDTH))
        && (BORDER..HEIGHT - BORDER).contains(&(at / WIDTH))
}

/// Sums the squared distances, each capped where it must come from something that the plate does
/// not show.
fn misfit(plate: &[[f32; 3]], color: &[[f32; 3]], samples: &[usize], dx: i32, dy: i32) -> f32 {
    const MOST: f32 = 0.03;
    let step = dy as isize * WIDTH as isize + dx as isize;
    samples
        .iter()
        .map(|at| square(color[*at], plate[at.wrapping_add_signed(step)]).min(MOST))
        .sum()
}

/// Returns where a parabola through three neighbours is lowest, -0.5..=0.5.
fn vertex(before: f32, least: f32, after: f32) -> f32 {
    let bend = before - 2.0 * least + after;
    if bend <= 0.0 {
        return 0.0;
    }
    (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
}
