//! From the checked list of layers to the steps that are run, with their places in memory.
//!
//! A layer whose result differs in size from what the file declares is refused.

use std::mem;

use super::{
    kernels::{self, Convolution, Depthwise, MAX_KERNEL, Pad, Shape, Sliding, Spreading},
    matrix::Matrix,
    tflite::{Graph, Kind, Layer, Refusal, Values, Window},
};

/// A network's layers in order, and the memory that they share.
pub struct Plan {
    steps: Vec<Step>,
    /// What the steps read and write. Places are used again once nothing needs what lies there.
    places: Vec<Vec<f32>>,
    scratch: Vec<f32>,
    input: Stored,
    outputs: Vec<Stored>,
}

/// One layer.
struct Step {
    op: Op,
    inputs: Vec<Stored>,
    output: Stored,
    /// What a result below zero is multiplied by, where the layer does not do so itself.
    slopes: Option<Vec<f32>>,
}

/// A tensor's place, and how many numbers it has.
#[derive(Clone, Copy)]
struct Stored {
    place: usize,
    length: usize,
}

enum Op {
    Convolution(Convolution),
    Depthwise(Depthwise),
    Spreading(Spreading),
    Pool(Shape),
    Double(Shape),
    Pad(Pad),
    Add,
    Multiply,
    /// By one number for each channel.
    Scale,
    Copy,
    HardSwish,
    Logistic,
    Mean,
    /// How many numbers of each part lie side by side.
    Concat(Vec<usize>),
}

impl Plan {
    pub fn of(graph: &Graph) -> Result<Self, Refusal> {
        let &[input] = graph.inputs.as_slice() else {
            return Err("a network without exactly one input".into());
        };
        let mut planning = Planning {
            graph,
            made_as: vec![None; graph.tensors.len()],
            steps: vec![],
        };
        planning.make(input, input)?;
        for layer in &graph.layers {
            planning.layer(layer)?;
        }
        planning.finish(input)
    }

    /// Runs over one picture. Returns `None` where its size is another than the network's.
    pub fn run(&mut self, picture: &[f32]) -> Option<Vec<Vec<f32>>> {
        let input = self.places.get_mut(self.input.place)?;
        input
            .get_mut(..self.input.length)
            .filter(|input| input.len() == picture.len())?
            .copy_from_slice(picture);
        for step in &self.steps {
            step.run(&mut self.places, &mut self.scratch)?;
        }
        let outputs = self.outputs.iter();
        outputs
            .map(|output| Some(numbers(&self.places, *output)?.to_vec()))
            .collect()
    }
}

impl Step {
    fn run(&self, places: &mut [Vec<f32>], scratch: &mut Vec<f32>) -> Option<()> {
        let mut place = mem::take(places.get_mut(self.output.place)?);
        let done = self.write(places, place.get_mut(..self.output.length)?, scratch);
        *places.get_mut(self.output.place)? = place;
        done
    }

    fn write(&self, places: &[Vec<f32>], out: &mut [f32], scratch: &mut Vec<f32>) -> Option<()> {
        let first = numbers(places, *self.inputs.first()?)?;
        let second = || numbers(places, *self.inputs.get(1)?);
        match &self.op {
            Op::Convolution(layer) => layer.run(first, out, scratch),
            Op::Depthwise(layer) => layer.run(first, out, scratch),
            Op::Spreading(layer) => layer.run(first, out, scratch),
            Op::Pool(shape) => kernels::pool_by_two(first, *shape, out),
            Op::Double(shape) => kernels::double(first, *shape, out, scratch),
            Op::Pad(pad) => pad.run(first, out),
            Op::Add => kernels::add(first, second()?, out),
            Op::Multiply => kernels::multiply(first, second()?, out),
            Op::Scale => kernels::scale(first, second()?, out),
            Op::Copy => out.copy_from_slice(first),
            Op::HardSwish => kernels::hard_swish(first, out),
            Op::Logistic => kernels::logistic(first, out),
            Op::Mean => kernels::mean(first, out),
            Op::Concat(runs) => {
                let whole = runs.iter().sum();
                let mut offset = 0;
                for (input, run) in self.inputs.iter().zip(runs) {
                    let input = numbers(places, *input)?;
                    for (out, part) in out.chunks_exact_mut(whole).zip(input.chunks_exact(*run)) {
                        out.get_mut(offset..offset + run)?.copy_from_slice(part);
                    }
                    offset += run;
                }
            }
        }
        if let Some(slopes) = &self.slopes {
            kernels::bend_all(out, slopes);
        }
        Some(())
    }
}

