//! What the platform published for all booths, as it signed it.
//!
//! One file, verified whenever it is read, and never replaced by an earlier publication.

use std::path::Path;

use super::{Station, StationError, batches::Batches, files};
use crate::{
    contract::{CALENDAR_FILE, CalendarRefusal, Published},
    jws::JwsError,
    plain_text,
    time::Wall,
};

/// Why a publication is not stored.
#[derive(Debug, thiserror::Error)]
pub enum CalendarNotKept {
    #[error(transparent)]
    Refused(#[from] CalendarRefusal),
    #[error("the calendar was issued {}, before the one that this booth holds ({})", .offered.0, .held.0)]
    Older { offered: Wall, held: Wall },
    #[error(transparent)]
    Station(#[from] StationError),
}

impl Station {
    /// Stores the publication that lies in a folder of a stick, if there is one.
    pub fn take_calendar(
        identity: &Path,
        folder: &Path,
    ) -> Result<Option<Published>, CalendarNotKept> {
        let Some(token) = files::read(folder, CALENDAR_FILE)? else {
            return Ok(None);
        };
        let token = plain_text::decode(token)
            .map_err(|_named_by_its_file| CalendarRefusal::Foreign(JwsError::Malformed))?;
        let station = Self::load(identity)?;
        station.batches().keep_calendar(&token).map(Some)
    }
}

impl Batches {
    /// Stores a publication (`calendar+jws`), unless a later one is stored.
    pub fn keep_calendar(&self, token: &str) -> Result<Published, CalendarNotKept> {
        let published = Published::verify(token, &self.manifest_keys)?;
        // The kiosk and a command may both bring one: each compares it with what the other wrote.
        let _alone = files::alone(&self.identity)?;
        if let (Some(held), Some(offered)) = (self.calendar()?.issued, published.issued)
            && held > offered
        {
            return Err(CalendarNotKept::Older { offered, held });
        }
        files::write(&self.identity, CALENDAR_FILE, token.trim().as_bytes())?;
        Ok(published)
    }

    /// Returns what was published, or what is compiled in where nothing was. A stored publication
    /// that no longer verifies counts as none.
    pub fn calendar(&self) -> Result<Published, StationError> {
        let Some(bytes) = files::read(&self.identity, CALENDAR_FILE)? else {
            return Ok(Published::default());
        };
        let token = String::from_utf8_lossy(&bytes);
        let published = Published::verify(&token, &self.manifest_keys);
        Ok(published.unwrap_or_else(|why| {
            tracing::warn!(%why, "the held calendar is not used");
            Published::default()
        }))
    }
}
