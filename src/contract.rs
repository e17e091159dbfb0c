//! The platform's HTTP contract, version 1, as types; `docs/platform-api.yaml` describes the same.

mod payment;
mod progress;
mod published;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use payment::{OrderRequest, PayOrder, PayState, yuan};
pub use progress::{
    Actor, AuditVerdict, Confirmation, DownloadLink, PersonProgress, PersonRequest, Progress,
    RejectReason, Stage, Verdicts, receipt_url, words as stage_words,
};
pub use published::{CalendarDocument, CalendarRefusal, Published, ServiceHours, ServiceLine};

use crate::{
    capture::{AuditHead, BatchRef, CaptureId},
    code::{CodeShape, FeatureCode},
    jws::{self, JwsError, KeySet, Purpose},
    lang::Lang,
    profile::Profile,
    time::{Now, Trust, Wall},
};

/// Paths of version 1. A batch is `BATCHES/{feature_code}`, a capture `CAPTURES/{id}`, a note about
/// it `CAPTURES/{id}/NOTES/{number}`, its confirmation `CAPTURES/{id}/CONFIRMATION`, an order
/// `ORDERS/{order}`, a page of verdicts `VERDICTS/{after}`, the state behind a receipt
/// `RECEIPTS/{statement}` (and, for people, the page `RECEIPT_PAGE/{statement}`), a part of a
/// release's file `RELEASE/FILES/{sha256}/{from}`.
pub mod path {
    pub const ENROL: &str = "/v1/enrol";
    pub const KEYS: &str = "/v1/keys";
    pub const BATCHES: &str = "/v1/batches";
    pub const CALENDAR: &str = "/v1/calendar";
    pub const RESOLVE: &str = "/v1/resolve";
    pub const CAPTURES: &str = "/v1/captures";
    /// Stands between a capture's id and the number of a note about it.
    pub const NOTES: &str = "notes";
    pub const HEARTBEAT: &str = "/v1/heartbeat";
    pub const KEY_TRIAL: &str = "/v1/key-trial";
    pub const ORDERS: &str = "/v1/orders";
    pub const PROGRESS: &str = "/v1/progress";
    /// Stands after a capture's id.
    pub const CONFIRMATION: &str = "confirmation";
    pub const RECEIPTS: &str = "/v1/receipts";
    pub const VERDICTS: &str = "/v1/verdicts";
    /// The newest release for booths.
    pub const RELEASE: &str = "/v1/release";
    /// Stands between it, and a file's hash and where a part of it begins.
    pub const FILES: &str = "files";
    /// The page for people that a receipt's QR opens.
    pub const RECEIPT_PAGE: &str = "/r";

    /// Every path as `docs/platform-api.yaml` names it, with its method.
    pub const ALL: [(&str, &str); 17] = [
        ("POST", ENROL),
        ("GET", KEYS),
        ("GET", "/v1/batches/{feature_code}"),
        ("GET", CALENDAR),
        ("POST", RESOLVE),
        ("PUT", "/v1/captures/{id}"),
        ("PUT", "/v1/captures/{id}/notes/{number}"),
        ("POST", HEARTBEAT),
        ("POST", KEY_TRIAL),
        ("POST", ORDERS),
        ("GET", "/v1/orders/{order}"),
        ("POST", PROGRESS),
        ("POST", "/v1/captures/{id}/confirmation"),
        ("GET", "/v1/receipts/{statement}"),
        ("GET", "/v1/verdicts/{after}"),
        ("GET", RELEASE),
        ("GET", "/v1/release/files/{sha256}/{from}"),
    ];
}

/// The largest bodies that either side accepts; anything larger is refused unread.
pub mod limit {
    /// A parcel: four members of a few MB at most.
    pub const PARCEL_BYTES: usize = 32 * 1024 * 1024;
    /// Any other body, of a request or a response.
    pub const BODY_BYTES: usize = 64 * 1024;
    /// One part of a release's file.
    pub const PART_BYTES: usize = 1024 * 1024;
    /// A signed calendar, wherever it comes from: room for dozens of years.
    pub const CALENDAR_BYTES: usize = 48 * 1024;
}

/// Request headers beside the standard `Content-Digest` (RFC 9530).
pub mod header {
    pub const STATION: &str = "capture-station";
    pub const SEQUENCE: &str = "capture-sequence";
    /// JWS `station-request+jws` over [`super::StationRequest`].
    pub const REQUEST: &str = "capture-request";
}

