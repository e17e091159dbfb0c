//! Sealing: a capture becomes a tar, the tar becomes an age file that only the platform opens.
//!
//! `age -d -i KEY PARCEL | tar x` gives `manifest.json`, `manifest.jws`, `portrait.jpg` and `original.jpg` back. Plaintext goes
//! straight from memory into the cipher; what had to be written down on the way is overwritten
//! afterwards.

use std::io::{self, Write};

use age::x25519::Recipient;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Serialize;
use zeroize::{Zeroize, Zeroizing};

use super::{
    OutboxError,
    container::{self, Header},
};
use crate::{
    capture::{
        AuditHead, Capture, ConsentRecord, Contact, MANIFEST_VERSION, Manifest, Member,
        OriginalFacts,
    },
    contract::sha256_hex,
    jws::{self, Purpose},
    time::Wall,
};

/// How parcels are sealed now; kept beside each one, so that another suite can follow.
pub const SUITE: &str = "age-x25519";

/// Room for a manifest, so that it never grows and leaves a copy of itself behind.
const MANIFEST_CAPACITY_BYTES: usize = 64 * 1024;

/// Room for three short fields, with the same purpose.
const CONTACT_CAPACITY_BYTES: usize = 4 * 1024;

/// What tar and age add to what they wrap, at most, for the sizes that parcels have.
const WRAPPING_BYTES: usize = 16 * 1024;

/// Who seals, and for whom.
pub struct Sealing {
    station: String,
    key: SigningKey,
    recipient: Recipient,
    /// SHA-256 of each model file in use, hex, by file name.
    models: Vec<(String, String)>,
}

impl Sealing {
    /// `recipient` is the platform's age recipient, `age1…`.
    pub fn new(
        station: String,
        key: SigningKey,
        recipient: &str,
        models: Vec<(String, String)>,
    ) -> Result<Self, OutboxError> {
        Ok(Self {
            station,
            key,
            recipient: parse_recipient(recipient)?,
            models,
        })
    }

    pub fn station(&self) -> &str {
        &self.station
    }

    /// Seals for another key of the platform from now on.
    pub(super) fn renew(&mut self, recipient: &str) -> Result<(), OutboxError> {
        self.recipient = parse_recipient(recipient)?;
        Ok(())
    }

    pub(super) fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    /// Signs a document of this booth.
    pub(super) fn sign(&self, purpose: Purpose, document: &impl Serialize) -> io::Result<String> {
        Ok(jws::sign(purpose, &self.key, document)?)
    }

    /// Seals `capture` as `number` of this booth, whose audit log ends at `audit`.
    pub(super) fn seal(
        &self,
        capture: &Capture,
        number: Number,
        audit: &AuditHead,
    ) -> Result<Sealed, OutboxError> {
        let manifest = self.manifest(capture, number, audit)?;
        let signed = Zeroizing::new(jws::sign_bytes(
            Purpose::CaptureManifest,
            &self.key,
            &manifest,
        ));
        let members: [(&str, &[u8]); 4] = [
            ("manifest.json", &manifest),
            ("manifest.jws", signed.as_bytes()),
            ("portrait.jpg", &capture.portrait),
            ("original.jpg", &capture.original.jpeg),
        ];
        let consent = self.seal_consent(capture)?;
        let size: usize = members.iter().map(|(_, bytes)| bytes.len()).sum();
        let mut file = container::begin(&consent, size + WRAPPING_BYTES);
        self.encrypt(&mut file, |plain| {
            write_tar(plain, &members, capture.facts.captured_at)
        })
        .map_err(OutboxError::Seal)?;
        let Header { consent, parcel } = container::finish(&mut file, consent.len());
        Ok(Sealed {
            file,
            bytes: parcel.bytes,
            sha256: parcel.sha256,
            consent_sha256: consent.sha256,
        })
    }

