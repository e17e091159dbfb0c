//! The platform as seen by this booth: HTTPS, each request signed by the booth, each answer bounded
//! in size and time.
//!
//! What becomes of a parcel is decided by [`outcome_of`] alone: a receipt is passed on unverified,
//! and the outbox believes only what verifies.

mod line;
mod people;
mod throttle;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{
        CONSENT_NOTE, Delivered, Enrolled, EnrolmentTicket, Heartbeat, HeartbeatAnswer,
        KeyDocument, KeyTrial, Outcome, PersonRequest, Resolved, SignedBatch, SignedCalendar,
        SignedEnrolRequest, SignedKeys, SignedRelease, StationRequest, content_digest,
        digest_of_hash, header, limit, outcome_of, path, sha256_hex,
    },
    first_start::Reach,
    jws::{self, Purpose},
    time::Wall,
};
pub use line::Reply;
use line::{Body, Call, Line};
pub use people::{ProgressOutcome, ReceiptOutcome};

/// Where the platform is, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Settings {
    pub url: String,
    /// The only CA to trust; `None` for public roots.
    pub ca_pem: Option<String>,
    pub connect: Duration,
    /// For the answer to a short question, and for the longest silence of the network.
    pub read: Duration,
    /// For one whole exchange, however long its parcel.
    pub total: Duration,
    /// Limit on what all requests together send; `None` for no limit.
    pub bytes_per_s: Option<u64>,
}

impl Settings {
    /// Returns the usual deadlines. A parcel gets longer than a question, by its size.
    pub const fn new(url: String, ca_pem: Option<String>) -> Self {
        Self {
            url,
            ca_pem,
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            total: Duration::from_mins(2),
            bytes_per_s: None,
        }
    }
}

/// Why there is no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    #[error("the platform's address is not a plain https address")]
    Url,
    #[error("the platform's address is not https; http is accepted on this machine only")]
    NotHttps,
    #[error("the platform's CA is not a PEM certificate")]
    Ca,
    #[error("the connection to the platform cannot be prepared ({0})")]
    Start(String),
}

/// Why there is no usable answer of the platform, in words for staff: no address, no person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A wrong clock, not the network.
    #[error("the platform's certificate is not valid on this booth's date: check the clock first")]
    Date,
    #[error("{0}")]
    Line(String),
    /// Somebody else answered in the platform's place, as the log-in pages of networks and
    /// inspecting proxies do.
    #[error("{0}")]
    Stranger(&'static str),
    /// The platform responds and serves others: the trouble concerns what was sent.
    #[error("{0}")]
    One(String),
}

impl From<String> for Trouble {
    fn from(words: String) -> Self {
        Self::Line(words)
    }
}

impl From<&str> for Trouble {
    fn from(words: &str) -> Self {
        Self::Line(words.to_owned())
    }
}

/// The result of delivering one parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub outcome: Outcome,
    /// The platform's receipt, not verified yet; present exactly when `outcome` is `Stored`.
    pub receipt: Option<String>,
    /// `None` when stored.
    pub trouble: Option<Trouble>,
}

impl Delivery {
    /// Returns why it was not stored, for staff; empty when it was.
    pub fn reason(&self) -> String {
        let trouble = self.trouble.as_ref();
        trouble.map(ToString::to_string).unwrap_or_default()
    }
}

/// The platform's answer about code and tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResolveOutcome {
    Known(Resolved),
    DoesNotMatch,
    NoAnswer,
}

/// The platform's answer to a question for a document that it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentAnswer {
    /// A compact JWS, not verified yet.
    Signed { token: String, etag: Option<String> },
    /// The booth already holds the newest state.
    Unchanged,
    /// The platform has no such document.
    Unknown,
}

/// Why a booth could not be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the one-time code is unknown, used or too old: ask the platform for a new ticket")]
    CodeRefused,
    #[error(transparent)]
    Failed(#[from] Trouble),
}

/// The media type of an age file.
const SEALED: &str = "application/octet-stream";

/// Longest wait for an answer while somebody stands at the booth.
const STANDING_WITHIN: Duration = Duration::from_secs(3);

