//! (being built)

pub mod camera;
pub mod scan;
