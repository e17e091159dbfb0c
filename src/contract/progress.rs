//! The stage of a capture at the platform: who has to act, and by when.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{calendar::Promise, capture::CaptureId, code::FeatureCode, lang::Text, time::Wall};

/// One capture's stage. Dates count working days (`calendar`); one that crosses an unknown year is
/// an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Stored; audited once it is paid for.
    AwaitingPayment,
    /// A person audits it by then.
    InAudit {
        by: Promise,
    },
    /// The student may come again, until this time if the window is known.
    Rejected {
        reasons: Vec<RejectReason>,
        retake_until: Option<Wall>,
    },
    /// Passed the audit; the standard photo is ready by then.
    Passed {
        standard_by: Promise,
    },
    /// The standard photo waits for the student, and counts as confirmed after this time.
    ToConfirm {
        by: Wall,
    },
    /// It goes to 学信网 by then.
    Confirmed {
        how: Confirmation,
        upload_by: Promise,
    },
    Uploaded {
        at: Wall,
    },
    /// Replaced by a later capture of the same person.
    Replaced,
    /// Staff voided it.
    Voided,
    /// The student withdrew the consent.
    Withdrawn,
}

/// Who confirmed the standard photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    ByStudent,
    /// Nobody confirmed it before the deadline.
    ByDeadline,
}

/// Who has to act next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Student,
    Platform,
    Nobody,
}

impl Stage {
    pub const fn actor(&self) -> Actor {
        match self {
            Self::AwaitingPayment | Self::Rejected { .. } | Self::ToConfirm { .. } => {
                Actor::Student
            }
            Self::InAudit { .. } | Self::Passed { .. } | Self::Confirmed { .. } => Actor::Platform,
            Self::Uploaded { .. } | Self::Replaced | Self::Voided | Self::Withdrawn => {
                Actor::Nobody
            }
        }
    }

    /// Returns whether the photo is accepted and another one would only get in its way.
    pub const fn has_passed(&self) -> bool {
        match self {
            Self::Passed { .. }
            | Self::ToConfirm { .. }
            | Self::Confirmed { .. }
            | Self::Uploaded { .. } => true,
            Self::AwaitingPayment
            | Self::InAudit { .. }
            | Self::Rejected { .. }
            | Self::Replaced
            | Self::Voided
            | Self::Withdrawn => false,
        }
    }

    /// Returns whether it still counts as somebody's photo.
    pub const fn counts(&self) -> bool {
        match self {
            Self::Replaced | Self::Voided | Self::Withdrawn => false,
            Self::AwaitingPayment
            | Self::InAudit { .. }
            | Self::Rejected { .. }
            | Self::Passed { .. }
            | Self::ToConfirm { .. }
            | Self::Confirmed { .. }
            | Self::Uploaded { .. } => true,
        }
    }

    /// Returns the stage in a few words.
    pub const fn title(&self) -> Text {
        match self {
            Self::AwaitingPayment => words::AWAITING_PAYMENT,
            Self::InAudit { .. } => words::IN_AUDIT,
            Self::Rejected { .. } => words::REJECTED,
            Self::Passed { .. } => words::PASSED,
            Self::ToConfirm { .. } => words::TO_CONFIRM,
            Self::Confirmed { .. } => words::CONFIRMED,
            Self::Uploaded { .. } => words::UPLOADED,
            Self::Replaced => words::REPLACED,
            Self::Voided => words::VOIDED,
            Self::Withdrawn => words::WITHDRAWN,
        }
    }
}

/// The names of the stages.
pub mod words {
    crate::lang::catalogue! {
        AWAITING_PAYMENT = "待缴费", "Waiting for payment";
        IN_AUDIT = "审核中", "Being audited";
        REJECTED = "未通过，请重新采集", "Not accepted: take it again";
        PASSED = "审核通过", "Accepted";
        TO_CONFIRM = "标准照片待您确认", "Standard photo: please confirm";
        CONFIRMED = "标准照已确认", "Standard photo confirmed";
        UPLOADED = "已上传学信网", "Uploaded to CHSI";
        REPLACED = "已由新照片替换", "Replaced by a newer photo";
        VOIDED = "已作废", "Void";
        WITHDRAWN = "已撤回同意并删除", "Consent withdrawn, deleted";
    }
}

