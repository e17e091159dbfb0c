//! A TFLite file as a plain list of layers: every size, index and option is checked before anything
//! is built from it.
//!
//! Fields are numbered as in TensorFlow's `schema.fbs`, version 3. Half-precision constants behind
//! DEQUANTIZE are unpacked here, so that nothing after this sees them.

use super::flatbuffer::{Damaged, Table};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// How a window moves over a picture; `kernel` is 0 where the weights say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a file holds that is not accepted, in words.
pub type Refusal = String;

impl From<Damaged> for Refusal {
    fn from(Damaged: Damaged) -> Self {
        "not a model file, or a damaged one".to_owned()
    }
}

/// The fields of the schema's tables.
mod field {
    pub mod model {
        pub const OPERATOR_CODES: usize = 1;
        pub const SUBGRAPHS: usize = 2;
        pub const BUFFERS: usize = 4;
    }
    pub mod operator_code {
        pub const DEPRECATED_BUILTIN_CODE: usize = 0;
        pub const CUSTOM_CODE: usize = 1;
        pub const BUILTIN_CODE: usize = 3;
    }
    pub mod subgraph {
        pub const TENSORS: usize = 0;
        pub const INPUTS: usize = 1;
        pub const OUTPUTS: usize = 2;
        pub const OPERATORS: usize = 3;
    }
    pub mod tensor {
        pub const SHAPE: usize = 0;
        pub const TYPE: usize = 1;
        pub const BUFFER: usize = 2;
    }
    pub mod operator {
        pub const OPCODE_INDEX: usize = 0;
        pub const INPUTS: usize = 1;
        pub const OUTPUTS: usize = 2;
        pub const OPTIONS_TYPE: usize = 3;
        pub const OPTIONS: usize = 4;
        pub const CUSTOM_OPTIONS: usize = 5;
    }
    pub const BUFFER_DATA: usize = 0;
}

/// The schema's numbers of the layers that are accepted.
mod builtin {
    pub const ADD: i32 = 0;
    pub const CONCATENATION: i32 = 2;
    pub const CONV_2D: i32 = 3;
    pub const DEPTHWISE_CONV_2D: i32 = 4;
    pub const DEQUANTIZE: i32 = 6;
    pub const LOGISTIC: i32 = 14;
    pub const MAX_POOL_2D: i32 = 17;
    pub const MUL: i32 = 18;
    pub const RELU: i32 = 19;
    pub const RESHAPE: i32 = 22;
    pub const RESIZE_BILINEAR: i32 = 23;
    pub const CUSTOM: i32 = 32;
    pub const PAD: i32 = 34;
    pub const MEAN: i32 = 40;
    pub const PRELU: i32 = 54;
    pub const HARD_SWISH: i32 = 117;
}

/// Reads a model file; the bytes may be anything.
pub fn read(bytes: &[u8]) -> Result<Graph, Refusal> {
    let model = Table::root(bytes, *b"TFL3")?;
    let subgraphs = model.tables(field::model::SUBGRAPHS)?;
    let &[sub] = subgraphs.as_slice() else {
        return Err(format!("{} networks in it, not one", subgraphs.len()));
    };
    let tensors = read_tensors(model, sub)?;
    let mut graph = Graph {
        inputs: indices(&sub.numbers(field::subgraph::INPUTS)?, tensors.len())?,
        outputs: indices(&sub.numbers(field::subgraph::OUTPUTS)?, tensors.len())?,
        tensors,
        layers: Vec::new(),
    };
    let operators = sub.tables(field::subgraph::OPERATORS)?;
    if operators.len() > MAX_ITEMS {
        return Err("too many layers".into());
    }
    let codes = model.tables(field::model::OPERATOR_CODES)?;
    for operator in operators {
        add_layer(&mut graph, &codes, operator)?;
    }
    Ok(graph)
}

fn read_tensors(model: Table<'_>, sub: Table<'_>) -> Result<Vec<TensorInfo>, Refusal> {
    let tensors = sub.tables(field::subgraph::TENSORS)?;
    let buffers = model.tables(field::model::BUFFERS)?;
    if tensors.len() > MAX_ITEMS {
        return Err("too many tensors".into());
    }
    tensors
        .iter()
        .map(|tensor| {
            let shape = shape_of(&tensor.numbers(field::tensor::SHAPE)?)?;
            let buffer = buffers.get(tensor.index(field::tensor::BUFFER)?);
            let data = buffer
                .ok_or("a tensor without its buffer")?
                .data(field::BUFFER_DATA)?;
            let values = if data.is_empty() {
                None
            } else {
                Some(values_of(tensor.byte(field::tensor::TYPE)?, data, &shape)?)
            };
            Ok(TensorInfo { shape, values })
        })
        .collect()
}