/// The keys of a platform, signed by its root (`key-document+jws`). Keys are base64 of 32 bytes,
/// `recipient` is an age recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    pub version: u64,
    pub recipient: String,
    pub receipt_keys: Vec<String>,
    pub manifest_keys: Vec<String>,
    /// Empty where a platform commands no booths by codes.
    #[serde(default)]
    pub command_keys: Vec<String>,
}

/// Why a key document is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyDocumentError {
    #[error("the platform's key document is not valid under its root key: {0}")]
    Signature(#[from] JwsError),
    #[error("the platform's key document holds something that is not an Ed25519 key")]
    NotAKey,
    #[error("the platform's key document names no key for receipts or for batches")]
    Incomplete,
}

impl KeyDocument {
    /// Accepts a `key-document+jws` that `root` signed and whose keys can be used.
    pub fn verify(token: &str, root: &VerifyingKey) -> Result<Self, KeyDocumentError> {
        let document: Self = jws::verify(Purpose::KeyDocument, token, &KeySet::one(*root))?;
        document.command_keys()?;
        if document.receipt_keys()?.is_empty() || document.manifest_keys()?.is_empty() {
            return Err(KeyDocumentError::Incomplete);
        }
        Ok(document)
    }

    pub fn receipt_keys(&self) -> Result<KeySet, KeyDocumentError> {
        key_set(&self.receipt_keys)
    }

    pub fn manifest_keys(&self) -> Result<KeySet, KeyDocumentError> {
        key_set(&self.manifest_keys)
    }

    pub fn command_keys(&self) -> Result<KeySet, KeyDocumentError> {
        key_set(&self.command_keys)
    }
}

fn key_set(keys: &[String]) -> Result<KeySet, KeyDocumentError> {
    let mut set = KeySet::default();
    for key in keys {
        set.insert(public_key(key).ok_or(KeyDocumentError::NotAKey)?);
    }
    Ok(set)
}

/// Reads a public key as written in documents: base64 of 32 bytes.
pub fn public_key(base64: &str) -> Option<VerifyingKey> {
    let bytes = STANDARD.decode(base64).ok()?;
    VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()
}

/// Writes a public key as [`public_key`] reads it.
pub fn public_key_text(key: &VerifyingKey) -> String {
    STANDARD.encode(key.as_bytes())
}

/// Makes a machine a booth (`enrolment-ticket+jws`); signed by the root that it names.
///
/// Operators compare that root's fingerprint. If it is right, address and CA are right too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentTicket {
    pub platform: String,
    /// Base64 of the platform root's 32 bytes.
    pub root_key: String,
    pub one_time_code: String,
    /// PEM of the only CA to trust; `None` for public roots.
    pub ca_pem: Option<String>,
}

/// Prints no code: the one-time code is a secret until it is used.
impl std::fmt::Debug for EnrolmentTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnrolmentTicket for {}", self.platform)
    }
}

impl EnrolmentTicket {
    /// Reads a ticket that its own root signed.
    pub fn verify(token: &str) -> Result<Self, JwsError> {
        jws::verify_by_its_own(Purpose::EnrolmentTicket, token.trim(), Self::root)
    }

    /// Returns the platform root that everything else is signed under.
    pub fn root(&self) -> Option<VerifyingKey> {
        public_key(&self.root_key)
    }
}

/// What a machine says about itself to become a booth (`enrolment-request+jws`), signed by the key
/// that it names.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    pub one_time_code: String,
    /// Base64 of the booth's Ed25519 public key.
    pub station_key: String,
    pub name: String,
}

/// Prints no code: the request holds the one-time code too.
impl std::fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnrolRequest of {}", self.name)
    }
}

/// The body of `POST /v1/enrol`. Repeating it with the same code and key gives the same answer, as
/// the first one may have been lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEnrolRequest {
    /// `enrolment-request+jws` over an [`EnrolRequest`].
    pub request: String,
}

/// Prints nothing of the request: it contains the one-time code.
impl std::fmt::Debug for SignedEnrolRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedEnrolRequest")
    }
}

impl SignedEnrolRequest {
    /// Returns the request of the machine `name`, which holds `key`.
    pub fn new(one_time_code: &str, name: &str, key: &SigningKey) -> serde_json::Result<Self> {
        let request = EnrolRequest {
            one_time_code: one_time_code.to_owned(),
            station_key: public_key_text(&key.verifying_key()),
            name: name.to_owned(),
        };
        let request = jws::sign(Purpose::EnrolmentRequest, key, &request)?;
        Ok(Self { request })
    }

