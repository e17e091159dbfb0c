//! Applies a still's own colour profile, since everything here judges sRGB.

use image::RgbImage;
use moxcms::{ColorProfile, Layout, Transform8BitExecutor, TransformOptions};

/// What was done with a picture's colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// The file's pixels as they are: it has no profile, or one that means sRGB.
    AsTheyAre,
    /// The file has another profile (Display P3, Adobe RGB), and its pixels were converted.
    Converted,
    /// The file has a profile that cannot be applied; its pixels are taken for sRGB.
    Unknown,
}

/// Converts the pixels to sRGB by the ICC profile of their file.
pub fn apply(profile: Option<&[u8]>, picture: &mut RgbImage) -> Colours {
    let Some(profile) = profile else {
        return Colours::AsTheyAre;
    };
    let converted = to_srgb(profile).and_then(|into_srgb| {
        if means_srgb(&into_srgb)? {
            return Some(Colours::AsTheyAre);
        }
        convert(&into_srgb, picture)?;
        Some(Colours::Converted)
    });
    converted.unwrap_or(Colours::Unknown)
}

type Conversion = std::sync::Arc<Transform8BitExecutor>;

fn to_srgb(profile: &[u8]) -> Option<Conversion> {
    let (from, to) = (
        ColorProfile::new_from_slice(profile).ok()?,
        ColorProfile::new_srgb(),
    );
    let options = TransformOptions::default();
    from.create_transform_8bit(Layout::Rgb, &to, Layout::Rgb, options)
        .ok()
}

/// Returns whether the conversion moves no colour by more than its own rounding: many profiles
/// describe sRGB in other words.
fn means_srgb(into_srgb: &Conversion) -> Option<bool> {
    const ROUNDING: u8 = 2;
    const STEP: usize = 17;
    let levels = || (0..=u8::MAX).step_by(STEP);
    let probe: Vec<u8> = levels()
        .flat_map(|r| levels().flat_map(move |g| levels().flat_map(move |b| [r, g, b])))
        .collect();
    let mut moved = vec![0; probe.len()];
    into_srgb.transform(&probe, &mut moved).ok()?;
    let mut pairs = probe.iter().zip(&moved);
    Some(pairs.all(|(from, to)| from.abs_diff(*to) <= ROUNDING))
}

/// Converts row by row, so that a large picture is not held twice.
fn convert(into_srgb: &Conversion, picture: &mut RgbImage) -> Option<()> {
    let row = picture.width() as usize * 3;
    let mut converted = vec![0; row];
    for row in picture.chunks_exact_mut(row) {
        into_srgb.transform(row, &mut converted).ok()?;
        row.copy_from_slice(&converted);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// The backdrop of the standard, light blue.
    const BLUE: [u8; 3] = [100, 197, 255];

    fn applied(profile: &[u8], colour: [u8; 3]) -> (Colours, [u8; 3]) {
        let mut picture = RgbImage::from_pixel(20, 16, Rgb(colour));
        let colours = apply(Some(profile), &mut picture);
        (colours, picture.get_pixel(19, 15).0)
    }

    #[test]
    fn a_wider_colour_space_is_brought_to_srgb() {
        for profile in [
            ColorProfile::new_display_p3(),
            ColorProfile::new_adobe_rgb(),
        ] {
            let bytes = profile.encode().unwrap();
            let (colours, [r, ..]) = applied(&bytes, [180, 100, 90]);
            assert_eq!(colours, Colours::Converted);
            assert!(r > 184, "the same numbers mean a stronger red: {r}");
            let (_, white) = applied(&bytes, [255; 3]);
            assert!(white.iter().all(|level| *level >= 254), "{white:?}");
        }
    }

    #[test]
    fn a_profile_that_means_srgb_changes_nothing() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert_eq!(applied(&srgb, BLUE), (Colours::AsTheyAre, BLUE));
        let mut picture = RgbImage::from_pixel(20, 16, Rgb(BLUE));
        assert_eq!(apply(None, &mut picture), Colours::AsTheyAre);
    }

    #[test]
    fn a_damaged_profile_is_not_applied() {
        let mut whole = ColorProfile::new_adobe_rgb().encode().unwrap();
        for end in [0, 1, 127, 128, 200] {
            assert_eq!(applied(&whole[..end], BLUE), (Colours::Unknown, BLUE));
        }
        for at in 0..whole.len() {
            whole[at] ^= 0xff;
            applied(&whole, BLUE);
            whole[at] ^= 0xff;
        }
    }
}