/// Selects the TLS cryptography of this process. May be called again.
pub fn install_crypto() {
    // An error means that it was selected before.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Registers this booth's key with a one-time code; may be repeated after a broken connection. The
/// caller verifies the answer under the ticket's root.
pub fn enrol(
    url: &str,
    ca_pem: Option<&str>,
    request: &SignedEnrolRequest,
) -> Result<Enrolled, EnrolError> {
    let settings = Settings::new(url.to_owned(), ca_pem.map(str::to_owned));
    let line = Line::open(settings)?;
    let call = Call {
        method: Method::POST,
        path: path::ENROL,
        body: Some(json_body(request)?),
        headers: Vec::new(),
        within: None,
        most_bytes: limit::BODY_BYTES,
    };
    let reply = line.exchange(call)?;
    match reply.status {
        200 => Ok(parsed(&reply)?),
        403 => Err(EnrolError::CodeRefused),
        other => Err(Trouble::from(status_in_words(other)).into()),
    }
}

/// Looks how far a booth that is not enrolled gets: asks for the key document, as anybody may, and
/// believes that the platform answered only if the ticket's root signed it.
pub fn reach(ticket: &EnrolmentTicket) -> Reach {
    let settings = Settings::new(ticket.platform.clone(), ticket.ca_pem.clone());
    let line = match Line::open(settings) {
        Ok(line) => line,
        Err(why) => return Reach::Nowhere(why.to_string()),
    };
    match line.exchange(keys_call()) {
        Ok(reply) => reached(&reply, ticket),
        Err(Trouble::Date) => Reach::Date,
        Err(Trouble::Stranger(why)) => Reach::Stranger(why.to_owned()),
        Err(trouble) => Reach::Nowhere(trouble.to_string()),
    }
}

/// Returns who answered. Networks that ask people to log in answer with a page of theirs, lead
/// elsewhere, or say so (RFC 6585); a proxy may want a password.
fn reached(reply: &Reply, ticket: &EnrolmentTicket) -> Reach {
    let signed = || {
        let root = ticket.root()?;
        let SignedKeys { keys } = parsed(reply).ok()?;
        KeyDocument::verify(&keys, &root).ok()
    };
    match reply.status {
        200 if signed().is_some() => {
            let date = reply.date.as_deref().and_then(http_date);
            Reach::Platform(date)
        }
        status @ (200..=399 | 407 | 511) => Reach::Stranger(status_in_words(status)),
        status => Reach::Nowhere(status_in_words(status)),
    }
}

const fn keys_call() -> Call<'static> {
    Call {
        method: Method::GET,
        path: path::KEYS,
        body: None,
        headers: Vec::new(),
        within: None,
        most_bytes: limit::BODY_BYTES,
    }
}

/// A booth's client for its platform. Blocking; may be shared by threads, never used inside an
/// async runtime.
pub struct Client {
    line: Line,
    station: String,
    key: SigningKey,
}

impl Client {
    pub fn new(settings: Settings, station: String, key: SigningKey) -> Result<Self, ClientError> {
        let line = Line::open(settings)?;
        Ok(Self { line, station, key })
    }

    /// Delivers one parcel. `hash` is the hex SHA-256 of `bytes`.
    pub fn deliver(
        &self,
        id: CaptureId,
        seq: u64,
        bytes: Vec<u8>,
        hash: &str,
        now: Wall,
    ) -> Delivery {
        let path = format!("{}/{id}", path::CAPTURES);
        self.bring(&path, seq, (SEALED, bytes), hash, now)
    }

    /// Delivers the `number`th note about capture `id`, which is this booth's `seq`th. `hash` is
    /// the hex SHA-256 of `bytes`.
    pub fn deliver_note(
        &self,
        (id, seq, number): (CaptureId, u64, u32),
        bytes: Vec<u8>,
        hash: &str,
        now: Wall,
    ) -> Delivery {
        let path = format!("{}/{id}/{}/{number}", path::CAPTURES, path::NOTES);
        let media_type = if number == CONSENT_NOTE {
            SEALED
        } else {
            "application/jose"
        };
        self.bring(&path, seq, (media_type, bytes), hash, now)
    }

