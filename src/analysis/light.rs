//! How the face is lit and how sharp it is.

use crate::geometry::Point;

use super::{
    face::Face,
    mesh::index,
    sampling::{Patch, Pyramid},
};

/// Measures on one face. Luma is gamma-coded, 0..=255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Mean luma of both cheeks, 0..=255.
    pub brightness: f32,
    /// How alike the two cheeks are: intersection of their luma histograms, 0 (nothing shared) ..=1
    /// (the same).
    pub evenness: f32,
    /// The darker cheek's mean over the brighter one's, 0..=1.
    pub balance: f32,
    /// Detail around the eyes: variance of the Laplacian over variance of the luma, at the size of
    /// the portrait (face 212 px wide) or at the picture's own where that is smaller. 0.1..=0.8 is
    /// sharp, below 0.04 blurred.
    pub sharpness: f32,
}

/// Side of a cheek square, in distances between the irises; it is halfway between eye and mouth.
const CHEEK: f32 = 0.3;
const CHEEK_SAMPLES: usize = 24;
const BINS: usize = 32;
/// Face width on the finished portrait, in px.
const PORTRAIT_FACE: f32 = 212.0;

pub fn light(pyramid: &mut Pyramid, face: &Face) -> Light {
    let mouth = face
        .mesh
        .at(index::UPPER_LIP)
        .flat()
        .midpoint(face.mesh.at(index::LOWER_LIP).flat());
    let side = face.right_eye.iris.distance(face.left_eye.iris) * CHEEK;
    let down = Point::new(
        (mouth.x - face.eyes_midpoint().x) / 2.0,
        (mouth.y - face.eyes_midpoint().y) / 2.0,
    );
    let mut cheek = |eye: Point| {
        let patch = face.patch_at(
            Point::new(eye.x + down.x, eye.y + down.y),
            Point::new(side, side),
        );
        pyramid.luma(&patch, CHEEK_SAMPLES, CHEEK_SAMPLES)
    };
    let (right, left) = (cheek(face.right_eye.iris), cheek(face.left_eye.iris));
    let (dark, bright) = (mean(&right).min(mean(&left)), mean(&right).max(mean(&left)));
    Light {
        brightness: f32::midpoint(dark, bright),
        evenness: shared(&histogram(&right), &histogram(&left)),
        balance: dark / bright.max(1.0),
        sharpness: sharpness(pyramid, face),
    }
}

/// Returns the sharpness of the sharper eye: the other may lie in a highlight of the glasses.
fn sharpness(pyramid: &mut Pyramid, face: &Face) -> f32 {
    // Pixels that the picture does not have would be interpolated, and smooth.
    let scale = (PORTRAIT_FACE / face.width().max(1.0)).min(1.0);
    let side = face.right_eye.iris.distance(face.left_eye.iris) * 0.6;
    let samples = ((side * scale) as usize).clamp(8, 128);
    let mut eye = |center: Point| {
        let patch = Patch {
            center,
            width: side,
            height: side,
            angle: 0.0,
            flipped: false,
        };
        detail(&pyramid.luma(&patch, samples, samples), samples)
    };
    eye(face.right_eye.iris).max(eye(face.left_eye.iris))
}

/// Returns the variance of the Laplacian over the variance of the values themselves (plus a little
/// noise).
fn detail(luma: &[f32], columns: usize) -> f32 {
    const NOISE: f32 = 4.0;
    let at = |i: usize| luma.get(i).copied().unwrap_or(0.0);
    let rows = luma.len() / columns.max(1);
    let inner =
        (1..rows.saturating_sub(1)).flat_map(|y| (1..columns - 1).map(move |x| y * columns + x));
    let laplacian: Vec<f32> = inner
        .map(|i| at(i - 1) + at(i + 1) + at(i - columns) + at(i + columns) - 4.0 * at(i))
        .collect();
    variance(&laplacian) / (variance(luma) + NOISE)
}

fn histogram(luma: &[f32]) -> [f32; BINS] {
    let mut bins = [0.0; BINS];
    for v in luma {
        let bin = (v * BINS as f32 / 256.0) as usize;
        if let Some(count) = bins.get_mut(bin.min(BINS - 1)) {
            *count += 1.0 / luma.len() as f32;
        }
    }
    bins
}

fn shared(a: &[f32; BINS], b: &[f32; BINS]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a.min(*b)).sum()
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn variance(values: &[f32]) -> f32 {
    let mean = mean(values);
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cheeks_of_the_same_light_share_everything() {
        let bright = histogram(&[200.0; 50]);
        let dark = histogram(&[90.0; 50]);
        assert!((shared(&bright, &bright) - 1.0).abs() < 1e-4);
        assert!(shared(&bright, &dark) < 1e-6);
    }

    #[test]
    fn a_blurred_edge_has_less_detail_than_a_sharp_one() {
        let edge = |soft: f32| -> Vec<f32> {
            (0..32 * 32)
                .map(|i| (((i % 32) as f32 - 16.0) / soft).clamp(-1.0, 1.0) * 60.0 + 100.0)
                .collect()
        };
        assert!(detail(&edge(0.5), 32) > 3.0 * detail(&edge(6.0), 32));
        assert!(detail(&vec![100.0; 32 * 32], 32) < 1e-6);
    }
}