fn shape_of(dims: &[i32]) -> Result<Vec<usize>, Refusal> {
    if dims.len() > 4 {
        return Err("a size out of range".into());
    }
    let mut shape = Vec::new();
    let mut elements = 1_usize;
    for dim in dims {
        let dim = usize::try_from(*dim).ok().ok_or("a negative size")?;
        if dim == 0 || dim > MAX_SIDE {
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

/// The schema's types: 0 is a float of 32 bits, 1 one of 16, 2 a whole number of 32.
fn values_of(kind: u8, bytes: &[u8], shape: &[usize]) -> Result<Values, Refusal> {
    let values = match kind {
        0 => {
            let (words, _) = bytes.as_chunks::<4>();
            Values::F32(words.iter().map(|w| f32::from_le_bytes(*w)).collect())
        }
        1 => {
            let (words, _) = bytes.as_chunks::<2>();
            let halves = words.iter().map(|w| u16::from_le_bytes(*w));
            Values::F32(halves.map(single_from_half).collect())
        }
        2 => {
            let (words, _) = bytes.as_chunks::<4>();
            Values::I32(words.iter().map(|w| i32::from_le_bytes(*w)).collect())
        }
        other => return Err(format!("constants of type {other}")),
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

/// Widens an IEEE 754 number of 16 bits.
fn single_from_half(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let exponent = u32::from(half >> 10) & 0x1f;
    let fraction = u32::from(half) & 0x3ff;
    let magnitude = match exponent {
        0 => fraction as f32 * 2.0_f32.powi(-24),
        31 => f32::from_bits(0x7f80_0000 | fraction << 13),
        _ => f32::from_bits((exponent + 112) << 23 | fraction << 13),
    };
    f32::from_bits(magnitude.to_bits() | sign)
}

fn indices(list: &[i32], tensors: usize) -> Result<Vec<usize>, Refusal> {
    list.iter()
        .map(|index| {
            usize::try_from(*index)
                .ok()
                .filter(|i| *i < tensors)
                .ok_or_else(|| "a layer that points nowhere".to_owned())
        })
        .collect()
}

fn add_layer(graph: &mut Graph, codes: &[Table<'_>], op: Table<'_>) -> Result<(), Refusal> {
    let inputs = indices(&op.numbers(field::operator::INPUTS)?, graph.tensors.len())?;
    let outputs = indices(&op.numbers(field::operator::OUTPUTS)?, graph.tensors.len())?;
    let &[output] = outputs.as_slice() else {
        return Err("a layer without exactly one output".into());
    };
    let code = codes
        .get(op.index(field::operator::OPCODE_INDEX)?)
        .ok_or("a layer of no kind")?;
    let builtin = builtin_of(*code)?;
    if builtin == builtin::DEQUANTIZE {
        return unpack_constant(graph, &inputs, output);
    }
    let kind = kind_of(builtin, *code, op)?;
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

/// Files older than the 32-bit code keep it in the 8-bit field; the larger of the two is meant.
fn builtin_of(code: Table<'_>) -> Result<i32, Refusal> {
    let deprecated = code.byte(field::operator_code::DEPRECATED_BUILTIN_CODE)?;
    let builtin = code.number(field::operator_code::BUILTIN_CODE, 0)?;
    Ok(builtin.max(i32::from(deprecated)))
}

fn kind_of(builtin: i32, code: Table<'_>, op: Table<'_>) -> Result<Kind, Refusal> {
    Ok(match builtin {
        builtin::CONV_2D => {
            let o = options(op, 1)?;
            plain(o.byte(3)?)?;
            undilated(o, 4, 5)?;
            Kind::Conv(window((0, 0), stride(o)?, padding(o)?)?)
        }
        builtin::DEPTHWISE_CONV_2D => {
            let o = options(op, 2)?;
            plain(o.byte(4)?)?;
            undilated(o, 5, 6)?;
            Kind::Depthwise(window((0, 0), stride(o)?, padding(o)?)?)
        }
        builtin::MAX_POOL_2D => {
            let o = options(op, 5)?;
            plain(o.byte(5)?)?;
            let kernel = (o.number(4, 0)?, o.number(3, 0)?);
            Kind::MaxPool(window(kernel, stride(o)?, padding(o)?)?)
        }
        builtin::ADD => Kind::Add,
        builtin::MUL => Kind::Mul,
        builtin::PAD => Kind::Pad,
        builtin::RELU => Kind::Relu,
        builtin::PRELU => Kind::PRelu,
        builtin::HARD_SWISH => Kind::HardSwish,
        builtin::LOGISTIC => Kind::Logistic,
        builtin::MEAN => Kind::Mean,
        builtin::RESHAPE => Kind::Reshape,
        builtin::CONCATENATION => Kind::Concat {
            axis: options(op, 10)?.index(0)?,
        },
        builtin::RESIZE_BILINEAR => {
            let o = options(op, 15)?;
            let (aligns_corners, has_half_pixel_centers) = (o.is_set(2)?, o.is_set(3)?);
            if aligns_corners || !has_half_pixel_centers {
                return Err("a resize by other than half-pixel centres".into());
            }
            Kind::ResizeBilinear
        }
        builtin::CUSTOM
            if code.data(field::operator_code::CUSTOM_CODE)? == b"Convolution2DTransposeBias" =>
        {
            transpose_conv(op.data(field::operator::CUSTOM_OPTIONS)?)?
        }
        other => return Err(format!("a layer of kind {other}")),
    })
}

/// Returns a layer's options, which the file says are of the schema's kind `kind`.
fn options(op: Table<'_>, kind: u8) -> Result<Table<'_>, Refusal> {
    if op.byte(field::operator::OPTIONS_TYPE)? != kind {
        return Err("a layer with another's options".into());
    }
    let options = op.table(field::operator::OPTIONS)?;
    options.ok_or_else(|| "a layer without its options".into())
}

/// MediaPipe's own layer: padding (1 is "same"), horizontal and vertical stride as 32-bit numbers.
fn transpose_conv(options: &[u8]) -> Result<Kind, Refusal> {
    let (words, _) = options.as_chunks::<4>();
    let &[padding, across, down] = words else {
        return Err("a transposed convolution without options".into());
    };
    let padding = match i32::from_le_bytes(padding) {
        1 => Padding::Same,
        2 => Padding::Valid,
        _ => return Err("an unknown padding".into()),
    };
    let stride = (i32::from_le_bytes(down), i32::from_le_bytes(across));
    Ok(Kind::TransposeConv(window((0, 0), stride, padding)?))
}

fn window(kernel: (i32, i32), stride: (i32, i32), padding: Padding) -> Result<Window, Refusal> {
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
    Ok(Window {
        kernel: (side(kernel.0)?, side(kernel.1)?),
        stride: (step(stride.0)?, step(stride.1)?),
        padding,
    })
}

/// Returns the stride down and across; the options of all windows keep them in the same fields.
fn stride(options: Table<'_>) -> Result<(i32, i32), Refusal> {
    Ok((options.number(2, 0)?, options.number(1, 0)?))
}

fn padding(options: Table<'_>) -> Result<Padding, Refusal> {
    match options.byte(0)? {
        0 => Ok(Padding::Same),
        1 => Ok(Padding::Valid),
        _ => Err("an unknown padding".into()),
    }
}

fn undilated(options: Table<'_>, across: usize, down: usize) -> Result<(), Refusal> {
    if (options.number(across, 1)?, options.number(down, 1)?) == (1, 1) {
        Ok(())
    } else {
        Err("a dilated convolution".into())
    }
}

fn plain(activation: u8) -> Result<(), Refusal> {
    match activation {
        0 => Ok(()),
        other => Err(format!("a fused activation of kind {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_widened() {
        let pairs = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x8000, -0.0),
        ];
        for (half, single) in pairs {
            assert_eq!(
                single_from_half(half).to_bits(),
                f32::to_bits(single),
                "{half:#x}"
            );
        }
        assert!(single_from_half(0x7c00).is_infinite() && single_from_half(0x7e00).is_nan());
    }
}
