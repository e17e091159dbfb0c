//! The capture station: a kiosk that takes graduation photos, seals them and delivers them to the
//! platform.
//!
//! The code map, in the order of one visit. A block may use the blocks above it and never those
//! below; `tests/house.rs` checks this.
//!
//! Values and pure computing, without clock, thread, file, device or randomness: [`memory`],
//! [`time`], [`geometry`], [`lang`], [`plain_text`], [`latest`], [`wire`], [`frame`], `sitter` (a
//! feature), [`calendar`], [`jws`], [`release`], [`code`], [`profile`], [`layout`], [`analysis`],
//! [`checks`], [`guidance`], [`capture`], [`portrait`], [`contract`], [`booth`], [`first_start`],
//! [`session`].
//!
//! Edges, each the owner of one device, file or network, all built on [`child`]: [`camera`],
//! [`reader`], [`scanner`], [`outbox`], [`platform`], [`station`], [`sound`], [`printer`],
//! [`updates`].
//!
//! Shell: [`ui`], [`config`], [`provision`], [`app`], [`cli`]. Beside it `reference`, a small
//! platform that a feature compiles in.

pub mod memory;
pub mod time;
pub mod geometry;
pub mod lang;
pub mod plain_text;
pub mod latest;
pub mod wire;
pub mod frame;
#[cfg(feature = "sitter")]
pub mod sitter;
pub mod calendar;
pub mod jws;
pub mod release;
pub mod code;
pub mod profile;
pub mod layout;
pub mod analysis;
pub mod checks;
pub mod guidance;
pub mod capture;
pub mod portrait;
pub mod contract;
pub mod booth;
pub mod first_start;
pub mod session;

pub mod child;
pub mod camera;
pub mod reader;
pub mod scanner;
pub mod outbox;
pub mod platform;
pub mod station;
pub mod sound;
pub mod printer;
pub mod updates;

pub mod ui;
pub mod config;
pub mod provision;
pub mod app;
#[cfg(feature = "reference")]
pub mod reference;
pub mod cli;
