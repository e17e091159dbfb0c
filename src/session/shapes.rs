//! Shapes of 采集码 that the platform has known before: a code of another shape may be something
//! else, and its visitor is asked.
//!
//! Nobody documents what a 采集码 looks like, and only known foreign codes can be refused by name. A
//! batch may give its shapes; where it does not, they are learnt here.

use crate::{
    code::{CodeShape, FeatureCode, PersonalCode},
    contract::Batch,
};

/// How many shapes are remembered; beyond that the oldest is forgotten.
const MOST: usize = 16;

/// In memory only: lengths and kinds of characters, no code.
#[derive(Debug, Default)]
pub struct Shapes(Vec<(FeatureCode, CodeShape)>);

impl Shapes {
    /// Remembers the shape of a code that the platform knew.
    pub fn learn(&mut self, batch: &Batch, code: &PersonalCode) {
        if self.are_familiar_with(batch, code) {
            return;
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        let shape = CodeShape::of(code.bytes());
        self.0.push((batch.feature_code.clone(), shape));
    }

    /// Returns whether a code looks like those of its batch: the batch gives their shapes and the
    /// code has one, or the platform knew one like it.
    pub fn are_familiar_with(&self, batch: &Batch, code: &PersonalCode) -> bool {
        let mut learnt = self.0.iter().filter(|(of, _)| *of == batch.feature_code);
        !batch.code_shapes.is_empty() || learnt.any(|(_, shape)| shape.is_of(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::{self, Meaning},
        ui::samples,
    };

    fn code(payload: &[u8]) -> PersonalCode {
        let Meaning::Personal(code) = code::meaning(payload) else {
            panic!("not a code");
        };
        code
    }

    #[test]
    fn a_shape_is_learnt_from_a_code_that_the_platform_knew() {
        let batch = samples::batch(|_profile| ());
        let mut shapes = Shapes::default();
        let known = code(b"made-up==0001");
        assert!(!shapes.are_familiar_with(&batch, &known));
        shapes.learn(&batch, &known);
        for (payload, familiar) in [
            (b"other-up==999".as_slice(), true),
            (b"made-up==00011", false),
            (b"made up==0001", false),
        ] {
            assert_eq!(
                shapes.are_familiar_with(&batch, &code(payload)),
                familiar,
                "{payload:?}"
            );
        }
    }

    #[test]
    fn shapes_of_another_batch_say_nothing_and_the_oldest_is_forgotten() {
        let batch = samples::batch(|_profile| ());
        let other = Batch {
            feature_code: FeatureCode::parse("Q8WX2A").unwrap(),
            ..batch.clone()
        };
        let mut shapes = Shapes::default();
        let of_length = |length: usize| code(&vec![b'a'; length]);
        shapes.learn(&other, &of_length(20));
        assert!(!shapes.are_familiar_with(&batch, &of_length(20)));
        for length in 0..MOST {
            shapes.learn(&batch, &of_length(30 + length));
        }
        assert!(!shapes.are_familiar_with(&other, &of_length(20)));
        assert!(shapes.are_familiar_with(&batch, &of_length(30)));
        assert_eq!(shapes.0.len(), MOST);
    }
}
