//! A folder of stills as a camera, for trying the booth without one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use image::imageops::FilterType;

use super::{
    Stage, decode,
    still::{self, Kind, Picture},
};
use crate::{
    booth::CameraState,
    frame::{Camera, Origin},
};

/// A still stands for a live picture, so it is repeated this often.
const INTERVAL: Duration = Duration::from_millis(66);
/// How long to wait before looking again into a folder without pictures.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows each still for `still_for`, in the order of the names, over and over.
pub(super) fn play(folder: &Path, still_for: Duration, stage: &Stage<'_>) {
    stage.show(CameraState::Opening);
    let mut number = 0;
    while !stage.stopped() {
        let before = number;
        match stills(folder) {
            Ok(paths) => show_all(&paths, still_for, &mut number, stage),
            Err(why) => tracing::debug!(%why, "the camera folder cannot be read"),
        }
        if number == before && !stage.stopped() {
            let reason = "the camera folder holds no JPEG or PNG picture that can be read";
            stage.show(CameraState::Refused(reason.to_owned()));
            stage.pause(PATIENCE);
        }
    }
}

fn stills(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension().is_some_and(|extension| {
                ["jpg", "jpeg", "png"]
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known))
            })
        })
        .collect();
    paths.sort();
    Ok(paths)
}

fn show_all(paths: &[PathBuf], still_for: Duration, number: &mut u64, stage: &Stage<'_>) {
    for path in paths {
        match still::open_picture(path).map(into_frame_size) {
            Ok(picture) => show(&picture, still_for, number, stage),
            Err(why) => tracing::warn!(%why, "a still in the camera folder is left out"),
        }
        if stage.stopped() {
            return;
        }
    }
}

fn show(picture: &Picture, still_for: Duration, number: &mut u64, stage: &Stage<'_>) {
    let (origin, camera) = (origin(picture), Arc::new(Camera::played("folder")));
    let end = stage.now().plus(still_for);
    loop {
        *number += 1;
        stage.publish(*number, picture.rgb.clone(), origin.clone(), &camera);
        stage.show(CameraState::Streaming);
        stage.pause(INTERVAL);
        if stage.stopped() || stage.now() >= end {
            return;
        }
    }
}

fn origin(picture: &Picture) -> Origin {
    match picture.kind {
        Kind::Jpeg => match decode::whole(&picture.bytes) {
            Ok(jpeg) => Origin::Jpeg(Arc::new(jpeg.into_owned())),
            Err(_already_decoded_once) => Origin::Pixels,
        },
        Kind::Png => Origin::Pixels,
    }
}

/// Scales a photograph far larger than any camera's frame down to a camera's size; its own bytes
/// are then no longer the frame's.
fn into_frame_size(picture: Picture) -> Picture {
    const LONGEST_FRAME_SIDE: u32 = 2_592;
    let (width, height) = picture.rgb.dimensions();
    if width.max(height) <= LONGEST_FRAME_SIDE {
        return picture;
    }
    let small = image::DynamicImage::ImageRgb8(picture.rgb)
        .resize(LONGEST_FRAME_SIDE, LONGEST_FRAME_SIDE, FilterType::Triangle)
        .into_rgb8();
    Picture {
        rgb: small,
        kind: Kind::Png,
        colours: picture.colours,
        orientation: picture.orientation,
        bytes: Arc::default(),
    }
}
