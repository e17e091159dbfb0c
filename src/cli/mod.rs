//! (being built)

pub mod queue;