    /// Reads and verifies the request: its sender holds the key that it names.
    pub fn verify(&self) -> Result<EnrolRequest, JwsError> {
        jws::verify_by_its_own(
            Purpose::EnrolmentRequest,
            &self.request,
            |asked: &EnrolRequest| public_key(&asked.station_key),
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub station: String,
    /// `key-document+jws`.
    pub keys: String,
}

/// Answer to `GET /v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedKeys {
    /// `key-document+jws`.
    pub keys: String,
}

/// Answer to `GET /v1/release`, which is 404 without a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRelease {
    /// `release+jws`, signed by the makers of the program: the platform only passes it on.
    pub release: String,
}

/// Answer to `GET /v1/batches/{feature_code}`, with an `ETag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBatch {
    /// `batch-manifest+jws` over a [`Batch`].
    pub manifest: String,
}

/// Answer to `GET /v1/calendar`, with an `ETag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCalendar {
    /// `calendar+jws` over a [`CalendarDocument`].
    pub calendar: String,
}

/// Signed by the booth for every request that changes or reveals something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationRequest {
    pub station: String,
    pub method: String,
    pub path: String,
    /// Hex SHA-256 of the body as sent.
    pub body_sha256: String,
    pub at: Wall,
}

/// One batch as the platform signs it (`batch-manifest+jws`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub feature_code: FeatureCode,
    /// Increases with every change; a booth never goes back to an older one.
    pub serial: u64,
    pub school: String,
    pub name: String,
    pub opens: Wall,
    pub closes: Wall,
    /// Until this time the batch may be used without asking the platform again; after it staff are
    /// warned.
    pub known_through: Wall,
    /// Revoked by the school: no further capture.
    pub revoked: bool,
    /// What a photo costs, for the screens; the platform's order is authoritative. 0 where nothing
    /// is to be paid.
    #[serde(default)]
    pub fee_fen: u32,
    /// The shapes of this batch's 采集码, where they are known: then no other code counts as one.
    #[serde(default)]
    pub code_shapes: Arc<[CodeShape]>,
    pub profile: Profile,
    pub consent: ConsentTexts,
}

impl Batch {
    /// Returns what a capture's manifest says about its batch.
    pub fn reference(&self) -> BatchRef {
        BatchRef {
            feature_code: self.feature_code.clone(),
            serial: self.serial,
            known_through: self.known_through,
            profile: self.profile.document.clone(),
        }
    }

    /// Returns whether a visit may begin. Dates count only by a clock that was checked.
    pub fn standing(&self, now: Now) -> Result<(), BatchTrouble> {
        if self.revoked {
            Err(BatchTrouble::Revoked)
        } else if now.trust == Trust::Unknown || (self.opens..=self.closes).contains(&now.wall) {
            Ok(())
        } else if now.wall < self.opens {
            Err(BatchTrouble::NotYetOpen)
        } else {
            Err(BatchTrouble::Closed)
        }
    }

    /// Returns whether staff may pin it: on the evening before it opens they may, once it has ended
    /// they may not.
    pub fn may_be_pinned(&self, now: Now) -> Result<(), BatchTrouble> {
        match self.standing(now) {
            Err(BatchTrouble::NotYetOpen) => Ok(()),
            standing => standing,
        }
    }

    /// Returns whether the platform should have been asked again by now.
    pub fn is_stale(&self, now: Now) -> bool {
        now.trust != Trust::Unknown && now.wall > self.known_through
    }
}

/// Why a batch cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchTrouble {
    /// Neither this booth nor the platform knows it.
    Unknown,
    /// It is not signed by this booth's platform.
    Foreign,
    /// It is older than the one that this booth holds.
    Older,
    /// This booth does not hold it, and the platform does not answer.
    NotReachable,
    /// This booth's disk cannot read or write it.
    NotKept,
    NotYetOpen,
    Closed,
    Revoked,
}

/// A refused batch, by name where it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRefusal {
    pub trouble: BatchTrouble,
    /// School and batch, if known.
    pub name: Option<String>,
}

impl BatchRefusal {
    pub const fn nameless(trouble: BatchTrouble) -> Self {
        Self {
            trouble,
            name: None,
        }
    }