    fn bring(
        &self,
        path: &str,
        seq: u64,
        (media_type, bytes): (&'static str, Vec<u8>),
        hash: &str,
        now: Wall,
    ) -> Delivery {
        let body = Body {
            media_type,
            digest: digest_of_hash(hash),
            bytes,
        };
        let reply = self
            .signed(Method::PUT, path, hash, now)
            .and_then(|mut call| {
                call.body = Some(body);
                call.headers.push((header::SEQUENCE, seq.to_string()));
                self.line.exchange(call)
            });
        match reply {
            Ok(reply) => delivery_of(&reply, now),
            Err(trouble) => later(None, trouble),
        }
    }

    /// Asks whom code and tail belong to. Anything but a clear answer within 3 s counts as no
    /// answer.
    pub fn resolve(&self, request: &PersonRequest, now: Wall) -> ResolveOutcome {
        match self.ask(path::RESOLVE, request, Some(STANDING_WITHIN), now) {
            Ok(reply) if reply.status == 200 => {
                parsed(&reply).map_or(ResolveOutcome::NoAnswer, ResolveOutcome::Known)
            }
            Ok(reply) if reply.status == 404 && is_problem(&reply) => ResolveOutcome::DoesNotMatch,
            Ok(_) | Err(_) => ResolveOutcome::NoAnswer,
        }
    }

    /// Reports to the platform that the booth is alive; learns the platform's time and the largest
    /// number it holds.
    pub fn heartbeat(&self, heartbeat: &Heartbeat, now: Wall) -> Result<HeartbeatAnswer, Trouble> {
        expect_ok(&self.ask(path::HEARTBEAT, heartbeat, None, now)?)
    }

    /// Sends something sealed for a trial; the answer (`key-trial+jws`) is not verified yet.
    pub fn try_keys(&self, sealed: &[u8], now: Wall) -> Result<String, Trouble> {
        let trial = KeyTrial {
            sealed: STANDARD.encode(sealed),
        };
        let Delivered { receipt } = expect_ok(&self.ask(path::KEY_TRIAL, &trial, None, now)?)?;
        Ok(receipt)
    }

    /// Fetches a batch if it differs from the one with `etag`; `within` bounds the wait where
    /// somebody stands at the booth.
    pub fn batch(
        &self,
        feature_code: &FeatureCode,
        etag: Option<&str>,
        within: Option<Duration>,
        now: Wall,
    ) -> Result<DocumentAnswer, Trouble> {
        let path = format!("{}/{}", path::BATCHES, feature_code.as_str());
        self.document(&path, etag, within, now, |answer: SignedBatch| {
            answer.manifest
        })
    }

    /// Fetches what the platform published, if it differs from what has `etag`.
    pub fn calendar(&self, etag: Option<&str>, now: Wall) -> Result<DocumentAnswer, Trouble> {
        self.document(path::CALENDAR, etag, None, now, |answer: SignedCalendar| {
            answer.calendar
        })
    }

    /// Fetches a signed document; `token_in` takes it out of its answer.
    fn document<T: DeserializeOwned>(
        &self,
        path: &str,
        etag: Option<&str>,
        within: Option<Duration>,
        now: Wall,
        token_in: impl FnOnce(T) -> String,
    ) -> Result<DocumentAnswer, Trouble> {
        let mut call = self.signed(Method::GET, path, &sha256_hex(b""), now)?;
        if let Some(etag) = etag {
            call.headers.push(("if-none-match", etag.to_owned()));
        }
        call.within = within;
        let reply = self.line.exchange(call)?;
        match reply.status {
            304 if etag.is_some() => Ok(DocumentAnswer::Unchanged),
            404 if is_problem(&reply) => Ok(DocumentAnswer::Unknown),
            _ => Ok(DocumentAnswer::Signed {
                token: token_in(expect_ok(&reply)?),
                etag: reply.etag,
            }),
        }
    }

    /// Fetches the newest `release+jws`, not verified yet; `None` if the platform offers no release.
    pub fn release(&self, now: Wall) -> Result<Option<String>, Trouble> {
        let call = self.signed(Method::GET, path::RELEASE, &sha256_hex(b""), now)?;
        let reply = self.line.exchange(call)?;
        if reply.status == 404 && is_problem(&reply) {
            return Ok(None);
        }
        let SignedRelease { release } = expect_ok(&reply)?;
        Ok(Some(release))
    }

    /// Fetches a part of a release's file, from byte `from` on: up to [`limit::PART_BYTES`], and
    /// nothing only at its end.
    pub fn release_part(&self, sha256: &str, from: u64, now: Wall) -> Result<Vec<u8>, Trouble> {
        let path = format!("{}/{}/{sha256}/{from}", path::RELEASE, path::FILES);
        let mut call = self.signed(Method::GET, &path, &sha256_hex(b""), now)?;
        call.most_bytes = limit::PART_BYTES;
        let reply = self.line.exchange(call)?;
        match reply.status {
            200 => Ok(reply.body),
            other => Err(trouble_of(other)),
        }
    }

    /// Fetches the platform's `key-document+jws`, not verified yet.
    pub fn keys(&self) -> Result<String, Trouble> {
        let SignedKeys { keys } = expect_ok(&self.line.exchange(keys_call())?)?;
        Ok(keys)
    }

    /// Sends a signed question with a JSON body.
    fn ask(
        &self,
        path: &str,
        question: &impl Serialize,
        within: Option<Duration>,
        now: Wall,
    ) -> Result<Reply, Trouble> {
        let body = json_body(question)?;
        let mut call = self.signed(Method::POST, path, &sha256_hex(&body.bytes), now)?;
        call.body = Some(body);
        call.within = within;
        self.line.exchange(call)
    }

    /// Builds a request that carries this booth's name and signature.
    fn signed<'a>(
        &self,
        method: Method,
        path: &'a str,
        body_sha256: &str,
        now: Wall,
    ) -> Result<Call<'a>, Trouble> {
        let request = StationRequest {
            station: self.station.clone(),
            method: method.as_str().to_owned(),
            path: path.to_owned(),
            body_sha256: body_sha256.to_owned(),
            at: now,
        };
        let token = jws::sign(Purpose::StationRequest, &self.key, &request)
            .map_err(|_unhelpful| Trouble::from("the request could not be signed"))?;
        Ok(Call {
            method,
            path,
            body: None,
            headers: vec![
                (header::STATION, self.station.clone()),
                (header::REQUEST, token),
            ],
            within: None,
            most_bytes: limit::BODY_BYTES,
        })
    }
}

