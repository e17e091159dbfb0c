//! A TFLite file as a plain list of layers: every size, index and option checked before anything is built from it.
//!
//! Half-precision constants behind DEQUANTIZE are unpacked here, so that nobody after this sees them.

use tract_core::internal::tract_data::half::f16;
use tract_tflite::tflite::{
    self, ActivationFunctionType, BuiltinOperator, Operator, SubGraph, TensorType,
};

/// Far above what a face model needs, far below what could hurt.
const MAX_ITEMS: usize = 4_000;
const MAX_ELEMENTS: usize = 4_000_000;
const MAX_SIDE: usize = 4_096;
const MAX_KERNEL: usize = 8;
const MAX_STRIDE: i32 = 4;

/// A network in TFLite's own order: each layer's inputs come before it.
pub struct Graph {
    pub tensors: Vec<TensorInfo>,
    pub layers: Vec<Layer>,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
}

pub struct TensorInfo {
    /// As in the file: pictures are batch, row, column, channel.
    pub shape: Vec<usize>,
    pub values: Option<Values>,
}

#[derive(Clone)]
pub enum Values {
    F32(Vec<f32>),
    I32(Vec<i32>),
}

pub struct Layer {
    pub kind: Kind,
    pub inputs: Vec<usize>,
    pub output: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Conv(Window),
    Depthwise(Window),
    TransposeConv(Window),
    MaxPool(Window),
    Add,
    Mul,
    Pad,
    Relu,
    PRelu,
    HardSwish,
    Logistic,
    Mean,
    Reshape,
    Concat { axis: usize },
    ResizeBilinear,
}

/// How a window moves over a picture; `kernel` is 0 where the weights tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub kernel: (usize, usize),
    pub stride: (usize, usize),
    pub padding: Padding,
}

/// What a window does at the borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros around, so that the output is the input's size over the stride, rounded up.
    Same,
    /// Only whole windows.
    Valid,
}

/// What a file holds that the wiring does not accept, in words.
pub type Refusal = String;

/// Reads a model file; the bytes may be anything.
pub fn read(bytes: &[u8]) -> Result<Graph, Refusal> {
    let model = tflite::root_as_model(bytes).map_err(|e| format!("not a model file ({e})"))?;
    let graphs = model.subgraphs().ok_or("no network in it")?;
    if graphs.len() != 1 {
        return Err(format!("{} networks in it, not one", graphs.len()));
    }
    let sub = graphs.get(0);
    let tensors = read_tensors(&model, &sub)?;
    let mut graph = Graph {
        inputs: indices(sub.inputs().map(|v| v.iter()), tensors.len())?,
        outputs: indices(sub.outputs().map(|v| v.iter()), tensors.len())?,
        tensors,
        layers: Vec::new(),
    };
    let operators = sub.operators().ok_or("no layers")?;
    if operators.len() > MAX_ITEMS {
        return Err("too many layers".into());
    }
    for operator in operators {
        add_layer(&mut graph, &model, &operator)?;
    }
    Ok(graph)
}

fn read_tensors(model: &tflite::Model, sub: &SubGraph) -> Result<Vec<TensorInfo>, Refusal> {
    let tensors = sub.tensors().ok_or("no tensors")?;
    let buffers = model.buffers().ok_or("no buffers")?;
    if tensors.len() > MAX_ITEMS {
        return Err("too many tensors".into());
    }
    tensors
        .iter()
        .map(|tensor| {
            let shape = shape_of(tensor.shape().map(|s| s.iter()))?;
            let index = tensor.buffer() as usize;
            if index >= buffers.len() {
                return Err("a tensor without its buffer".into());
            }
            let values = match buffers.get(index).data() {
                Some(data) if !data.is_empty() => {
                    Some(values_of(tensor.type_(), data.bytes(), &shape)?)
                }
                _ => None,
            };
            Ok(TensorInfo { shape, values })
        })
        .collect()
}

fn shape_of(dims: Option<impl Iterator<Item = i32>>) -> Result<Vec<usize>, Refusal> {
    let mut shape = Vec::new();
    let mut elements = 1_usize;
    for dim in dims.into_iter().flatten() {
        let dim = usize::try_from(dim).ok().ok_or("a negative size")?;
        if dim == 0 || dim > MAX_SIDE || shape.len() == 4 {
            return Err("a size out of range".into());
        }
        elements *= dim;
        shape.push(dim);
    }
    if elements > MAX_ELEMENTS {
        return Err("a tensor too large".into());
    }
    Ok(shape)
}

