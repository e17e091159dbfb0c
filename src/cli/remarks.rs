//! What a file says about itself beyond its checks, and how that was handled.

use std::path::Path;

use image::metadata::Orientation;

use crate::{
    camera::{
        colours::Colours,
        still::{Kind, Picture},
    },
    checks::FileFacts,
    lang::{Lang, Text},
};

const CONVERTED: Text = Text::new(
    "文件带有 sRGB 以外的色彩配置，已换算为 sRGB",
    "The file has a colour profile other than sRGB: its colours were converted to sRGB",
);
const UNKNOWN_PROFILE: Text = Text::new(
    "文件的色彩配置无法使用，颜色按 sRGB 看待",
    "The file's colour profile cannot be applied: its colours are taken for sRGB",
);
const REALLY_A_PNG: Text = Text::new(
    "文件名像 JPEG，内容其实是 PNG：请另存为 JPEG",
    "The file is named like a JPEG and is really a PNG: save it as JPEG",
);
const REALLY_A_JPEG: Text = Text::new(
    "文件名像 PNG，内容其实是 JPEG：请改文件名",
    "The file is named like a PNG and is really a JPEG: rename it",
);
const TURNED: Text = Text::new(
    "已按照片的 EXIF 方向转正",
    "The picture was turned upright as its EXIF data says",
);

/// Returns the remarks on a picture that is judged without turning it.
pub fn of(picture: &Picture, facts: &FileFacts, lang: Lang) -> Vec<String> {
    let orientation = orientation(picture.orientation).map(|text| text.get(lang).to_owned());
    let densities = facts.density.contradiction().map(|both| differ(both, lang));
    [orientation, of_colours(picture.colours, lang), densities]
        .into_iter()
        .flatten()
        .collect()
}

/// Returns the remarks on a picture that was turned as its EXIF data says.
pub fn of_source(picture: &Picture, lang: Lang) -> Vec<String> {
    let is_turned = picture.orientation != Orientation::NoTransforms;
    let turned = is_turned.then(|| TURNED.get(lang).to_owned());
    [turned, of_colours(picture.colours, lang)]
        .into_iter()
        .flatten()
        .collect()
}

/// Returns a remark on a name that claims the other format.
pub fn of_name(path: &Path, kind: Kind, lang: Lang) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let text = match (kind, ending.as_str()) {
        (Kind::Png, "jpg" | "jpeg" | "jpe") => REALLY_A_PNG,
        (Kind::Jpeg, "png") => REALLY_A_JPEG,
        (Kind::Png | Kind::Jpeg, _) => return None,
    };
    Some(text.get(lang).to_owned())
}

fn of_colours(colours: Colours, lang: Lang) -> Option<String> {
    let text = match colours {
        Colours::AsTheyAre => return None,
        Colours::Converted => CONVERTED,
        Colours::Unknown => UNKNOWN_PROFILE,
    };
    Some(text.get(lang).to_owned())
}

fn differ((jfif, exif): (u32, u32), lang: Lang) -> String {
    match lang {
        Lang::Zh | Lang::Third(_) => {
            format!("文件的分辨率自相矛盾：JFIF 写 {jfif} dpi，EXIF 写 {exif} dpi")
        }
        Lang::En => format!(
            "The file's densities are contradictory: JFIF says {jfif} dpi, EXIF says {exif} dpi"
        ),
    }
}

/// Returns how a picture lies, in the terms of its EXIF data; it was judged without turning it.
const fn orientation(orientation: Orientation) -> Option<Text> {
    Some(match orientation {
        Orientation::NoTransforms => return None,
        Orientation::FlipHorizontal => Text::new(
            "EXIF 方向 2：照片是左右镜像的，请翻正后另存",
            "EXIF orientation 2: the picture is mirrored: flip it and save it",
        ),
        Orientation::Rotate180 => Text::new(
            "EXIF 方向 3：照片是倒置的，请转 180° 后另存",
            "EXIF orientation 3: the picture stands upside down: turn it by half and save it",
        ),
        Orientation::FlipVertical => Text::new(
            "EXIF 方向 4：照片是倒置的镜像，请上下翻转后另存",
            "EXIF orientation 4: the picture is upside down and mirrored: flip it and save it",
        ),
        Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => Text::new(
            "EXIF 方向 5 或 7：照片是横躺的镜像，请转正、翻正后另存",
            "EXIF orientation 5 or 7: the picture lies on its side and is mirrored: turn and flip it, and save it",
        ),
        Orientation::Rotate90 => Text::new(
            "EXIF 方向 6：照片是横躺的，请顺时针转 90° 后另存",
            "EXIF orientation 6: the picture lies on its side: turn it a quarter clockwise and save it",
        ),
        Orientation::Rotate270 => Text::new(
            "EXIF 方向 8：照片是横躺的，请逆时针转 90° 后另存",
            "EXIF orientation 8: the picture lies on its side: turn it a quarter anticlockwise and save it",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_but_upright_is_named() {
        for exif in 2..=8 {
            let named = orientation(Orientation::from_exif(exif).unwrap()).unwrap();
            assert!(named.en.contains(&exif.to_string()), "{exif}");
        }
        assert_eq!(orientation(Orientation::NoTransforms), None);
    }

    #[test]
    fn a_name_that_lies_is_named() {
        let of = |name, kind| of_name(Path::new(name), kind, Lang::En);
        assert!(of("a.JPG", Kind::Png).unwrap().contains("really a PNG"));
        assert!(of("a.png", Kind::Jpeg).unwrap().contains("really a JPEG"));
        assert_eq!(of("a.jpg", Kind::Jpeg), None);
        assert_eq!(of("a", Kind::Png), None);
    }
}
