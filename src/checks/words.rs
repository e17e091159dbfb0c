//! What each check is called, and what to do when it fails. Sentences that a student can act on.

use crate::{
    lang::{Lang, Text},
    profile::CheckId,
};

use super::Check;

/// The check in words: what is right when it passes, what to do when it does not.
pub const fn sentence(check: &Check, lang: Lang) -> &'static str {
    let (right, wrong) = words(check.id);
    let text = match (check.pass, check.value) {
        (true, _) => right,
        (false, Some(_)) => wrong,
        (false, None) => unmeasured(check.id, wrong),
    };
    text.get(lang)
}

/// What could not be measured never passes, and says so.
const fn unmeasured(id: CheckId, wrong: Text) -> Text {
    match id {
        CheckId::Crown | CheckId::EyeLine | CheckId::FaceWidth | CheckId::Centred => t(
            "头部位置无法测量，请使用头部完整的 3:4 照片",
            "The head's place cannot be measured: use a 3:4 picture that shows the whole head",
        ),
        CheckId::HeadWhole
        | CheckId::Roll
        | CheckId::Yaw
        | CheckId::Pitch
        | CheckId::EyesOpen
        | CheckId::MouthClosed
        | CheckId::FaceBrightness
        | CheckId::Evenness
        | CheckId::Sharpness => t(
            "没有找到人脸，无法测量",
            "It cannot be measured: no face was found",
        ),
        CheckId::Background | CheckId::BackgroundColour => t(
            "背景露出太少，无法测量",
            "It cannot be measured: too little of the background is seen",
        ),
        CheckId::Size
        | CheckId::OneFace
        | CheckId::FileBytes
        | CheckId::Quality
        | CheckId::Dpi
        | CheckId::Colour
        | CheckId::Trailing => wrong,
    }
}

const fn t(zh: &'static str, en: &'static str) -> Text {
    Text::new(zh, en)
}

/// (passed, failed)
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
        CheckId::HeadWhole => (
            t("头部完整", "The head is whole"),
            t(
                "请让头部完整进入画面",
                "Keep your whole head inside the picture",
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
        CheckId::Sharpness => (
            t("画面清晰", "The picture is sharp"),
            t(
                "画面不够清晰，请保持不动",
                "The picture is not sharp: please hold still",
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
