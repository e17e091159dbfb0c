//! The one sentence, and the one arrow, shown to the sitter.

use crate::lang::Text;

/// The one thing that matters most. Left and right are the sitter's own, which is how a mirror
/// shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Advice {
    NoFace,
    /// A face is found, but not seen well enough to say more.
    Look,
    SeveralFaces,
    WholeHead,
    Closer,
    Farther,
    MoveLeft,
    MoveRight,
    SitLower,
    SitHigher,
    /// Hair or headwear is too high for the standard.
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
    /// Hair or a frame covers brows or eyes.
    ClearEyes,
    ShowEars,
    /// A mask, a hand or an object covers the mouth.
    FreeMouth,
    TipGlasses,
    /// Dark glasses, or any where the batch allows no glasses.
    NoGlasses,
    DabSkin,
    /// The head cannot come down to the lens, so the seat must. Only [`super::Saying`] shows it,
    /// after a while.
    LowerSeat,
    RaiseSeat,
    /// The lamps are for staff to set.
    Light,
    /// Before anybody sits down: so dark that a lamp must be off.
    LampsOut,
    /// The wall is not empty, or uneven where that matters.
    Clutter,
    HoldStill,
}

/// The subject of an advice; what blocks more comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Who is in the picture.
    Presence,
    /// Where the head is.
    Place,
    /// How the head is held.
    Pose,
    /// Eyes, mouth, hair, glasses, skin.
    Face,
    /// What staff can mend: light and backdrop.
    Booth,
    Stillness,
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
    /// Turn the head upright, clockwise on the screen.
    Clockwise,
    CounterClockwise,
}

// The longer sentences of [`Advice::sentence`].
const LOWER_SEAT: (&str, &str) = (
    "请调低座椅，再坐直平视镜头",
    "Lower the seat, then sit up and look straight ahead",
);
const RAISE_SEAT: (&str, &str) = (
    "请调高座椅，再坐直平视镜头",
    "Raise the seat, then sit up and look straight ahead",
);
const LIGHT: (&str, &str) = (
    "请稍候，工作人员会调整灯光",
    "One moment: staff will adjust the light",
);
const LAMPS_OUT: (&str, &str) = (
    "请稍候，工作人员会打开灯",
    "One moment: staff will switch on the lamps",
);
const CLUTTER: (&str, &str) = (
    "请稍候，工作人员会整理背景",
    "One moment: staff will clear the backdrop",
);
const TIP_GLASSES: (&str, &str) = (
    "镜片反光，请将镜腿略微抬高",
    "Glare in your glasses: raise the arms a little",
);
const DAB_SKIN: (&str, &str) = (
    "额头或鼻子反光，请用纸巾吸一下",
    "Your skin shines: dab it with a tissue",
);
const CLEAR_EYES: (&str, &str) = (
    "请拨开头发，露出眉毛和眼睛",
    "Brush your hair aside: show brows and eyes",
);

const FREE_MOUTH: (&str, &str) = (
    "请摘下口罩，露出嘴和下巴",
    "Take off the mask: show mouth and chin",
);

/// What is wrong with the booth, in words for the staff who mend it.
const FOR_STAFF: [(Advice, Text); 3] = [
    (
        Advice::Light,
        Text::new(
            "脸上光线过暗、过亮或不均，请检查两侧的灯",
            "The light on the face is too dark, too bright or uneven: check both lamps",
        ),
    ),
    (
        Advice::LampsOut,
        Text::new(
            "灯没有亮，请检查电源和开关",
            "The lamps are out: check plug and switch",
        ),
    ),
    (
        Advice::Clutter,
        Text::new(
            "背景有杂物或阴影，请整理背景布",
            "Something, or a shadow, is on the backdrop: clear and straighten it",
        ),
    ),
];

impl Advice {
    pub const ALL: [Self; 33] = [
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
        Self::FreeMouth,
        Self::TipGlasses,
        Self::NoGlasses,
        Self::DabSkin,
        Self::LowerSeat,
        Self::RaiseSeat,
        Self::Light,
        Self::LampsOut,
        Self::Clutter,
        Self::HoldStill,
    ];

