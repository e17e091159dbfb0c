//! Neural networks out of TFLite files, run by `tract-core`.

mod prelu;
mod tflite;
mod wire;

use std::sync::Arc;

use tract_core::internal::{SimpleState, Tensor, TypedFact, TypedOp, tvec};
use tract_core::prelude::*;

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
        let runnable = model.into_optimized().map_err(words)?.into_runnable().map_err(words)?;
        Ok(Self {
            plan: runnable.spawn().map_err(words)?,
            channels,
            height,
            width,
        })
    }

    /// Channels, rows and columns of the picture it wants.
    pub fn input(&self) -> (usize, usize, usize) {
        (self.channels, self.height, self.width)
    }

    /// Runs over one picture, planes of `channels` one after the other; each output in the order of its file.
    pub fn run(&mut self, planes: &[f32]) -> Result<Vec<Arc<Tensor>>, Refusal> {
        let shape = [1, self.channels, self.height, self.width];
        let words = |e: TractError| e.to_string();
        let picture = Tensor::from_shape(&shape, planes).map_err(words)?;
        let outputs = self.plan.run(tvec!(picture.into_tvalue())).map_err(words)?;
        Ok(outputs.into_iter().map(|t| t.into_arc_tensor()).collect())
    }
}