fn numbers(places: &[Vec<f32>], stored: Stored) -> Option<&[f32]> {
    places.get(stored.place)?.get(..stored.length)
}

/// A step before it is known where its tensors lie.
struct Planned {
    op: Op,
    inputs: Vec<usize>,
    output: usize,
    slopes: Option<Vec<f32>>,
}

struct Planning<'g> {
    graph: &'g Graph,
    /// Of each tensor that was made, the one whose numbers it has: itself, if a layer wrote them.
    made_as: Vec<Option<usize>>,
    steps: Vec<Planned>,
}

impl Planning<'_> {
    fn layer(&mut self, layer: &Layer) -> Result<(), Refusal> {
        let input = self.made_input(layer, 0)?;
        let mut inputs = vec![input];
        let op = match layer.kind {
            Kind::Conv(window) => self.convolution(layer, window)?,
            Kind::Depthwise(window) => self.depthwise(layer, window)?,
            Kind::TransposeConv(window) => self.spreading(layer, window)?,
            Kind::MaxPool(window) => self.pool(layer, window)?,
            Kind::Add => {
                inputs.push(self.made_input(layer, 1)?);
                self.same_sizes(layer)?;
                Op::Add
            }
            Kind::Mul => {
                inputs.push(self.made_input(layer, 1)?);
                self.multiplication(layer)?
            }
            Kind::Pad => self.pad(layer)?,
            Kind::Relu => {
                let slopes = vec![0.0; self.channels(layer)?];
                return self.bend(layer, input, slopes);
            }
            Kind::PRelu => {
                let slopes = self.numbers(layer, 1)?.to_vec();
                return self.bend(layer, input, slopes);
            }
            Kind::HardSwish => Op::HardSwish,
            Kind::Logistic => Op::Logistic,
            Kind::Mean => self.mean(layer)?,
            // The order of the numbers stays.
            Kind::Reshape => return self.share(layer, input),
            Kind::Concat { axis } => {
                for index in 1..layer.inputs.len() {
                    inputs.push(self.made_input(layer, index)?);
                }
                self.concat(layer, axis)?
            }
            Kind::ResizeBilinear => self.double(layer)?,
        };
        if matches!(op, Op::HardSwish | Op::Logistic)
            && self.input_shape(layer)? != self.shape(layer.output)?
        {
            return Err(other_size());
        }
        self.push(op, inputs, layer.output)
    }

    fn convolution(&self, layer: &Layer, window: Window) -> Result<Op, Refusal> {
        let (weights, [o, h, w, i]) = self.weights(layer)?;
        let input = self.picture(layer)?;
        if input.channels != i {
            return Err("a convolution of other channels".into());
        }
        let sliding = self.sliding(layer, window, (h, w), o)?;
        let depth = h * w * i;
        // The file has them output by output; a matrix has a column for each.
        let rows: Vec<f32> = (0..depth * o)
            .map(|n| weights.get(n % o * depth + n / o).copied())
            .collect::<Option<_>>()
            .ok_or_else(weights_of_another_size)?;
        let matrix = Matrix::new(&rows, depth, self.bias(layer, o)?);
        Ok(Op::Convolution(Convolution {
            sliding,
            matrix: matrix.ok_or_else(weights_of_another_size)?,
        }))
    }

    fn depthwise(&self, layer: &Layer, window: Window) -> Result<Op, Refusal> {
        let (weights, [one, h, w, c]) = self.weights(layer)?;
        if one != 1 || self.channels(layer)? != c {
            return Err("a depthwise convolution of other channels".into());
        }
        let sliding = self.sliding(layer, window, (h, w), c)?;
        let depthwise = Depthwise::new(sliding, weights, self.bias(layer, c)?);
        Ok(Op::Depthwise(
            depthwise.ok_or_else(weights_of_another_size)?,
        ))
    }

    fn sliding(
        &self,
        layer: &Layer,
        window: Window,
        kernel: (usize, usize),
        channels: usize,
    ) -> Result<Sliding, Refusal> {
        check_kernel(kernel)?;
        let sliding = Sliding::new(Window { kernel, ..window }, self.picture(layer)?, channels)
            .ok_or("a window larger than its picture")?;
        self.agree(layer, sliding.output())?;
        Ok(sliding)
    }

    /// Windows that never overlap: kernel and stride are the same, so "same" and "valid" padding
    /// agree.
    fn spreading(&self, layer: &Layer, window: Window) -> Result<Op, Refusal> {
        let (weights, [o, h, w, i]) = self.weights(layer)?;
        let input = self.picture(layer)?;
        if (h, w) != window.stride || input.channels != i {
            return Err("a transposed convolution whose windows overlap".into());
        }
        check_kernel((h, w))?;
        let bias = self.bias(layer, o)?;
        let width = h * w * o;
        let at = |n: usize| {
            let (depth, column) = (n / width, n % width);
            let (tap, out) = (column / o, column % o);
            weights.get((out * h * w + tap) * i + depth).copied()
        };
        let rows: Vec<f32> = (0..i * width)
            .map(at)
            .collect::<Option<_>>()
            .ok_or_else(weights_of_another_size)?;
        let spreading = Spreading {
            input,
            kernel: (h, w),
            channels: o,
            matrix: Matrix::new(&rows, i, &bias.repeat(h * w))
                .ok_or_else(weights_of_another_size)?,
        };
        self.agree(layer, spreading.output())?;
        Ok(Op::Spreading(spreading))
    }

    fn pool(&self, layer: &Layer, window: Window) -> Result<Op, Refusal> {
        let input = self.picture(layer)?;
        if (window.kernel, window.stride) != ((2, 2), (2, 2)) {
            return Err("a pool other than two by two".into());
        }
        if input.rows % 2 != 0 || input.columns % 2 != 0 {
            return Err("a pool over an odd size".into());
        }
        let output = Shape {
            rows: input.rows / 2,
            columns: input.columns / 2,
            ..input
        };
        self.agree(layer, output)?;
        Ok(Op::Pool(input))
    }

    /// The only resize in these networks; another is refused, where the sizes disagree.
    fn double(&self, layer: &Layer) -> Result<Op, Refusal> {
        let input = self.picture(layer)?;
        let output = Shape {
            rows: input.rows * 2,
            columns: input.columns * 2,
            ..input
        };
        self.agree(layer, output)?;
        Ok(Op::Double(input))
    }

    fn pad(&self, layer: &Layer) -> Result<Op, Refusal> {
        let input = self.picture(layer)?;
        let Values::I32(amounts) = self.values(layer, 1)? else {
            return Err("weights where whole numbers belong".into());
        };
        let amounts: Option<Vec<usize>> = amounts
            .iter()
            .map(|n| usize::try_from(*n).ok().filter(|n| *n <= 4096))
            .collect();
        let Some(&[0, 0, above, below, before, after, under, over]) = amounts.as_deref() else {
            return Err("a pad out of range".into());
        };
        let output = Shape {
            rows: input.rows + above + below,
            columns: input.columns + before + after,
            channels: input.channels + under + over,
        };
        self.agree(layer, output)?;
        Ok(Op::Pad(Pad {
            input,
            output,
            above,
            before,
            under,
        }))
    }

    fn mean(&self, layer: &Layer) -> Result<Op, Refusal> {
        let input = self.picture(layer)?;
        if !matches!(self.values(layer, 1)?, Values::I32(axes) if axes == &[1, 2]) {
            return Err("a mean over other axes than rows and columns".into());
        }
        let output = self.shape(layer.output)?;
        if output.iter().product::<usize>() != input.channels {
            return Err(other_size());
        }
        Ok(Op::Mean)
    }

    fn multiplication(&self, layer: &Layer) -> Result<Op, Refusal> {
        let (Some(left), Some(right)) = (layer.inputs.first(), layer.inputs.get(1)) else {
            return Err("a layer with too few inputs".into());
        };
        if self.shape(*left)? == self.shape(*right)? {
            self.same_sizes(layer)?;
            return Ok(Op::Multiply);
        }
        let channels = self.channels(layer)?;
        if self.shape(*right)? != [1, 1, 1, channels]
            || self.shape(*left)? != self.shape(layer.output)?
        {
            return Err(other_size());
        }
        Ok(Op::Scale)
    }

    fn same_sizes(&self, layer: &Layer) -> Result<(), Refusal> {
        let output = self.shape(layer.output)?;
        for input in &layer.inputs {
            if self.shape(*input)? != output {
                return Err(other_size());
            }
        }
        Ok(())
    }

    fn concat(&self, layer: &Layer, axis: usize) -> Result<Op, Refusal> {
        let output = self.shape(layer.output)?;
        let mut joined = 0;
        let mut runs = vec![];
        for input in &layer.inputs {
            let shape = self.shape(*input)?;
            let (Some(own), true) = (shape.get(axis), shape.len() == output.len()) else {
                return Err("a join along an unexpected axis".into());
            };
            let others = |shape: &[usize]| {
                let mut others = shape.to_vec();
                others.remove(axis);
                others
            };
            if others(shape) != others(output) {
                return Err(other_size());
            }
            joined += own;
            runs.push(shape.iter().skip(axis).product());
        }
        if output.get(axis) != Some(&joined) {
            return Err(other_size());
        }
        Ok(Op::Concat(runs))
    }

    /// A bend is done by the layer before it where nothing else reads that layer's result.
    fn bend(&mut self, layer: &Layer, input: usize, slopes: Vec<f32>) -> Result<(), Refusal> {
        if self.input_shape(layer)? != self.shape(layer.output)? {
            return Err(other_size());
        }
        if slopes.len() != self.channels(layer)? {
            return Err("not one slope a channel".into());
        }
        let readers = self.graph.layers.iter().flat_map(|it| &it.inputs);
        let reads = readers
            .filter(|tensor| self.numbers_of(**tensor) == Some(input))
            .count();
        let shown = self.graph.outputs.iter();
        let is_shown = shown
            .filter_map(|tensor| self.numbers_of(*tensor))
            .any(|tensor| tensor == input);
        let maker = self.steps.last_mut().filter(|step| step.output == input);
        if let Some(maker) = maker.filter(|step| reads == 1 && !is_shown && step.slopes.is_none())
            && maker.take_slopes(&slopes)
        {
            return self.share(layer, input);
        }
        self.push(Op::Copy, vec![input], layer.output)?;
        if let Some(step) = self.steps.last_mut() {
            step.slopes = Some(slopes);
        }
        Ok(())
    }

    /// The layer's output are its input's numbers.
    fn share(&mut self, layer: &Layer, input: usize) -> Result<(), Refusal> {
        let length = |shape: &[usize]| shape.iter().product::<usize>();
        if length(self.input_shape(layer)?) != length(self.shape(layer.output)?) {
            return Err("a reshape that changes the size".into());
        }
        self.make(layer.output, input)
    }

    fn push(&mut self, op: Op, inputs: Vec<usize>, output: usize) -> Result<(), Refusal> {
        self.make(output, output)?;
        self.steps.push(Planned {
            op,
            inputs,
            output,
            slopes: None,
        });
        Ok(())
    }

    /// Makes a tensor, once, with the numbers of `source`.
    fn make(&mut self, tensor: usize, source: usize) -> Result<(), Refusal> {
        match self.made_as.get_mut(tensor) {
            Some(made_as @ None) => *made_as = Some(source),
            Some(Some(_)) => return Err("a tensor that is made twice".into()),
            None => return Err("a layer that points nowhere".into()),
        }
        Ok(())
    }

    /// Returns the tensor whose numbers `tensor` has, if it was made.
    fn numbers_of(&self, tensor: usize) -> Option<usize> {
        self.made_as.get(tensor).copied().flatten()
    }

    /// Returns the tensor whose numbers an input of the layer has.
    fn made_input(&self, layer: &Layer, index: usize) -> Result<usize, Refusal> {
        let tensor = layer
            .inputs
            .get(index)
            .ok_or("a layer with too few inputs")?;
        self.numbers_of(*tensor)
            .ok_or_else(|| "a layer whose input was not made before it".into())
    }

    fn shape(&self, tensor: usize) -> Result<&[usize], Refusal> {
        let info = self.graph.tensors.get(tensor);
        Ok(&info.ok_or("a layer that points nowhere")?.shape)
    }

    fn input_shape(&self, layer: &Layer) -> Result<&[usize], Refusal> {
        self.shape(*layer.inputs.first().ok_or("a layer without input")?)
    }

    /// Returns the size of the picture that a layer works on.
    fn picture(&self, layer: &Layer) -> Result<Shape, Refusal> {
        match self.input_shape(layer)? {
            &[1, rows, columns, channels] => Ok(Shape {
                rows,
                columns,
                channels,
            }),
            _ => Err("a layer over something that is no picture".into()),
        }
    }

    fn channels(&self, layer: &Layer) -> Result<usize, Refusal> {
        Ok(self.picture(layer)?.channels)
    }

    fn values(&self, layer: &Layer, index: usize) -> Result<&Values, Refusal> {
        let tensor = layer
            .inputs
            .get(index)
            .ok_or("a layer with too few inputs")?;
        let info = self.graph.tensors.get(*tensor);
        info.and_then(|t| t.values.as_ref())
            .ok_or_else(|| "a layer whose weights are missing".into())
    }

    fn numbers(&self, layer: &Layer, index: usize) -> Result<&[f32], Refusal> {
        match self.values(layer, index)? {
            Values::F32(values) => Ok(values),
            Values::I32(_) => Err("whole numbers where weights belong".into()),
        }
    }

    fn weights(&self, layer: &Layer) -> Result<(&[f32], [usize; 4]), Refusal> {
        let weights = self.numbers(layer, 1)?;
        let tensor = layer.inputs.get(1).ok_or("a layer with too few inputs")?;
        let shape = <[usize; 4]>::try_from(self.shape(*tensor)?)
            .ok()
            .ok_or("weights of an unexpected rank")?;
        Ok((weights, shape))
    }

    fn bias(&self, layer: &Layer, channels: usize) -> Result<&[f32], Refusal> {
        let bias = self.numbers(layer, 2)?;
        if bias.len() != channels {
            return Err("a bias of other channels".into());
        }
        Ok(bias)
    }

    fn agree(&self, layer: &Layer, made: Shape) -> Result<(), Refusal> {
        if self.shape(layer.output)? == [1, made.rows, made.columns, made.channels] {
            Ok(())
        } else {
            Err(other_size())
        }
    }

    /// Gives each tensor its place: the first free one, of those that nothing needs any more.
    fn finish(self, input: usize) -> Result<Plan, Refusal> {
        let outputs: Option<Vec<usize>> = self
            .graph
            .outputs
            .iter()
            .map(|tensor| self.numbers_of(*tensor))
            .collect();
        let outputs = outputs.ok_or("an output that nothing makes")?;
        let Self { graph, steps, .. } = self;
        let length = |tensor: usize| -> usize {
            let info = graph.tensors.get(tensor);
            info.map_or(0, |info| info.shape.iter().product())
        };
        let is_read_after = |tensor: usize, index: usize| {
            let later = steps.iter().skip(index + 1);
            outputs.contains(&tensor) || later.flat_map(|it| &it.inputs).any(|it| *it == tensor)
        };

        let mut placing = Placing::default();
        let input = placing.take(input, length(input));
        let mut stored = vec![];
        for (index, step) in steps.iter().enumerate() {
            let output = placing.take(step.output, length(step.output));
            let inputs: Option<Vec<Stored>> = step
                .inputs
                .iter()
                .map(|tensor| placing.find(*tensor))
                .collect();
            stored.push((
                inputs.ok_or("a layer whose input was not made before it")?,
                output,
            ));
            placing.free(|tensor| !is_read_after(tensor, index));
        }
        let outputs: Option<Vec<Stored>> =
            outputs.iter().map(|tensor| placing.find(*tensor)).collect();
        Ok(Plan {
            outputs: outputs.ok_or("an output that nothing makes")?,
            input,
            scratch: vec![],
            places: placing.lengths.iter().map(|n| vec![0.0; *n]).collect(),
            steps: steps
                .into_iter()
                .zip(stored)
                .map(|(step, (inputs, output))| Step {
                    op: step.op,
                    inputs,
                    output,
                    slopes: step.slopes,
                })
                .collect(),
        })
    }
}

