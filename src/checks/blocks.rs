//! Traces of a hard compression: steps along a grid of 8x8 blocks.
//!
//! JPEG codes each block of 8x8 pixels by itself, and the coarser it does so, the more the blocks
//! differ at their edges. Saving the file again at a high quality keeps those steps and hides them
//! from the quantisation tables. After Wang, Sheikh and Bovik ("No-reference perceptual quality
//! assessment of JPEG compressed images", 2002), differences across the blocks' edges are compared
//! with those inside. What is compared is the second difference of the brightness (zero on a
//! slope), averaged along the edge of each block, so that noise averages out and the block's own
//! step stays.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: indices are remainders of the tables' sizes"
)]

use std::collections::VecDeque;

use image::{Rgb, RgbImage};

use super::{Check, Limit, Unit};
use crate::profile::CheckId;

const BLOCK: usize = 8;
/// A larger kink belongs to the picture: at quality 10 blocks of smooth skin differ by two or three
/// of the ten levels that their mean is rounded to.
const LARGEST_KINK: f32 = 24.0;
/// Added to the mean below, in levels, because a flat wall has no kinks at all.
const CALM: f32 = 0.05;
/// A grid that is not the file's own can only come from an earlier file that was cropped since. The
/// last coding weakens its steps: both fine and hard-compressed pictures read lower by this factor.
const EARLIER: f32 = 1.4;

/// Returns how many times larger the kinks are on the worst of the 64 possible grids than inside
/// its blocks.
pub fn of(picture: &RgbImage, most: f32) -> Check {
    Check::new(
        CheckId::Blocks,
        blockiness(picture),
        Limit::at_most(most),
        Unit::Ratio,
    )
}

fn blockiness(picture: &RgbImage) -> Option<f32> {
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    if columns < 3 * BLOCK || rows < 3 * BLOCK {
        return None;
    }
    let luma: Vec<f32> = picture.pixels().copied().map(brightness).collect();
    let turned: Vec<f32> = (0..columns)
        .flat_map(|x| luma.iter().skip(x).step_by(columns).copied())
        .collect();
    let (across, down) = (contrast(&luma, columns), contrast(&turned, rows));

    let grids = (0..BLOCK).flat_map(|x| (0..BLOCK).map(move |y| (x, y)));
    let on_grid = grids.map(|(x, y)| {
        let last = |first: usize| (first + BLOCK - 1) % BLOCK;
        let steps = (across[y][last(x)] * down[x][last(y)]).sqrt();
        if (x, y) == (0, 0) {
            steps
        } else {
            steps * EARLIER
        }
    });
    Some(on_grid.fold(0.0, f32::max))
}

fn brightness(Rgb(channels): Rgb<u8>) -> f32 {
    crate::analysis::sampling::luma(channels.map(f32::from))
}

/// Returns, by the row on which blocks begin and the column on which they end, both modulo 8, the
/// ratio of the kinks there to those well inside the blocks.
fn contrast(luma: &[f32], columns: usize) -> [[f32; BLOCK]; BLOCK] {
    let kinks = mean_kinks(luma, columns);
    kinks.map(|by_column| {
        std::array::from_fn(|last| {
            let inside = (2..=BLOCK - 2).map(|on| by_column[(last + on) % BLOCK]);
            let mean = inside.sum::<f32>() / (BLOCK - 3) as f32;
            by_column[last] / (mean + CALM)
        })
    })
}