/// Why an auditor rejects a portrait: the usual reasons of the online precheck and of auditors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    EyeLine,
    Roll,
    Crown,
    Blurred,
    /// 黑边: clothes too close to the backdrop.
    ClothesBackdrop,
    Shadow,
    Highlight,
    Teeth,
    HairCovers,
    GlassesGlare,
    ColouredLenses,
    Jewellery,
    Clothes,
    Expression,
    Background,
    /// A print was photographed.
    Reshot,
    Retouched,
    /// The same picture as an older one.
    OldPhoto,
    NotThisPerson,
}

impl RejectReason {
    pub const ALL: [Self; 19] = [
        Self::EyeLine,
        Self::Roll,
        Self::Crown,
        Self::Blurred,
        Self::ClothesBackdrop,
        Self::Shadow,
        Self::Highlight,
        Self::Teeth,
        Self::HairCovers,
        Self::GlassesGlare,
        Self::ColouredLenses,
        Self::Jewellery,
        Self::Clothes,
        Self::Expression,
        Self::Background,
        Self::Reshot,
        Self::Retouched,
        Self::OldPhoto,
        Self::NotThisPerson,
    ];

    /// Returns whether a booth causes it, by its light, backdrop, lens or seat. The other reasons
    /// are the sitter's.
    pub const fn is_the_booths(self) -> bool {
        match self {
            Self::EyeLine
            | Self::Roll
            | Self::Crown
            | Self::Blurred
            | Self::Shadow
            | Self::Highlight
            | Self::Background => true,
            Self::ClothesBackdrop
            | Self::Teeth
            | Self::HairCovers
            | Self::GlassesGlare
            | Self::ColouredLenses
            | Self::Jewellery
            | Self::Clothes
            | Self::Expression
            | Self::Reshot
            | Self::Retouched
            | Self::OldPhoto
            | Self::NotThisPerson => false,
        }
    }

    /// Returns its name in documents and on command lines, as serde writes it.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(_) | Err(_) => String::new(),
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Returns what was wrong and, where the sitter can change it, what to do next time.
    pub const fn sentence(self) -> Text {
        match self {
            Self::EyeLine => Text::new(
                "眼睛位置不符合标准",
                "The eyes are not where they have to be",
            ),
            Self::Roll => Text::new("头部倾斜，请摆正", "The head is tilted: keep it upright"),
            Self::Crown => Text::new(
                "头顶位置不符合标准，请放低发髻",
                "The top of the head is not where it has to be: wear buns lower",
            ),
            Self::Blurred => Text::new("照片不够清晰，请坐稳", "Not sharp: please sit still"),
            Self::ClothesBackdrop => Text::new(
                "衣服与背景太接近，请换深色衣服",
                "Clothes too close to the background: wear darker ones",
            ),
            Self::Shadow => Text::new("脸上或背景有阴影", "Shadows on face or background"),
            Self::Highlight => Text::new(
                "面部反光，请擦去汗油",
                "Shine on the face: please dab it dry",
            ),
            Self::Teeth => Text::new(
                "露出牙齿，请自然闭唇",
                "Teeth show: close the lips naturally",
            ),
            Self::HairCovers => {
                Text::new("头发遮住眉、眼或耳朵", "Hair covers eyebrows, eyes or ears")
            }
            Self::GlassesGlare => Text::new("眼镜反光", "Reflections in the glasses"),
            Self::ColouredLenses => Text::new(
                "佩戴了有色镜片或美瞳",
                "Tinted glasses or coloured contact lenses",
            ),
            Self::Jewellery => Text::new("佩戴了饰物，请摘下", "Jewellery: please take it off"),
            Self::Clothes => Text::new("着装不符合要求", "Clothes do not meet the rules"),
            Self::Expression => Text::new("表情不自然", "Expression not natural"),
            Self::Background => Text::new("背景不符合要求", "Background does not meet the rules"),
            Self::Reshot => Text::new("疑似翻拍照片", "Looks like a photo of a photo"),
            Self::Retouched => Text::new("疑似经过修饰", "Looks retouched"),
            Self::OldPhoto => Text::new("与以往照片相同", "The same as an older photo"),
            Self::NotThisPerson => Text::new("照片与本人信息不符", "Photo and person do not match"),
        }
    }
}

