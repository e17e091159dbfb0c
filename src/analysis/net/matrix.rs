//! Products of pixels and weights, what a convolution comes down to.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: sizes are checked when the weights are packed"
)]
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into `Arch::dispatch` is compiled for the vector units of this machine"
)]

use pulp::{Arch, Simd, WithSimd, bytemuck};

/// Pixels that are multiplied at once: 6 times two vectors of sums are what 16 registers hold
/// beside the weights.
const AT_ONCE: usize = 6;

/// Weights of `depth` rows and `width` columns, with a bias for each column and what a number below
/// zero is multiplied by.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Panels two vectors wide, each row by row; the last one ends in zeros.
    panels: Vec<f32>,
    bias: Vec<f32>,
    slopes: Option<Vec<f32>>,
    depth: usize,
    width: usize,
    panel: usize,
}

impl Matrix {
    /// Packs `weights`, given row by row, or returns `None` where the sizes disagree.
    pub fn new(weights: &[f32], depth: usize, bias: &[f32]) -> Option<Self> {
        let width = bias.len();
        if depth == 0 || width == 0 || weights.len() != depth * width {
            return None;
        }
        let panel = 2 * lanes();
        let mut panels = Vec::with_capacity(depth * width.next_multiple_of(panel));
        for first in (0..width).step_by(panel) {
            for row in weights.chunks_exact(width) {
                let columns = &row[first..width.min(first + panel)];
                panels.extend_from_slice(columns);
                panels.resize(panels.len() + panel - columns.len(), 0.0);
            }
        }
        Some(Self {
            panels,
            bias: padded(bias, panel),
            slopes: None,
            depth,
            width,
            panel,
        })
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    /// Multiplies what comes out below zero by its column's slope. Returns whether there is one
    /// slope for each column.
    pub fn slope(&mut self, slopes: &[f32]) -> bool {
        self.slopes = Some(padded(slopes, self.panel));
        slopes.len() == self.width
    }

    /// Multiplies pixels into pixels of `width` numbers each. What is multiplied for a pixel lies
    /// in equal parts in each of the lines, `step` numbers after what lies there for the pixel
    /// before it.
    pub fn multiply(&self, lines: &[&[f32]], step: usize, out: &mut [f32]) {
        let multiplication = Multiplication {
            matrix: self,
            lines,
            step,
            out,
        };
        Arch::new().dispatch(multiplication);
    }
}

/// Returns how many numbers a vector of this machine has.
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _simd: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// Returns `values` and as many zeros as make whole panels of them.
pub fn padded(values: &[f32], panel: usize) -> Vec<f32> {
    let mut padded = values.to_vec();
    padded.resize(values.len().next_multiple_of(panel), 0.0);
    padded
}

struct Multiplication<'a> {
    matrix: &'a Matrix,
    lines: &'a [&'a [f32]],
    step: usize,
    out: &'a mut [f32],
}

impl WithSimd for Multiplication<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let out = std::mem::take(&mut self.out);
        let mut pixel = 0;
        let mut some = out.chunks_exact_mut(AT_ONCE * self.matrix.width);
        for out in &mut some {
            self.multiply_some::<S, AT_ONCE>(simd, pixel, out);
            pixel += AT_ONCE;
        }
        for out in some.into_remainder().chunks_exact_mut(self.matrix.width) {
            self.multiply_some::<S, 1>(simd, pixel, out);
            pixel += 1;
        }
    }
}