fn values_of(kind: TensorType, bytes: &[u8], shape: &[usize]) -> Result<Values, Refusal> {
    let values = match kind {
        TensorType::FLOAT32 => {
            let (words, _) = bytes.as_chunks::<4>();
            Values::F32(words.iter().map(|w| f32::from_le_bytes(*w)).collect())
        }
        TensorType::FLOAT16 => {
            let (words, _) = bytes.as_chunks::<2>();
            Values::F32(
                words
                    .iter()
                    .map(|w| f16::from_le_bytes(*w).to_f32())
                    .collect(),
            )
        }
        TensorType::INT32 => {
            let (words, _) = bytes.as_chunks::<4>();
            Values::I32(words.iter().map(|w| i32::from_le_bytes(*w)).collect())
        }
        other => return Err(format!("constants of type {other:?}")),
    };
    let count = match &values {
        Values::F32(v) => v.len(),
        Values::I32(v) => v.len(),
    };
    if count != shape.iter().product::<usize>() {
        return Err("a constant whose size and bytes disagree".into());
    }
    if matches!(&values, Values::F32(v) if v.iter().any(|x| !x.is_finite())) {
        return Err("a weight that is no number".into());
    }
    Ok(values)
}

fn indices(list: Option<impl Iterator<Item = i32>>, tensors: usize) -> Result<Vec<usize>, Refusal> {
    list.into_iter()
        .flatten()
        .map(|index| {
            usize::try_from(index)
                .ok()
                .filter(|i| *i < tensors)
                .ok_or_else(|| "a layer that points nowhere".to_owned())
        })
        .collect()
}

fn add_layer(graph: &mut Graph, model: &tflite::Model, op: &Operator) -> Result<(), Refusal> {
    let inputs = indices(op.inputs().map(|v| v.iter()), graph.tensors.len())?;
    let outputs = indices(op.outputs().map(|v| v.iter()), graph.tensors.len())?;
    let &[output] = outputs.as_slice() else {
        return Err("a layer without exactly one output".into());
    };
    let (builtin, custom) = name_of(model, op)?;
    if builtin == BuiltinOperator::DEQUANTIZE {
        return unpack_constant(graph, &inputs, output);
    }
    let kind = kind_of(builtin, custom.as_deref(), op)?;
    if graph.tensors.get(output).is_none_or(|t| t.values.is_some()) {
        return Err("a layer that writes into a constant".into());
    }
    graph.layers.push(Layer {
        kind,
        inputs,
        output,
    });
    Ok(())
}

fn unpack_constant(graph: &mut Graph, inputs: &[usize], output: usize) -> Result<(), Refusal> {
    let source = inputs.first().and_then(|i| graph.tensors.get(*i));
    let (shape, values) = source
        .and_then(|t| Some((t.shape.clone(), t.values.clone()?)))
        .ok_or("a DEQUANTIZE of something that is no constant")?;
    match graph.tensors.get_mut(output) {
        Some(target) if target.shape == shape => target.values = Some(values),
        _ => return Err("a DEQUANTIZE that changes the size".into()),
    }
    Ok(())
}

fn name_of(
    model: &tflite::Model,
    op: &Operator,
) -> Result<(BuiltinOperator, Option<String>), Refusal> {
    let codes = model.operator_codes().ok_or("no operator table")?;
    let index = op.opcode_index() as usize;
    if index >= codes.len() {
        return Err("a layer of no kind".into());
    }
    let code = codes.get(index);
    // Files older than the 32-bit code keep it in the 8-bit field; the larger of the two is meant.
    let deprecated = BuiltinOperator(i32::from(code.deprecated_builtin_code()));
    Ok((
        code.builtin_code().max(deprecated),
        code.custom_code().map(str::to_owned),
    ))
}

