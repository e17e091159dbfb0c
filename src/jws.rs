//! Signed documents: compact JWS (RFC 7515) with EdDSA over Ed25519 (RFC 8037), typed by purpose.
//!
//! The algorithm is pinned, never read from the token; a token of one purpose never verifies as
//! another.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use sha2::{Digest, Sha256};

/// The purpose of a signature: the `typ` of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The root's list of all other keys.
    KeyDocument,
    /// One batch: its rules and consent texts.
    BatchManifest,
    /// The days off of announced years, and the service line.
    Calendar,
    /// The booth's statement of what one parcel holds.
    CaptureManifest,
    /// The platform's confirmation that one parcel is stored.
    CaptureReceipt,
    /// The booth's statement "captured, waiting for upload", shown as a QR.
    CaptureStatement,
    /// Consent without a face.
    ConsentRecord,
    /// A request of this booth to the platform.
    StationRequest,
    /// A command of the platform to one booth, shown to it as a code.
    StationCommand,
    /// What changed about a capture after it was sealed.
    Amendment,
    /// The platform's confirmation that a consent record or an amendment is stored.
    NoteReceipt,
    /// The list of what a booth wrote to a stick.
    ExportManifest,
    /// The platform's confirmation that it opened what a booth sealed for a trial.
    KeyTrial,
    /// Makes a machine a booth; given out by the platform's operators.
    EnrolmentTicket,
    /// A machine's request to become a booth.
    EnrolmentRequest,
    /// The files that a booth's program consists of.
    Release,
}

impl Purpose {
    pub const ALL: [Self; 16] = [
        Self::KeyDocument,
        Self::BatchManifest,
        Self::Calendar,
        Self::CaptureManifest,
        Self::CaptureReceipt,
        Self::CaptureStatement,
        Self::ConsentRecord,
        Self::StationRequest,
        Self::StationCommand,
        Self::Amendment,
        Self::NoteReceipt,
        Self::ExportManifest,
        Self::KeyTrial,
        Self::EnrolmentTicket,
        Self::EnrolmentRequest,
        Self::Release,
    ];

    /// Returns the claimed purpose of a token, by its header alone: enough to sort it, never to
    /// trust it.
    pub fn claimed(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let header = decode(parts.next()?).ok()?;
        if parts.count() != 2 {
            return None;
        }
        let header: Header = serde_json::from_slice(&header).ok()?;
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.typ() == header.typ)
    }

    pub const fn typ(self) -> &'static str {
        match self {
            Self::KeyDocument => "key-document+jws",
            Self::BatchManifest => "batch-manifest+jws",
            Self::Calendar => "calendar+jws",
            Self::CaptureManifest => "capture-manifest+jws",
            Self::CaptureReceipt => "capture-receipt+jws",
            Self::CaptureStatement => "capture-statement+jws",
            Self::ConsentRecord => "consent-record+jws",
            Self::StationRequest => "station-request+jws",
            Self::StationCommand => "station-command+jws",
            Self::Amendment => "capture-amendment+jws",
            Self::NoteReceipt => "note-receipt+jws",
            Self::ExportManifest => "export-manifest+jws",
            Self::KeyTrial => "key-trial+jws",
            Self::EnrolmentTicket => "enrolment-ticket+jws",
            Self::EnrolmentRequest => "enrolment-request+jws",
            Self::Release => "release+jws",
        }
    }
}

/// Returns the id of the key that a token claims to be signed by, by its header alone: enough to
/// look that key up.
pub fn claimed_key(token: &str) -> Option<String> {
    let header = decode(token.split('.').next()?).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    Some(header.kid)
}

/// The keys that may sign for one purpose, by key id.
#[derive(Clone, Debug, Default)]
pub struct KeySet(BTreeMap<String, VerifyingKey>);

impl KeySet {
    pub fn one(key: VerifyingKey) -> Self {
        let mut keys = Self::default();
        keys.insert(key);
        keys
    }

