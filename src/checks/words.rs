//! The name of each check, and what to do when it fails, in sentences that a student can act on.

use crate::{
    lang::{Lang, Text},
    profile::CheckId,
};

use super::{Check, Limit, Unit};

/// Returns the check in words: what is right when it passes, what to do when it does not.
pub fn sentence(check: &Check, lang: Lang) -> &'static str {
    text(check).get(lang)
}

/// Returns the same in every language.
pub fn text(check: &Check) -> Text {
    let (right, wrong) = words(check.id);
    match (check.pass, check.value) {
        (true, _) => right,
        (false, Some(value)) if check.id == CheckId::Upright && value > 90.0 => ON_ITS_HEAD,
        (false, Some(_)) => wrong,
        (false, None) => unmeasured(check.id, wrong),
    }
}

/// Returns all sentences of a check: right, wrong, not measured, and the one for one value alone.
pub const fn of(id: CheckId) -> [Text; 4] {
    let (right, wrong) = words(id);
    let apart = if matches!(id, CheckId::Upright) {
        ON_ITS_HEAD
    } else {
        wrong
    };
    [right, wrong, unmeasured(id, wrong), apart]
}

const ON_ITS_HEAD: Text = t(
    "照片是倒置的，请旋转 180° 后再用",
    "The picture stands on its head: turn it by half",
);

/// Returns the sentence of a failed check.
pub const fn fault(id: CheckId) -> Text {
    words(id).1
}

/// Returns the sentence for a check that could not be measured, which never passes.
#[expect(clippy::too_many_lines, reason = "a line for each check")]
const fn unmeasured(id: CheckId, wrong: Text) -> Text {
    match id {
        CheckId::Crown | CheckId::EyeLine | CheckId::FaceWidth | CheckId::Centred => t(
            "头部位置无法测量，请使用头部完整的 3:4 照片",
            "The head's place cannot be measured: use a 3:4 picture that shows the whole head",
        ),
        CheckId::Upright
        | CheckId::HeadWhole
        | CheckId::Roll
        | CheckId::Yaw
        | CheckId::Pitch
        | CheckId::EyesOpen
        | CheckId::Gaze
        | CheckId::MouthClosed
        | CheckId::Expression
        | CheckId::GlassesGlare
        | CheckId::EyesClear
        | CheckId::Sunglasses
        | CheckId::MouthCovered
        | CheckId::EarsSeen
        | CheckId::HeadCovering
        | CheckId::FaceBrightness
        | CheckId::Evenness
        | CheckId::UnderExposure
        | CheckId::OverExposure
        | CheckId::Shine
        | CheckId::RedEye
        | CheckId::SkinColour
        | CheckId::Sharpness
        | CheckId::Motion
        | CheckId::Noise
        | CheckId::Contrast
        | CheckId::Stretched
        | CheckId::Recaptured => t(
            "没有找到人脸，无法测量",
            "It cannot be measured: no face was found",
        ),
        CheckId::Background
        | CheckId::BackgroundColour
        | CheckId::BackgroundShadow
        | CheckId::BackgroundObjects
        | CheckId::ClothesContrast
        | CheckId::Rim => t(
            "背景露出太少，无法测量",
            "It cannot be measured: too little of the background is seen",
        ),
        CheckId::Dpi => t(
            "文件没有写明分辨率，或两处写得不一致：应为 300 dpi",
            "The file states no resolution, or two that contradict each other: it must be 300 dpi",
        ),
        CheckId::Size
        | CheckId::OneFace
        | CheckId::MarkedByHand
        | CheckId::Border
        | CheckId::Monochrome
        | CheckId::Blocks
        | CheckId::DateStamp
        | CheckId::FileBytes
        | CheckId::Quality
        | CheckId::Colour
        | CheckId::Trailing => wrong,
    }
}

const fn t(zh: &'static str, en: &'static str) -> Text {
    Text::new(zh, en)
}

