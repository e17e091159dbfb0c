//! The layers of the face networks, over one picture: row by row, pixel by pixel, its channels side
//! by side.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: sizes are checked when the layer is built"
)]
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into `Arch::dispatch` is compiled for the vector units of this machine"
)]

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{
    matrix::{Matrix, bend, lanes, padded},
    tflite::{Padding, Window},
};

/// Rows or columns of the largest window.
pub const MAX_KERNEL: usize = 8;
/// Neighbours that a depthwise convolution makes at once, so that they share its weights.
const NEIGHBOURS: usize = 4;

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
}

/// How a window moves over a picture.
#[derive(Clone, Copy, Debug)]
pub struct Sliding {
    input: Shape,
    output: Shape,
    /// Rows and columns.
    kernel: (usize, usize),
    stride: (usize, usize),
    /// Rows of zeros above the picture, and columns before it.
    border: (usize, usize),
}

impl Sliding {
    /// Returns the way of `window` over a picture of `input`, into `channels`, or `None` where the
    /// window is larger than the picture or has no size.
    pub fn new(window: Window, input: Shape, channels: usize) -> Option<Self> {
        let (rows, above) = extent(input.rows, window.kernel.0, window.stride.0, window.padding)?;
        let (columns, before) = extent(
            input.columns,
            window.kernel.1,
            window.stride.1,
            window.padding,
        )?;
        Some(Self {
            input,
            output: Shape {
                rows,
                columns,
                channels,
            },
            kernel: window.kernel,
            stride: window.stride,
            border: (above, before),
        })
    }

    pub const fn output(&self) -> Shape {
        self.output
    }

    pub const fn taps(&self) -> usize {
        self.kernel.0 * self.kernel.1
    }

    /// Returns which of the window's rows meet the picture for row `y` of the output.
    fn rows_met(&self, y: usize) -> Range<usize> {
        met(
            y * self.stride.0,
            self.border.0,
            self.kernel.0,
            self.input.rows,
        )
    }

    /// Returns which of the window's columns meet the picture for column `x` of the output.
    fn columns_met(&self, x: usize) -> Range<usize> {
        met(
            x * self.stride.1,
            self.border.1,
            self.kernel.1,
            self.input.columns,
        )
    }

    /// Returns the pixel that the window's tap (`ky`, `kx`), which meets the picture, meets for a
    /// pixel of the output.
    const fn place(&self, (y, x): (usize, usize), (ky, kx): (usize, usize)) -> usize {
        let row = y * self.stride.0 + ky - self.border.0;
        let column = x * self.stride.1 + kx - self.border.1;
        row * self.input.columns + column
    }
}

/// Returns the length of the output and of the border before the input, as TFLite counts them.
fn extent(length: usize, kernel: usize, stride: usize, padding: Padding) -> Option<(usize, usize)> {
    if kernel == 0 || stride == 0 {
        return None;
    }
    if padding == Padding::Same {
        let out = length.div_ceil(stride);
        let border = ((out - 1) * stride + kernel).saturating_sub(length);
        return Some((out, border / 2));
    }
    let room = length.checked_sub(kernel)?;
    Some((room / stride + 1, 0))
}

/// Returns which taps of a window that begins `border` before `first` lie within `length`.
fn met(first: usize, border: usize, kernel: usize, length: usize) -> Range<usize> {
    let start = border.saturating_sub(first).min(kernel);
    let end = (length + border).saturating_sub(first).min(kernel);
    start..end.max(start)
}

/// A convolution over all channels.
#[derive(Debug)]
pub struct Convolution {
    pub sliding: Sliding,
    /// One row for each tap and channel of the window.
    pub matrix: Matrix,
}

