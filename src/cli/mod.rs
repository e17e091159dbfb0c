//! (being built)

pub mod camera;
pub mod queue;
pub mod scan;
