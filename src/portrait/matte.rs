//! How much of each pixel is the person: the network's mask, refined by the picture itself.
//!
//! Near the person's edge the colours of backdrop (B) and person (F) are known from both sides, so
//! each pixel C = aF + (1-a)B gives its own alpha, a = (C-B).(F-B) / |F-B|^2. Where F and B are too
//! alike for that, or the backdrop is too uneven to be known, the guided filter (He et al. 2010) of
//! the mask decides.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use image::{GrayImage, RgbImage};

use super::{
    before::Before,
    behind::Behind,
    doubt::Doubt,
    trimap::{Trimap, inside_hull, reached},
    wall::{Wall, square},
};
use crate::{
    analysis::{Mask, guided::guided_filter},
    geometry::Point,
    profile::{OUTPUT_HEIGHT, OUTPUT_WIDTH},
};

pub const WIDTH: usize = OUTPUT_WIDTH as usize;
pub const HEIGHT: usize = OUTPUT_HEIGHT as usize;

const GUIDE_RADIUS_PX: usize = 8;
const GUIDE_EPS: f32 = 1e-4;

/// Alpha and the backdrop behind the person, both at 480x640.
pub struct Matte {
    /// 0..=1
    pub alpha: Vec<f32>,
    /// The backdrop's colour at each pixel, also behind the person; 0..=1.
    pub behind: Vec<[f32; 3]>,
    pub doubt: Doubt,
}

impl Matte {
    pub fn alpha_image(&self) -> GrayImage {
        let bytes = self
            .alpha
            .iter()
            .map(|a| (a * 255.0).round() as u8)
            .collect();
        GrayImage::from_raw(OUTPUT_WIDTH, OUTPUT_HEIGHT, bytes).unwrap_or_default()
    }
}

/// Computes the matte of the cropped picture. `mask` was made from that picture, `face` are the
/// landmarks in it. `plate` gives the empty booth through the same crop, once it knows where the
/// backdrop surely is; a plate that fits worse than a smooth surface is ignored.
/// Returns `None` if there is no person, or nothing behind them.
pub fn matte(
    picture: &RgbImage,
    mask: &Mask,
    face: &[Point],
    plate: impl FnOnce(&[[f32; 3]], &[bool]) -> Option<Vec<[f32; 3]>>,
) -> Option<Matte> {
    let color = colors(picture);
    let face = inside_hull(face);
    let mask: Vec<f32> = (0..WIDTH * HEIGHT)
        .map(|at| if face[at] { 1.0 } else { mask.at(center(at)) })
        .collect();
    if color.len() != mask.len() {
        return None;
    }
    let mut trimap = Trimap::new(&mask, &face);
    if !trimap.behind.contains(&true) || !trimap.person.contains(&true) {
        return None;
    }
    let fitted = Wall::fit(&color, &trimap.behind);
    let wall = plate(&color, &trimap.behind)
        .map(|plate| Wall::of_plate(&color, plate, &trimap.behind))
        .filter(|wall| wall.spread < fitted.spread)
        .unwrap_or(fitted);
    let behind = before_the_wall(&mut trimap, &color, &mask, &wall);
    let edge = Edge {
        before: Before::of(&color, &trimap.person, &behind.color),
        guided: guided_filter(&color, &mask, WIDTH, GUIDE_RADIUS_PX, GUIDE_EPS, |at| {
            !trimap.person[at] && !trimap.behind[at]
        }),
        plain: wall.plainness(),
        behind,
    };
    let (mut alpha, doubt) = edge.unmixed(&color, &trimap);
    close_holes(&mut alpha, &trimap, &mask);
    Some(Matte {
        doubt: Doubt::of(&alpha, &mask, doubt, wall.spread),
        behind: edge.behind.color,
        alpha,
    })
}

pub fn colors(picture: &RgbImage) -> Vec<[f32; 3]> {
    picture
        .pixels()
        .map(|p| p.0.map(|c| f32::from(c) / 255.0))
        .collect()
}

fn center(at: usize) -> Point {
    Point::new((at % WIDTH) as f32 + 0.5, (at / WIDTH) as f32 + 0.5)
}

