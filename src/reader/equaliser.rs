//! Turns the greys at a symbol's modules into bits although each is blurred into its neighbours.
//!
//! Focus, motion and light are unknown, but some hundred modules are known: the filter over a
//! module's neighbourhood that brings those closest to black and white is found by least squares,
//! and applied to all the others.
#![expect(
    clippy::indexing_slicing,
    reason = "numeric kernels; every index is bounded by the symbol's size"
)]

use super::symbol::{self, Module};

/// Taps over the neighbourhood, and the level of the light.
type Solution = Vec<f32>;

/// Returns how light each module is, about -1 for dark to 1 for light, row by row.
pub fn lightness(version: u8, greys: &[f32], known: &[Module]) -> Vec<f32> {
    let size = symbol::size(version);
    let even = evened(greys, size);
    let truth: Vec<(usize, f32)> = known
        .iter()
        .map(|m| (m.row * size + m.column, if m.dark { -1.0 } else { 1.0 }))
        .collect();
    let near = Reach::new(1);
    let first = near.filtered(&even, size, &near.learned(&even, size, &truth, 0.02));
    // The modules that are clear by now train a wider filter.
    let clear = first.iter().enumerate().filter(|(_, l)| l.abs() > 0.45);
    let mut taught: Vec<(usize, f32)> = clear.map(|(i, l)| (i, l.signum())).collect();
    taught.extend(&truth);
    let wide = Reach::new(2);
    let mut light = wide.filtered(&even, size, &wide.learned(&even, size, &taught, 0.01));
    for (i, truth) in truth {
        light[i] = truth;
    }
    light
}

/// The neighbourhood of a filter: `reach` modules each way.
struct Reach(i32);

impl Reach {
    const fn new(reach: i32) -> Self {
        Self(reach)
    }

    const fn taps(&self) -> usize {
        ((2 * self.0 + 1) * (2 * self.0 + 1) + 1) as usize
    }

    fn around(&self, greys: &[f32], size: usize, at: usize, out: &mut Vec<f32>) {
        let (x, y) = ((at % size) as i32, (at / size) as i32);
        let last = size as i32 - 1;
        out.clear();
        for dy in -self.0..=self.0 {
            for dx in -self.0..=self.0 {
                let (nx, ny) = (x + dx, y + dy);
                let inside = nx >= 0 && ny >= 0 && nx <= last && ny <= last;
                // Outside is the quiet zone, which is light.
                out.push(if inside {
                    greys[(ny * last + ny + nx) as usize]
                } else {
                    1.0
                });
            }
        }
        out.push(1.0);
    }

    /// Returns the taps that bring the `taught` modules closest to their true values; `calm` keeps
    /// the taps small.
    fn learned(&self, greys: &[f32], size: usize, taught: &[(usize, f32)], calm: f32) -> Solution {
        let n = self.taps();
        let mut squares = vec![0.0; n * n];
        let mut sums = vec![0.0; n];
        let mut around = Vec::with_capacity(n);
        for (at, truth) in taught {
            self.around(greys, size, *at, &mut around);
            for (i, a) in around.iter().enumerate() {
                sums[i] += a * truth;
                for (square, b) in squares[i * n..=i * n + i].iter_mut().zip(&around) {
                    *square += a * b;
                }
            }
        }
        for i in 0..n {
            squares[i * n + i] += calm * taught.len() as f32;
        }
        solved(&mut squares, sums)
    }

    fn filtered(&self, greys: &[f32], size: usize, taps: &Solution) -> Vec<f32> {
        let mut around = Vec::with_capacity(taps.len());
        (0..size * size)
            .map(|at| {
                self.around(greys, size, at, &mut around);
                around.iter().zip(taps).map(|(a, tap)| a * tap).sum()
            })
            .collect()
    }
}

/// Solves by Cholesky: `squares` is the lower half of a positive matrix, `n` per row.
fn solved(squares: &mut [f32], mut sums: Vec<f32>) -> Solution {
    let n = sums.len();
    for i in 0..n {
        for j in 0..=i {
            let shared: f32 = (0..j)
                .map(|k| squares[i * n + k] * squares[j * n + k])
                .sum();
            let rest = squares[i * n + j] - shared;
            squares[i * n + j] = if i == j {
                rest.max(1e-6).sqrt()
            } else {
                rest / squares[j * n + j]
            };
        }
    }
    for i in 0..n {
        let shared: f32 = (0..i).map(|k| squares[i * n + k] * sums[k]).sum();
        sums[i] = (sums[i] - shared) / squares[i * n + i];
    }
    for i in (0..n).rev() {
        let shared: f32 = (i + 1..n).map(|k| squares[k * n + i] * sums[k]).sum();
        sums[i] = (sums[i] - shared) / squares[i * n + i];
    }
    sums
}

/// Removes the level of the light: each module relative to the mean around it, in units of the
/// spread there.
fn evened(greys: &[f32], size: usize) -> Vec<f32> {
    const REACH: usize = 5;
    let sums = Sums::new(greys, size);
    let whole = sums.of(0, 0, size, size);
    let least_spread = (0.25 * whole.1).max(1.0);
    (0..size * size)
        .map(|i| {
            let (x, y) = (i % size, i / size);
            let (mean, spread) = sums.of(
                x.saturating_sub(REACH),
                y.saturating_sub(REACH),
                (x + REACH + 1).min(size),
                (y + REACH + 1).min(size),
            );
            (greys[i] - mean) / spread.max(least_spread)
        })
        .collect()
}

/// Sums over rectangles of greys and of their squares.
struct Sums {
    width: usize,
    sums: Vec<(f64, f64)>,
}

impl Sums {
    fn new(greys: &[f32], size: usize) -> Self {
        let width = size + 1;
        let mut sums = vec![(0.0, 0.0); width * width];
        for y in 0..size {
            let (mut row, mut squares) = (0.0, 0.0);
            for x in 0..size {
                let grey = f64::from(greys[y * size + x]);
                row += grey;
                squares += grey * grey;
                let above = sums[y * width + x + 1];
                sums[(y + 1) * width + x + 1] = (above.0 + row, above.1 + squares);
            }
        }
        Self { width, sums }
    }

    /// Returns mean and deviation of a rectangle.
    fn of(&self, left: usize, top: usize, right: usize, bottom: usize) -> (f32, f32) {
        let at = |x: usize, y: usize| self.sums[y * self.width + x];
        let part = |of: fn((f64, f64)) -> f64| {
            of(at(right, bottom)) - of(at(left, bottom)) - of(at(right, top)) + of(at(left, top))
        };
        let count = ((right - left) * (bottom - top)) as f64;
        let mean = part(|sum| sum.0) / count;
        let square = part(|sum| sum.1) / count;
        (mean as f32, (square - mean * mean).max(0.0).sqrt() as f32)
    }
}
