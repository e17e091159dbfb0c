//! Hand-held code scanners: read directly ([`evdev`]), or recognised among key strokes ([`wedge`]).

pub mod burst;
pub mod evdev;
pub mod wedge;