impl Multiplication<'_> {
    /// Multiplies `N` pixels, from `pixel` on, with all panels.
    #[inline(always)]
    fn multiply_some<S: Simd, const N: usize>(&self, simd: S, pixel: usize, out: &mut [f32]) {
        let Matrix { panel, width, .. } = *self.matrix;
        let bias = pairs::<S>(&self.matrix.bias);
        let slopes = self.matrix.slopes.as_deref().map(pairs::<S>);
        let panels = self.matrix.panels.chunks_exact(panel * self.matrix.depth);
        for (index, (weights, bias)) in panels.zip(bias).enumerate() {
            let mut sums = self.sum_up::<S, N>(simd, pixel, pairs::<S>(weights), *bias);
            if let Some([left, right]) = slopes.and_then(|slopes| slopes.get(index)) {
                for sum in &mut sums {
                    *sum = [bend(simd, sum[0], *left), bend(simd, sum[1], *right)];
                }
            }

            for (sum, out) in sums.iter().zip(out.chunks_exact_mut(width)) {
                let out = &mut out[index * panel..];
                if out.len() >= panel {
                    let (out, _) = S::as_mut_simd_f32s(out);
                    out[..2].copy_from_slice(sum);
                } else {
                    let sum = bytemuck::cast_slice::<S::f32s, f32>(sum);
                    out.copy_from_slice(&sum[..out.len()]);
                }
            }
        }
    }

    /// Multiplies `N` pixels with one panel.
    #[inline(always)]
    fn sum_up<S: Simd, const N: usize>(
        &self,
        simd: S,
        pixel: usize,
        weights: &[[S::f32s; 2]],
        bias: [S::f32s; 2],
    ) -> [[S::f32s; 2]; N] {
        let part = weights.len() / self.lines.len();
        let mut sums = [bias; N];
        for (line, weights) in self.lines.iter().zip(weights.chunks_exact(part)) {
            let mut rows = [*line; N];
            for (i, row) in rows.iter_mut().enumerate() {
                *row = &line[(pixel + i) * self.step..][..weights.len()];
            }
            for (k, [left, right]) in weights.iter().enumerate() {
                for (sum, row) in sums.iter_mut().zip(&rows) {
                    let value = simd.splat_f32s(row[k]);
                    sum[0] = simd.mul_add_e_f32s(value, *left, sum[0]);
                    sum[1] = simd.mul_add_e_f32s(value, *right, sum[1]);
                }
            }
        }
        sums
    }
}

/// Returns numbers as pairs of vectors.
#[inline(always)]
fn pairs<S: Simd>(numbers: &[f32]) -> &[[S::f32s; 2]] {
    S::as_simd_f32s(numbers).0.as_chunks::<2>().0
}

/// Multiplies what is below zero by its slope.
#[inline(always)]
pub fn bend<S: Simd>(simd: S, values: S::f32s, slopes: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    let above = simd.max_f32s(values, zero);
    simd.mul_add_e_f32s(simd.min_f32s(values, zero), slopes, above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_the_definition() {
        for (count, depth, width) in [(1, 1, 1), (13, 5, 7), (6, 27, 16), (20, 8, 33)] {
            let noise = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
            let pixels: Vec<f32> = (0..count * depth).map(noise).collect();
            let weights: Vec<f32> = (0..depth * width).map(|i| noise(i + 5)).collect();
            let bias: Vec<f32> = (0..width).map(|i| noise(i + 9)).collect();
            let mut matrix = Matrix::new(&weights, depth, &bias).unwrap();
            assert!(matrix.slope(&vec![0.25; width]));
            let mut out = vec![f32::NAN; count * width];
            matrix.multiply(&[&pixels], depth, &mut out);
            for (i, out) in out.iter().enumerate() {
                let (pixel, column) = (i / width, i % width);
                let terms =
                    (0..depth).map(|k| pixels[pixel * depth + k] * weights[k * width + column]);
                let sum = bias[column] + terms.sum::<f32>();
                let expected = if sum < 0.0 { sum * 0.25 } else { sum };
                assert!(
                    (out - expected).abs() < 1e-4,
                    "{count} {depth} {width}: {i}"
                );
            }
        }
    }

    #[test]
    fn weights_of_another_size_are_refused() {
        assert!(Matrix::new(&[1.0; 5], 2, &[0.0; 3]).is_none());
        assert!(Matrix::new(&[], 0, &[0.0; 3]).is_none());
        assert!(
            !Matrix::new(&[1.0; 6], 2, &[0.0; 3])
                .unwrap()
                .slope(&[1.0; 2])
        );
    }
}