/// Narrows the trimap by what a plain wall shows, and finds the wall's colour behind everything.
fn before_the_wall(trimap: &mut Trimap, color: &[[f32; 3]], mask: &[f32], wall: &Wall) -> Behind {
    if wall.plainness() <= 0.0 {
        return Behind::near(color, &wall.color, &trimap.behind);
    }
    trimap.follow_into_wall(color, wall);
    let sure: Vec<bool> = (0..color.len())
        .map(|at| trimap.behind[at] && !wall.is_unlike(at, color[at]))
        .collect();
    let behind = Behind::near(color, &wall.color, &sure);
    let standing_out = behind.standing_out(color);
    trimap.close_in(&standing_out, mask);
    trimap.reach_for_strands(&standing_out, mask);
    behind
}

/// The colours known on both sides of the edge.
struct Edge {
    before: Before,
    behind: Behind,
    guided: Vec<f32>,
    /// See [`Wall::plainness`].
    plain: f32,
}

impl Edge {
    /// Returns alpha and [`Doubt::edge`].
    fn unmixed(&self, color: &[[f32; 3]], trimap: &Trimap) -> (Vec<f32>, f32) {
        let (mut doubt, mut edge) = (0.0, 0.0_f32);
        let alpha = (0..color.len())
            .map(|at| {
                if trimap.person[at] {
                    return 1.0;
                }
                if trimap.behind[at] {
                    return 0.0;
                }
                let own = self.own(at, color[at]);
                let believed = self.guided[at].clamp(0.0, 1.0);
                let alpha = own.sure * own.alpha + (1.0 - own.sure) * believed;
                if (0.05..0.95).contains(&alpha) {
                    doubt += (1.0 - self.plain) * own.sure * (own.alpha - believed).abs()
                        + (1.0 - own.sure) * 4.0 * believed * (1.0 - believed);
                    edge += 1.0;
                }
                snapped(alpha, own.trace)
            })
            .collect();
        (alpha, doubt / edge.max(1.0))
    }

    /// Returns alpha of one pixel by its own colour.
    fn own(&self, at: usize, color: [f32; 3]) -> Own {
        /// Squared distance of F and B that is too small to decide anything.
        const ALIKE: f32 = 0.008;
        let behind = self.behind.color[at];
        let grain = self.behind.grain[at];
        let before = self.before.at(at, color, behind, grain);
        let (mut along, mut length) = (0.0, 0.0);
        for c in 0..3 {
            let span = before[c] - behind[c];
            along += (color[c] - behind[c]) * span;
            length += span * span;
        }
        let alpha = (along / length.max(1e-6)).clamp(0.0, 1.0);
        let mixed = [0, 1, 2].map(|c| alpha * before[c] + (1.0 - alpha) * behind[c]);
        // Off the line from B to F lies a colour of neither; in front of a plain wall it is at
        // least not the wall's.
        let off = (1.0 - self.plain) * square(color, mixed);
        let told = length / (length + 6.0 * grain + off + ALIKE);
        Own {
            alpha,
            sure: smooth(0.3, 0.9, told),
            trace: (3.0 * grain / length.max(1e-4)).sqrt(),
        }
    }
}

/// Alpha from a pixel's own colour, its reliability, and how much of it grain alone may cause, all
/// 0..=1.
struct Own {
    alpha: f32,
    sure: f32,
    trace: f32,
}

/// Returns 0 below `low`, 1 above `high`, and a smooth step between them.
fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Rounds alpha near 0 or 1, since grain leaves traces of it far from the edge.
fn snapped(alpha: f32, trace: f32) -> f32 {
    const NEARLY: f32 = 0.03;
    const MOST: f32 = 0.05;
    if alpha < trace.min(MOST) {
        0.0
    } else if alpha > 1.0 - NEARLY {
        1.0
    } else {
        alpha
    }
}

/// Fills holes where the mask is sure and nothing connects the place to the wall: a shadow within
/// the clothes that happens to have the wall's colour.
fn close_holes(alpha: &mut [f32], trimap: &Trimap, mask: &[f32]) {
    const OPEN: f32 = 0.7;
    let open: Vec<bool> = alpha.iter().map(|alpha| *alpha < OPEN).collect();
    let outside = reached(&open, trimap.behind.clone());
    for at in 0..alpha.len() {
        if open[at] && !outside[at] && mask[at] > 0.9 {
            alpha[at] = 1.0;
        }
    }
}
