//! What covers a face or hides parts of it: hair over brows and eyes, light in the glasses, red
//! pupils, hair over the ears, a mask over the mouth, dark lenses.

use crate::geometry::Point;

use super::{
    colour::lab,
    face::Face,
    mesh::index,
    sampling::{Edge, Patch, Pyramid, luma},
    skin::quantile,
};

/// Shares of 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cover {
    /// Of the more covered eye: share of the skin above the brow that is much darker than the
    /// cheek.
    pub eyes: f32,
    /// Of the brighter lens: share of the eye's surroundings that is brighter and paler than skin
    /// and the white of an eye can be.
    pub glare: f32,
    /// Of the redder pupil: how far its red stands out, 0 (not at all) ..=1.
    pub red_eye: f32,
    /// Of the less visible ear: share of its place that has the skin's colour.
    pub ears: f32,
    /// Share of the head above the hairline in a colour that neither hair nor skin has.
    pub head: f32,
    /// Share of the area between the lips that is as pale and bright as teeth.
    pub teeth: f32,
    /// Colours of the lips and of the skin above and below them, 0..=255: a covered mouth shows no
    /// lips.
    pub lips: [f32; 3],
    pub around_lips: [f32; 3],
    /// Luma of the brighter eye over the cheeks': of the white of the eye, or of the skin below it
    /// if that is brighter.
    pub eye_light: f32,
}

/// Points of the mesh along the upper edge of a brow, inner end first; right and left of the
/// sitter.
const BROWS: [[usize; 3]; 2] = [[107, 66, 105], [336, 296, 334]];

pub fn cover(pyramid: &mut Pyramid, face: &Face, cheek: [f32; 3]) -> Cover {
    let larger = |[a, b]: [f32; 2]| a.max(b);
    let sides = [0, 1];
    Cover {
        eyes: larger(sides.map(|side| covered(pyramid, face, side, cheek))),
        glare: larger(sides.map(|side| glare(pyramid, face, side, cheek))),
        red_eye: larger(sides.map(|side| redness(pyramid, face, side))),
        ears: sides
            .map(|side| ear(pyramid, face, side, cheek))
            .into_iter()
            .fold(1.0, f32::min),
        head: head(pyramid, face),
        teeth: teeth(pyramid, face, cheek),
        lips: lips(pyramid, face),
        around_lips: around_lips(pyramid, face),
        eye_light: eye_light(pyramid, face),
    }
}

/// Points of the mesh along the outer edges of the lips and along the edges that meet, without the
/// corners.
const LIPS: [([usize; 7], [usize; 7]); 2] = [
    (
        [40, 39, 37, 0, 267, 269, 270],
        [80, 81, 82, 13, 312, 311, 310],
    ),
    (
        [91, 181, 84, 17, 314, 405, 321],
        [88, 178, 87, 14, 317, 402, 318],
    ),
];

fn lips(pyramid: &mut Pyramid, face: &Face) -> [f32; 3] {
    const ACROSS: usize = 5;
    let mut colours = Vec::new();
    for (outer, inner) in LIPS {
        for (outer, inner) in outer.into_iter().zip(inner) {
            let (outer, inner) = (face.mesh.at(outer).flat(), face.mesh.at(inner).flat());
            for i in 0..ACROSS {
                // The edges are partly skin and shadow.
                let share = 0.2 + 0.6 * i as f32 / (ACROSS - 1) as f32;
                colours.push(pyramid.color_at(mixed(outer, inner, share)));
            }
        }
    }
    median(&colours)
}

/// Returns the colour between nose and upper lip, and between lower lip and chin.
fn around_lips(pyramid: &mut Pyramid, face: &Face) -> [f32; 3] {
    const BELOW_NOSE: usize = 2;
    const UPPER_LIP: usize = 0;
    const LOWER_LIP: usize = 17;
    let at = |index: usize| face.mesh.at(index).flat();
    let unit = face.iris_distance();
    let strip = |from: Point, to: Point, (first, last): (f32, f32), wide: f32| {
        const DOWN: usize = 6;
        const ACROSS: usize = 9;
        let mut colours = Vec::with_capacity(DOWN * ACROSS);
        for i in 0..DOWN {
            let share = first + (last - first) * i as f32 / (DOWN - 1) as f32;
            let middle = mixed(from, to, share);
            for j in 0..ACROSS {
                let aside = face.across(wide * unit * (j as f32 / (ACROSS - 1) as f32 - 0.5));
                let place = Point::new(middle.x + aside.x, middle.y + aside.y);
                colours.push(pyramid.color_at(place));
            }
        }
        median(&colours)
    };
    let above = strip(at(BELOW_NOSE), at(UPPER_LIP), (0.3, 0.7), 0.24);
    let below = strip(at(LOWER_LIP), at(index::CHIN), (0.25, 0.75), 0.4);
    let mut both = above;
    for (mean, below) in both.iter_mut().zip(below) {
        *mean = f32::midpoint(*mean, below);
    }
    both
}

