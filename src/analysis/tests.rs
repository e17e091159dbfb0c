//! Analysis of whole pictures with the pinned networks, and what other rooms' tests need for it.

use std::{path::PathBuf, sync::Arc};

use super::*;
use crate::{frame::{Origin, Turn}, time::Mono};

/// The pinned model files, from `CAPTURE_STATION_MODELS` or where the set-up puts them.
pub fn models() -> Models {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share/capture-station/models"));
    let data = std::env::var_os("CAPTURE_STATION_DATA").map(|data| PathBuf::from(data).join("models"));
    let folders = [
        std::env::var_os("CAPTURE_STATION_MODELS").map(PathBuf::from),
        data,
        Some("/usr/local/share/capture-station/models".into()),
        home,
    ];
    Models::load(|name| {
        let found = folders.iter().flatten().find_map(|folder| std::fs::read(folder.join(name)).ok());
        found.ok_or(name)
    })
    .unwrap_or_else(|name| panic!("{name} is missing: run `make test` (its set-up fetches the models)"))
}

pub fn frame(number: u64, rgb: image::RgbImage) -> Arc<Frame> {
    let at = Mono::from_start(std::time::Duration::from_millis(number * 100));
    Arc::new(Frame { number, at, rgb, origin: Origin::Pixels, turn: Turn::None })
}
