//! What is kept of one visit: the pictures, and the manifest that says how they were made.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    checks::Check,
    code::{FeatureCode, PersonalCode, Tail},
    frame::{Camera, Imported, Turn},
    lang::Lang,
    layout::{Crop, Placed},
    profile::{CheckId, Document},
    time::{Trust, Wall},
};

/// Identifies one visit and the capture it may end in: UUIDv7 (RFC 9562), so ids sort by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaptureId(Uuid);

impl CaptureId {
    /// Builds the id from the date and 10 bytes of the operating system's randomness.
    pub fn new(at: Wall, random: [u8; 10]) -> Self {
        let ms = u64::try_from(at.unix_ms()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid())
    }

    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// Returns eight characters that a person can read out: the last of the id, where its
    /// randomness is.
    pub fn short(self) -> String {
        let text = self.0.simple().to_string().to_uppercase();
        let tail = text.get(text.len() - 8..).unwrap_or(&text);
        let (a, b) = tail.split_at(4);
        format!("{a}-{b}")
    }
}

impl fmt::Display for CaptureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CaptureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One confirmed visit on its way to be sealed. Holds a person: prints only its id.
#[derive(Clone)]
pub struct Capture {
    pub facts: Facts,
    pub code: PersonalCode,
    pub tail: Tail,
    /// The final bytes, 480x640 JPEG, as shown at Review.
    pub portrait: Vec<u8>,
    pub original: Original,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture {}", self.facts.id)
    }
}

/// The camera's picture as it came.
#[derive(Clone)]
pub struct Original {
    /// A JPEG: the camera's own bytes cut at EOI, or one 4:2:2 q95 encoding where the camera sent
    /// none.
    pub jpeg: Vec<u8>,
    pub source: SourceFormat,
    pub turn: Turn,
    pub camera: Arc<Camera>,
    /// The file that it was read from, if staff imported it.
    pub imported: Option<Imported>,
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Original {:?}", self.source)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// `original.jpg` is the camera's own.
    CameraJpeg,
    /// The camera sent YUYV: encoded once here.
    EncodedFromYuyv,
    /// A program's pixels (synthetic sitter, still): encoded once here.
    EncodedFromPixels,
    /// `original.jpg` is a file that was played in a camera's place.
    PlayedJpeg,
    /// A file that staff imported: turned upright, brought to sRGB and encoded once here, so that
    /// nothing else that it holds (place, owner, app) goes with it.
    EncodedFromImport,
}

/// Everything in the manifest that names no person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub id: CaptureId,
    pub batch: BatchRef,
    pub consent: Consent,
    pub payment: PaymentState,
    pub captured_at: Wall,
    pub time_trust: Trust,
    pub crop: Crop,
    pub geometry: Placed,
    pub background: BackgroundUse,
    pub quality: Vec<Check>,
    pub overrides: Vec<Override>,
    pub camera: Arc<Camera>,
    /// Present where staff imported the picture instead of taking it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// The capture that this one replaces, if the same code was captured here today.
    pub supersedes: Option<CaptureId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRef {
    pub feature_code: FeatureCode,
    /// The version of the batch's rules that the visit followed.
    pub serial: u64,
    /// Until when these rules were vouched for: a booth that was offline for long may have followed
    /// older ones.
    pub known_through: Wall,
    pub profile: Document,
}

/// The sitter's own three acts, each with its time. Holds no face and no name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub text_version: String,
    /// SHA-256 of the texts as shown, in hex.
    pub text_sha256: String,
    pub lang: Lang,
    pub terms_read_at: Wall,
    pub face_agreed_at: Wall,
    pub sending_agreed_at: Wall,
}

/// The consent by itself (`consent-record+jws`): it outlives the capture, and holds no face, code
/// or tail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRecord {
    pub id: CaptureId,
    pub station: String,
    pub batch: BatchRef,
    pub consent: Consent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    NotRequired,
    Prepaid,
    /// Still to be paid when it was sealed; an amendment reports the payment.
    Pending,
}

/// How the sitter wants to be reached, where the batch asks for it. Sealed to the platform, and
/// kept nowhere else. Each field may be empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub phone: String,
    pub email: String,
    /// 名称: the name of the downloaded file.
    pub file_name: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
    }
}

impl Drop for Contact {
    fn drop(&mut self) {
        for field in [&mut self.phone, &mut self.email, &mut self.file_name] {
            zeroize::Zeroize::zeroize(field);
        }
    }
}

/// What happened to the backdrop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundUse {
    /// The camera's own backdrop, already within tolerance or not to be replaced.
    Kept,
    Replaced,
    /// It should have been replaced, but the edge of the hair was uncertain.
    KeptUncertain,
}

/// A check that staff set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub check: CheckId,
    pub reason: OverrideReason,
    /// The operator's number; parcels of the first booths lack it.
    #[serde(default)]
    pub operator: Option<u32>,
}

/// A fixed list, which never names religion or health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideReason {
    JudgedWronglyByMachine,
    BoothEquipment,
    SchoolAllowed,
}

impl OverrideReason {
    pub const ALL: [Self; 3] = [
        Self::JudgedWronglyByMachine,
        Self::BoothEquipment,
        Self::SchoolAllowed,
    ];
}

/// `manifest.json`: the facts, the person's code and tail, the booth, and the hash of every other
/// member.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub version: u32,
    pub station: String,
    /// Counts every capture of this booth from 1.
    pub seq: u64,
    /// Set when the index was rebuilt and numbers may be missing before this one.
    pub seq_gap_before: bool,
    /// The head of the booth's audit log when this was sealed, so that a log rolled back later is
    /// noticed. Parcels of the first booths lack it.
    #[serde(default)]
    pub audit: Option<AuditHead>,
    pub facts: Facts,
    /// Base64 of the 采集码's exact bytes.
    pub code: String,
    pub tail: Tail,
    pub original: OriginalFacts,
    pub members: Vec<Member>,
    pub software: String,
    /// SHA-256 of each model file used, in hex, by file name.
    pub models: Vec<(String, String)>,
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifest {} seq {}", self.facts.id, self.seq)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginalFacts {
    pub source: SourceFormat,
    /// Clockwise turn that brings `original.jpg` upright.
    pub turn: Turn,
}

/// The head of an audit log: how many lines it has, and the hash of the last one (hex SHA-256;
/// zeros before the first).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    pub lines: u64,
    pub sha256: String,
}

impl Default for AuditHead {
    /// Returns the head of a log without a line.
    fn default() -> Self {
        Self {
            lines: 0,
            sha256: "0".repeat(64),
        }
    }
}

/// One file of the parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub name: String,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

/// The manifest's version, raised when a field changes its meaning.
pub const MANIFEST_VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let early = CaptureId::new(Wall::from_unix_ms(1_000), [0xff; 10]);
        let late = CaptureId::new(Wall::from_unix_ms(2_000), [0; 10]);
        assert!(early < late);
        assert_eq!(CaptureId::parse(&late.to_string()), Some(late));
        assert_eq!(late.short().len(), 9);
    }
}
