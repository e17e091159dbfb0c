//! The one sentence, and the one arrow, that a sitter is shown.

use crate::lang::Text;

/// The one thing that matters most. Left and right are the sitter's own, which is how a mirror shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    NoFace,
    /// A face, but not yet seen well enough to say more.
    Look,
    SeveralFaces,
    WholeHead,
    Closer,
    Farther,
    MoveLeft,
    MoveRight,
    SitLower,
    SitHigher,
    /// The hair or a cover stands too high for the standard.
    LowerHair,
    TiltLeft,
    TiltRight,
    TurnLeft,
    TurnRight,
    ChinUp,
    ChinDown,
    OpenEyes,
    LookHere,
    CloseMouth,
    CalmFace,
    /// Hair or a frame over brows or eyes.
    ClearEyes,
    ShowEars,
    TipGlasses,
    DabSkin,
    /// The lamps are staff's matter.
    Light,
    /// Before anybody sits there: so dark that a lamp must be out.
    LampsOut,
    /// The wall is not empty, or not even where it has to be.
    Clutter,
    HoldStill,
}

/// Where an arrow on the mirrored preview points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    Left,
    Right,
    Up,
    Down,
    /// Towards the camera.
    In,
    /// Away from the camera.
    Out,
    /// The head turns upright, clockwise on the screen.
    Clockwise,
    CounterClockwise,
}

impl Advice {
    pub const ALL: [Self; 29] = [
        Self::NoFace,
        Self::Look,
        Self::SeveralFaces,
        Self::WholeHead,
        Self::Closer,
        Self::Farther,
        Self::MoveLeft,
        Self::MoveRight,
        Self::SitLower,
        Self::SitHigher,
        Self::LowerHair,
        Self::TiltLeft,
        Self::TiltRight,
        Self::TurnLeft,
        Self::TurnRight,
        Self::ChinUp,
        Self::ChinDown,
        Self::OpenEyes,
        Self::LookHere,
        Self::CloseMouth,
        Self::CalmFace,
        Self::ClearEyes,
        Self::ShowEars,
        Self::TipGlasses,
        Self::DabSkin,
        Self::Light,
        Self::LampsOut,
        Self::Clutter,
        Self::HoldStill,
    ];

    pub const fn sentence(self) -> Text {
        let (zh, en) = match self {
            Self::NoFace => ("请坐到镜头前", "Please sit in front of the camera"),
            Self::Look => ("请坐好，看着镜头", "Sit upright and look at the camera"),
            Self::SeveralFaces => ("画面中只能有您一个人", "Only you may be in the picture"),
            Self::WholeHead => (
                "请让头部完整进入画面",
                "Bring your whole head into the picture",
            ),
            Self::Closer => ("请靠近一点", "Please come a little closer"),
            Self::Farther => ("请往后一点", "Please move back a little"),
            Self::MoveLeft => ("请向左移一点", "Move a little to your left"),
            Self::MoveRight => ("请向右移一点", "Move a little to your right"),
            Self::SitLower => ("请坐低一点", "Please sit a little lower"),
            Self::SitHigher => ("请坐高一点", "Please sit a little higher"),
            Self::LowerHair => (
                "请放低发髻或取下头饰",
                "Please lower your hair or take off headwear",
            ),
            Self::TiltLeft => ("请把头向左摆正", "Straighten your head to your left"),
            Self::TiltRight => ("请把头向右摆正", "Straighten your head to your right"),
            Self::TurnLeft => ("请把脸向左转一点", "Turn your face a little to your left"),
            Self::TurnRight => ("请把脸向右转一点", "Turn your face a little to your right"),
            Self::ChinUp => ("请抬一点下巴", "Raise your chin a little"),
            Self::ChinDown => ("请收一点下巴", "Lower your chin a little"),
            Self::OpenEyes => ("请自然睁开双眼", "Please open your eyes"),
            Self::LookHere => ("请看着镜头", "Please look into the camera"),
            Self::CloseMouth => ("请轻轻闭上嘴唇", "Please close your mouth gently"),
            Self::CalmFace => ("请放松嘴角，表情自然", "Relax: a calm, neutral face"),
            Self::ClearEyes => (
                "请拨开头发，露出眉毛和眼睛",
                "Brush your hair aside: show brows and eyes",
            ),
            Self::ShowEars => ("请把头发拨到耳后", "Put your hair behind your ears"),
            Self::TipGlasses => (
                "镜片反光，请把眼镜稍微下压",
                "Glare in your glasses: tip them down a little",
            ),
            Self::DabSkin => (
                "额头或鼻子反光，请用纸巾吸一下",
                "Your skin shines: dab it with a tissue",
            ),
            Self::Light => (
                "光线不合适，请告诉工作人员",
                "The light is not right: please tell the staff",
            ),
            Self::LampsOut => (
                "灯没有亮，请告诉工作人员",
                "The lamps are out: please tell the staff",
            ),
            Self::Clutter => (
                "背景有杂物或阴影，请告诉工作人员",
                "The backdrop is not clear: please tell the staff",
            ),
            Self::HoldStill => ("很好，请保持不动", "Very good, please hold still"),
        };
        Text::new(zh, en)
    }

    pub const fn arrow(self) -> Option<Arrow> {
        Some(match self {
            Self::Closer => Arrow::In,
            Self::Farther => Arrow::Out,
            Self::MoveLeft | Self::TurnLeft => Arrow::Left,
            Self::MoveRight | Self::TurnRight => Arrow::Right,
            Self::SitLower | Self::ChinDown => Arrow::Down,
            Self::SitHigher | Self::ChinUp => Arrow::Up,
            Self::TiltLeft => Arrow::CounterClockwise,
            Self::TiltRight => Arrow::Clockwise,
            Self::NoFace
            | Self::Look
            | Self::SeveralFaces
            | Self::WholeHead
            | Self::LowerHair
            | Self::OpenEyes
            | Self::LookHere
            | Self::CloseMouth
            | Self::CalmFace
            | Self::ClearEyes
            | Self::ShowEars
            | Self::TipGlasses
            | Self::DabSkin
            | Self::Light
            | Self::LampsOut
            | Self::Clutter
            | Self::HoldStill => return None,
        })
    }
}