/// Returns what a dark lens would darken: the white of an eye or the skin just below it, whichever
/// is brighter.
fn eye_light(pyramid: &mut Pyramid, face: &Face) -> f32 {
    /// Upper cheeks: centre and size in distances between the irises.
    const CHEEKS: [Point; 2] = [Point::new(-0.5, 0.45), Point::new(0.5, 0.45)];
    const CHEEK: Point = Point::new(0.3, 0.2);
    const SAMPLES: usize = 12;
    let cheeks = CHEEKS.map(|cheek| face.patch(cheek, CHEEK));
    let mut skin = Vec::with_capacity(2 * SAMPLES * SAMPLES);
    for patch in &cheeks {
        skin.extend(pyramid.luma(patch, SAMPLES, SAMPLES));
    }
    let skin = quantile(skin, 0.5).max(1.0);
    let eyes = [index::RIGHT_EYE, index::LEFT_EYE].map(|(outer, inner)| {
        let (outer, inner) = (face.mesh.at(outer).flat(), face.mesh.at(inner).flat());
        let (middle, width) = (outer.midpoint(inner), outer.distance(inner));
        let mut part = |below: f32, wide: f32, high: f32| {
            let down = face.up(-below * width);
            let patch = face.patch_at(
                Point::new(middle.x + down.x, middle.y + down.y),
                Point::new(wide * width, high * width),
            );
            pyramid.luma(&patch, 2 * SAMPLES, SAMPLES)
        };
        let white = quantile(part(0.0, 1.0, 0.32), 0.9);
        let below = quantile(part(0.36, 0.8, 0.12), 0.5);
        white.max(below)
    });
    eyes.into_iter().fold(0.0, f32::max) / skin
}

fn median(colours: &[[f32; 3]]) -> [f32; 3] {
    [0, 1, 2].map(|channel: usize| {
        let values = colours
            .iter()
            .filter_map(|color| color.get(channel).copied());
        quantile(values, 0.5)
    })
}

/// Returns the share of teeth between the inner lips, from one corner's third to the other's.
fn teeth(pyramid: &mut Pyramid, face: &Face, cheek: [f32; 3]) -> f32 {
    /// Points of the mesh along the edges of the lips that meet, from the sitter's right to the
    /// left.
    const UPPER: [usize; 7] = [80, 81, 82, 13, 312, 311, 310];
    const LOWER: [usize; 7] = [88, 178, 87, 14, 317, 402, 318];
    const DOWN: usize = 9;
    /// Lips are redder than the cheek, teeth paler; the dark of an open mouth is neither.
    const PALER: f32 = 0.75;
    const BRIGHT: f32 = 0.55;
    let redness = |[r, g, b]: [f32; 3]| (r - f32::midpoint(g, b)) / (r + g + b + 1.0);
    let (pale, bright) = (PALER * redness(cheek), BRIGHT * luma(cheek));
    let mut seen = 0;
    for (upper, lower) in UPPER.into_iter().zip(LOWER) {
        let (upper, lower) = (face.mesh.at(upper).flat(), face.mesh.at(lower).flat());
        for i in 0..DOWN {
            let share = i as f32 / (DOWN - 1) as f32;
            let color = pyramid.color_at(mixed(upper, lower, share));
            seen += usize::from(redness(color) < pale && luma(color) > bright);
        }
    }
    seen as f32 / (UPPER.len() * DOWN) as f32
}

