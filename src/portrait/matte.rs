//! How much of each pixel is the person: the network's mask, sharpened by the picture itself.
//!
//! Near the person's edge the colours behind (B) and before (F) are known from both sides, so each pixel C = aF + (1-a)B
//! gives its own alpha, a = (C-B).(F-B) / |F-B|^2. Where F and B are too alike for that, or the backdrop is too uneven to be
//! known, the guided filter (He et al. 2010) of the mask decides.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use image::{GrayImage, RgbImage};

use super::{
    push_pull,
    trimap::{Trimap, inside_hull, plane},
    wall::square,
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
/// Largest doubt (see [`Matte::doubt`]) with which a backdrop is replaced. Measured: sitters before walls with strong
/// shadows stay below 0.1; pictures before curtains and windows reach 0.4 to 0.7, and from 0.5 on scraps of them show.
const MOST_DOUBT: f32 = 0.5;

/// Alpha and the backdrop behind the person, both at 480x640.
pub struct Matte {
    /// 0..=1
    pub alpha: Vec<f32>,
    /// The backdrop's colour at each pixel, also behind the person; 0..=1.
    pub behind: Vec<[f32; 3]>,
    /// How little is known at the person's edge, 0..=1: mean over the pixels that are neither person nor wall.
    pub doubt: f32,
}

impl Matte {
    pub fn is_certain(&self) -> bool {
        self.doubt <= MOST_DOUBT
    }

    pub fn alpha_image(&self) -> GrayImage {
        let bytes = self
            .alpha
            .iter()
            .map(|a| (a * 255.0).round() as u8)
            .collect();
        GrayImage::from_raw(OUTPUT_WIDTH, OUTPUT_HEIGHT, bytes).unwrap_or_default()
    }
}

/// The matte of the cut picture. `mask` was made from that picture, `face` are the landmarks in it.
/// `None` if there is no person, or nothing behind.
pub fn matte(picture: &RgbImage, mask: &Mask, face: &[Point]) -> Option<Matte> {
    let color: Vec<[f32; 3]> = picture
        .pixels()
        .map(|p| p.0.map(|c| f32::from(c) / 255.0))
        .collect();
    let face = inside_hull(face);
    let mask: Vec<f32> = (0..WIDTH * HEIGHT)
        .map(|at| if face[at] { 1.0 } else { mask.at(center(at)) })
        .collect();
    if color.len() != mask.len() {
        return None;
    }
    let trimap = Trimap::new(&color, &mask, &face);
    if !trimap.behind.contains(&true) || !trimap.person.contains(&true) {
        return None;
    }
    let guided = guided_filter(&color, &mask, WIDTH, GUIDE_RADIUS_PX, GUIDE_EPS);
    let first = Sides::known(&color, &trimap, None).unmixed(&color, &trimap, &guided);
    let mut matte =
        Sides::known(&color, &trimap, Some(&first.alpha)).unmixed(&color, &trimap, &guided);
    matte
        .alpha
        .iter_mut()
        .for_each(|alpha| *alpha = snapped(*alpha));
    Some(matte)
}

fn center(at: usize) -> Point {
    Point::new((at % WIDTH) as f32 + 0.5, (at / WIDTH) as f32 + 0.5)
}

/// What is known from both sides of the edge.
struct Sides {
    before: Vec<[f32; 3]>,
    behind: Vec<[f32; 3]>,
    /// Squared distance of the backdrop from its smooth surface, around here.
    unevenness: Vec<[f32; 3]>,
}

impl Sides {
    /// Sure pixels, and after a first pass also what that found to be all or nothing.
    fn known(color: &[[f32; 3]], trimap: &Trimap, alpha: Option<&[f32]>) -> Self {
        const FOUND: f32 = 0.7;
        const ALL: f32 = 0.97;
        let found = |at: usize, is: fn(f32) -> bool| alpha.is_some_and(|alpha| is(alpha[at]));
        let weigh = |sure: &[bool], is: fn(f32) -> bool| -> Vec<f32> {
            (0..sure.len())
                .map(|at| match (sure[at], found(at, is)) {
                    (true, _) => 1.0,
                    (false, true) => FOUND,
                    (false, false) => 0.0,
                })
                .collect()
        };
        let wall = &trimap.wall;
        let most = 4.0 * wall.spread * wall.spread;
        let off_wall: Vec<[f32; 3]> = color
            .iter()
            .zip(&wall.color)
            .map(|(color, wall)| [square(*color, *wall).min(most); 3])
            .collect();
        Self {
            before: push_pull::fill(color, &weigh(&trimap.person, |alpha| alpha > ALL), WIDTH),
            behind: push_pull::fill(
                color,
                &weigh(&trimap.behind, |alpha| alpha < 1.0 - ALL),
                WIDTH,
            ),
            unevenness: push_pull::fill(&off_wall, &plane(trimap.behind.iter().copied()), WIDTH),
        }
    }

    fn unmixed(self, color: &[[f32; 3]], trimap: &Trimap, guided: &[f32]) -> Matte {
        let plain = trimap.wall.plainness();
        let (mut doubt, mut edge) = (0.0, 0.0_f32);
        let alpha = (0..color.len())
            .map(|at| {
                if trimap.person[at] {
                    return 1.0;
                }
                if trimap.behind[at] {
                    return 0.0;
                }
                let own = self.own(at, color[at], plain);
                let believed = guided[at].clamp(0.0, 1.0);
                let alpha = own.sure * own.alpha + (1.0 - own.sure) * believed;
                if (0.05..0.95).contains(&alpha) {
                    doubt += (1.0 - plain) * own.sure * (own.alpha - believed).abs()
                        + (1.0 - own.sure) * 4.0 * believed * (1.0 - believed);
                    edge += 1.0;
                }
                alpha
            })
            .collect();
        Matte {
            alpha,
            behind: self.behind,
            doubt: doubt / edge.max(1.0),
        }
    }

    /// Alpha of one pixel by its own colour.
    fn own(&self, at: usize, color: [f32; 3], plain: f32) -> Own {
        /// Squared noise of a camera's pixel, and squared distances off the line from B to F.
        const NOISE: f32 = 4e-4;
        const ON_LINE: f32 = 0.004;
        const OFF_LINE: f32 = 0.016;
        let (before, behind) = (self.before[at], self.behind[at]);
        let (mut along, mut length) = (0.0, 0.0);
        for c in 0..3 {
            let span = before[c] - behind[c];
            along += (color[c] - behind[c]) * span;
            length += span * span;
        }
        let alpha = (along / length.max(1e-6)).clamp(0.0, 1.0);
        let mixed = [0, 1, 2].map(|c| alpha * before[c] + (1.0 - alpha) * behind[c]);
        let off = square(color, mixed);
        let noise = self.unevenness[at][0] + NOISE;
        // A colour of neither side before a wall that is known: something else of the person.
        let alien = plain * smooth(ON_LINE, OFF_LINE, off - 4.0 * noise);
        let told = length / (length + 6.0 * noise + off * (1.0 - alien) + 0.008);
        Own {
            alpha: alpha + (1.0 - alpha) * alien,
            sure: smooth(0.3, 0.9, told).max(alien),
        }
    }
}

/// Alpha from a pixel's own colour, and how far it is to be believed, both 0..=1.
struct Own {
    alpha: f32,
    sure: f32,
}

/// 0 below `low`, 1 above `high`, without a kink between.
fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Noise of the camera leaves traces of alpha far from the edge: what is nearly all or nothing is all or nothing.
fn snapped(alpha: f32) -> f32 {
    const TRACE: f32 = 0.05;
    ((alpha - TRACE) / (1.0 - 2.0 * TRACE)).clamp(0.0, 1.0)
}
