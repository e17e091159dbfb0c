//! PRELU: below zero each channel has a slope of its own. tract has none, and four element-wise layers in its place
//! would read the picture four times.

use std::sync::Arc;

use tract_core::internal::*;

/// Over batch, channel, row, column.
#[derive(Clone, Debug)]
pub struct PRelu {
    slopes: Arc<[f32]>,
}

impl PRelu {
    pub fn new(slopes: Vec<f32>) -> Self {
        Self { slopes: slopes.into() }
    }

    fn apply(&self, values: &mut [f32]) {
        let plane = values.len() / self.slopes.len().max(1);
        if plane == 0 {
            return;
        }
        for (channel, slope) in values.chunks_exact_mut(plane).zip(self.slopes.iter()) {
            for v in channel {
                *v = v.max(0.0) + slope * v.min(0.0);
            }
        }
    }
}

impl PartialEq for PRelu {
    fn eq(&self, other: &Self) -> bool {
        self.slopes == other.slopes
    }
}

impl Eq for PRelu {}

impl Op for PRelu {
    fn name(&self) -> StaticName {
        "PRelu".into()
    }

    op_as_typed_op!();
}

impl EvalOp for PRelu {
    op_out_of_plan!();

    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut picture = args_1!(inputs).into_tensor();
        self.apply(picture.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
        Ok(tvec!(picture.into_tvalue()))
    }
}

impl TypedOp for PRelu {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let fact = inputs.first().context("PRELU without input")?;
        Ok(tvec!(fact.without_value()))
    }

    as_op!();
}
