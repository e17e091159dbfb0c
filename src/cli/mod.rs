//! (being built)

pub mod queue;
#[cfg(feature = "sitter")]
pub mod sitter;