    pub const fn sentence(self) -> Text {
        let (zh, en) = match self {
            Self::NoFace => ("请坐到镜头前", "Please sit in front of the camera"),
            Self::Look => ("请坐好，看着镜头", "Sit upright and look at the camera"),
            Self::SeveralFaces => (
                "请其他人离开画面",
                "Only you may be in the picture: others, please step aside",
            ),
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
            Self::TiltLeft => ("头向左偏一点，摆正", "Tilt your head slightly left"),
            Self::TiltRight => ("头向右偏一点，摆正", "Tilt your head slightly right"),
            Self::TurnLeft => ("请把脸向左转一点", "Turn your face a little to your left"),
            Self::TurnRight => ("请把脸向右转一点", "Turn your face a little to your right"),
            Self::ChinUp => ("请微抬下巴", "Raise your chin a little"),
            Self::ChinDown => ("请微收下巴", "Lower your chin a little"),
            Self::OpenEyes => ("请自然睁开双眼", "Please open your eyes"),
            Self::LookHere => ("请看着镜头", "Please look into the camera"),
            Self::CloseMouth => ("请轻轻闭上嘴唇", "Please close your mouth gently"),
            Self::CalmFace => ("请放松嘴角，表情自然", "Relax: a calm, neutral face"),
            Self::ClearEyes => CLEAR_EYES,
            Self::ShowEars => ("请把头发拨到耳后", "Put your hair behind your ears"),
            Self::FreeMouth => FREE_MOUTH,
            Self::TipGlasses => TIP_GLASSES,
            Self::NoGlasses => ("请摘下眼镜", "Please take off your glasses"),
            Self::DabSkin => DAB_SKIN,
            Self::LowerSeat => LOWER_SEAT,
            Self::RaiseSeat => RAISE_SEAT,
            Self::Light => LIGHT,
            Self::LampsOut => LAMPS_OUT,
            Self::Clutter => CLUTTER,
            Self::HoldStill => ("很好，请保持不动", "Very good, please hold still"),
        };
        Text::new(zh, en)
    }

    /// Returns what staff read, where the booth is at fault and not the sitter.
    pub fn for_staff(self) -> Option<Text> {
        let told = FOR_STAFF.iter().find(|(advice, _)| *advice == self);
        told.map(|(_, text)| *text)
    }

    pub const fn stage(self) -> Stage {
        match self {
            Self::NoFace | Self::Look | Self::SeveralFaces | Self::WholeHead => Stage::Presence,
            Self::Closer
            | Self::Farther
            | Self::MoveLeft
            | Self::MoveRight
            | Self::SitLower
            | Self::SitHigher
            | Self::LowerHair => Stage::Place,
            Self::TiltLeft
            | Self::TiltRight
            | Self::TurnLeft
            | Self::TurnRight
            | Self::ChinUp
            | Self::ChinDown
            | Self::LowerSeat
            | Self::RaiseSeat => Stage::Pose,
            Self::OpenEyes
            | Self::LookHere
            | Self::CloseMouth
            | Self::CalmFace
            | Self::ClearEyes
            | Self::ShowEars
            | Self::FreeMouth
            | Self::TipGlasses
            | Self::NoGlasses
            | Self::DabSkin => Stage::Face,
            Self::Light | Self::LampsOut | Self::Clutter => Stage::Booth,
            Self::HoldStill => Stage::Stillness,
        }
    }

    /// Returns what to say after this advice was shown for long without success: the lens is not at
    /// the height of the eyes.
    pub const fn when_stuck(self) -> Option<Self> {
        if matches!(self, Self::ChinDown | Self::SitLower) {
            Some(Self::LowerSeat)
        } else if matches!(self, Self::ChinUp | Self::SitHigher) {
            Some(Self::RaiseSeat)
        } else {
            None
        }
    }

    pub const fn arrow(self) -> Option<Arrow> {
        Some(match self {
            Self::Closer => Arrow::In,
            Self::Farther => Arrow::Out,
            Self::MoveLeft | Self::TurnLeft => Arrow::Left,
            Self::MoveRight | Self::TurnRight => Arrow::Right,
            Self::SitLower | Self::ChinDown | Self::LowerSeat => Arrow::Down,
            Self::SitHigher | Self::ChinUp | Self::RaiseSeat => Arrow::Up,
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
            | Self::FreeMouth
            | Self::TipGlasses
            | Self::NoGlasses
            | Self::DabSkin
            | Self::Light
            | Self::LampsOut
            | Self::Clutter
            | Self::HoldStill => return None,
        })
    }
}
