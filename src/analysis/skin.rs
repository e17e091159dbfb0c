//! What the skin of a face shows: too dark, overexposed, shiny, its colour, its grain.
//!
//! Samples are taken where every face is bare skin: forehead above the brows, bridge of the nose,
//! cheeks below glasses. Lengths are distances between the irises, from the eyes' midpoint.

use crate::geometry::{Point, Rect};

use super::{
    face::Face,
    sampling::{Edge, Pyramid, linear, luma},
};

/// Measures over the skin of one face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skin {
    /// Mean colour of both cheeks: red, green, blue, 0..=255.
    pub color: [f32; 3],
    /// Share of the skin whose luma is at most 25, 0..=1 (OFIQ's limits, on gamma-coded luma so
    /// that dark skin does not count as too little light).
    pub dark: f32,
    /// Share of the skin whose luma is at least 247, 0..=1.
    pub burnt: f32,
    /// How much forehead or nose shines; 0 is not at all: see `shine`.
    pub shine: f32,
    /// The place of the shine, in frame px.
    pub shine_place: Rect,
    /// Standard deviation of the grain on the smoother cheek, in luma levels, at the size of the
    /// portrait.
    pub noise: f32,
}

const DARK: f32 = 25.0;
const BURNT: f32 = 247.0;
/// Face width on the finished portrait, in px.
const PORTRAIT_FACE: f32 = 212.0;

/// A part of the face that is skin on everybody: centre and size.
#[derive(Clone, Copy)]
struct Zone {
    center: Point,
    size: Point,
}

const fn zone(x: f32, y: f32, width: f32, height: f32) -> Zone {
    Zone {
        center: Point::new(x, y),
        size: Point::new(width, height),
    }
}

const FOREHEAD: Zone = zone(0.0, -0.56, 0.8, 0.1);
const NOSE: Zone = zone(0.0, 0.3, 0.26, 0.36);
const RIGHT_CHEEK: Zone = zone(-0.5, 0.62, 0.44, 0.34);
const LEFT_CHEEK: Zone = zone(0.5, 0.62, 0.44, 0.34);
const ZONES: [Zone; 4] = [FOREHEAD, NOSE, RIGHT_CHEEK, LEFT_CHEEK];
/// Samples per distance between the irises.
const FINENESS: f32 = 64.0;

pub fn skin(pyramid: &mut Pyramid, face: &Face) -> Skin {
    let zones = ZONES.map(|zone| colours(pyramid, face, zone));
    let [forehead, nose, right, left] = &zones;
    let all: Vec<[f32; 3]> = zones.iter().flatten().copied().collect();
    let share = |test: &dyn Fn(f32) -> bool| {
        all.iter().filter(|color| test(luma(**color))).count() as f32 / all.len().max(1) as f32
    };
    let (shine, shiniest) = [(forehead, FOREHEAD), (nose, NOSE)]
        .map(|(colours, zone)| (shine(colours), zone))
        .into_iter()
        .fold(
            (0.0, NOSE),
            |most, next| if next.0 > most.0 { next } else { most },
        );
    Skin {
        color: mean(right.iter().chain(left)),
        dark: share(&|luma| luma <= DARK),
        burnt: share(&|luma| luma >= BURNT),
        shine,
        shine_place: face.patch(shiniest.center, shiniest.size).bounds(),
        noise: grain(pyramid, face, RIGHT_CHEEK).min(grain(pyramid, face, LEFT_CHEEK)),
    }
}

fn colours(pyramid: &mut Pyramid, face: &Face, zone: Zone) -> Vec<[f32; 3]> {
    let (columns, rows) = (
        (zone.size.x * FINENESS) as usize,
        (zone.size.y * FINENESS) as usize,
    );
    let mut colours = Vec::with_capacity(columns * rows);
    let patch = face.patch(zone.center, zone.size);
    pyramid.sample(&patch, columns, rows, Edge::Repeat, |_, rgb| {
        colours.push(rgb);
    });
    colours
}

/// Returns how much more white light the brightest twentieth of a zone reflects than the zone's
/// usual skin, in linear light: 0..=1 of what the sensor can hold. A highlight adds the lamp's
/// light to the skin's own, so the difference does not depend on the skin, as a ratio would. White
/// light raises the weakest channel most, which more light on the skin does not.
fn shine(zone: &[[f32; 3]]) -> f32 {
    const BRIGHTEST: f32 = 0.95;
    let light = |share| linear(quantile(zone.iter().map(weakest), share));
    light(BRIGHTEST) - light(0.5)
}

