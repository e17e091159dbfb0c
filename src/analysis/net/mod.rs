//! Neural networks out of TFLite files, run by `tract-core`.

mod kernels;
mod tflite;
mod wire;

use tract_core::{
    internal::{SimpleState, TypedFact, TypedOp, tvec},
    prelude::*,
};

use super::models::{Model, ModelError};

pub use tflite::Refusal;

type Plan = SimpleState<TypedFact, Box<dyn TypedOp>>;

/// One network, ready to run.
pub struct Net {
    plan: Plan,
    channels: usize,
    height: usize,
    width: usize,
}

impl Net {
    /// Builds the network of a model file; the bytes may be anything.
    pub fn from_tflite(bytes: &[u8]) -> Result<Self, Refusal> {
        let graph = tflite::read(bytes)?;
        let model = wire::wire(&graph)?;
        let input = graph.inputs.first().and_then(|i| graph.tensors.get(*i));
        let Some(&[1, height, width, channels]) = input.map(|t| t.shape.as_slice()) else {
            return Err("an input that is not one picture".into());
        };
        let words = |e: TractError| e.to_string();
        let runnable = model
            .into_optimized()
            .map_err(words)?
            .into_runnable()
            .map_err(words)?;
        Ok(Self {
            plan: runnable.spawn().map_err(words)?,
            channels,
            height,
            width,
        })
    }

    /// The network of `model`, proved to take a picture of `input` (channels, rows, columns) and to answer with as
    /// many numbers as `outputs` says.
    pub fn expecting(
        model: Model,
        bytes: &[u8],
        input: (usize, usize, usize),
        outputs: &[usize],
    ) -> Result<Self, ModelError> {
        let unusable = |why: String| ModelError::Unusable {
            file: model.file_name(),
            why,
        };
        let mut net = Self::from_tflite(bytes).map_err(unusable)?;
        if (net.channels, net.height, net.width) != input {
            return Err(unusable("it wants a picture of another size".into()));
        }
        let black = vec![0.0; input.0 * input.1 * input.2];
        let sizes: Vec<usize> = net
            .run(&black)
            .map_err(unusable)?
            .iter()
            .map(Vec::len)
            .collect();
        if sizes != outputs {
            return Err(unusable("it answers in another form".into()));
        }
        Ok(net)
    }

    /// Runs over one picture, its planes one after the other; each output in the order of its file.
    pub fn run(&mut self, planes: &[f32]) -> Result<Vec<Vec<f32>>, Refusal> {
        let shape = [1, self.channels, self.height, self.width];
        let words = |e: TractError| e.to_string();
        let picture = Tensor::from_shape(&shape, planes).map_err(words)?;
        let outputs = self.plan.run(tvec!(picture.into_tvalue())).map_err(words)?;
        outputs
            .iter()
            .map(|t| Ok(t.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
            .collect::<TractResult<_>>()
            .map_err(words)
    }

    /// The outputs of a network that was proved by [`Self::expecting`]; none if it fails all the same, which is then a
    /// frame in which nothing was seen.
    pub fn outputs<const N: usize>(&mut self, planes: &[f32]) -> Option<Box<[Vec<f32>; N]>> {
        self.run(planes).ok()?.into_boxed_slice().try_into().ok()
    }
}