    pub fn insert(&mut self, key: VerifyingKey) {
        self.0.insert(key_id(&key), key);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns the id of a key: the first 16 hex digits of the SHA-256 of its 32 bytes.
pub fn key_id(key: &VerifyingKey) -> String {
    Sha256::digest(key.as_bytes())
        .iter()
        .take(8)
        .fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// Returns a key's whole SHA-256, for two people to compare aloud: 64 hex digits in groups of four.
pub fn fingerprint(key: &VerifyingKey) -> String {
    let groups: Vec<String> = Sha256::digest(key.as_bytes())
        .chunks(2)
        .map(|group| {
            group
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
        })
        .collect();
    groups.join(" ")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    #[error("this is not a compact JWS")]
    Malformed,
    #[error("the document was signed for another purpose")]
    WrongPurpose,
    #[error("the document demands an extension that this program does not know (`crit`)")]
    Critical,
    #[error("the document is signed by a key that this booth does not know")]
    UnknownKey,
    #[error("the signature does not match the document")]
    BadSignature,
    #[error("the signed document does not have the expected fields")]
    BadPayload,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
    /// Whether there is a `crit`, whatever it lists: no extension is supported here (RFC 7515,
    /// section 4.1.11).
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_ignored| true)
}

const ALG: &str = "EdDSA";

/// Signs `payload` as compact JWS: `header.payload.signature`, each part base64url without padding.
pub fn sign(
    purpose: Purpose,
    key: &SigningKey,
    payload: &impl Serialize,
) -> Result<String, serde_json::Error> {
    Ok(sign_bytes(purpose, key, &serde_json::to_vec(payload)?))
}

/// Signs bytes that already are JSON, exactly as they are. Written into one buffer, so that a
/// caller who overwrites the token leaves no copy of the payload behind.
pub fn sign_bytes(purpose: Purpose, key: &SigningKey, payload: &[u8]) -> String {
    let header = format!(
        r#"{{"alg":"{ALG}","typ":"{}","kid":"{}"}}"#,
        purpose.typ(),
        key_id(&key.verifying_key())
    );
    let longest = (header.len() + payload.len() + Signature::BYTE_SIZE) * 4 / 3 + 16;
    let mut token = String::with_capacity(longest);
    URL_SAFE_NO_PAD.encode_string(header, &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.to_bytes(), &mut token);
    token
}

/// Verifies `token` for `purpose` with a key of `keys` and parses its payload.
pub fn verify<T: DeserializeOwned>(
    purpose: Purpose,
    token: &str,
    keys: &KeySet,
) -> Result<T, JwsError> {
    serde_json::from_slice(&verify_bytes(purpose, token, keys)?)
        .map_err(|_unhelpful| JwsError::BadPayload)
}

/// Verifies `token` and returns its payload's bytes as they were signed.
pub fn verify_bytes(purpose: Purpose, token: &str, keys: &KeySet) -> Result<Vec<u8>, JwsError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_unhelpful| JwsError::Malformed)?;
    if header.alg != ALG || header.typ != purpose.typ() {
        return Err(JwsError::WrongPurpose);
    }
    if header.crit {
        return Err(JwsError::Critical);
    }
    let key = keys.0.get(&header.kid).ok_or(JwsError::UnknownKey)?;
    let signature =
        Signature::from_slice(&decode(signature)?).map_err(|_unhelpful| JwsError::BadSignature)?;
    key.verify_strict(signed.as_bytes(), &signature)
        .map_err(|_unhelpful| JwsError::BadSignature)?;
    decode(payload)
}

/// Verifies a document with the key that it names itself: its maker holds that key, and it was not
/// changed since. Whether it is the right key has to be known from elsewhere.
pub fn verify_by_its_own<T: DeserializeOwned>(
    purpose: Purpose,
    token: &str,
    key_in: impl FnOnce(&T) -> Option<VerifyingKey>,
) -> Result<T, JwsError> {
    let payload = token.split('.').nth(1).ok_or(JwsError::Malformed)?;
    let claimed: T =
        serde_json::from_slice(&decode(payload)?).map_err(|_may_quote| JwsError::BadPayload)?;
    let key = key_in(&claimed).ok_or(JwsError::BadPayload)?;
    verify(purpose, token, &KeySet::one(key))
}

fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_unhelpful| JwsError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    #[test]
    fn what_one_key_signs_verifies_for_that_purpose_only() {
        let keys = KeySet::one(key(1).verifying_key());
        let token = sign(Purpose::CaptureReceipt, &key(1), &42).unwrap();
        assert_eq!(
            verify::<u32>(Purpose::CaptureReceipt, &token, &keys),
            Ok(42)
        );
        assert_eq!(
            verify::<u32>(Purpose::BatchManifest, &token, &keys),
            Err(JwsError::WrongPurpose)
        );
    }

    #[test]
    fn a_strange_key_or_a_changed_byte_is_refused() {
        let keys = KeySet::one(key(1).verifying_key());
        let strange = sign(Purpose::CaptureReceipt, &key(2), &42).unwrap();
        assert_eq!(
            verify::<u32>(Purpose::CaptureReceipt, &strange, &keys),
            Err(JwsError::UnknownKey)
        );
        let token = sign(Purpose::CaptureReceipt, &key(1), &42).unwrap();
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token {
                assert!(verify::<u32>(Purpose::CaptureReceipt, &changed, &keys).is_err());
            }
        }
    }

    #[test]
    fn a_token_says_what_it_claims_to_be_for() {
        for purpose in Purpose::ALL {
            let token = sign(purpose, &key(1), &42).unwrap();
            assert_eq!(Purpose::claimed(&token), Some(purpose));
        }
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            "e30.e30.",
            "opaque",
            "https://a.b.c",
        ] {
            assert_eq!(Purpose::claimed(text), None, "{text}");
        }
    }

    #[test]
    fn a_fingerprint_is_the_whole_hash_in_groups_that_can_be_read_aloud() {
        let key = key(1).verifying_key();
        let text = fingerprint(&key);
        let groups: Vec<&str> = text.split(' ').collect();
        assert!(groups.len() == 16 && groups.iter().all(|group| group.len() == 4));
        assert!(groups.concat().starts_with(&key_id(&key)));
    }

    #[test]
    fn a_document_by_its_own_key_is_exactly_what_that_key_signed() {
        let named = |_: &u32| Some(key(1).verifying_key());
        let purpose = Purpose::EnrolmentRequest;
        let token = sign(purpose, &key(1), &42).unwrap();
        assert_eq!(verify_by_its_own(purpose, &token, named), Ok(42));
        let foreign = sign(purpose, &key(2), &42).unwrap();
        let answer = verify_by_its_own(purpose, &foreign, named);
        assert_eq!(answer, Err(JwsError::UnknownKey));
        let changed = sign(purpose, &key(1), &43).unwrap();
        let changed: Vec<_> = changed.split('.').collect();
        let token: Vec<_> = token.split('.').collect();
        let changed = [token[0], changed[1], token[2]].join(".");
        let answer = verify_by_its_own(purpose, &changed, named);
        assert_eq!(answer, Err(JwsError::BadSignature));
        let answer = verify_by_its_own(purpose, &changed, |_: &u32| None);
        assert_eq!(answer, Err(JwsError::BadPayload));
    }

    #[test]
    fn an_unsigned_algorithm_is_never_taken() {
        let keys = KeySet::one(key(1).verifying_key());
        let header = URL_SAFE_NO_PAD.encode(format!(
            r#"{{"alg":"none","typ":"capture-receipt+jws","kid":"{}"}}"#,
            key_id(&key(1).verifying_key())
        ));
        let token = format!("{header}.{}.", URL_SAFE_NO_PAD.encode("42"));
        assert!(verify::<u32>(Purpose::CaptureReceipt, &token, &keys).is_err());
    }

    #[test]
    fn a_critical_header_is_refused_whatever_it_lists() {
        let keys = KeySet::one(key(1).verifying_key());
        let with = |more: &str| {
            let header = format!(
                r#"{{"alg":"EdDSA","typ":"capture-receipt+jws","kid":"{}"{more}}}"#,
                key_id(&key(1).verifying_key())
            );
            let signed = [header.as_str(), "42"]
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .join(".");
            let signature = URL_SAFE_NO_PAD.encode(key(1).sign(signed.as_bytes()).to_bytes());
            verify::<u32>(
                Purpose::CaptureReceipt,
                &format!("{signed}.{signature}"),
                &keys,
            )
        };
        for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "null"] {
            let more = format!(r#","exp":1,"b64":false,"crit":{crit}"#);
            assert_eq!(with(&more), Err(JwsError::Critical), "{crit}");
        }
        assert_eq!(
            with(r#","exp":1"#),
            Ok(42),
            "what is not critical may be ignored"
        );
    }
}
