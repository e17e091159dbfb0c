//! The booth's wall as a smooth surface: its estimated colour where the person hides it.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: all planes are 480x640"
)]

use super::matte::{HEIGHT, WIDTH};

/// Terms of a quadratic surface over the picture.
const TERMS: usize = 6;
const ROUNDS: usize = 4;
/// Spread (0..=1 per channel, root mean square) below which a wall is plain, and above which it is
/// a scene rather than a wall.
const PLAIN: f32 = 0.05;
const BUSY: f32 = 0.12;

pub struct Wall {
    /// Its colour at each pixel, 0..=1: a fitted surface, or a plate of the empty booth.
    pub color: Vec<[f32; 3]>,
    /// Root mean square distance of the wall's pixels from the fit, without the outliers.
    pub spread: f32,
}

impl Wall {
    /// Fits the known pixels, excluding more outliers in each round.
    pub fn fit(color: &[[f32; 3]], known: &[bool]) -> Self {
        let mut kept = known.to_vec();
        let mut surface = Surface::through(color, &kept);
        let mut spread = sift(color, |at| surface.at(at), known, &mut kept);
        for _ in 1..ROUNDS {
            surface = Surface::through(color, &kept);
            spread = sift(color, |at| surface.at(at), known, &mut kept);
        }
        Self {
            color: (0..color.len()).map(|at| surface.at(at)).collect(),
            spread,
        }
    }

    /// Returns the wall as a plate shows it, already matched to this picture's position and light.
    pub fn of_plate(color: &[[f32; 3]], plate: Vec<[f32; 3]>, known: &[bool]) -> Self {
        let mut kept = known.to_vec();
        let mut spread = sift(color, |at| plate[at], known, &mut kept);
        for _ in 1..ROUNDS {
            spread = sift(color, |at| plate[at], known, &mut kept);
        }
        Self {
            color: plate,
            spread,
        }
    }

    /// Returns 1 for a plain wall, 0 for a scene whose colours say nothing about the person.
    pub fn plainness(&self) -> f32 {
        1.0 - ((self.spread - PLAIN) / (BUSY - PLAIN)).clamp(0.0, 1.0)
    }

    /// Returns whether this colour is neither the wall nor the wall in a shadow, which keeps its
    /// hue.
    pub fn is_unlike(&self, at: usize, color: [f32; 3]) -> bool {
        self.unlikeness(at, color) > 1.0
    }

    /// Returns how clearly this colour is neither the wall nor the wall in a shadow: 1 is just
    /// beyond the effect of lamps and shadows.
    pub fn unlikeness(&self, at: usize, color: [f32; 3]) -> f32 {
        /// Least distance from the wall's hue, and the span of brightness that lamps and shadows
        /// give a wall.
        const HUE: f32 = 0.04;
        const DARKEST_SHADOW: f32 = 0.45;
        const BRIGHTER: f32 = 0.06;
        let wall = self.color[at];
        let (mut along, mut length) = (0.0, 0.0);
        for c in 0..3 {
            along += color[c] * wall[c];
            length += wall[c] * wall[c];
        }
        let brightness = along / length.max(1e-6);
        let off_hue = square(color, wall.map(|w| w * brightness)).sqrt();
        let of_hue = off_hue / (4.0 * self.spread).max(HUE);
        let of_shadow = DARKEST_SHADOW / brightness.max(1e-6);
        let of_light = (brightness - 1.0) / (5.0 * self.spread).max(BRIGHTER);
        of_hue.max(of_shadow).max(of_light)
    }
}

/// Returns the pixels by which a wall is measured: 44,000 of 307,200 are plenty, and a step that
/// does not divide the width puts them into every column.
fn measured(count: usize) -> impl Iterator<Item = usize> {
    (0..count).step_by(7)
}

