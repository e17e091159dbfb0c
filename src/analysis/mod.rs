//! What is seen in one frame.

pub mod net;

#[cfg(test)]
mod tests {
    #[test]
    fn loads() {
        for f in ["face_detection_short_range","face_landmark","iris_landmark","selfie_segmentation_landscape"] {
            let b = std::fs::read(format!("/usr/local/share/capture-station/models/{f}.tflite")).unwrap();
            let mut n = super::net::Net::from_tflite(&b).unwrap();
            let (c,h,w) = n.input();
            let x: Vec<f32> = (0..c*h*w).map(|i| (i % 251) as f32 / 251.0).collect();
            let o = n.run(&x).unwrap();
            let t = std::time::SystemTime::now();
            for _ in 0..20 { n.run(&x).unwrap(); }
            println!("{f} {:?} {:?}", o, t.elapsed().unwrap() / 20);
        }
    }
}
