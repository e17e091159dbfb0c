//! Neural networks out of TFLite files, run by `tract-core`.

mod prelu;
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
        let runnable = model.into_optimized().map_err(words)?.into_runnable().map_err(words)?;
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
        let unusable = |why: String| ModelError::Unusable { file: model.file_name(), why };
        let mut net = Self::from_tflite(bytes).map_err(unusable)?;
        if (net.channels, net.height, net.width) != input {
            return Err(unusable("it wants a picture of another size".into()));
        }
        let black = vec![0.0; input.0 * input.1 * input.2];
        let sizes: Vec<usize> = net.run(&black).map_err(unusable)?.iter().map(Vec::len).collect();
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

#[cfg(test)]
mod profile {
    use super::*;
    #[test]
    fn profile() {
        for f in ["face_detection_short_range","face_landmark","iris_landmark","selfie_segmentation_landscape"] {
            let b = std::fs::read(format!("/usr/local/share/capture-station/models/{f}.tflite")).unwrap();
            let mut n = Net::from_tflite(&b).unwrap();
            let (c,h,w) = (n.channels, n.height, n.width);
            let x: Vec<f32> = (0..c*h*w).map(|i| (i % 251) as f32 / 251.0).collect();
            let mut by = std::collections::BTreeMap::<String,(f64,u32)>::new();
            for _ in 0..20 {
                let t = Tensor::from_shape(&[1,c,h,w], &x).unwrap();
                n.plan.run_plan_with_eval(tvec!(t.into_tvalue()), |ctx, st, node, inputs| {
                    let info = format!("{} {}", node.op.name(), if std::env::var("V").is_ok() { format!("{:?} {:?}", node.outputs[0].fact, node.op.info().unwrap_or_default()) } else {String::new()});
                    let t = std::time::SystemTime::now();
                    let r = if let Some(s) = st { s.eval(ctx, node.op.as_op(), inputs) } else { node.op.eval(ctx, inputs) };
                    let e = by.entry(info).or_default();
                    e.0 += t.elapsed().unwrap().as_secs_f64() * 1e3 / 20.0; e.1 += 1;
                    r
                }).unwrap();
            }
            let mut v: Vec<_> = by.into_iter().collect(); v.sort_by(|a,b| b.1.0.total_cmp(&a.1.0));
            println!("== {f} total {:.2}", v.iter().map(|x| x.1.0).sum::<f64>());
            for (k,(ms,c)) in v.iter().take(25) { println!("{ms:.3} ms x{} {k}", c/20); }
        }
    }
}