/// Returns the share of a strip of skin well above the brow that is much darker than the cheek:
/// hair over a brow comes from above it. The strip between brow and lid does not help: deep-set
/// eyes and thick brows darken it as much as hair does.
fn covered(pyramid: &mut Pyramid, face: &Face, side: usize, cheek: [f32; 3]) -> f32 {
    /// Darker than this share of the cheek's luma cannot be skin in any light that passes the
    /// evenness check.
    const MUCH_DARKER: f32 = 0.55;
    /// The range above the brow, in distances between the irises.
    const ABOVE: (f32, f32) = (0.2, 0.35);
    let brow = BROWS
        .get(side)
        .copied()
        .unwrap_or_default()
        .map(|at| face.mesh.at(at).flat());
    let line = |above: f32| {
        let up = face.up(above * face.iris_distance());
        brow.map(|p| Point::new(p.x + up.x, p.y + up.y))
    };
    let limit = luma(cheek) * MUCH_DARKER;
    let strip = strip(pyramid, line(ABOVE.1), line(ABOVE.0));
    let dark = strip.iter().filter(|color| luma(**color) < limit);
    dark.count() as f32 / strip.len().max(1) as f32
}

/// Samples between two lines of three points each.
fn strip(pyramid: &mut Pyramid, upper: [Point; 3], lower: [Point; 3]) -> Vec<[f32; 3]> {
    const ACROSS: usize = 12;
    const DOWN: usize = 6;
    let mut colours = Vec::with_capacity(ACROSS * DOWN);
    for i in 0..ACROSS {
        let share = (i as f32 + 0.5) / ACROSS as f32;
        let (from, to) = (along(upper, share), along(lower, share));
        for j in 0..DOWN {
            let down = 0.15 + 0.6 * (j as f32 + 0.5) / DOWN as f32;
            colours.push(pyramid.color_at(mixed(from, to, down)));
        }
    }
    colours
}

fn along([a, b, c]: [Point; 3], share: f32) -> Point {
    if share < 0.5 {
        mixed(a, b, share * 2.0)
    } else {
        mixed(b, c, share * 2.0 - 1.0)
    }
}

