//! Layers that tract lacks or runs at a third of the speed that they allow: PRELU, depthwise convolution, pooling by
//! two, doubling. All over one picture: batch (1), channel, row, column.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: sizes are checked when the layer is built"
)]
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into `Arch::dispatch` is compiled for the vector units of this machine"
)]

use std::sync::Arc;

use pulp::Arch;
use tract_core::{
    args_1, as_op,
    internal::{
        DatumExt, DatumType, EvalContext, EvalOp, IntoTValue, IntoTensor, Op, StaticName, TValue,
        TVec, Tensor, TractErrorContext, TractResult, TypedFact, TypedOp, bail, ensure, tvec,
    },
    op_as_typed_op, op_out_of_plan,
};

use super::tflite::Padding;

/// Below zero each channel has a slope of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct PRelu {
    pub slopes: Arc<[f32]>,
}

impl Eq for PRelu {}

impl PRelu {
    fn apply(&self, values: &mut [f32]) {
        let plane = (values.len() / self.slopes.len().max(1)).max(1);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (channel, slope) in values.chunks_exact_mut(plane).zip(self.slopes.iter()) {
                    for v in channel {
                        *v = v.max(0.0) + slope * v.min(0.0);
                    }
                }
            },
        );
    }
}

/// One kernel for each channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Depthwise {
    /// Channel by channel, row by row.
    pub weights: Arc<[f32]>,
    pub bias: Arc<[f32]>,
    /// Rows and columns.
    pub kernel: (usize, usize),
    pub stride: (usize, usize),
    pub padding: Padding,
}

impl Eq for Depthwise {}

impl Depthwise {
    fn convolve(&self, input: &[f32], (rows, columns): (usize, usize)) -> TractResult<Vec<f32>> {
        let (out_rows, above) = extent(rows, self.kernel.0, self.stride.0, self.padding)?;
        let (out_columns, before) = extent(columns, self.kernel.1, self.stride.1, self.padding)?;
        let mut phases = Phases::new(self, (out_rows, out_columns), (above, before));
        let mut sums = vec![0.0; (out_rows - 1) * phases.width + out_columns];
        let mut output = Vec::with_capacity(self.bias.len() * out_rows * out_columns);
        let planes = input.chunks_exact(rows * columns);
        let taps = self.weights.chunks_exact(self.kernel.0 * self.kernel.1);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for ((plane, taps), bias) in planes.zip(taps).zip(self.bias.iter()) {
                    phases.fill(plane, columns);
                    sums.fill(*bias);
                    for (ky, taps) in taps.chunks_exact(self.kernel.1).enumerate() {
                        phases.add(ky, taps, &mut sums);
                    }
                    for row in sums.chunks(phases.width) {
                        output.extend_from_slice(&row[..out_columns]);
                    }
                }
            },
        );
        Ok(output)
    }
}

/// One plane with its zero border, split by rows and by columns: with a stride of two the even ones, then the odd ones. What
/// a tap meets over *all* outputs is then one run of neighbours; the few sums that run past a row's end are not read.
struct Phases {
    planes: Vec<Vec<f32>>,
    stride: (usize, usize),
    /// Of a phase, px; its height needs no name.
    width: usize,
    above: usize,
    before: usize,
}

impl Phases {
    fn new(
        layer: &Depthwise,
        (rows, columns): (usize, usize),
        (above, before): (usize, usize),
    ) -> Self {
        let height = rows + (layer.kernel.0 - 1) / layer.stride.0;
        let width = columns + (layer.kernel.1 - 1) / layer.stride.1;
        Self {
            planes: vec![vec![0.0; height * width]; layer.stride.0 * layer.stride.1],
            stride: layer.stride,
            width,
            above,
            before,
        }
    }

