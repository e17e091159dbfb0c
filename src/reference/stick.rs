//! A booth's export on a stick: accepted as if the booth had delivered it itself, and answered with
//! a file of receipts.

use std::{fs, path::Path};

use super::{
    Kept, Platform, PlatformError,
    notes::{KeptNote, NoteClaim},
    parcel::Claim,
    shelf::write_durably,
};
use crate::{
    contract::{
        CALENDAR_FILE, EXPORT_MANIFEST, ExportItem, ExportManifest, KEYS_FILE, RECEIPTS_FILE,
        sha256_hex,
    },
    jws::{self, KeySet, Purpose},
};

/// What became of a stick's files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub stored: u64,
    pub known: u64,
    /// By file, with the reason.
    pub refused: Vec<(String, String)>,
}

impl Platform {
    /// Accepts the export in `folder`, and leaves the receipts, the key document and the
    /// calendar there.
    pub fn take_export(&self, folder: &Path) -> Result<Taken, PlatformError> {
        let token = fs::read_to_string(folder.join(EXPORT_MANIFEST))?;
        let station = jws::claimed_key(&token).ok_or(PlatformError::Export("it is not signed"))?;
        let booth = self.roster.find(&station)?;
        let booth = booth.ok_or(PlatformError::Export("no booth of this platform signed it"))?;
        if booth.is_revoked {
            return Err(PlatformError::Export("its booth was revoked"));
        }
        let keys = booth.keys;
        let manifest: ExportManifest = jws::verify(Purpose::ExportManifest, &token, &keys)
            .map_err(|_unhelpful| PlatformError::Export("its signature does not match"))?;
        let mut taken = Taken::default();
        let mut receipts = String::new();
        for item in &manifest.items {
            match self.take_item(folder, item, &manifest.station, &keys)? {
                Ok((receipt, known)) => {
                    receipts += &receipt;
                    receipts.push('\n');
                    taken.known += u64::from(known == Known::Before);
                    taken.stored += u64::from(known == Known::Now);
                }
                Err(why) => taken.refused.push((item.file.clone(), why)),
            }
        }
        write_durably(&folder.join(RECEIPTS_FILE), receipts.as_bytes())?;
        // A booth that is never online learns from it which keys sign the receipts.
        write_durably(&folder.join(KEYS_FILE), self.key_document().as_bytes())?;
        if let Some(calendar) = self.signed_calendar() {
            write_durably(&folder.join(CALENDAR_FILE), calendar.as_bytes())?;
        }
        Ok(taken)
    }

    /// Takes one file; returns its receipt, or why it is refused.
    fn take_item(
        &self,
        folder: &Path,
        item: &ExportItem,
        station: &str,
        keys: &KeySet,
    ) -> Result<Result<(String, Known), String>, PlatformError> {
        // A name on a stick is not a path.
        let Some(name) = Path::new(&item.file).file_name() else {
            return Ok(Err("it has no name".to_owned()));
        };
        let bytes = match fs::read(folder.join(name)) {
            Ok(bytes) => bytes,
            Err(why) => return Ok(Err(why.to_string())),
        };
        if sha256_hex(&bytes) != item.sha256 {
            return Ok(Err("its bytes do not match their hash".to_owned()));
        }
        let (id, seq) = (item.id, item.seq);
        let Some(number) = item.note else {
            let claim = Claim {
                station,
                keys,
                id,
                seq,
            };
            return Ok(match self.keep(&claim, &bytes, self.now())? {
                Kept::New(receipt) => Ok((receipt, Known::Now)),
                Kept::Again(receipt) => Ok((receipt, Known::Before)),
                Kept::OtherBytes => Err("other bytes are stored under its id".to_owned()),
                Kept::Withdrawn => Err("it was withdrawn".to_owned()),
                Kept::Unopened(why) => Err(why.to_string()),
            });
        };
        let claim = NoteClaim {
            station,
            keys,
            id,
            seq,
            number,
        };
        Ok(match self.keep_note(&claim, &bytes, self.now())? {
            KeptNote::New(receipt) => Ok((receipt, Known::Now)),
            KeptNote::Again(receipt) => Ok((receipt, Known::Before)),
            KeptNote::OtherBytes => Err("another note is stored under its number".to_owned()),
            KeptNote::NotTaken(why) => Err(why.to_string()),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Before,
    Now,
}