fn mixed(a: Point, b: Point, share: f32) -> Point {
    Point::new(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
}

fn iris(face: &Face, side: usize) -> (Point, f32) {
    let eye = if side == 0 {
        face.right_eye
    } else {
        face.left_eye
    };
    (eye.iris, eye.radius)
}

/// Returns the share of glare over the place of a lens, without the small lights that every eye
/// reflects.
fn glare(pyramid: &mut Pyramid, face: &Face, side: usize, cheek: [f32; 3]) -> f32 {
    const SAMPLES: usize = 40;
    /// In distances between the irises.
    const LENS: (f32, f32) = (0.66, 0.5);
    let (center, _) = iris(face, side);
    let unit = face.iris_distance();
    let patch = face.patch_at(center, Point::new(LENS.0 * unit, LENS.1 * unit));
    let least = (luma(cheek) * 1.15).clamp(205.0, 245.0);
    let mut bright = 0;
    pyramid.sample(&patch, SAMPLES, SAMPLES, Edge::Repeat, |_, color| {
        let low = color.iter().copied().fold(f32::INFINITY, f32::min);
        bright += usize::from(low >= least * 0.92 && luma(color) >= least);
    });
    bright as f32 / (SAMPLES * SAMPLES) as f32
}

/// Returns red over the larger of green and blue, in the middle of the iris.
fn redness(pyramid: &mut Pyramid, face: &Face, side: usize) -> f32 {
    const SAMPLES: usize = 8;
    let (center, radius) = iris(face, side);
    let patch = Patch {
        center,
        width: radius,
        height: radius,
        angle: 0.0,
        flipped: false,
    };
    let mut red = Vec::with_capacity(SAMPLES * SAMPLES);
    pyramid.sample(&patch, SAMPLES, SAMPLES, Edge::Repeat, |_, [r, g, b]| {
        red.push((r - g.max(b)) / 255.0);
    });
    (red.iter().sum::<f32>() / red.len().max(1) as f32).clamp(0.0, 1.0)
}

/// Returns the share of a strip above the hairline that has a colour which natural hair and skin do
/// not have. Hair, skin and a head that shines are brown, red-brown, yellow or grey, whatever the
/// person (CIELAB hue -5 to 100 degrees); so grey, brown and black hats are not seen.
fn head(pyramid: &mut Pyramid, face: &Face) -> f32 {
    const COLUMNS: usize = 15;
    const ROWS: usize = 12;
    /// In heights of the face: the strip's distance from the hairline, its height and its width.
    /// Flat hair reaches no higher.
    const ABOVE: f32 = 0.15;
    const HIGH: f32 = 0.18;
    const WIDE: f32 = 0.56;
    let hairline = face.mesh.at(index::FOREHEAD).flat();
    let height = hairline.distance(face.mesh.at(index::CHIN).flat());
    let up = face.up(ABOVE * height);
    let patch = face.patch_at(
        Point::new(hairline.x + up.x, hairline.y + up.y),
        Point::new(WIDE * height, HIGH * height),
    );
    if !pyramid.bounds().contains(patch.center) {
        return 0.0;
    }
    let mut foreign = 0;
    pyramid.sample(&patch, COLUMNS, ROWS, Edge::Repeat, |_, rgb| {
        foreign += usize::from(is_of_no_head(rgb));
    });
    foreign as f32 / (COLUMNS * ROWS) as f32
}

/// Returns whether neither hair nor skin has this colour: a cold hue, the red of cloth, or nearly
/// white.
fn is_of_no_head(rgb: [f32; 3]) -> bool {
    /// Paler than this, a hue is mostly noise.
    const PALE: f32 = 14.0;
    const HUES: std::ops::RangeInclusive<f32> = -5.0..=100.0;
    const CLOTH_RED: (f32, f32) = (33.0, 38.0);
    const WHITE: (f32, f32) = (85.0, 12.0);
    let [lightness, a, b] = lab(rgb);
    let (chroma, hue) = (a.hypot(b), b.atan2(a).to_degrees());
    (chroma > PALE && !HUES.contains(&hue))
        || (chroma > CLOTH_RED.1 && hue < CLOTH_RED.0)
        || (lightness > WHITE.0 && chroma < WHITE.1)
}

/// Returns the share of skin beside the cheek, between brow and nostrils.
fn ear(pyramid: &mut Pyramid, face: &Face, side: usize, cheek: [f32; 3]) -> f32 {
    const COLUMNS: usize = 8;
    const ROWS: usize = 24;
    /// In distances between the irises: how far out, how wide, how high, how far below the eyes.
    const OUT: f32 = 0.09;
    const SIZE: (f32, f32) = (0.12, 0.5);
    const BELOW: f32 = 0.2;
    let unit = face.iris_distance();
    let (edge, outwards) = if side == 0 {
        (face.mesh.at(index::RIGHT_CHEEK).flat(), -1.0)
    } else {
        (face.mesh.at(index::LEFT_CHEEK).flat(), 1.0)
    };
    let eyes = face.eyes_midpoint();
    let (across, down) = (face.across(outwards * OUT * unit), face.up(-BELOW * unit));
    // The cheek's own height is uncertain; the eye line's is not.
    let height = {
        let (dx, dy) = (edge.x - eyes.x, edge.y - eyes.y);
        let up = face.up(1.0);
        dx * up.x + dy * up.y
    };
    let level = face.up(-height);
    let patch = face.patch_at(
        Point::new(
            edge.x + level.x + across.x + down.x,
            edge.y + level.y + across.y + down.y,
        ),
        Point::new(SIZE.0 * unit, SIZE.1 * unit),
    );
    let mut seen = 0;
    pyramid.sample(&patch, COLUMNS, ROWS, Edge::Repeat, |_, color| {
        seen += usize::from(is_like(color, cheek));
    });
    seen as f32 / (COLUMNS * ROWS) as f32
}

/// Returns whether the hue is the same as the cheek's, in any light that falls on an ear.
fn is_like(color: [f32; 3], cheek: [f32; 3]) -> bool {
    const DARKEST: f32 = 0.35;
    const BRIGHTEST: f32 = 1.5;
    /// Squared distance of the chromaticities.
    const SAME_HUE: f32 = 0.0035;
    let sum = |c: [f32; 3]| c.iter().sum::<f32>().max(1.0);
    let brightness = luma(color) / luma(cheek).max(1.0);
    let off: f32 = color
        .iter()
        .zip(cheek)
        .map(|(a, b)| (a / sum(color) - b / sum(cheek)).powi(2))
        .sum();
    (DARKEST..BRIGHTEST).contains(&brightness) && off < SAME_HUE
}
