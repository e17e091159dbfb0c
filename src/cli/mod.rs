//! (being built)

pub mod doctor;
pub mod enrol;
pub mod queue;
