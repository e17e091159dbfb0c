//! The platform's HTTP contract, version 1, as types; `docs/platform-api.yaml` describes the same.

use serde::{Deserialize, Serialize};

use crate::{capture::CaptureId, code::FeatureCode, profile::Profile, time::Wall};

/// Paths of version 1; `{id}` and `{feature_code}` are the only variable parts.
pub mod path {
    pub const ENROL: &str = "/v1/enrol";
    pub const KEYS: &str = "/v1/keys";
    pub const BATCHES: &str = "/v1/batches";
    pub const RESOLVE: &str = "/v1/resolve";
    pub const CAPTURES: &str = "/v1/captures";
    pub const HEARTBEAT: &str = "/v1/heartbeat";
}

/// Request headers beside the standard `Content-Digest` (RFC 9530).
pub mod header {
    pub const STATION: &str = "capture-station";
    pub const SEQUENCE: &str = "capture-sequence";
    /// JWS `station-request+jws` over [`super::StationRequest`].
    pub const REQUEST: &str = "capture-request";
}

/// All keys of a platform, signed by its root (`key-document+jws`). Keys are base64 of 32 bytes, `recipient` is an age recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    pub version: u64,
    pub recipient: String,
    pub receipt_keys: Vec<String>,
    pub manifest_keys: Vec<String>,
}

/// What the enrolment QR carries: shown for comparison before it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentTicket {
    pub platform: String,
    /// Base64 of the platform root's 32 bytes; its key id is the fingerprint shown.
    pub root_key: String,
    pub one_time_code: String,
    /// PEM of the only CA to trust, or none for public roots.
    pub ca_pem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    pub one_time_code: String,
    /// Base64 of the booth's Ed25519 public key.
    pub station_key: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub station: String,
    /// `key-document+jws`.
    pub keys: String,
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
    pub school: String,
    pub name: String,
    pub opens: Wall,
    pub closes: Wall,
    pub profile: Profile,
    pub consent: ConsentTexts,
}

/// The consent texts of one batch, both languages, versioned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentTexts {
    pub version: String,
    pub zh: ConsentText,
    pub en: ConsentText,
}

/// PIPL art. 17 and 28-30: who handles, who receives, what for, how long, how to withdraw.
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

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveRequest {
    pub feature_code: FeatureCode,
    /// Base64 of the code's bytes.
    pub code: String,
    pub tail: String,
}

impl std::fmt::Debug for ResolveRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResolveRequest(..)")
    }
}

/// What the platform says about code and tail. The name is masked there, never here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub masked_name: String,
    pub school: String,
    pub level: String,
    pub paid: bool,
    pub captured: bool,
}

impl std::fmt::Debug for Resolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Resolved(..)")
    }
}

/// The platform's word for one stored parcel (`capture-receipt+jws`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureReceipt {
    pub station: String,
    pub id: CaptureId,
    /// Hex SHA-256 of the parcel's bytes as sent.
    pub hash: String,
    pub seq: u64,
    pub stored_at: Wall,
}

/// Body of a 200 or 201 to `PUT /v1/captures/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    pub receipt: String,
}

/// What the booth's receipt QR says: states only (`capture-statement+jws`).
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
    pub last_seq: u64,
    pub software: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatAnswer {
    /// The largest sequence number the platform holds of this booth.
    pub known_seq: u64,
    pub at: Wall,
}

/// RFC 9457 problem details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub title: String,
    pub status: u16,
    #[serde(default)]
    pub detail: String,
}

/// What to do with a parcel after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Look at the receipt; purge only if it verifies.
    Stored,
    /// Try again, not before the server's `Retry-After`, if it gave one.
    Later { after: Option<std::time::Duration> },
    /// The server refuses this one for good: keep it, tell staff.
    Parked(Refusal),
}

/// Why the platform refuses a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 409: other bytes are stored under this id.
    OtherBytesUnderId,
    /// 413: larger than the platform takes.
    TooLarge,
    /// 422: the platform could not open or verify it.
    NotOpened,
}

/// Sorts an answer to a delivery. Only 200 and 201 may lead to a purge; whatever is not understood is tried again.
pub fn outcome_of(status: u16, retry_after: Option<std::time::Duration>) -> Outcome {
    match status {
        200 | 201 => Outcome::Stored,
        409 => Outcome::Parked(Refusal::OtherBytesUnderId),
        413 => Outcome::Parked(Refusal::TooLarge),
        422 => Outcome::Parked(Refusal::NotOpened),
        _ => Outcome::Later { after: retry_after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_of_maps_every_status() {
        for status in 100..=599 {
            let outcome = outcome_of(status, None);
            match status {
                200 | 201 => assert_eq!(outcome, Outcome::Stored),
                409 | 413 | 422 => assert!(matches!(outcome, Outcome::Parked(_)), "{status}"),
                _ => assert_eq!(outcome, Outcome::Later { after: None }, "{status}"),
            }
        }
    }
}
