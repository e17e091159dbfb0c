//! Named checks over measurements: live, on the portrait, and on any file.

use serde::{Deserialize, Serialize};

use crate::profile::CheckId;

/// One judged property of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub id: CheckId,
    pub pass: bool,
    /// What was measured, in `unit`; `null` when it could not be measured, which never passes.
    pub value: Option<f32>,
    pub limit: Limit,
    pub unit: Unit,
}

/// The accepted range, either end open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    pub min: Option<f32>,
    pub max: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    #[serde(rename = "px")]
    Px,
    #[serde(rename = "deg")]
    Deg,
    #[serde(rename = "bytes")]
    Bytes,
    #[serde(rename = "dpi")]
    Dpi,
    /// A share or ratio without a unit.
    #[serde(rename = "ratio")]
    Ratio,
    /// Luma levels, 0..=255.
    #[serde(rename = "levels")]
    Levels,
    /// A number of things.
    #[serde(rename = "count")]
    Count,
}