impl Convolution {
    pub fn run(&self, input: &[f32], out: &mut [f32], scratch: &mut Vec<f32>) {
        let Sliding {
            input: from,
            output,
            kernel,
            stride,
            border,
        } = self.sliding;
        if kernel == (1, 1) && stride == (1, 1) {
            return self.matrix.multiply(&[input], from.channels, out);
        }

        // The lines that the window meets, with zeros around them.
        let columns = (output.columns - 1) * stride.1 + kernel.1;
        let line = columns * from.channels;
        let copied = (columns - border.1).min(from.columns) * from.channels;
        scratch.clear();
        scratch.resize(kernel.0 * line, 0.0);
        for (y, out) in out
            .chunks_exact_mut(output.columns * output.channels)
            .enumerate()
        {
            let met = self.sliding.rows_met(y);
            for (ky, line) in scratch.chunks_exact_mut(line).enumerate() {
                let inside = &mut line[border.1 * from.channels..][..copied];
                if met.contains(&ky) {
                    let row = y * stride.0 + ky - border.0;
                    let row = &input[row * from.columns * from.channels..];
                    inside.copy_from_slice(&row[..copied]);
                } else {
                    inside.fill(0.0);
                }
            }
            let mut lines = [&[][..]; MAX_KERNEL];
            for (slot, line) in lines.iter_mut().zip(scratch.chunks_exact(line)) {
                *slot = line;
            }
            let step = stride.1 * from.channels;
            self.matrix.multiply(&lines[..kernel.0], step, out);
        }
    }
}

/// A convolution that makes a patch of each pixel; the patches do not overlap.
#[derive(Debug)]
pub struct Spreading {
    pub input: Shape,
    pub kernel: (usize, usize),
    pub channels: usize,
    /// One column for each tap and channel of the patch.
    pub matrix: Matrix,
}

impl Spreading {
    pub const fn output(&self) -> Shape {
        Shape {
            rows: self.input.rows * self.kernel.0,
            columns: self.input.columns * self.kernel.1,
            channels: self.channels,
        }
    }

    pub fn run(&self, input: &[f32], out: &mut [f32], scratch: &mut Vec<f32>) {
        let run = self.kernel.1 * self.channels;
        let row = self.input.columns * run;
        scratch.resize(self.input.columns * self.matrix.width(), 0.0);
        for (pixels, out) in input
            .chunks_exact(self.input.columns * self.input.channels)
            .zip(out.chunks_exact_mut(self.kernel.0 * row))
        {
            self.matrix
                .multiply(&[pixels], self.input.channels, scratch);
            for (x, patch) in scratch.chunks_exact(self.matrix.width()).enumerate() {
                for (line, out) in patch.chunks_exact(run).zip(out.chunks_exact_mut(row)) {
                    out[x * run..][..run].copy_from_slice(line);
                }
            }
        }
    }
}

/// A convolution of each channel by itself.
#[derive(Debug)]
pub struct Depthwise {
    sliding: Sliding,
    /// Tap by tap, one number for each channel, with zeros up to whole vectors.
    weights: Vec<f32>,
    bias: Vec<f32>,
    slopes: Option<Vec<f32>>,
}

impl Depthwise {
    /// Takes `weights` tap by tap, or returns `None` where the sizes disagree.
    pub fn new(sliding: Sliding, weights: &[f32], bias: &[f32]) -> Option<Self> {
        let channels = sliding.input.channels;
        if bias.len() != channels || weights.len() != sliding.taps() * channels {
            return None;
        }
        let vectors = weights
            .chunks_exact(channels)
            .map(|tap| padded(tap, lanes()));
        Some(Self {
            weights: vectors.flatten().collect(),
            bias: padded(bias, lanes()),
            slopes: None,
            sliding,
        })
    }

    /// Multiplies what comes out below zero by its channel's slope, of which there are as many.
    pub fn slope(&mut self, slopes: &[f32]) {
        self.slopes = Some(padded(slopes, lanes()));
    }

    pub fn run(&self, input: &[f32], out: &mut [f32], scratch: &mut Vec<f32>) {
        let (channels, whole) = (self.sliding.input.channels, self.bias.len());
        if channels == whole {
            return self.slide(input, out);
        }
        let (inner, outer) = (input.len() / channels * whole, out.len() / channels * whole);
        scratch.clear();
        scratch.resize(inner + outer, 0.0);
        let (padded_input, padded_out) = scratch.split_at_mut(inner);
        let pixels = padded_input.chunks_exact_mut(whole);
        for (to, from) in pixels.zip(input.chunks_exact(channels)) {
            to[..channels].copy_from_slice(from);
        }
        self.slide(padded_input, padded_out);
        let pixels = padded_out.chunks_exact(whole);
        for (to, from) in out.chunks_exact_mut(channels).zip(pixels) {
            to.copy_from_slice(&from[..channels]);
        }
    }

