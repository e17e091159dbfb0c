//! Opening a parcel: decrypt, untar, and accept it only if its booth signed exactly its content.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read},
};

use age::{Decryptor, x25519::Identity};
use zeroize::Zeroizing;

use super::keys::Generations;
use crate::{
    capture::{CaptureId, MANIFEST_VERSION, Manifest, Member},
    contract::{limit, sha256_hex},
    jws::{self, KeySet, Purpose},
};

/// An opened parcel. Holds a person: prints only its manifest's id and number.
pub struct Opened {
    pub manifest: Manifest,
    /// `manifest.json` as signed.
    pub manifest_json: Vec<u8>,
    /// 480x640 JPEG.
    pub portrait: Vec<u8>,
    /// The camera's picture.
    pub original: Vec<u8>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?})", self.manifest)
    }
}

/// Why a parcel is refused for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error("it cannot be decrypted with this platform's recipient key")]
    NotForUs,
    #[error("its archive is damaged")]
    BadArchive,
    #[error(
        "its archive does not hold exactly manifest.json, manifest.jws, portrait.jpg and original.jpg"
    )]
    WrongMembers,
    #[error("its manifest is not signed by the booth that brought it")]
    BadSignature,
    #[error("its manifest is of a version that this platform does not know")]
    WrongVersion,
    #[error("the manifest names another {0}")]
    Other(&'static str),
    #[error("a picture does not have the hash that the manifest gives it")]
    WrongHash,
    #[error("it is about a capture of another booth")]
    OtherBooths,
}

/// The claimed sealer of a parcel, and its claimed id.
pub(super) struct Claim<'a> {
    pub station: &'a str,
    pub keys: &'a KeySet,
    pub id: CaptureId,
    pub seq: u64,
}

/// What a parcel holds.
pub const MEMBERS: [&str; 4] = [
    "manifest.json",
    "manifest.jws",
    "portrait.jpg",
    "original.jpg",
];

/// Opens `parcel` and verifies everything that a receipt vouches for.
pub(super) fn open(
    parcel: &[u8],
    identities: &Generations<Identity>,
    claim: &Claim<'_>,
) -> Result<Opened, Unopened> {
    let tar = decrypt(parcel, identities)?;
    let mut members = members(&tar)?;
    let manifest_json = take(&mut members, "manifest.json")?;
    let token = take(&mut members, "manifest.jws")?;
    let signed = str::from_utf8(&token)
        .ok()
        .and_then(|token| jws::verify_bytes(Purpose::CaptureManifest, token, claim.keys).ok())
        .filter(|signed| *signed == manifest_json)
        .ok_or(Unopened::BadSignature)?;
    let opened = Opened {
        manifest: manifest(&signed)?,
        manifest_json,
        portrait: take(&mut members, "portrait.jpg")?,
        original: take(&mut members, "original.jpg")?,
    };
    check(&opened, claim)?;
    Ok(opened)
}

/// Decrypts what is sealed to one of `identities`: a parcel in a queue may be older than the newest
/// of them.
pub(super) fn decrypt(
    parcel: &[u8],
    identities: &Generations<Identity>,
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let decryptor = Decryptor::new(parcel).map_err(|_unhelpful| Unopened::NotForUs)?;
    let plain = decryptor
        .decrypt(
            identities
                .iter()
                .map(|identity| identity as &dyn age::Identity),
        )
        .map_err(|_unhelpful| Unopened::NotForUs)?;
    let mut tar = Zeroizing::new(Vec::with_capacity(parcel.len()));
    // Plaintext is never longer than its parcel; the bound holds even if that should change.
    plain
        .take(limit::PARCEL_BYTES as u64)
        .read_to_end(&mut tar)
        .map_err(|_unhelpful| Unopened::NotForUs)?;
    Ok(tar)
}

/// Returns the archive's members by name: exactly the four expected ones, each once, plain files.
pub fn members(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Unopened> {
    let mut members = BTreeMap::new();
    let damaged = |_unhelpful: io::Error| Unopened::BadArchive;
    for entry in tar::Archive::new(tar).entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let expected = MEMBERS.contains(&name.as_str()) && entry.header().entry_type().is_file();
        // A header may claim any size; only what is really there is kept.
        if !expected || entry.size() > tar.len() as u64 {
            return Err(Unopened::WrongMembers);
        }
        let mut bytes = Vec::with_capacity(entry.size() as usize);
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        if members.insert(name, bytes).is_some() {
            return Err(Unopened::WrongMembers);
        }
    }
    Ok(members)
}

fn take(members: &mut BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<u8>, Unopened> {
    members.remove(name).ok_or(Unopened::WrongMembers)
}

/// Parses the manifest. Its version is checked first, as a later one may have other fields.
fn manifest(json: &[u8]) -> Result<Manifest, Unopened> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let version: Version =
        serde_json::from_slice(json).map_err(|_may_quote_a_person| Unopened::WrongVersion)?;
    if version.version != MANIFEST_VERSION {
        return Err(Unopened::WrongVersion);
    }
    serde_json::from_slice(json).map_err(|_may_quote_a_person| Unopened::WrongVersion)
}

fn check(opened: &Opened, claim: &Claim<'_>) -> Result<(), Unopened> {
    let manifest = &opened.manifest;
    let named = [
        ("station", manifest.station == claim.station),
        ("capture", manifest.facts.id == claim.id),
        ("number", manifest.seq == claim.seq),
    ];
    if let Some((what, _)) = named.into_iter().find(|(_, same)| !same) {
        return Err(Unopened::Other(what));
    }
    let pictures = [
        ("portrait.jpg", &opened.portrait),
        ("original.jpg", &opened.original),
    ];
    let fits = |(member, (name, bytes)): (&Member, (&str, &Vec<u8>))| {
        member.name == name
            && member.bytes == bytes.len() as u64
            && member.sha256 == sha256_hex(bytes)
    };
    if manifest.members.len() != pictures.len() || !manifest.members.iter().zip(pictures).all(fits)
    {
        return Err(Unopened::WrongHash);
    }
    Ok(())
}