/// One capture's progress: states and dates, no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub id: CaptureId,
    pub captured_at: Wall,
    /// When this stage was reached.
    pub since: Wall,
    #[serde(flatten)]
    pub stage: Stage,
}

/// Identifies one person in one batch: asks who they are (`POST /v1/resolve`) and how far their
/// photo has come (`POST /v1/progress`), or confirms their standard photo (`POST
/// /v1/captures/{id}/confirmation`). Only a holder of code and tail may ask.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRequest {
    pub feature_code: FeatureCode,
    /// Base64 of the 采集码's bytes.
    pub code: String,
    pub tail: String,
}

impl fmt::Debug for PersonRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRequest(..)")
    }
}

/// Every capture of one person in one batch, newest first, and the link to the photo. The name is
/// masked at the platform.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonProgress {
    pub masked_name: String,
    pub captures: Vec<Progress>,
    /// Present once there is a standard photo: opens it for a few minutes without code or tail.
    pub download: Option<DownloadLink>,
    /// The standard photo while it waits to be confirmed, base64 of its JPEG: nobody confirms what
    /// they have not seen.
    #[serde(default)]
    pub standard: Option<String>,
}

impl PersonProgress {
    /// Returns the capture that counts, if there is one.
    pub fn current(&self) -> Option<&Progress> {
        self.captures.iter().find(|capture| capture.stage.counts())
    }
}

impl fmt::Debug for PersonProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonProgress of {} captures", self.captures.len())
    }
}

/// A link to one person's photo: whoever holds it can open the picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadLink {
    pub url: String,
    pub expires: Wall,
}

impl fmt::Debug for DownloadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DownloadLink until {:?}", self.expires)
    }
}

/// What auditors decided about this booth's captures (`GET /v1/verdicts/{after}`), in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    pub verdicts: Vec<AuditVerdict>,
    /// There are more after the last one.
    pub more: bool,
}

/// One auditor's decision. Names no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// Counts the verdicts about one booth's captures from 1: the cursor of the feed.
    pub number: u64,
    pub id: CaptureId,
    pub at: Wall,
    /// Empty where the photo was accepted.
    pub reasons: Vec<RejectReason>,
}

/// Returns the URL in a receipt's QR: a page of the platform that shows the state only. `statement`
/// is the booth's `capture-statement+jws`.
pub fn receipt_url(platform: &str, statement: &str) -> String {
    format!(
        "{}{}/{statement}",
        platform.trim_end_matches('/'),
        super::path::RECEIPT_PAGE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_name_and_words() {
        let names: std::collections::BTreeSet<String> = RejectReason::ALL
            .into_iter()
            .map(RejectReason::name)
            .collect();
        assert_eq!(names.len(), RejectReason::ALL.len());
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::parse(&reason.name()), Some(reason));
        }
        assert_eq!(RejectReason::parse("ugly"), None);
    }

    #[test]
    fn a_receipts_link_ends_in_its_statement() {
        let url = receipt_url("https://platform.example/", "a.b.c");
        assert_eq!(url, "https://platform.example/r/a.b.c");
    }

    #[test]
    fn a_stage_says_who_has_to_act() {
        let rejected = Stage::Rejected {
            reasons: vec![],
            retake_until: None,
        };
        assert_eq!(rejected.actor(), Actor::Student);
        assert!(rejected.counts() && !rejected.has_passed());
        let json = serde_json::to_string(&rejected).unwrap();
        assert_eq!(
            json,
            r#"{"stage":"rejected","reasons":[],"retake_until":null}"#
        );
    }
}