/// Classifies an answer to a parcel. A 200 without a receipt comes from somebody else, such as a
/// captive portal; so does a refusal that is not in the platform's own format (RFC 9457), such as a
/// proxy's "too large". Neither is the platform's answer.
pub fn delivery_of(reply: &Reply, now: Wall) -> Delivery {
    let after = reply
        .retry_after
        .as_deref()
        .and_then(|text| retry_after(text, now));
    match outcome_of(reply.status, after) {
        Outcome::Stored => match parsed::<Delivered>(reply) {
            Ok(Delivered { receipt }) => Delivery {
                outcome: Outcome::Stored,
                receipt: Some(receipt),
                trouble: None,
            },
            Err(_) => later(None, "the answer is not a receipt".into()),
        },
        Outcome::Parked(_) if !is_problem(reply) => {
            later(after, Trouble::One(status_in_words(reply.status)))
        }
        outcome @ Outcome::Parked(_) => Delivery {
            outcome,
            receipt: None,
            trouble: Some(status_in_words(reply.status).into()),
        },
        Outcome::Later { after } => later(after, trouble_of(reply.status)),
    }
}

/// Returns whom a status concerns that is no decision: every request, or only what was sent.
fn trouble_of(status: u16) -> Trouble {
    let words = status_in_words(status);
    match status {
        401 | 403 | 429 | 502..=504 => Trouble::Line(words),
        _ => Trouble::One(words),
    }
}

const fn later(after: Option<Duration>, trouble: Trouble) -> Delivery {
    Delivery {
        outcome: Outcome::Later { after },
        receipt: None,
        trouble: Some(trouble),
    }
}

