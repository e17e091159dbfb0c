//! How different two colours look.

use super::sampling::linear;

/// Returns the CIE76 colour difference of two sRGB colours, each channel 0..=255. A difference of
/// about 2 is just visible.
pub fn delta_e(a: [f32; 3], b: [f32; 3]) -> f32 {
    lab(a)
        .iter()
        .zip(lab(b))
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f32>()
        .sqrt()
}

/// Returns the CIELAB (D65) values of an sRGB colour, each channel 0..=255.
pub fn lab(srgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = srgb.map(linear);
    let x = (0.412_4 * r + 0.357_6 * g + 0.180_5 * b) / 0.950_5;
    let y = 0.212_6 * r + 0.715_2 * g + 0.072_2 * b;
    let z = (0.019_3 * r + 0.119_2 * g + 0.950_5 * b) / 1.089;
    let [x, y, z] = [x, y, z].map(|t| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_of_known_colours() {
        let white = lab([255.0; 3]);
        assert!((white[0] - 100.0).abs() < 0.1 && white[1].abs() < 0.2 && white[2].abs() < 0.2);
        let red = lab([255.0, 0.0, 0.0]);
        assert!(
            (red[0] - 53.2).abs() < 0.5 && (red[1] - 80.1).abs() < 0.5,
            "{red:?}"
        );
    }

    #[test]
    fn black_and_white_are_a_hundred_apart() {
        assert!((delta_e([0.0; 3], [255.0; 3]) - 100.0).abs() < 0.5);
        assert_eq!(delta_e([9.0, 8.0, 7.0], [9.0, 8.0, 7.0]), 0.0);
    }
}
