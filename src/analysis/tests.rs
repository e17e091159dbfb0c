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

#[test]
fn private_photo() {
    let mut a = Analyser::new(&models()).unwrap();
    let path = std::env::var("PHOTO").unwrap();
    for path in path.split(',') {
    let rgb = image::open(&path).unwrap().to_rgb8();
    println!("{path} {:?}", rgb.dimensions());
    let s = a.analyse_still(frame(1, rgb.clone()));
    let f = s.face.clone();
    println!("{s:?} {:?} {:?} second {}", s.faces, s.light, s.second_face());
    println!("bg {:?}", s.background);
    let mut out = rgb.clone();
    if let Some(f) = f {
        println!("{:?} crown {:?} eyes {:?} w {} chin {:?} open {} mouth {} eyes {:?} {:?} mid {}", f.pose, f.crown, f.eyes_midpoint(), f.width(), f.chin, f.eyes_open, f.mouth_gap, f.right_eye, f.left_eye, f.midline_x());
        let mut dot = |x: f32, y: f32, c: [u8;3], r: i32| for dx in -r..=r { for dy in -r..=r {
            let (x, y) = (x as i32 + dx, y as i32 + dy);
            if x >= 0 && y >= 0 && (x as u32) < out.width() && (y as u32) < out.height() { out.put_pixel(x as u32, y as u32, image::Rgb(c)); } } };
        for p in f.mesh.points() { dot(p.x, p.y, [0,255,0], 1); }
        for e in [f.right_eye, f.left_eye] { dot(e.iris.x, e.iris.y, [255,0,0], 2); dot(e.iris.x + e.radius, e.iris.y, [255,255,0], 1); }
        if let Crown::Seen { y } = f.crown { for i in -100..100 { dot(f.midline_x() + i as f32 / 100.0 * 0.25 * f.width(), y, [255,0,255], 0); } }
    }
    let m = s.mask.unwrap();
    let mk = image::RgbImage::from_fn(out.width(), out.height(), |x, y| { let v = m.at(crate::geometry::Point::new(x as f32 + 0.5, y as f32 + 0.5)); let p = out.get_pixel(x, y).0; image::Rgb([p[0] / 2 + (v * 127.0) as u8, p[1] / 2, p[2] / 2]) });
    let name = std::path::Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
    out.save(format!("/tmp/mp/out_{name}.png")).unwrap();
    mk.save(format!("/tmp/mp/mask_{name}.png")).unwrap();
    }
}