impl Planned {
    /// Takes on the bend after it. Returns whether it can.
    fn take_slopes(&mut self, slopes: &[f32]) -> bool {
        match &mut self.op {
            Op::Convolution(layer) => layer.matrix.slope(slopes),
            Op::Depthwise(layer) => {
                layer.slope(slopes);
                true
            }
            Op::Add => {
                self.slopes = Some(slopes.to_vec());
                true
            }
            Op::Spreading(_)
            | Op::Pool(_)
            | Op::Double(_)
            | Op::Pad(_)
            | Op::Multiply
            | Op::Scale
            | Op::Copy
            | Op::HardSwish
            | Op::Logistic
            | Op::Mean
            | Op::Concat(_) => false,
        }
    }
}

/// Which tensor lies where, while steps are put one after the other.
#[derive(Default)]
struct Placing {
    lengths: Vec<usize>,
    /// Of each place, the tensor in it.
    tenants: Vec<Option<(usize, Stored)>>,
}

impl Placing {
    fn take(&mut self, tensor: usize, length: usize) -> Stored {
        let free = self.tenants.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.lengths.push(0);
            self.tenants.push(None);
            self.lengths.len() - 1
        });
        let stored = Stored { place, length };
        if let (Some(longest), Some(tenant)) =
            (self.lengths.get_mut(place), self.tenants.get_mut(place))
        {
            *longest = length.max(*longest);
            *tenant = Some((tensor, stored));
        }
        stored
    }

    fn find(&self, tensor: usize) -> Option<Stored> {
        let tenants = self.tenants.iter().flatten();
        let mut own = tenants.filter(|(it, _)| *it == tensor);
        own.next().map(|(_, stored)| *stored)
    }

    fn free(&mut self, is_over: impl Fn(usize) -> bool) {
        for tenant in &mut self.tenants {
            if tenant.is_some_and(|(tensor, _)| is_over(tensor)) {
                *tenant = None;
            }
        }
    }
}

fn check_kernel(kernel: (usize, usize)) -> Result<(), Refusal> {
    let side = 1..=MAX_KERNEL;
    if side.contains(&kernel.0) && side.contains(&kernel.1) {
        Ok(())
    } else {
        Err("a window out of range".into())
    }
}

fn other_size() -> Refusal {
    "a layer of another size than the file says".into()
}

fn weights_of_another_size() -> Refusal {
    "weights of another size".into()
}