/// Parses `Retry-After` in either form of RFC 9110, section 10.2.3: seconds, or a date.
fn retry_after(text: &str, now: Wall) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = http_date(text)?.unix_ms().saturating_sub(now.unix_ms());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

fn http_date(text: &str) -> Option<Wall> {
    let date = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Wall(date))
}

fn json_body(value: &impl Serialize) -> Result<Body, Trouble> {
    let bytes = serde_json::to_vec(value)
        .map_err(|_unhelpful| Trouble::from("the request could not be written"))?;
    Ok(Body {
        media_type: "application/json",
        digest: content_digest(&bytes),
        bytes,
    })
}

fn expect_ok<T: DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    match reply.status {
        200 => parsed(reply),
        other => Err(status_in_words(other).into()),
    }
}

fn parsed<T: DeserializeOwned>(reply: &Reply) -> Result<T, Trouble> {
    serde_json::from_slice(&reply.body)
        .map_err(|_may_quote_a_person| Trouble::from("the answer does not come from the platform"))
}

/// Returns whether the platform itself refused; a stranger in its place would answer with a page.
fn is_problem(reply: &Reply) -> bool {
    reply.media_type.starts_with("application/problem+json")
}

/// Returns what a status means to staff.
fn status_in_words(status: u16) -> String {
    let words = match status {
        200..=299 => "the answer does not come from the platform",
        400 => "the request reached the platform damaged",
        300..=399 => "the platform's address leads elsewhere: is there a log-in page in between?",
        401 | 403 => "the platform does not accept this booth's signature, or has revoked it",
        404 | 405 => "there is no platform at this address",
        409 => "the platform holds other bytes under this id",
        410 => "the platform holds a withdrawal of this capture",
        413 => "the platform does not accept anything this large",
        422 => "the platform could not open or verify the parcel",
        429 => "the platform asks to wait",
        500..=599 => "the platform has an internal error",
        _ => "the platform's answer cannot be understood",
    };
    format!("{words} ({status})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = Wall("2026-06-01T08:00:00Z".parse().unwrap());
        for (text, wait) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 01 Jun 2026 08:01:30 GMT", Some(90)),
            ("Mon, 01 Jun 2026 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                wait.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_log_in_page_is_named_and_never_taken_for_the_platform() {
        let root = SigningKey::from_bytes(&[1; 32]);
        let ticket = EnrolmentTicket {
            platform: "https://p.example".to_owned(),
            root_key: crate::contract::public_key_text(&root.verifying_key()),
            one_time_code: "sesame".to_owned(),
            ca_pem: None,
        };
        for (status, body) in [
            (200, "<html>Log in</html>"),
            (200, r#"{"keys":"forged"}"#),
            (302, ""),
            (407, ""),
            (511, ""),
            (404, ""),
            (500, ""),
        ] {
            let reply = Reply {
                status,
                media_type: String::new(),
                etag: None,
                retry_after: None,
                date: Some("Mon, 01 Jun 2026 08:01:30 GMT".to_owned()),
                body: body.as_bytes().to_vec(),
            };
            let found = reached(&reply, &ticket);
            let is_stranger = matches!(found, Reach::Stranger(_));
            assert_eq!(is_stranger, ![404, 500].contains(&status), "{found:?}");
        }
    }

    #[test]
    fn only_the_platform_itself_refuses_a_parcel_for_good() {
        for (media_type, parks) in [("application/problem+json", true), ("text/html", false)] {
            for status in [409, 410, 413, 422] {
                let reply = Reply {
                    status,
                    media_type: media_type.to_owned(),
                    etag: None,
                    retry_after: None,
                    date: None,
                    body: vec![],
                };
                let outcome = delivery_of(&reply, Wall::EPOCH).outcome;
                assert_eq!(matches!(outcome, Outcome::Parked(_)), parks, "{status}");
            }
        }
    }

    #[test]
    fn a_settings_error_says_what_to_do_and_holds_no_address() {
        for url in ["http://secret.example", "secret.example"] {
            let settings = Settings::new(url.to_owned(), None);
            let key = SigningKey::from_bytes(&[1; 32]);
            let error = Client::new(settings, "booth".to_owned(), key)
                .err()
                .unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