/// Returns the sentences (passed, failed).
#[expect(clippy::too_many_lines, reason = "a catalogue: one entry a check")]
const fn words(id: CheckId) -> (Text, Text) {
    match id {
        CheckId::Size => (
            t("尺寸为 480×640 像素", "The picture is 480×640 pixels"),
            t(
                "尺寸应为 480×640 像素",
                "The picture must be 480×640 pixels",
            ),
        ),
        CheckId::OneFace => (
            t("画面中只有一张人脸", "Exactly one face"),
            t(
                "画面中应当只有您一个人",
                "Only one person may be in the picture",
            ),
        ),
        CheckId::Upright => (
            t("照片方向正确", "The picture stands upright"),
            t(
                "照片是横躺的，请旋转 90° 后再用",
                "The picture lies on its side: turn it by a quarter",
            ),
        ),
        CheckId::HeadWhole => (
            t("头部完整", "The head is whole"),
            t(
                "请让头部完整进入画面",
                "Keep your whole head inside the picture",
            ),
        ),
        CheckId::MarkedByHand => (
            t("头部位置由程序测量", "The head was measured"),
            t(
                "程序找不到人脸，位置由工作人员标定：姿态、表情和光线请目视判断",
                "No face was found and staff marked the head: judge pose, expression and light by eye",
            ),
        ),
        CheckId::Crown => (
            t("头顶位置合适", "Top of the head is in place"),
            t(
                "头顶到上边的距离不合格，请调整坐姿或发髻",
                "The space above your head is wrong: adjust your seat or your hair",
            ),
        ),
        CheckId::EyeLine => (
            t("眼睛高度合适", "Eyes are at the right height"),
            t(
                "眼睛高度不合格，请调整座椅高度",
                "Your eyes are too high or too low: adjust the seat",
            ),
        ),
        CheckId::FaceWidth => (
            t("脸部大小合适", "Face size is right"),
            t(
                "脸部大小不合格，请靠近或远离镜头",
                "Your face is too small or too large: move closer or farther",
            ),
        ),
        CheckId::Centred => (
            t("脸部居中", "The face is centred"),
            t(
                "脸部没有居中，请向中间移动",
                "Your face is off centre: move to the middle",
            ),
        ),
        CheckId::Roll => (
            t("头部端正", "The head is upright"),
            t(
                "头部歪斜，请把头摆正",
                "Your head is tilted: hold it upright",
            ),
        ),
        CheckId::Yaw => (
            t("正对镜头", "Facing the camera"),
            t(
                "脸部偏向一侧，请正对镜头",
                "Your face is turned: look straight into the camera",
            ),
        ),
        CheckId::Pitch => (
            t("没有仰头或低头", "The chin is level"),
            t(
                "请不要仰头或低头",
                "Raise or lower your chin until you look straight ahead",
            ),
        ),
        CheckId::EyesOpen => (
            t("双眼自然睁开", "Both eyes are open"),
            t("请自然睁开双眼", "Please open both eyes"),
        ),
        CheckId::MouthClosed => (
            t("嘴唇自然闭合", "The mouth is closed"),
            t("请轻轻闭上嘴唇", "Please close your mouth"),
        ),
        CheckId::Gaze => (
            t("目视镜头", "Looking into the camera"),
            t("请看着镜头", "Please look straight into the camera"),
        ),
        CheckId::Expression => (
            t("表情自然", "The face is neutral"),
            t(
                "请放松嘴角，表情自然平静",
                "Relax the corners of your mouth: a calm, neutral face",
            ),
        ),
        CheckId::GlassesGlare => (
            t("镜片没有反光", "No glare in the glasses"),
            t(
                "镜片有反光，请稍微低一点头或调整镜架",
                "There is glare in your glasses: tip them down a little",
            ),
        ),
        CheckId::EyesClear => (
            t("眉毛和眼睛没有遮挡", "Brows and eyes are free"),
            t(
                "请把头发拨开，露出眉毛和眼睛",
                "Brush your hair aside: brows and eyes must be seen",
            ),
        ),
        CheckId::Sunglasses => (
            t("没有戴墨镜", "No dark glasses"),
            t(
                "请摘下墨镜或有色眼镜，露出双眼",
                "Take off dark or tinted glasses: your eyes must be seen",
            ),
        ),
        CheckId::MouthCovered => (
            t("口部没有遮挡", "Nothing covers the mouth"),
            t(
                "请摘下口罩，不要遮住嘴和下巴",
                "Take off the mask: mouth and chin must be seen",
            ),
        ),
        CheckId::EarsSeen => (
            t("双耳露出", "Both ears are seen"),
            t("请把头发拨到耳后", "Put your hair behind your ears"),
        ),
        CheckId::HeadCovering => (
            t("没有戴帽子", "No head covering"),
            t(
                "好像戴着帽子或头巾，请取下；有特殊原因请联系工作人员",
                "There seems to be a hat or scarf: take it off, or ask staff if you have a reason",
            ),
        ),
        CheckId::FaceBrightness => (
            t("脸部亮度合适", "The face is well lit"),
            t(
                "脸部过暗或过亮，请告诉工作人员",
                "Your face is too dark or too bright: tell the staff",
            ),
        ),
        CheckId::Evenness => (
            t("左右光线均匀", "Light is even on both sides"),
            t(
                "左右光线不均（阴阳脸），请告诉工作人员",
                "One side of your face is darker: tell the staff",
            ),
        ),
        CheckId::UnderExposure => (
            t("脸部暗处细节清楚", "No part of the face is lost in black"),
            t(
                "脸部有过暗的区域，请告诉工作人员",
                "Parts of your face are lost in black: tell the staff",
            ),
        ),
        CheckId::OverExposure => (
            t("脸部没有过曝", "No part of the face is burnt out"),
            t(
                "脸部有过亮的区域，请告诉工作人员",
                "Parts of your face are burnt out: tell the staff",
            ),
        ),
        CheckId::Shine => (
            t("脸上没有油光", "No shine on the skin"),
            t(
                "额头或鼻子有反光，请用纸巾轻轻吸一下",
                "Your skin shines: dab forehead and nose with a tissue",
            ),
        ),
        CheckId::RedEye => (
            t("没有红眼", "No red eyes"),
            t(
                "眼睛发红，请告诉工作人员",
                "Your pupils look red: tell the staff",
            ),
        ),
        CheckId::SkinColour => (
            t("肤色自然", "Skin has its natural colour"),
            t(
                "画面偏色，请告诉工作人员",
                "The colours are off: tell the staff",
            ),
        ),
        CheckId::Sharpness => (
            t("画面清晰", "The picture is sharp"),
            t(
                "画面不够清晰，请保持不动",
                "The picture is not sharp: please hold still",
            ),
        ),
        CheckId::Motion => (
            t("保持静止", "Holding still"),
            t("请保持不动", "Please hold still"),
        ),
        CheckId::Noise => (
            t("画面干净", "The picture is clean"),
            t(
                "画面噪点过多，请告诉工作人员",
                "The picture is grainy: tell the staff",
            ),
        ),
        CheckId::Background => (
            t("背景干净均匀", "The background is even"),
            t(
                "背景不均匀，请告诉工作人员",
                "The background is not even: tell the staff",
            ),
        ),
        CheckId::BackgroundColour => (
            t("背景颜色合格", "The background has an accepted colour"),
            t(
                "背景颜色不符合要求，请告诉工作人员",
                "The background has the wrong colour: tell the staff",
            ),
        ),
        CheckId::BackgroundShadow => (
            t("背景没有阴影", "No shadow behind you"),
            t(
                "背景上有阴影，请离背景远一点",
                "There is a shadow behind you: move away from the backdrop",
            ),
        ),
        CheckId::BackgroundObjects => (
            t("背景没有杂物", "Nothing else behind you"),
            t(
                "背景里有其他人或物品",
                "Someone or something else is behind you",
            ),
        ),
        CheckId::ClothesContrast => (
            t("衣服与背景分明", "Clothes stand out from the background"),
            t(
                "衣服颜色与背景太接近，请换深色或加外套",
                "Your clothes look like the background: wear something darker",
            ),
        ),
        CheckId::Rim => (
            t("人物边缘自然", "The outline is clean"),
            t(
                "人物边缘有亮边或黑边，请重拍",
                "There is a rim around you: please take it again",
            ),
        ),
        CheckId::Border => (
            t("照片没有边框", "The picture has no border"),
            t(
                "照片边上有边框或色条，请裁去后再用",
                "There is a frame or a bar along the picture's edge: cut it off",
            ),
        ),
        CheckId::Monochrome => (
            t("彩色照片", "The picture is in colour"),
            t(
                "照片是黑白的，请用彩色照片",
                "The picture is black and white: use one in colour",
            ),
        ),
        CheckId::Contrast => (
            t("明暗层次分明", "The picture goes from dark to bright"),
            t(
                "照片发灰、对比度过低，请告诉工作人员或换一张照片",
                "The picture is washed out: tell the staff, or use another one",
            ),
        ),
        CheckId::Blocks => (
            t("没有压缩留下的方块", "No blocks of an earlier compression"),
            t(
                "照片曾被过度压缩，留有方块痕迹，请使用原图",
                "The picture was compressed too hard before and shows blocks: use the original",
            ),
        ),
        CheckId::Stretched => (
            t("脸部比例自然", "The face has natural proportions"),
            t(
                "照片可能被拉长或压扁，请与原图核对",
                "The picture may be stretched: compare it with the original",
            ),
        ),
        CheckId::DateStamp => (
            t("没有日期水印", "No date stamp"),
            t(
                "照片下角好像有日期水印，请用没有水印的原图",
                "There seems to be a date in a lower corner: use a picture without one",
            ),
        ),
        CheckId::Recaptured => (
            t("不是翻拍屏幕", "Not photographed from a screen"),
            t(
                "照片好像是对着屏幕翻拍的，请用原图",
                "The picture seems to be photographed from a screen: use the original",
            ),
        ),
        CheckId::FileBytes => (
            t("文件大小合格", "The file size is right"),
            t(
                "文件大小不在要求的范围内",
                "The file is smaller or larger than required",
            ),
        ),
        CheckId::Quality => (
            t("压缩质量合格", "The JPEG quality is right"),
            t("压缩质量过低", "The JPEG quality is too low"),
        ),
        CheckId::Dpi => (
            t("分辨率为 300 dpi", "The resolution is 300 dpi"),
            t("分辨率应为 300 dpi", "The resolution must be 300 dpi"),
        ),
        CheckId::Colour => (
            t("24 位彩色 JPEG", "24-bit colour JPEG"),
            t(
                "应为 24 位彩色 JPEG",
                "The file must be a 24-bit colour JPEG",
            ),
        ),
        CheckId::Trailing => (
            t("文件结构完整", "The file ends where the picture ends"),
            t(
                "图像结束之后还有多余数据",
                "There is extra data after the end of the picture",
            ),
        ),
    }
}

