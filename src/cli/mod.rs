//! The command line: subcommands, one file each.

pub mod camera;
pub mod queue;
#[cfg(feature = "reference")]
pub mod reference_platform;
pub mod scan;
#[cfg(feature = "sitter")]
pub mod sitter;