    /// Writes the inside; the border stays zero.
    #[inline(always)]
    fn fill(&mut self, plane: &[f32], columns: usize) {
        let (down, across) = self.stride;
        for (y, source) in plane.chunks_exact(columns).enumerate() {
            let y = y + self.above;
            for phase in 0..across {
                let first = (phase + across - self.before % across) % across;
                let start = (first + self.before) / across;
                let row = y / down * self.width;
                let target = &mut self.planes[y % down * across + phase];
                // Rows that no output meets have no place.
                let Some(target) = target.get_mut(row + start..row + self.width) else {
                    continue;
                };
                if across == 1 {
                    let n = columns.min(target.len());
                    target[..n].copy_from_slice(&source[..n]);
                } else if first < columns {
                    let source = source[first..].iter().step_by(across);
                    target.iter_mut().zip(source).for_each(|(t, s)| *t = *s);
                }
            }
        }
    }

    /// The neighbours that tap `kx` of the kernel's row `ky` meets.
    #[inline(always)]
    fn run(&self, ky: usize, kx: usize, length: usize) -> &[f32] {
        let (down, across) = self.stride;
        let plane = &self.planes[ky % down * across + kx % across];
        &plane[ky / down * self.width + kx / across..][..length]
    }

    /// Adds what the kernel's row `ky` makes of the plane.
    #[inline(always)]
    fn add(&self, ky: usize, taps: &[f32], sums: &mut [f32]) {
        let length = sums.len();
        let run = |kx: usize| self.run(ky, kx, length);
        match *taps {
            [a, b, c] => add_three([run(0), run(1), run(2)], [a, b, c], sums),
            [a, b, c, d, e] => {
                add_three([run(0), run(1), run(2)], [a, b, c], sums);
                add_two([run(3), run(4)], [d, e], sums);
            }
            _ => {
                for (kx, tap) in taps.iter().enumerate() {
                    add_two([run(kx), run(kx)], [*tap, 0.0], sums);
                }
            }
        }
    }
}

// Written out, not looped, so that they are quick in a development build too; and no more than three at a time, which is
// what the compiler still turns into vector code (all nine at once took twice as long).

#[inline(always)]
fn add_three(runs: [&[f32]; 3], [ta, tb, tc]: [f32; 3], out: &mut [f32]) {
    let [a, b, c] = runs.map(|run| &run[..out.len()]);
    for (x, out) in out.iter_mut().enumerate() {
        *out += a[x] * ta + b[x] * tb + c[x] * tc;
    }
}

#[inline(always)]
fn add_two(runs: [&[f32]; 2], [ta, tb]: [f32; 2], out: &mut [f32]) {
    let [a, b] = runs.map(|run| &run[..out.len()]);
    for (x, out) in out.iter_mut().enumerate() {
        *out += a[x] * ta + b[x] * tb;
    }
}

/// Length of the output and of the border before the input, as TFLite counts them.
fn extent(
    length: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
) -> TractResult<(usize, usize)> {
    if padding == Padding::Same {
        let out = length.div_ceil(stride);
        let border = ((out - 1) * stride + kernel).saturating_sub(length);
        return Ok((out, border / 2));
    }
    ensure!(length >= kernel, "a picture smaller than the window");
    Ok(((length - kernel) / stride + 1, 0))
}

/// The largest of each square of two by two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolByTwo;

fn pool_by_two(input: &[f32], columns: usize) -> Vec<f32> {
    let mut output = Vec::with_capacity(input.len() / 4);
    for pair in input.chunks_exact(2 * columns) {
        let (upper, lower) = pair.split_at(columns);
        let (upper, _) = upper.as_chunks::<2>();
        let (lower, _) = lower.as_chunks::<2>();
        output.extend(
            upper
                .iter()
                .zip(lower)
                .map(|([a, b], [c, d])| a.max(*b).max(c.max(*d))),
        );
    }
    output
}

/// Twice as many rows and columns, between the values by straight lines (half-pixel centres).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Double;