    pub fn of(trouble: BatchTrouble, batch: &Batch) -> Self {
        Self {
            trouble,
            name: Some(format!("{} {}", batch.school, batch.name)),
        }
    }
}

/// A platform's order to one booth (`station-command+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationCommand {
    pub station: String,
    /// Increases with every command of the platform: a command is obeyed once, and never after a
    /// later one.
    pub number: u64,
    pub expires: Wall,
    pub order: Order,
}

impl StationCommand {
    /// Returns whether the booth `station` obeys it now, after having obeyed number `last`. Its
    /// date counts only by a clock that was checked.
    pub fn is_due(&self, station: &str, last: Option<u64>, now: Now) -> Result<(), CommandTrouble> {
        if self.station != station {
            Err(CommandTrouble::OtherBooth)
        } else if last.is_some_and(|last| self.number <= last) {
            Err(CommandTrouble::Used)
        } else if now.trust != Trust::Unknown && now.wall > self.expires {
            Err(CommandTrouble::Expired)
        } else {
            Ok(())
        }
    }
}

/// Why a command is not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandTrouble {
    /// It is not signed by this booth's platform.
    Foreign,
    OtherBooth,
    Expired,
    /// It, or a later one, was obeyed already.
    Used,
    /// It is obeyed only on the staff's page, behind the PIN.
    BehindThePin,
    /// The booth cannot do it now; the log says why.
    NotDone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    PinBatch(FeatureCode),
    /// Every visitor chooses the batch.
    UnpinBatch,
    /// Operators who were locked out after wrong PINs may try again. The PINs stay.
    EndLockouts,
}

/// The consent texts of one batch, in both languages, with their version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentTexts {
    pub version: String,
    pub zh: ConsentText,
    pub en: ConsentText,
}

impl ConsentTexts {
    /// Returns the text for a reader of `lang`: Chinese where there is no translation.
    pub const fn shown_in(&self, lang: Lang) -> &ConsentText {
        match lang.of_documents() {
            Lang::En => &self.en,
            Lang::Zh | Lang::Third(_) => &self.zh,
        }
    }
}

/// PIPL art. 17 and 28-30: who processes, who receives, what for, how long, how to withdraw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentText {
    pub handler: String,
    pub recipients: String,
    pub purpose: String,
    pub retention: String,
    pub withdrawal: String,
    /// Full service agreement and privacy notice.
    pub full: String,
}

/// The platform's answer about code and tail. It masks the name there, never here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub masked_name: String,
    pub school: String,
    pub level: String,
    pub paid: bool,
    /// This person's capture in this batch that counts, whichever booth took it.
    pub earlier: Option<Progress>,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolved(..)")
    }
}

/// The platform's signed confirmation of one stored parcel (`capture-receipt+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureReceipt {
    pub station: String,
    pub id: CaptureId,
    /// Hex SHA-256 of the parcel's bytes as sent.
    pub hash: String,
    pub seq: u64,
    pub stored_at: Wall,
}

/// What changed about a capture after it was sealed (`capture-amendment+jws`), signed by its booth.
/// Names no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    pub station: String,
    pub id: CaptureId,
    /// The capture's number.
    pub seq: u64,
    /// Counts the amendments of one capture from 1: each is stored once, in this order.
    pub number: u32,
    pub at: Wall,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Paid by this order of the platform.
    Paid(String),
    /// The capture belongs to another batch than the one it was taken in.
    MovedTo(FeatureCode),
    /// How the sitter wants to be reached: base64 of an age file over JSON of `capture::Contact`.
    Contact(String),
    Voided(VoidCause),
    /// The sitter withdrew the consent. Before the upload the booth has destroyed the capture, and
    /// this is its tombstone; after it, this asks the platform to destroy it.
    Withdrawn,
}

/// Why staff void a capture: a fixed list, so that nothing about a person can be written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidCause {
    /// Somebody else's code, or somebody else in the picture.
    WrongPerson,
    /// Taken again at another booth or in another way.
    TakenAgain,
    /// A trial of the booth by staff.
    Trial,
    /// Light, camera or backdrop turned out to be wrong afterwards.
    BoothEquipment,
}

impl VoidCause {
    pub const ALL: [Self; 4] = [
        Self::WrongPerson,
        Self::TakenAgain,
        Self::Trial,
        Self::BoothEquipment,
    ];
}

