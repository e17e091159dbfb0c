//! What this platform publishes for its booths: days off of announced years, and its service line.
//!
//! A file that people write, taken by a command and signed at each start.

use std::{fs, io, path::Path, time::Duration};

use serde::Deserialize;

use super::{Platform, PlatformError, batches::Signed, keys::Keys, shelf::write_durably};
use crate::{
    calendar::Year,
    contract::{CalendarDocument, Published, ServiceLine},
    jws::{self, Purpose},
    plain_text,
};

/// The publication in the platform's folder.
const FILE: &str = "calendar.json";

/// What people write; the date of issue is the platform's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    years: Vec<Year>,
    #[serde(default)]
    service: Option<ServiceLine>,
}

impl Platform {
    /// Takes a publication, checked as a booth checks it; it replaces the earlier one, and is
    /// served from the next start on.
    pub fn publish(&self, folder: &Path, file: Vec<u8>) -> Result<Published, PlatformError> {
        let refused = |why: &dyn std::fmt::Display| PlatformError::Calendar(why.to_string());
        let text = plain_text::decode(file).map_err(|why| refused(&why))?;
        let draft: Draft = serde_json::from_str(&text).map_err(|why| refused(&why))?;
        let before = stored(folder)?.map(|document| document.issued);
        // Later than the one before, whatever happened to the clock.
        let least = before.map(|issued| issued.plus(Duration::from_millis(1)));
        let document = CalendarDocument {
            issued: least.map_or(self.now(), |least| least.max(self.now())),
            years: draft.years,
            service: draft.service,
        };
        let (_, published) = signed(&document, &self.keys)?;
        let json = serde_json::to_vec_pretty(&document)?;
        write_durably(&folder.join(FILE), &json)?;
        Ok(published)
    }

    /// Returns the publication as booths get it (`calendar+jws`), if there is one.
    pub fn signed_calendar(&self) -> Option<&str> {
        self.publication
            .as_ref()
            .map(|signed| signed.token.as_str())
    }
}

/// Reads and signs the publication of `folder`.
pub(super) fn open(
    folder: &Path,
    keys: &Keys,
) -> Result<(Option<Signed>, Published), PlatformError> {
    Ok(match stored(folder)? {
        None => (None, Published::default()),
        Some(document) => {
            let (signed, published) = signed(&document, keys)?;
            (Some(signed), published)
        }
    })
}

fn stored(folder: &Path) -> Result<Option<CalendarDocument>, PlatformError> {
    let bytes = match fs::read(folder.join(FILE)) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let document = serde_json::from_slice(&bytes);
    document
        .map(Some)
        .map_err(|why| PlatformError::Calendar(format!("{FILE}: {why}")))
}

fn signed(document: &CalendarDocument, keys: &Keys) -> Result<(Signed, Published), PlatformError> {
    let key = keys.manifest();
    let token = jws::sign(Purpose::Calendar, key, document)?;
    let published = Published::verify(&token, &jws::KeySet::one(key.verifying_key()))
        .map_err(|why| PlatformError::Calendar(why.to_string()))?;
    Ok((Signed::new(token), published))
}