fn doubled(input: &[f32], (rows, columns): (usize, usize)) -> Vec<f32> {
    let mut output = vec![0.0; input.len() * 4];
    let mut blend = vec![0.0; columns];
    let planes = input.chunks_exact(rows * columns);
    for (plane, out) in planes.zip(output.chunks_exact_mut(rows * columns * 4)) {
        for (y, out) in out.chunks_exact_mut(columns * 2).enumerate() {
            let near = y / 2;
            let far = if y % 2 == 0 {
                near.saturating_sub(1)
            } else {
                (near + 1).min(rows - 1)
            };
            let near = &plane[near * columns..][..columns];
            let far = &plane[far * columns..][..columns];
            for ((b, n), f) in blend.iter_mut().zip(near).zip(far) {
                *b = n * 0.75 + f * 0.25;
            }
            double_row(&blend, out);
        }
    }
    output
}

fn double_row(row: &[f32], out: &mut [f32]) {
    let last = row.len() - 1;
    let (pairs, _) = out.as_chunks_mut::<2>();
    for (x, pair) in pairs.iter_mut().enumerate() {
        let (before, here, after) = (row[x.saturating_sub(1)], row[x], row[(x + 1).min(last)]);
        *pair = [here * 0.75 + before * 0.25, here * 0.75 + after * 0.25];
    }
}

/// What tract asks of every layer, for layers of one picture in and one out.
macro_rules! layer {
    ($layer:ty, $name:literal, |$self:ident, $picture:ident, $size:ident| $run:expr, |$facts:ident, $dims:ident| $shape:expr) => {
        impl Op for $layer {
            fn name(&self) -> StaticName {
                $name.into()
            }

            op_as_typed_op!();
        }

        impl EvalOp for $layer {
            op_out_of_plan!();

            fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
                let $self = self;
                let $picture = args_1!(inputs);
                let &[1, _, rows, columns] = $picture.shape() else {
                    bail!("not one picture")
                };
                let $size = (rows, columns);
                let output: Tensor = $run;
                Ok(tvec!(output.into_tvalue()))
            }
        }

        impl TypedOp for $layer {
            fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
                let $facts = self;
                let fact = inputs.first().context("a layer without input")?;
                ensure!(
                    fact.datum_type == DatumType::F32,
                    "a layer of other numbers"
                );
                let Some(&[1, c, h, w]) = fact.shape.as_concrete() else {
                    bail!("not one picture")
                };
                let $dims = (c, h, w);
                let (c, h, w) = $shape;
                Ok(tvec!(f32::fact([1, c, h, w])))
            }

            as_op!();
        }
    };
}