/// Returns the spread of the kept pixels around the wall; then keeps, of the known ones, those that
/// fit it.
fn sift(
    color: &[[f32; 3]],
    wall: impl Fn(usize) -> [f32; 3],
    known: &[bool],
    kept: &mut [bool],
) -> f32 {
    let off: Vec<f32> = measured(color.len())
        .map(|at| square(color[at], wall(at)))
        .collect();
    let (mut sum, mut count) = (0.0, 0.0_f32);
    for (at, off) in measured(color.len()).zip(&off) {
        if kept[at] {
            sum += off;
            count += 1.0;
        }
    }
    let spread = (sum / count.max(1.0)).sqrt();
    let limit = (2.5 * spread).max(0.02).powi(2);
    for (at, off) in measured(color.len()).zip(&off) {
        kept[at] = known[at] && *off < limit;
    }
    spread
}

pub fn square(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Coefficients of each channel.
struct Surface([[f32; 3]; TERMS]);

impl Surface {
    /// Fits by least squares over those of the [`measured`] pixels that are kept.
    fn through(color: &[[f32; 3]], kept: &[bool]) -> Self {
        let mut system = [[0.0_f64; TERMS + 3]; TERMS];
        for at in measured(color.len()).filter(|at| kept[*at]) {
            let terms = terms(at);
            for (row, term) in system.iter_mut().zip(terms) {
                for (cell, other) in row.iter_mut().zip(terms.into_iter().chain(color[at])) {
                    *cell += f64::from(term * other);
                }
            }
        }
        Self(solved(system))
    }

    fn at(&self, at: usize) -> [f32; 3] {
        let mut color = [0.0; 3];
        for (term, weights) in terms(at).into_iter().zip(self.0) {
            for (sum, weight) in color.iter_mut().zip(weights) {
                *sum += term * weight;
            }
        }
        color
    }
}

fn terms(at: usize) -> [f32; TERMS] {
    let x = (at % WIDTH) as f32 / WIDTH as f32 - 0.5;
    let y = (at / WIDTH) as f32 / HEIGHT as f32 - 0.5;
    [1.0, x, y, x * x, y * y, x * y]
}

/// Solves by Gauss-Jordan; a ridge keeps it solvable where hardly anything is known.
fn solved(mut system: [[f64; TERMS + 3]; TERMS]) -> [[f32; 3]; TERMS] {
    const RIDGE: f64 = 1e-3;
    for (i, row) in system.iter_mut().enumerate() {
        row[i] += RIDGE;
    }
    for pivot in 0..TERMS {
        let scale = system[pivot][pivot];
        let pivot_row = system[pivot].map(|cell| cell / scale);
        system[pivot] = pivot_row;
        for (i, row) in system.iter_mut().enumerate() {
            let factor = row[pivot];
            if i != pivot {
                for (cell, above) in row.iter_mut().zip(pivot_row) {
                    *cell -= factor * above;
                }
            }
        }
    }
    system.map(|row| {
        [
            row[TERMS] as f32,
            row[TERMS + 1] as f32,
            row[TERMS + 2] as f32,
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a wall that darkens downwards.
    fn wall_color(at: usize) -> [f32; 3] {
        let y = (at / WIDTH) as f32 / HEIGHT as f32;
        [0.8, 0.85, 0.9].map(|c| c * (1.0 - 0.2 * y))
    }

    #[test]
    fn a_gradient_is_continued_behind_the_person_and_shadows_are_still_wall() {
        let person = |at: usize| (150..330).contains(&(at % WIDTH)) && at / WIDTH > 100;
        let color: Vec<_> = (0..WIDTH * HEIGHT)
            .map(|at| {
                if person(at) {
                    [0.3, 0.1, 0.1]
                } else {
                    wall_color(at)
                }
            })
            .collect();
        let known: Vec<_> = (0..color.len()).map(|at| !person(at)).collect();
        let wall = Wall::fit(&color, &known);
        let behind = 400 * WIDTH + 240;
        assert!(square(wall.color[behind], wall_color(behind)).sqrt() < 0.01);
        assert_eq!(wall.plainness(), 1.0);
        assert!(wall.unlikeness(behind, [0.3, 0.1, 0.1]) > 2.0);
        assert!(!wall.is_unlike(behind, wall_color(behind).map(|c| c * 0.7)));
    }
}