fn kind_of(builtin: BuiltinOperator, custom: Option<&str>, op: &Operator) -> Result<Kind, Refusal> {
    Ok(match builtin {
        BuiltinOperator::CONV_2D => {
            let o = op
                .builtin_options_as_conv_2_doptions()
                .ok_or("a CONV_2D without options")?;
            undilated(o.dilation_h_factor(), o.dilation_w_factor())?;
            plain(o.fused_activation_function())?;
            Kind::Conv(window((0, 0), (o.stride_h(), o.stride_w()), o.padding())?)
        }
        BuiltinOperator::DEPTHWISE_CONV_2D => {
            let o = op
                .builtin_options_as_depthwise_conv_2_doptions()
                .ok_or("a DEPTHWISE_CONV_2D without options")?;
            undilated(o.dilation_h_factor(), o.dilation_w_factor())?;
            plain(o.fused_activation_function())?;
            Kind::Depthwise(window((0, 0), (o.stride_h(), o.stride_w()), o.padding())?)
        }
        BuiltinOperator::MAX_POOL_2D => {
            let o = op
                .builtin_options_as_pool_2_doptions()
                .ok_or("a pool without options")?;
            plain(o.fused_activation_function())?;
            let kernel = (o.filter_height(), o.filter_width());
            Kind::MaxPool(window(kernel, (o.stride_h(), o.stride_w()), o.padding())?)
        }
        BuiltinOperator::ADD => Kind::Add,
        BuiltinOperator::MUL => Kind::Mul,
        BuiltinOperator::PAD => Kind::Pad,
        BuiltinOperator::RELU => Kind::Relu,
        BuiltinOperator::PRELU => Kind::PRelu,
        BuiltinOperator::HARD_SWISH => Kind::HardSwish,
        BuiltinOperator::LOGISTIC => Kind::Logistic,
        BuiltinOperator::MEAN => Kind::Mean,
        BuiltinOperator::RESHAPE => Kind::Reshape,
        BuiltinOperator::CONCATENATION => {
            let o = op
                .builtin_options_as_concatenation_options()
                .ok_or("a join without axis")?;
            let axis = usize::try_from(o.axis())
                .ok()
                .ok_or("a join along no axis")?;
            Kind::Concat { axis }
        }
        BuiltinOperator::RESIZE_BILINEAR => {
            let o = op
                .builtin_options_as_resize_bilinear_options()
                .ok_or("a bare resize")?;
            if o.align_corners() || !o.half_pixel_centers() {
                return Err("a resize by other than half-pixel centres".into());
            }
            Kind::ResizeBilinear
        }
        BuiltinOperator::CUSTOM if custom == Some("Convolution2DTransposeBias") => {
            transpose_conv(op.custom_options().map_or(&[][..], |v| v.bytes()))?
        }
        other => return Err(format!("a layer {other:?} {}", custom.unwrap_or_default())),
    })
}

/// MediaPipe's own layer: padding (1 is "same"), horizontal and vertical stride as 32-bit numbers.
fn transpose_conv(options: &[u8]) -> Result<Kind, Refusal> {
    let (words, _) = options.as_chunks::<4>();
    let &[padding, across, down] = words else {
        return Err("a transposed convolution without options".into());
    };
    let padding = match i32::from_le_bytes(padding) {
        1 => tflite::Padding::SAME,
        2 => tflite::Padding::VALID,
        _ => return Err("an unknown padding".into()),
    };
    let stride = (i32::from_le_bytes(down), i32::from_le_bytes(across));
    Ok(Kind::TransposeConv(window((0, 0), stride, padding)?))
}

fn window(
    kernel: (i32, i32),
    stride: (i32, i32),
    padding: tflite::Padding,
) -> Result<Window, Refusal> {
    let side = |n: i32| {
        usize::try_from(n)
            .ok()
            .filter(|n| *n <= MAX_KERNEL)
            .ok_or("a window out of range")
    };
    let step = |n: i32| match n {
        1..=MAX_STRIDE => Ok(n as usize),
        _ => Err("a stride out of range"),
    };
    let padding = match padding {
        tflite::Padding::SAME => Padding::Same,
        tflite::Padding::VALID => Padding::Valid,
        _ => return Err("an unknown padding".into()),
    };
    Ok(Window {
        kernel: (side(kernel.0)?, side(kernel.1)?),
        stride: (step(stride.0)?, step(stride.1)?),
        padding,
    })
}

fn undilated(down: i32, across: i32) -> Result<(), Refusal> {
    if (down, across) == (1, 1) {
        Ok(())
    } else {
        Err("a dilated convolution".into())
    }
}

fn plain(activation: ActivationFunctionType) -> Result<(), Refusal> {
    match activation {
        ActivationFunctionType::NONE => Ok(()),
        other => Err(format!("a fused activation {other:?}")),
    }
}