    /// Runs over a picture whose pixels are whole vectors.
    fn slide(&self, input: &[f32], out: &mut [f32]) {
        Arch::new().dispatch(Slide {
            layer: self,
            input,
            out,
        });
    }
}

struct Slide<'a> {
    layer: &'a Depthwise,
    input: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let sliding = self.layer.sliding;
        let bias = vectors::<S>(&self.layer.bias);
        let sums = Sums::<S> {
            simd,
            sliding,
            depth: bias.len(),
            input: vectors::<S>(self.input),
            weights: vectors::<S>(&self.layer.weights),
            bias,
            slopes: self.layer.slopes.as_deref().map(vectors::<S>),
        };
        let (out, _) = S::as_mut_simd_f32s(self.out);
        let columns = sliding.output.columns;
        for (y, out) in out.chunks_exact_mut(columns * bias.len()).enumerate() {
            let mut x = 0;
            while x < columns {
                let out = &mut out[x * bias.len()..];
                let met = sliding.columns_met(x);
                let last = x + NEIGHBOURS - 1;
                if last < columns
                    && met.len() == sliding.kernel.1
                    && sliding.columns_met(last) == met
                {
                    sums.neighbours::<NEIGHBOURS>((y, x), &met, out);
                    x += NEIGHBOURS;
                } else {
                    sums.neighbours::<1>((y, x), &met, out);
                    x += 1;
                }
            }
        }
    }
}

/// What is summed up, in vectors; `depth` of them are a pixel.
struct Sums<'a, S: Simd> {
    simd: S,
    sliding: Sliding,
    depth: usize,
    input: &'a [S::f32s],
    weights: &'a [S::f32s],
    bias: &'a [S::f32s],
    slopes: Option<&'a [S::f32s]>,
}

impl<S: Simd> Sums<'_, S> {
    /// Adds one tap to each neighbour; what they meet lies `step` vectors apart.
    #[inline(always)]
    fn add(&self, sums: &mut [S::f32s], from: &[S::f32s], step: usize, weight: S::f32s) {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = self.simd.mul_add_e_f32s(from[i * step], weight, *sum);
        }
    }

    /// Makes `N` neighbours of the output, of which the first is at (`y`, `x`); all of them meet
    /// the columns `met` of the window.
    #[inline(always)]
    fn neighbours<const N: usize>(
        &self,
        (y, x): (usize, usize),
        met: &Range<usize>,
        out: &mut [S::f32s],
    ) {
        let Self { simd, depth, .. } = *self;
        let step = self.sliding.stride.1 * depth;
        let rows = self.sliding.rows_met(y);
        for (channel, bias) in self.bias.iter().enumerate() {
            let mut sums = [*bias; N];
            for ky in rows.clone() {
                let place = self.sliding.place((y, x), (ky, met.start));
                let line = &self.input[place * depth + channel..];
                let tap = ky * self.sliding.kernel.1 + met.start;
                let taps = &self.weights[tap * depth + channel..];
                for kx in 0..met.len() {
                    let from = &line[kx * depth..];
                    self.add(&mut sums, from, step, taps[kx * depth]);
                }
            }
            if let Some(slopes) = self.slopes {
                for sum in &mut sums {
                    *sum = bend(simd, *sum, slopes[channel]);
                }
            }
            for (i, sum) in sums.iter().enumerate() {
                out[i * depth + channel] = *sum;
            }
        }
    }
}

/// Returns numbers as vectors.
#[inline(always)]
fn vectors<S: Simd>(numbers: &[f32]) -> &[S::f32s] {
    S::as_simd_f32s(numbers).0
}