/// The note number of a capture's consent record; amendments follow.
pub const CONSENT_NOTE: u32 = 0;

/// The platform's signed confirmation of one stored note (`note-receipt+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReceipt {
    pub station: String,
    pub id: CaptureId,
    pub number: u32,
    /// Hex SHA-256 of the note's bytes as sent.
    pub hash: String,
    pub stored_at: Wall,
}

/// Body of a 200 or 201 to `PUT /v1/captures/{id}` and to its notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub receipt: String,
}

/// Lets a booth test that the platform can open what it seals, before a day's photos depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTrial {
    /// Base64 of an age file over random bytes.
    pub sealed: String,
}

/// The platform's signed answer to an opened trial (`key-trial+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTrialReceipt {
    pub station: String,
    /// Hex SHA-256 of the random bytes, which only a platform that opened the trial knows.
    pub sha256: String,
    pub at: Wall,
}

/// What a booth wrote to a stick (`export-manifest+jws`): sealed files as it would have sent them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportManifest {
    pub station: String,
    pub at: Wall,
    pub items: Vec<ExportItem>,
}

/// One file on a stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportItem {
    /// Its name beside the manifest.
    pub file: String,
    pub id: CaptureId,
    pub seq: u64,
    /// The number of the note about the capture; `None` for the parcel itself.
    pub note: Option<u32>,
    pub bytes: u64,
    /// Hex.
    pub sha256: String,
}

/// The signed list of what is on a stick.
pub const EXPORT_MANIFEST: &str = "manifest.jws";

/// The file of receipts that a platform leaves on a stick: one compact JWS per line.
pub const RECEIPTS_FILE: &str = "receipts.txt";

/// The platform's key document on a stick (`key-document+jws`), which brings newer keys to a booth
/// that is never online.
pub const KEYS_FILE: &str = "keys.jws";

/// What the platform published, on a stick (`calendar+jws`).
pub const CALENDAR_FILE: &str = "calendar.jws";

/// The content of the booth's receipt QR: states only (`capture-statement+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureStatement {
    pub station: String,
    pub id: CaptureId,
    pub captured_at: Wall,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    pub queued: u64,
    pub quarantined: u64,
    /// Consent records and amendments still to be delivered.
    pub notes_queued: u64,
    pub last_seq: u64,
    /// The number of the capture that this platform stored last, by its receipts to the booth;
    /// `None` before the first, and from older programs.
    #[serde(default)]
    pub delivered_seq: Option<u64>,
    /// The same of notes.
    #[serde(default)]
    pub delivered_note: Option<NoteRef>,
    pub software: String,
    /// A random number of this start of the kiosk: two that alternate are a disk and its copy.
    /// `None` from older programs.
    #[serde(default)]
    pub run: Option<String>,
    /// The head of the booth's audit log.
    pub audit: AuditHead,
    /// The booth's log at the length that the platform last named: equal to the platform's own
    /// record unless the log was altered.
    pub audit_then: Option<AuditHead>,
}

/// Names a note about a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    pub id: CaptureId,
    /// 0 is the consent record.
    pub number: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatAnswer {
    /// The largest sequence number of this booth that the platform holds.
    pub known_seq: u64,
    pub at: Wall,
    /// The head of the booth's audit log as last reported; `None` before the first report.
    pub audit: Option<AuditHead>,
    /// What the platform found wrong with this booth.
    pub alarms: Vec<StationAlarm>,
    /// The version of the newest key document.
    pub keys_version: u64,
    /// How long the booth keeps what it has delivered, seconds, so that a platform that is restored
    /// from a backup can be sent it again; 0 from older platforms, and usually.
    #[serde(default)]
    pub retain_s: u64,
    /// The platform does not hold what the booth has its newest receipts for: it was restored from
    /// an older backup. `false` from older platforms.
    #[serde(default)]
    pub has_lost: bool,
}

/// Something that a platform notices about a booth and the booth cannot see alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationAlarm {
    /// Its audit log was cut, edited or replaced by an older one.
    AuditAltered,
    /// Two captures carry one number, or two kiosks alternate: a copy of the booth's disk is in
    /// use.
    SequenceForked,
    /// The booth holds receipts for captures that the platform does not know: the platform was
    /// restored from a backup that is older.
    CapturesMissing,
}

impl StationAlarm {
    pub const ALL: [Self; 3] = [
        Self::AuditAltered,
        Self::SequenceForked,
        Self::CapturesMissing,
    ];