/// Writes the measured value and the accepted range: `0.85 (≥ 0.88)`.
pub fn measured(check: &Check) -> String {
    let value = check.value.map_or_else(|| "?".to_owned(), short);
    let value = format!("{value} {}", unit(check.unit));
    format!("{} ({})", value.trim_end(), range(check.limit))
}

/// Returns the unit as it is written after a number.
pub const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Px => "px",
        Unit::Deg => "°",
        Unit::Bytes => "bytes",
        Unit::Dpi => "dpi",
        Unit::Levels => "levels",
        Unit::DeltaE => "ΔE",
        Unit::WidthsPerSecond => "widths/s",
        Unit::Ratio | Unit::Count => "",
    }
}

/// Writes up to two decimals, without trailing zeros.
pub fn short(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

pub fn range(limit: Limit) -> String {
    range_in(limit, short)
}

/// Writes the accepted range, its numbers formatted by `number`.
pub fn range_in(limit: Limit, number: fn(f32) -> String) -> String {
    match (limit.min, limit.max) {
        (Some(min), Some(max)) if min == max => format!("= {}", number(min)),
        (Some(min), Some(max)) if min == -max => format!("± {}", number(max)),
        (Some(min), Some(max)) => format!("{} – {}", number(min), number(max)),
        (Some(min), None) => format!("≥ {}", number(min)),
        (None, Some(max)) => format!("≤ {}", number(max)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Band;

    #[test]
    fn a_turned_picture_is_told_how_it_lies() {
        let said = |degrees: f32| {
            let limit = Limit::exactly(0.0);
            let check = Check::new(CheckId::Upright, Some(degrees), limit, Unit::Deg);
            sentence(&check, Lang::En)
        };
        assert!(said(0.0).contains("upright"));
        assert!(said(90.0).contains("on its side"));
        assert!(said(180.0).contains("on its head"));
    }

    #[test]
    fn numbers_and_limits_read_short() {
        assert_eq!(short(250.0), "250");
        assert_eq!(short(0.041), "0.04");
        assert_eq!(range(Limit::at_least(60.0)), "≥ 60");
        assert_eq!(range(Limit::exactly(1.0)), "= 1");
        assert_eq!(range(Limit::within(Band::new(-5.0, 5.0))), "± 5");
    }
}
