//! (being built)

pub mod check;
pub mod models;
pub mod overlay;
pub mod queue;
pub mod report;
#[cfg(feature = "sitter")]
pub mod sitter;
pub mod standardise;