/// Multiplies what is below zero by its channel's slope.
pub fn bend_all(values: &mut [f32], slopes: &[f32]) {
    struct Bend<'a>(&'a mut [f32], &'a [f32]);
    impl WithSimd for Bend<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (values, _) = S::as_mut_simd_f32s(self.0);
            let slopes = vectors::<S>(self.1);
            for pixel in values.chunks_exact_mut(slopes.len()) {
                for (value, slope) in pixel.iter_mut().zip(slopes) {
                    *value = bend(simd, *value, *slope);
                }
            }
        }
    }
    if slopes.len().is_multiple_of(lanes()) {
        return Arch::new().dispatch(Bend(values, slopes));
    }
    for pixel in values.chunks_exact_mut(slopes.len()) {
        for (value, slope) in pixel.iter_mut().zip(slopes) {
            *value = value.max(0.0) + slope * value.min(0.0);
        }
    }
}

pub fn add(left: &[f32], right: &[f32], out: &mut [f32]) {
    vectorised(|| {
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            *out = left + right;
        }
    });
}

/// Multiplies each pixel by `factors`, one for each channel.
pub fn scale(picture: &[f32], factors: &[f32], out: &mut [f32]) {
    vectorised(|| {
        for (out, pixel) in out
            .chunks_exact_mut(factors.len())
            .zip(picture.chunks_exact(factors.len()))
        {
            for ((out, value), factor) in out.iter_mut().zip(pixel).zip(factors) {
                *out = value * factor;
            }
        }
    });
}

pub fn multiply(left: &[f32], right: &[f32], out: &mut [f32]) {
    vectorised(|| {
        for ((out, left), right) in out.iter_mut().zip(left).zip(right) {
            *out = left * right;
        }
    });
}

pub fn hard_swish(input: &[f32], out: &mut [f32]) {
    vectorised(|| {
        for (out, x) in out.iter_mut().zip(input) {
            *out = x * (x + 3.0).clamp(0.0, 6.0) * (1.0 / 6.0);
        }
    });
}

pub fn logistic(input: &[f32], out: &mut [f32]) {
    vectorised(|| {
        for (out, x) in out.iter_mut().zip(input) {
            *out = 1.0 / (1.0 + exponential(-x));
        }
    });
}

/// Returns e to the power of `x`, to about seven digits, in a form that the compiler turns into
/// vector code: two to a whole power by the exponent's bits, times a polynomial for the rest
/// (Cephes).
#[inline(always)]
fn exponential(x: f32) -> f32 {
    let power = (x.clamp(-87.0, 87.0) * std::f32::consts::LOG2_E).round();
    let rest = x.clamp(-87.0, 87.0) - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [
        1.398_2e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_66,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + coefficient;
    }
    sum * f32::from_bits(((power as i32 + 127) as u32) << 23)
}