layer!(
    PRelu,
    "PRelu",
    |layer, picture, _size| {
        let mut picture = picture.into_tensor();
        layer.apply(picture.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
        picture
    },
    |layer, dims| {
        ensure!(layer.slopes.len() == dims.0, "not one slope a channel");
        dims
    }
);

layer!(
    Depthwise,
    "Depthwise",
    |layer, picture, size| {
        let input = picture.try_as_plain_ram()?.as_slice::<f32>()?;
        let output = layer.convolve(input, size)?;
        let (rows, _) = extent(size.0, layer.kernel.0, layer.stride.0, layer.padding)?;
        let (columns, _) = extent(size.1, layer.kernel.1, layer.stride.1, layer.padding)?;
        Tensor::from_shape(&[1, layer.bias.len(), rows, columns], &output)?
    },
    |layer, dims| {
        let taps = layer.kernel.0 * layer.kernel.1;
        ensure!(layer.bias.len() == dims.0, "not one bias a channel");
        ensure!(
            taps > 0 && layer.weights.len() == dims.0 * taps,
            "not one kernel a channel"
        );
        let (rows, _) = extent(dims.1, layer.kernel.0, layer.stride.0, layer.padding)?;
        let (columns, _) = extent(dims.2, layer.kernel.1, layer.stride.1, layer.padding)?;
        (dims.0, rows, columns)
    }
);

layer!(
    PoolByTwo,
    "PoolByTwo",
    |_layer, picture, size| {
        let input = picture.try_as_plain_ram()?.as_slice::<f32>()?;
        let channels = input.len() / (size.0 * size.1);
        Tensor::from_shape(
            &[1, channels, size.0 / 2, size.1 / 2],
            &pool_by_two(input, size.1),
        )?
    },
    |_layer, dims| {
        ensure!(
            dims.1 % 2 == 0 && dims.2 % 2 == 0,
            "a pool over an odd size"
        );
        (dims.0, dims.1 / 2, dims.2 / 2)
    }
);

layer!(
    Double,
    "Double",
    |_layer, picture, size| {
        let input = picture.try_as_plain_ram()?.as_slice::<f32>()?;
        let channels = input.len() / (size.0 * size.1);
        Tensor::from_shape(
            &[1, channels, size.0 * 2, size.1 * 2],
            &doubled(input, size),
        )?
    },
    |_layer, dims| (dims.0, dims.1 * 2, dims.2 * 2)
);

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    /// Straight from the definition.
    fn slow(layer: &Depthwise, input: &[f32], (h, w): (usize, usize)) -> Vec<f32> {
        let (oh, top) = extent(h, layer.kernel.0, layer.stride.0, layer.padding).unwrap();
        let (ow, left) = extent(w, layer.kernel.1, layer.stride.1, layer.padding).unwrap();
        let (kh, kw) = layer.kernel;
        let value = |c: usize, y: usize, x: usize| {
            let inside = (top..top + h).contains(&y) && (left..left + w).contains(&x);
            if inside {
                input[(c * h + y - top) * w + x - left]
            } else {
                0.0
            }
        };
        let at = |i: usize| {
            let (c, y, x) = (i / (oh * ow), i / ow % oh, i % ow);
            let tap = |k: usize| {
                let (y, x) = (y * layer.stride.0 + k / kw, x * layer.stride.1 + k % kw);
                layer.weights[c * kh * kw + k] * value(c, y, x)
            };
            layer.bias[c] + (0..kh * kw).map(tap).sum::<f32>()
        };
        (0..layer.bias.len() * oh * ow).map(at).collect()
    }

    #[test]
    fn the_depthwise_kernel_is_the_definition() {
        let sizes = [(8, 12), (7, 9), (5, 5), (6, 31)];
        let windows = [
            ((3, 3), (1, 1)),
            ((3, 3), (2, 2)),
            ((5, 5), (1, 1)),
            ((5, 5), (2, 2)),
            ((2, 4), (3, 2)),
        ];
        for ((size, (kernel, stride)), padding) in sizes
            .iter()
            .flat_map(|s| windows.map(|w| (*s, w)))
            .flat_map(|c| [(c, Padding::Same), (c, Padding::Valid)])
        {
            let layer = Depthwise {
                weights: noise(3 * kernel.0 * kernel.1).into(),
                bias: noise(3).into(),
                kernel,
                stride,
                padding,
            };
            let input = noise(3 * size.0 * size.1);
            let (fast, slow) = (
                layer.convolve(&input, size).unwrap(),
                slow(&layer, &input, size),
            );
            assert_eq!(fast.len(), slow.len());
            for (f, s) in fast.iter().zip(&slow) {
                assert!(
                    (f - s).abs() < 1e-4,
                    "{size:?} {kernel:?} {stride:?} {padding:?}"
                );
            }
        }
    }

    #[test]
    fn pooling_takes_the_largest_and_doubling_goes_between() {
        assert_eq!(
            pool_by_two(&[1.0, 5.0, 2.0, 0.0, 3.0, 4.0, 7.0, 1.0], 4),
            [5.0, 7.0]
        );
        let row = doubled(&[0.0, 4.0], (1, 2));
        assert_eq!(row, [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
    }
}
