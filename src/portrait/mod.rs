//! (being built)

use crate::{
    capture::{BackgroundUse, Original},
    checks::Check,
    layout::{Crop, Placed},
};

/// A finished portrait. Holds a person: prints only its checks.
pub struct Standardised {
    /// The final bytes.
    pub jpeg: Vec<u8>,
    pub original: Original,
    pub crop: Crop,
    pub placed: Placed,
    pub background: BackgroundUse,
    pub checks: Vec<Check>,
}

impl Standardised {
    pub fn passes(&self) -> bool {
        self.checks.iter().all(|check| check.pass)
    }
}

impl std::fmt::Debug for Standardised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Standardised {:?}", self.checks)
    }
}

/// Why a frame could not be made into a portrait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {}