fn weakest(color: &[f32; 3]) -> f32 {
    color.iter().copied().fold(f32::INFINITY, f32::min)
}

/// Returns the value that this share of the values does not exceed; 0 where there are no values.
pub(super) fn quantile(values: impl IntoIterator<Item = f32>, share: f32) -> f32 {
    let mut values: Vec<f32> = values.into_iter().collect();
    values.sort_by(f32::total_cmp);
    let at = (values.len() as f32 * share) as usize;
    values.get(at).copied().unwrap_or_default()
}

fn mean<'c>(colours: impl Iterator<Item = &'c [f32; 3]> + Clone) -> [f32; 3] {
    let count = colours.clone().count().max(1) as f32;
    colours.fold([0.0; 3], |mut sum, color| {
        for (sum, c) in sum.iter_mut().zip(color) {
            *sum += c / count;
        }
        sum
    })
}

/// Returns the standard deviation of the noise in one zone, by the difference of two Laplacians,
/// which ignores structure of first and second order (Immerkaer 1996).
fn grain(pyramid: &mut Pyramid, face: &Face, zone: Zone) -> f32 {
    let patch = face.patch(zone.center, zone.size);
    let step = (face.width() / PORTRAIT_FACE).max(1.0);
    let (columns, rows) = (
        (patch.width / step) as usize,
        (patch.height / step) as usize,
    );
    if columns < 3 || rows < 3 {
        return 0.0;
    }
    immerkaer(&pyramid.luma(&patch, columns, rows), columns)
}

fn immerkaer(luma: &[f32], columns: usize) -> f32 {
    const KERNEL: [[f32; 3]; 3] = [[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]];
    let rows: Vec<&[f32]> = luma.chunks_exact(columns.max(1)).collect();
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for three in rows.windows(3) {
        for x in 0..columns.saturating_sub(2) {
            let mut response = 0.0;
            for (row, weights) in three.iter().zip(KERNEL) {
                for (value, weight) in row.iter().skip(x).zip(weights) {
                    response += value * weight;
                }
            }
            sum += response.abs();
            count += 1.0;
        }
    }
    (std::f32::consts::FRAC_PI_2).sqrt() * sum / (6.0 * count.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grain_is_measured_and_a_slope_is_none() {
        let mut state = 7_u32;
        let mut dice = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        // Even noise in -0.5..0.5 has a deviation of 0.289.
        let noisy: Vec<f32> = (0..64 * 64).map(|_| 120.0 + 20.0 * dice()).collect();
        let slope: Vec<f32> = (0..64 * 64).map(|i| (i % 64) as f32 * 2.0).collect();
        assert!(
            (immerkaer(&noisy, 64) - 5.77).abs() < 0.5,
            "{}",
            immerkaer(&noisy, 64)
        );
        assert!(immerkaer(&slope, 64) < 1e-3);
    }

    #[test]
    fn the_same_highlight_shines_alike_on_every_skin() {
        // A twentieth of the zone reflects a quarter of the lamp's light.
        let shines = |skin: [f32; 3]| {
            let lit = skin.map(|c| 255.0 * (linear(c) + 0.25).powf(1.0 / 2.2));
            let mut zone = vec![skin; 90];
            zone.extend([lit; 10]);
            shine(&zone)
        };
        let (fair, deep) = (shines([230.0, 190.0, 170.0]), shines([90.0, 62.0, 48.0]));
        assert!(
            (fair - 0.25).abs() < 0.03 && (deep - 0.25).abs() < 0.03,
            "{fair} {deep}"
        );
        assert!(shine(&[[180.0, 130.0, 100.0]; 9]).abs() < 1e-6);
    }

    #[test]
    fn more_light_on_a_part_of_the_skin_shines_less_than_white_light() {
        let skin = [180.0, 130.0, 100.0];
        let zone = |part: [f32; 3]| [vec![skin; 9], vec![part; 1]].concat();
        let brighter = shine(&zone(skin.map(|c| c * 1.15)));
        let highlight = shine(&zone(skin.map(|c| c + 70.0)));
        assert!(highlight > 3.0 * brighter, "{highlight} {brighter}");
    }
}