/// Writes the mean of all pixels.
pub fn mean(input: &[f32], out: &mut [f32]) {
    let pixels = input.len() / out.len();
    out.fill(0.0);
    vectorised(|| {
        for pixel in input.chunks_exact(out.len()) {
            for (sum, value) in out.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
    });
    for sum in out {
        *sum /= pixels as f32;
    }
}

/// Zeros around a picture, and after its channels.
#[derive(Clone, Copy, Debug)]
pub struct Pad {
    pub input: Shape,
    pub output: Shape,
    pub above: usize,
    pub before: usize,
    /// Channels of zeros before the picture's own.
    pub under: usize,
}

impl Pad {
    pub fn run(&self, input: &[f32], out: &mut [f32]) {
        out.fill(0.0);
        let channels = self.input.channels;
        let row = self.output.columns * self.output.channels;
        let rows = out.chunks_exact_mut(row).skip(self.above);
        for (line, out) in input.chunks_exact(self.input.columns * channels).zip(rows) {
            let pixels = out.chunks_exact_mut(self.output.channels).skip(self.before);
            for (pixel, out) in line.chunks_exact(channels).zip(pixels) {
                out[self.under..][..channels].copy_from_slice(pixel);
            }
        }
    }
}

/// Writes the largest of each square of two by two pixels.
pub fn pool_by_two(input: &[f32], shape: Shape, out: &mut [f32]) {
    let Shape {
        columns, channels, ..
    } = shape;
    let row = columns * channels;
    vectorised(|| {
        for (pair, out) in input
            .chunks_exact(2 * row)
            .zip(out.chunks_exact_mut(row / 2))
        {
            let (upper, lower) = pair.split_at(row);
            let squares = upper
                .chunks_exact(2 * channels)
                .zip(lower.chunks_exact(2 * channels));
            for (out, (upper, lower)) in out.chunks_exact_mut(channels).zip(squares) {
                for (c, out) in out.iter_mut().enumerate() {
                    let upper = upper[c].max(upper[c + channels]);
                    *out = upper.max(lower[c]).max(lower[c + channels]);
                }
            }
        }
    });
}

/// Writes twice as many rows and columns, between the values by straight lines (half-pixel
/// centres).
pub fn double(input: &[f32], shape: Shape, out: &mut [f32], scratch: &mut Vec<f32>) {
    let Shape {
        rows,
        columns,
        channels,
    } = shape;
    let row = columns * channels;
    scratch.resize(row, 0.0);
    vectorised(|| {
        for (y, out) in out.chunks_exact_mut(2 * row).enumerate() {
            let near = y / 2;
            let far = if y % 2 == 0 {
                near.saturating_sub(1)
            } else {
                (near + 1).min(rows - 1)
            };
            blend(
                &input[near * row..][..row],
                &input[far * row..][..row],
                scratch,
            );
            for (x, out) in out.chunks_exact_mut(2 * channels).enumerate() {
                let pixel = |x: usize| &scratch[x * channels..][..channels];
                let (left, right) = out.split_at_mut(channels);
                blend(pixel(x), pixel(x.saturating_sub(1)), left);
                blend(pixel(x), pixel((x + 1).min(columns - 1)), right);
            }
        }
    });
}

/// Writes three quarters of `near` and one of `far`.
#[inline(always)]
fn blend(near: &[f32], far: &[f32], out: &mut [f32]) {
    for ((out, near), far) in out.iter_mut().zip(near).zip(far) {
        *out = near * 0.75 + far * 0.25;
    }
}

/// Runs `act` compiled for the vector units of this machine.
fn vectorised(act: impl FnOnce()) {
    Arch::new().dispatch(act);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    const fn shape(rows: usize, columns: usize, channels: usize) -> Shape {
        Shape {
            rows,
            columns,
            channels,
        }
    }

    const fn length(shape: Shape) -> usize {
        shape.rows * shape.columns * shape.channels
    }

    /// The value at a place that may lie outside, where there are zeros.
    fn value(picture: &[f32], shape: Shape, (y, x): (isize, isize), channel: usize) -> f32 {
        let inside = |at: isize, length| usize::try_from(at).ok().filter(|at| *at < length);
        match (inside(y, shape.rows), inside(x, shape.columns)) {
            (Some(y), Some(x)) => picture[(y * shape.columns + x) * shape.channels + channel],
            _ => 0.0,
        }
    }

    /// Calls `check` with windows over pictures of many sizes, and each pixel of the output with
    /// the place in the picture that its first tap meets.
    fn windows(mut check: impl FnMut(Shape, Window, Sliding)) {
        let sizes = [(8, 12), (7, 9), (5, 5), (6, 31)];
        let moves = [
            ((1, 1), (1, 1)),
            ((1, 1), (2, 2)),
            ((3, 3), (1, 1)),
            ((3, 3), (2, 2)),
            ((5, 5), (1, 1)),
            ((5, 5), (2, 2)),
            ((2, 4), (3, 2)),
        ];
        for (rows, columns) in sizes {
            for (kernel, stride) in moves {
                for padding in [Padding::Same, Padding::Valid] {
                    let window = Window {
                        kernel,
                        stride,
                        padding,
                    };
                    let input = shape(rows, columns, 11);
                    check(input, window, Sliding::new(window, input, 11).unwrap());
                }
            }
        }
    }

    /// Straight from the definition: the sum over all taps and channels for which there is a
    /// weight.
    fn slow(
        sliding: &Sliding,
        picture: &[f32],
        pixel: usize,
        weight: impl Fn(usize, usize) -> f32,
    ) -> f32 {
        let (y, x) = (
            pixel / sliding.output.columns,
            pixel % sliding.output.columns,
        );
        let mut sum = 0.0;
        for tap in 0..sliding.taps() {
            let (ky, kx) = (tap / sliding.kernel.1, tap % sliding.kernel.1);
            let row = (y * sliding.stride.0 + ky) as isize - sliding.border.0 as isize;
            let column = (x * sliding.stride.1 + kx) as isize - sliding.border.1 as isize;
            for channel in 0..sliding.input.channels {
                let value = value(picture, sliding.input, (row, column), channel);
                sum += value * weight(tap, channel);
            }
        }
        sum
    }

    #[test]
    fn the_depthwise_kernel_is_the_definition() {
        windows(|input, window, sliding| {
            let channels = input.channels;
            let (weights, bias) = (noise(sliding.taps() * channels), noise(channels));
            let mut layer = Depthwise::new(sliding, &weights, &bias).unwrap();
            layer.slope(&vec![0.5; channels]);
            let picture = noise(length(input));
            let mut out = vec![f32::NAN; length(sliding.output())];
            layer.run(&picture, &mut out, &mut vec![]);
            for (i, out) in out.iter().enumerate() {
                let own = i % channels;
                let sum = bias[own]
                    + slow(&sliding, &picture, i / channels, |tap, channel| {
                        let is_own = f32::from(u8::from(channel == own));
                        is_own * weights[tap * channels + channel]
                    });
                let expected = if sum < 0.0 { sum * 0.5 } else { sum };
                assert!((out - expected).abs() < 1e-4, "{window:?} {input:?}");
            }
        });
    }

    #[test]
    fn the_convolution_is_the_definition() {
        windows(|input, window, mut sliding| {
            sliding.output.channels = 5;
            let depth = sliding.taps() * input.channels;
            let (weights, bias) = (noise(depth * 5), noise(5));
            let layer = Convolution {
                matrix: Matrix::new(&weights, depth, &bias).unwrap(),
                sliding,
            };
            let picture = noise(length(input));
            let mut out = vec![f32::NAN; length(sliding.output())];
            layer.run(&picture, &mut out, &mut vec![]);
            for (i, out) in out.iter().enumerate() {
                let column = i % 5;
                let expected = bias[column]
                    + slow(&sliding, &picture, i / 5, |tap, channel| {
                        weights[(tap * input.channels + channel) * 5 + column]
                    });
                assert!((out - expected).abs() < 1e-3, "{window:?} {input:?}");
            }
        });
    }

    #[test]
    fn each_pixel_is_spread_over_its_own_patch() {
        let matrix = Matrix::new(&[1.0, 2.0, 3.0, 4.0], 1, &[0.0; 4]).unwrap();
        let layer = Spreading {
            input: shape(1, 2, 1),
            kernel: (2, 2),
            channels: 1,
            matrix,
        };
        let mut out = [0.0; 8];
        layer.run(&[1.0, 10.0], &mut out, &mut vec![]);
        assert_eq!(layer.output(), shape(2, 4, 1));
        assert_eq!(out, [1.0, 2.0, 10.0, 20.0, 3.0, 4.0, 30.0, 40.0]);
    }

    #[test]
    fn pooling_takes_the_largest_and_doubling_goes_between() {
        let mut out = [0.0; 2];
        let picture = [1.0, 5.0, 2.0, 0.0, 3.0, 4.0, 7.0, 1.0];
        pool_by_two(&picture, shape(2, 4, 1), &mut out);
        assert_eq!(out, [5.0, 7.0]);
        let mut out = [0.0; 8];
        double(&[0.0, 4.0], shape(1, 2, 1), &mut out, &mut vec![]);
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
    }

    #[test]
    fn zeros_are_put_around() {
        let pad = Pad {
            input: shape(1, 1, 2),
            output: shape(2, 2, 3),
            above: 1,
            before: 0,
            under: 1,
        };
        let mut out = [9.0; 12];
        pad.run(&[1.0, 2.0], &mut out);
        assert_eq!(
            out,
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn a_window_larger_than_its_picture_is_refused() {
        let window = Window {
            kernel: (3, 3),
            stride: (1, 1),
            padding: Padding::Valid,
        };
        assert!(Sliding::new(window, shape(2, 9, 1), 1).is_none());
    }
}
