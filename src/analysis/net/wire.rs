//! From the checked list of layers to a `tract` model.
//!
//! Pictures run as batch, channel, row, column inside (tract is quickest so); the file's order is batch, row, column,
//! channel. Tensors of other ranks keep the file's order.

use tract_core::internal::{
    AxisOp, DatumExt, DatumType, IntoArcTensor, OutletId, SpecialOps, TDim, TVec, Tensor, ToDim,
    TractError, TypedModel, TypedOp, tensor0, tensor1, tvec,
};
use tract_core::ops::{
    array::{Pad, PadMode, TypedConcat},
    cnn::{Conv, Deconv, KernelFormat, PaddingSpec, PoolSpec},
    math,
    nn::{DataFormat, Reduce, Reducer, hard_swish, sigmoid},
};

use super::{
    kernels::{Depthwise, Double, PRelu, PoolByTwo},
    tflite::{Graph, Kind, Layer, Padding, Refusal, Values, Window},
};

const MAX_KERNEL: usize = 8;

/// Builds the model; any layer whose result differs in size from what the file declares is refused.
pub fn wire(graph: &Graph) -> Result<TypedModel, Refusal> {
    let mut wiring = Wiring {
        graph,
        model: TypedModel::default(),
        outlets: vec![None; graph.tensors.len()],
    };
    let &[input] = graph.inputs.as_slice() else {
        return Err("a network without exactly one input".into());
    };
    wiring.source(input)?;
    for (index, layer) in graph.layers.iter().enumerate() {
        wiring.layer(&format!("layer{index}"), layer)?;
    }
    let outputs = graph
        .outputs
        .iter()
        .map(|t| {
            wiring
                .outlets
                .get(*t)
                .copied()
                .flatten()
                .ok_or("an output that nothing makes")
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut model = wiring.model;
    model.select_output_outlets(&outputs).map_err(words)?;
    Ok(model)
}

struct Wiring<'g> {
    graph: &'g Graph,
    model: TypedModel,
    /// Where each tensor of the file comes out, once it was made.
    outlets: Vec<Option<OutletId>>,
}

impl Wiring<'_> {
    fn source(&mut self, tensor: usize) -> Result<(), Refusal> {
        let shape = inner_shape(self.shape(tensor)?);
        let outlet = self
            .model
            .add_source("input", f32::fact(&shape))
            .map_err(words)?;
        self.put(tensor, outlet)
    }

    fn layer(&mut self, name: &str, layer: &Layer) -> Result<(), Refusal> {
        let x = self.input(layer, 0)?;
        let outlet = match layer.kind {
            Kind::Conv(window) => self.conv(name, layer, x, window)?,
            Kind::Depthwise(window) => self.depthwise(name, layer, x, window)?,
            Kind::TransposeConv(window) => self.transpose_conv(name, layer, x, window)?,
            Kind::MaxPool(window) => self.max_pool(name, x, window)?,
            Kind::Add => {
                let y = self.input(layer, 1)?;
                self.node(name, math::add(), &[x, y])?
            }
            Kind::Mul => {
                let y = self.input(layer, 1)?;
                self.node(name, math::mul(), &[x, y])?
            }
            Kind::Pad => self.pad(name, layer, x)?,
            Kind::Relu => {
                let zero = self.scalar(&format!("{name}.zero"), 0.0, x)?;
                self.node(name, math::max(), &[x, zero])?
            }
            Kind::PRelu => self.prelu(name, layer, x)?,
            Kind::HardSwish => self.node(name, hard_swish(), &[x])?,
            Kind::Logistic => self.node(name, sigmoid(), &[x])?,
            Kind::Mean => self.mean(name, layer, x)?,
            Kind::Reshape => self.reshape(name, layer, x)?,
            Kind::Concat { axis } => self.concat(name, layer, axis)?,
            // The only resize in these networks; another is refused below, where the sizes disagree.
            Kind::ResizeBilinear => self.node(name, Double, &[x])?,
        };
        self.agree(outlet, layer.output)?;
        self.put(layer.output, outlet)
    }

    fn conv(
        &mut self,
        name: &str,
        layer: &Layer,
        x: OutletId,
        window: Window,
    ) -> Result<OutletId, Refusal> {
        let (weights, [o, h, w, i]) = self.weights(layer, 1)?;
        if self.channels(layer)? != i {
            return Err("a convolution of other channels".into());
        }
        if window.padding == Padding::Valid
            && !matches!(self.input_shape(layer)?, &[_, rows, columns, _] if h <= rows && w <= columns)
        {
            return Err("a window larger than its picture".into());
        }
        let at = |out, inn, y, x| ((out * h + y) * w + x) * i + inn;
        let kernel = reorder([o, i, h, w], |[o, i, y, x]| {
            weights.get(at(o, i, y, x)).copied()
        })?;
        let spec = pool_spec(window, (h, w), i, o)?;
        self.conv_node(name, layer, x, kernel, spec)
    }

    fn depthwise(
        &mut self,
        name: &str,
        layer: &Layer,
        x: OutletId,
        window: Window,
    ) -> Result<OutletId, Refusal> {
        let (weights, [one, h, w, c]) = self.weights(layer, 1)?;
        if one != 1 || self.channels(layer)? != c {
            return Err("a depthwise convolution of other channels".into());
        }
        check_kernel((h, w))?;
        let taps = (0..c * h * w).map(|i| weights.get(i % (h * w) * c + i / (h * w)).copied());
        let weights: Option<Vec<f32>> = taps.collect();
        let kernel = Depthwise {
            weights: weights.ok_or("weights of another size")?.into(),
            bias: self.numbers(layer, 2)?.into(),
            kernel: (h, w),
            stride: window.stride,
            padding: window.padding,
        };
        self.node(name, kernel, &[x])
    }

    fn conv_node(
        &mut self,
        name: &str,
        layer: &Layer,
        x: OutletId,
        kernel: Tensor,
        pool_spec: PoolSpec,
    ) -> Result<OutletId, Refusal> {
        let bias = self.bias(layer, pool_spec.output_channels)?;
        let kernel = self.constant(&format!("{name}.kernel"), kernel)?;
        let bias = self.constant(&format!("{name}.bias"), bias)?;
        let conv = Conv {
            pool_spec,
            kernel_fmt: KernelFormat::OIHW,
            group: 1,
            q_params: None,
        };
        self.node(name, conv, &[x, kernel, bias])
    }

    /// Windows that never overlap: kernel and stride are the same, so "same" and "valid" padding agree.
    fn transpose_conv(
        &mut self,
        name: &str,
        layer: &Layer,
        x: OutletId,
        window: Window,
    ) -> Result<OutletId, Refusal> {
        let (weights, [o, h, w, i]) = self.weights(layer, 1)?;
        if (h, w) != window.stride || self.channels(layer)? != i {
            return Err("a transposed convolution whose windows overlap".into());
        }
        let at = |out, inn, y, x| ((out * h + y) * w + x) * i + inn;
        let kernel = reorder([o, i, h, w], |[o, i, y, x]| {
            weights.get(at(o, i, y, x)).copied()
        })?;
        let bias = self.bias(layer, o)?;
        let kernel = self.constant(&format!("{name}.kernel"), kernel)?;
        let bias = self.constant(&format!("{name}.bias"), bias)?;
        let deconv = Deconv {
            pool_spec: pool_spec(
                Window {
                    padding: Padding::Valid,
                    ..window
                },
                (h, w),
                i,
                o,
            )?,
            kernel_format: KernelFormat::OIHW,
            adjustments: tvec!(0, 0),
            group: 1,
        };
        self.node(name, deconv, &[x, kernel, bias])
    }

    fn max_pool(&mut self, name: &str, x: OutletId, window: Window) -> Result<OutletId, Refusal> {
        if (window.kernel, window.stride) != ((2, 2), (2, 2)) {
            return Err("a pool other than two by two".into());
        }
        self.node(name, PoolByTwo, &[x])
    }

    fn pad(&mut self, name: &str, layer: &Layer, x: OutletId) -> Result<OutletId, Refusal> {
        let amounts = self.whole_numbers(layer, 1)?;
        let &[n0, n1, h0, h1, w0, w1, c0, c1] = amounts else {
            return Err("a pad that is not of a picture".into());
        };
        let pair = |a: i32, b: i32| {
            let side = |n| usize::try_from(n).ok().filter(|n| *n <= 4096);
            side(a).zip(side(b)).ok_or("a pad out of range")
        };
        let pads = vec![pair(n0, n1)?, pair(c0, c1)?, pair(h0, h1)?, pair(w0, w1)?];
        let mode = PadMode::Constant(tensor0(0.0_f32).into_arc_tensor());
        self.node(name, Pad { pads, mode }, &[x])
    }

    fn prelu(&mut self, name: &str, layer: &Layer, x: OutletId) -> Result<OutletId, Refusal> {
        let slopes = self.numbers(layer, 1)?.into();
        self.node(name, PRelu { slopes }, &[x])
    }

    fn mean(&mut self, name: &str, layer: &Layer, x: OutletId) -> Result<OutletId, Refusal> {
        let &[_, h, w, _] = self.input_shape(layer)? else {
            return Err("a mean over something that is no picture".into());
        };
        if self.whole_numbers(layer, 1)? != [1, 2] {
            return Err("a mean over other axes than rows and columns".into());
        }
        let sum = self.node(
            &format!("{name}.sum"),
            Reduce::new(tvec!(2, 3), Reducer::Sum),
            &[x],
        )?;
        let share = self.scalar(&format!("{name}.share"), 1.0 / (h * w) as f32, sum)?;
        self.node(name, math::mul(), &[sum, share])
    }

    fn reshape(&mut self, name: &str, layer: &Layer, x: OutletId) -> Result<OutletId, Refusal> {
        let from = self.input_shape(layer)?;
        let to = self.shape(layer.output)?;
        if from.len() != 4 || to.len() == 4 {
            return Err("a reshape that is not from a picture to a list".into());
        }
        if from.iter().product::<usize>() != to.iter().product::<usize>() {
            return Err("a reshape that changes the size".into());
        }
        let dims = |shape: &[usize]| shape.iter().map(ToDim::to_dim).collect::<TVec<TDim>>();
        let (from, to) = (dims(from), dims(to));
        let picture = self.node(&format!("{name}.order"), AxisOp::Move(1, 3), &[x])?;
        self.node(name, AxisOp::Reshape(0, from, to), &[picture])
    }

    fn concat(&mut self, name: &str, layer: &Layer, axis: usize) -> Result<OutletId, Refusal> {
        let parts = (0..layer.inputs.len())
            .map(|i| self.input(layer, i))
            .collect::<Result<Vec<_>, _>>()?;
        let rank = self.shape(layer.output)?.len();
        if rank == 4 || axis >= rank {
            return Err("a join along an unexpected axis".into());
        }
        for index in &layer.inputs {
            if self.shape(*index)?.len() != rank {
                return Err("a join of different ranks".into());
            }
        }
        self.node(name, TypedConcat { axis }, &parts)
    }

    fn node(
        &mut self,
        name: &str,
        op: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> Result<OutletId, Refusal> {
        let wires = self.model.wire_node(name, op, inputs).map_err(words)?;
        wires
            .first()
            .copied()
            .ok_or_else(|| "a layer without output".into())
    }

    fn constant(&mut self, name: &str, tensor: Tensor) -> Result<OutletId, Refusal> {
        self.model.add_const(name, tensor).map_err(words)
    }

    /// One number, of the rank of `like` so that it spreads over it.
    fn scalar(&mut self, name: &str, value: f32, like: OutletId) -> Result<OutletId, Refusal> {
        let rank = self.model.outlet_fact(like).map_err(words)?.rank();
        let ones = vec![1; rank];
        self.constant(name, Tensor::from_shape(&ones, &[value]).map_err(words)?)
    }

    fn put(&mut self, tensor: usize, outlet: OutletId) -> Result<(), Refusal> {
        let slot = self
            .outlets
            .get_mut(tensor)
            .ok_or("a layer that points nowhere")?;
        *slot = Some(outlet);
        Ok(())
    }

    fn input(&self, layer: &Layer, index: usize) -> Result<OutletId, Refusal> {
        let tensor = layer
            .inputs
            .get(index)
            .ok_or("a layer with too few inputs")?;
        self.outlets
            .get(*tensor)
            .copied()
            .flatten()
            .ok_or_else(|| "a layer whose input was not made before it".into())
    }

    fn shape(&self, tensor: usize) -> Result<&[usize], Refusal> {
        let info = self
            .graph
            .tensors
            .get(tensor)
            .ok_or("a layer that points nowhere")?;
        Ok(&info.shape)
    }

    fn input_shape(&self, layer: &Layer) -> Result<&[usize], Refusal> {
        self.shape(*layer.inputs.first().ok_or("a layer without input")?)
    }

    fn channels(&self, layer: &Layer) -> Result<usize, Refusal> {
        match self.input_shape(layer)? {
            &[_, _, _, c] => Ok(c),
            _ => Err("a layer over something that is no picture".into()),
        }
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

    fn whole_numbers(&self, layer: &Layer, index: usize) -> Result<&[i32], Refusal> {
        match self.values(layer, index)? {
            Values::I32(values) => Ok(values),
            Values::F32(_) => Err("weights where whole numbers belong".into()),
        }
    }

    fn weights(&self, layer: &Layer, index: usize) -> Result<(&[f32], [usize; 4]), Refusal> {
        let tensor = *layer
            .inputs
            .get(index)
            .ok_or("a layer with too few inputs")?;
        let shape = <[usize; 4]>::try_from(self.shape(tensor)?)
            .ok()
            .ok_or("weights of an unexpected rank")?;
        Ok((self.numbers(layer, index)?, shape))
    }

    fn bias(&self, layer: &Layer, channels: usize) -> Result<Tensor, Refusal> {
        let bias = self.numbers(layer, 2)?;
        if bias.len() != channels {
            return Err("a bias of other channels".into());
        }
        Ok(tensor1(bias))
    }

    fn agree(&self, outlet: OutletId, tensor: usize) -> Result<(), Refusal> {
        let fact = self.model.outlet_fact(outlet).map_err(words)?;
        let made = fact.shape.as_concrete().ok_or("a layer of unknown size")?;
        if fact.datum_type == DatumType::F32 && made == inner_shape(self.shape(tensor)?) {
            Ok(())
        } else {
            Err("a layer of another size than the file says".into())
        }
    }
}

fn inner_shape(shape: &[usize]) -> Vec<usize> {
    match shape {
        &[n, h, w, c] => vec![n, c, h, w],
        other => other.to_vec(),
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

fn pool_spec(
    window: Window,
    kernel: (usize, usize),
    i: usize,
    o: usize,
) -> Result<PoolSpec, Refusal> {
    check_kernel(kernel)?;
    let padding = match window.padding {
        Padding::Same => PaddingSpec::SameUpper,
        Padding::Valid => PaddingSpec::Valid,
    };
    Ok(PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: tvec!(kernel.0, kernel.1),
        padding,
        dilations: None,
        strides: Some(tvec!(window.stride.0, window.stride.1)),
        input_channels: i,
        output_channels: o,
    })
}

fn reorder(
    shape: [usize; 4],
    value: impl Fn([usize; 4]) -> Option<f32>,
) -> Result<Tensor, Refusal> {
    let [a, b, c, d] = shape;
    let mut values = Vec::with_capacity(a * b * c * d);
    for i in 0..a * b * c * d {
        let at = [i / (b * c * d), i / (c * d) % b, i / d % c, i % d];
        values.push(value(at).ok_or("weights of another size")?);
    }
    Tensor::from_shape(&shape, &values).map_err(words)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn words(error: TractError) -> Refusal {
    error.to_string()
}
