//! Neural networks out of TFLite files, run over one picture at a time.
//!
//! The file is read and checked into a list of layers ([`tflite`]), which becomes steps that share
//! a few pieces of memory ([`plan`]). Their arithmetic is in [`kernels`] and [`matrix`].

mod flatbuffer;
mod kernels;
mod matrix;
mod plan;
mod tflite;

use super::models::{Model, ModelError};

use plan::Plan;
pub use tflite::Refusal;

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
        let input = graph.inputs.first().and_then(|i| graph.tensors.get(*i));
        let Some(&[1, height, width, channels]) = input.map(|t| t.shape.as_slice()) else {
            return Err("an input that is not one picture".into());
        };
        Ok(Self {
            plan: Plan::of(&graph)?,
            channels,
            height,
            width,
        })
    }

    /// Returns the network of `model`, proved to take a picture of `input` (channels, rows,
    /// columns) and to answer with as many numbers as `outputs` says.
    pub fn expecting(
        model: Model,
        bytes: &[u8],
        input: (usize, usize, usize),
        outputs: &[usize],
    ) -> Result<Self, ModelError> {
        let unusable = |why: &str| ModelError::Unusable {
            file: model.file_name(),
            why: why.to_owned(),
        };
        let mut net = Self::from_tflite(bytes).map_err(|why| unusable(&why))?;
        if (net.channels, net.height, net.width) != input {
            return Err(unusable("it wants a picture of another size"));
        }
        let black = vec![0.0; input.0 * input.1 * input.2];
        let answers = net.run(&black);
        let sizes = answers.map(|answers| answers.iter().map(Vec::len).collect::<Vec<_>>());
        if sizes.as_deref() != Some(outputs) {
            return Err(unusable("it answers in another form"));
        }
        Ok(net)
    }

    /// Runs over one picture, given row by row, pixel by pixel. Returns each output in the order of
    /// the file, or `None` where the picture is of another size.
    pub fn run(&mut self, picture: &[f32]) -> Option<Vec<Vec<f32>>> {
        self.plan.run(picture)
    }

    /// Returns the outputs of a network that was proved by [`Self::expecting`].
    pub fn outputs<const N: usize>(&mut self, picture: &[f32]) -> Option<Box<[Vec<f32>; N]>> {
        self.run(picture)?.into_boxed_slice().try_into().ok()
    }
}