    /// Returns what staff and IT do about it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::AuditAltered => {
                "the platform says that this booth's audit log was cut, edited or replaced by an older one: call IT, and keep the disk as it is"
            }
            Self::SequenceForked => {
                "copied disk: the platform hears two booths under this one's identity, stop one of them and enrol it again"
            }
            Self::CapturesMissing => {
                "the platform has lost captures that it gave receipts for: this booth sends again what it was asked to keep; call the operator, who looks for the rest in a newer backup, and keep this booth's disk, whose receipts name them"
            }
        }
    }
}

/// RFC 9457 problem details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub title: String,
    pub status: u16,
    #[serde(default)]
    pub detail: String,
}

/// Returns the `Content-Digest` of a body (RFC 9530).
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Returns the `Content-Digest` of a body whose hex SHA-256 is known. A body with another hash does
/// not match it.
pub fn digest_of_hash(sha256_hex: &str) -> String {
    let digits = sha256_hex.as_bytes().chunks(2);
    let bytes: Vec<u8> = digits
        .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    format!("sha-256=:{}:", STANDARD.encode(bytes))
}

/// Returns the hex SHA-256, as used in receipts, manifests and signed requests.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns a digest in hex, two lower-case digits a byte.
pub fn hex(digest: &[u8]) -> String {
    let text = String::with_capacity(2 * digest.len());
    digest
        .iter()
        .fold(text, |text, byte| text + &format!("{byte:02x}"))
}

/// What to do with a parcel after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Check the receipt; purge only if it verifies.
    Stored,
    /// Try again, not before the server's `Retry-After`, if it gave one.
    Later { after: Option<std::time::Duration> },
    /// The server refuses this parcel for good: keep it and alert staff.
    Parked(Refusal),
}

/// Why the platform refuses a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 409: other bytes are stored under this id; 410: its withdrawal is stored.
    OtherBytesUnderId,
    /// 413: larger than the platform accepts.
    TooLarge,
    /// 422: the platform could not open or verify it.
    NotOpened,
}

/// Classifies an answer to a delivery. Only 200 and 201 may lead to a purge; any unknown answer
/// means another try.
pub fn outcome_of(status: u16, retry_after: Option<std::time::Duration>) -> Outcome {
    match status {
        200 | 201 => Outcome::Stored,
        // A booth does not deliver a capture that it withdrew. If it gets this answer all the same,
        // trying again for ever would change nothing, and staff have to know.
        409 | 410 => Outcome::Parked(Refusal::OtherBytesUnderId),
        413 => Outcome::Parked(Refusal::TooLarge),
        422 => Outcome::Parked(Refusal::NotOpened),
        _ => Outcome::Later { after: retry_after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_document_counts_only_under_its_root() {
        let root = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
        let key = public_key_text(&root.verifying_key());
        let mut document = KeyDocument {
            version: 1,
            recipient: "age1".to_owned(),
            receipt_keys: vec![key.clone()],
            manifest_keys: vec![key],
            command_keys: vec![],
        };
        let signed = |document: &KeyDocument| jws::sign(Purpose::KeyDocument, &root, document);
        let token = signed(&document).unwrap();
        assert_eq!(
            KeyDocument::verify(&token, &root.verifying_key()),
            Ok(document.clone())
        );
        let strange = ed25519_dalek::SigningKey::from_bytes(&[4; 32]).verifying_key();
        assert_eq!(
            KeyDocument::verify(&token, &strange),
            Err(KeyDocumentError::Signature(JwsError::UnknownKey))
        );
        document.receipt_keys.clear();
        assert_eq!(
            KeyDocument::verify(&signed(&document).unwrap(), &root.verifying_key()),
            Err(KeyDocumentError::Incomplete)
        );
    }

    #[test]
    fn a_digest_is_written_as_the_standard_shows_it() {
        // The example of RFC 9530, section 2.
        assert_eq!(
            content_digest(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }

    #[test]
    fn outcome_of_maps_every_status() {
        for status in 100..=599 {
            let outcome = outcome_of(status, None);
            match status {
                200 | 201 => assert_eq!(outcome, Outcome::Stored),
                409 | 410 | 413 | 422 => assert!(matches!(outcome, Outcome::Parked(_)), "{status}"),
                _ => assert_eq!(outcome, Outcome::Later { after: None }, "{status}"),
            }
        }
    }
}