fn mean_kinks(luma: &[f32], columns: usize) -> [[f32; BLOCK]; BLOCK] {
    let mut sums = [[0.0_f32; BLOCK]; BLOCK];
    let mut counts = [[0.0_f32; BLOCK]; BLOCK];
    let mut edge: VecDeque<Vec<f32>> = VecDeque::new();
    let mut along = vec![0.0; columns];
    for (y, row) in luma.chunks_exact(columns).enumerate() {
        if edge.len() == BLOCK
            && let Some(oldest) = edge.pop_front()
        {
            along.iter_mut().zip(oldest).for_each(|(sum, k)| *sum -= k);
        }
        let newest = kinks(row);
        along.iter_mut().zip(&newest).for_each(|(sum, k)| *sum += k);
        edge.push_back(newest);
        if edge.len() < BLOCK {
            continue;
        }
        let first = (y + 1) % BLOCK;
        for (x, sum) in along.iter().enumerate().take(columns - 2).skip(1) {
            sums[first][x % BLOCK] += (sum.abs() / BLOCK as f32).min(LARGEST_KINK);
            counts[first][x % BLOCK] += 1.0;
        }
    }
    std::array::from_fn(|y| std::array::from_fn(|x| sums[y][x] / counts[y][x].max(1.0)))
}

/// Returns how much the step from each pixel to the next differs from the steps beside it.
fn kinks(row: &[f32]) -> Vec<f32> {
    let inner = row
        .windows(4)
        .map(|four| (four[2] - four[1]) * 1.5 - (four[3] - four[0]) / 2.0);
    let mut kinks = vec![0.0];
    kinks.extend(inner);
    kinks.resize(row.len(), 0.0);
    kinks
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;

    use super::*;
    use crate::{
        geometry::Size,
        profile::Profile,
        sitter::{LIGHT_BLUE, Person, Pose, Scene, WHITE, render},
    };

    fn portraits() -> impl Iterator<Item = RgbImage> {
        const SIZE: Size = Size::new(480, 640);
        [(3, WHITE), (4, LIGHT_BLUE), (5, [240; 3])]
            .map(|(seed, backdrop)| {
                let scene = Scene {
                    backdrop,
                    noise: 1.0,
                    seed,
                    ..Scene::default()
                };
                render(&Person::from_seed(seed), &Pose::good(SIZE), &scene, SIZE).rgb
            })
            .into_iter()
    }

    fn saved(picture: &RgbImage, quality: u8) -> RgbImage {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(picture)
            .unwrap();
        image::load_from_memory(&bytes).unwrap().into_rgb8()
    }

    fn judged(picture: &RgbImage) -> Check {
        of(picture, Profile::standard_99().limits.blocks_max.unwrap())
    }

    #[test]
    fn what_was_compressed_hard_once_is_found_under_a_better_copy() {
        for picture in portraits() {
            let hard = saved(&picture, 10);
            let check = judged(&saved(&hard, 90));
            assert!(!check.pass, "{:?}", check.value);
            let cut = image::imageops::crop_imm(&hard, 3, 5, 470, 630).to_image();
            let check = judged(&saved(&cut, 95));
            assert!(!check.pass, "cut: {:?}", check.value);
        }
    }

    #[test]
    fn a_picture_saved_once_or_twice_as_the_profile_allows_shows_no_blocks() {
        for picture in portraits() {
            for quality in [60, 75, 90] {
                let once = saved(&picture, quality);
                for copy in [&once, &saved(&once, 90)] {
                    let check = judged(copy);
                    assert!(check.pass, "quality {quality}: {:?}", check.value);
                }
            }
        }
    }

    #[test]
    fn a_straight_edge_on_the_grid_and_a_bare_wall_are_no_blocks() {
        let door = RgbImage::from_fn(480, 640, |x, y| {
            let side = if x < 160 { 40 } else { 220 };
            Rgb([side + ((x * 7 + y * 13) % 3) as u8; 3])
        });
        let check = judged(&door);
        assert!(check.pass, "{:?}", check.value);
        assert!(judged(&RgbImage::from_pixel(480, 640, Rgb([200; 3]))).pass);
    }

    #[test]
    fn the_smallest_pictures_are_not_measured() {
        for (width, height) in [(0, 0), (1, 1), (23, 400)] {
            assert_eq!(judged(&RgbImage::new(width, height)).value, None);
        }
        assert!(judged(&RgbImage::new(24, 24)).pass);
    }
}