    /// The bytes of `manifest.json`.
    fn manifest(
        &self,
        capture: &Capture,
        number: Number,
        audit: &AuditHead,
    ) -> Result<Zeroizing<Vec<u8>>, OutboxError> {
        let mut manifest = Manifest {
            version: MANIFEST_VERSION,
            station: self.station.clone(),
            seq: number.seq,
            seq_gap_before: number.gap_before,
            audit: Some(audit.clone()),
            facts: capture.facts.clone(),
            code: STANDARD.encode(capture.code.bytes()),
            tail: capture.tail.clone(),
            original: OriginalFacts {
                source: capture.original.source,
                turn: capture.original.turn,
            },
            members: vec![
                member("portrait.jpg", &capture.portrait),
                member("original.jpg", &capture.original.jpeg),
            ],
            software: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            models: self.models.clone(),
        };
        let mut json = Zeroizing::new(Vec::with_capacity(MANIFEST_CAPACITY_BYTES));
        let written = serde_json::to_writer(&mut *json, &manifest);
        manifest.code.zeroize();
        written.map_err(|why| OutboxError::Seal(why.into()))?;
        Ok(json)
    }

    /// Seals how the sitter wants to be told: base64 of an age file.
    pub(super) fn seal_contact(&self, contact: &Contact) -> Result<String, OutboxError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(CONTACT_CAPACITY_BYTES));
        serde_json::to_writer(&mut *plain, contact)
            .map_err(io::Error::from)
            .and_then(|()| self.encrypted(&plain))
            .map(|sealed| STANDARD.encode(sealed))
            .map_err(OutboxError::Seal)
    }

    /// The consent by itself, signed and sealed, without face, code or tail.
    fn seal_consent(&self, capture: &Capture) -> Result<Vec<u8>, OutboxError> {
        let record = ConsentRecord {
            id: capture.facts.id,
            station: self.station.clone(),
            batch: capture.facts.batch.clone(),
            consent: capture.facts.consent.clone(),
        };
        self.sign(Purpose::ConsentRecord, &record)
            .and_then(|signed| self.encrypted(signed.as_bytes()))
            .map_err(OutboxError::Seal)
    }

    fn encrypted(&self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut sealed = Vec::with_capacity(plain.len() + WRAPPING_BYTES);
        self.encrypt(&mut sealed, |out| out.write_all(plain))?;
        Ok(sealed)
    }

    /// Appends an age file to `sealed`.
    fn encrypt(
        &self,
        sealed: &mut Vec<u8>,
        write_plain: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let encryptor = age::Encryptor::with_recipients(std::iter::once(
            &self.recipient as &dyn age::Recipient,
        ))
        .map_err(io::Error::other)?;
        let mut plain = encryptor.wrap_output(sealed)?;
        write_plain(&mut plain)?;
        plain.finish()?;
        Ok(())
    }
}

/// Something sealed that holds nothing: whoever can tell its hash holds the platform's key.
pub struct Trial {
    /// An age file over random bytes.
    pub sealed: Vec<u8>,
    /// Hex SHA-256 of the random bytes.
    pub sha256: String,
}

impl Trial {
    /// `recipient` is the platform's age recipient, as parcels are sealed to it.
    pub fn new(recipient: &str) -> Result<Self, OutboxError> {
        let random: Zeroizing<[u8; 32]> = Zeroizing::new(super::randomness()?);
        let recipient = parse_recipient(recipient)?;
        let sealed = age::encrypt(&recipient, random.as_slice())
            .map_err(|why| OutboxError::Seal(io::Error::other(why)))?;
        Ok(Self {
            sealed,
            sha256: sha256_hex(random.as_slice()),
        })
    }
}

fn parse_recipient(text: &str) -> Result<Recipient, OutboxError> {
    text.parse().map_err(|_why: &str| OutboxError::Recipient)
}

/// A capture's place in the booth's count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    /// From 1.
    pub seq: u64,
    /// Numbers before this one may be missing.
    pub gap_before: bool,
}

/// What sealing gives; nothing in it can be read here again.
pub(super) struct Sealed {
    /// The file of the capture, as it is written.
    pub file: Vec<u8>,
    /// The length of its parcel.
    pub bytes: u64,
    /// Of the parcel's bytes, hex.
    pub sha256: String,
    /// Of the consent record's bytes, hex.
    pub consent_sha256: String,
}

fn member(name: &str, bytes: &[u8]) -> Member {
    Member {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        sha256: sha256_hex(bytes),
    }
}

/// Writes a tar whose headers say nothing about this machine: mode 0600, owner 0, `at` as the only
/// time.
fn write_tar(out: &mut dyn Write, members: &[(&str, &[u8])], at: Wall) -> io::Result<()> {
    let mut tar = tar::Builder::new(out);
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(u64::try_from(at.unix_ms() / 1000).unwrap_or_default());
        header.set_cksum();
        tar.append(&header, *bytes)?;
    }
    tar.finish()
}
