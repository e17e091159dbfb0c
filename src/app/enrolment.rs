//! Reads a ticket and enrols the booth with it: for the command `enrol` and for the first start.

use std::path::Path;

use crate::{
    contract::{EnrolmentTicket, SignedEnrolRequest},
    jws::JwsError,
    platform::{self, EnrolError},
    station::{Station, StationError},
};

/// Enough for a ticket of a few lines and a certificate.
pub const LARGEST_TICKET_BYTES: u64 = 64 * 1024;

/// Why the booth is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    #[error(transparent)]
    Station(#[from] StationError),
    #[error(transparent)]
    Platform(#[from] EnrolError),
    #[error(transparent)]
    Request(#[from] serde_json::Error),
}

/// Enrols the booth whose identity will be in `folder` as `name`. May be repeated with the same
/// ticket after any failure: the booth's key is kept, and the platform gives the same answer to it.
pub fn enrol(ticket: &EnrolmentTicket, name: &str, folder: &Path) -> Result<Station, NotEnrolled> {
    let key = Station::key_to_enrol(folder)?;
    let request = SignedEnrolRequest::new(&ticket.one_time_code, name, &key)?;
    let enrolled = platform::enrol(&ticket.platform, ticket.ca_pem.as_deref(), &request)?;
    Ok(Station::enrol(folder, ticket, name, &enrolled, &key)?)
}

/// Returns whether a ticket that does not verify was changed after its platform signed it; else it
/// is no ticket.
pub const fn was_changed(why: JwsError) -> bool {
    match why {
        JwsError::UnknownKey | JwsError::BadSignature => true,
        JwsError::Malformed
        | JwsError::WrongPurpose
        | JwsError::Critical
        | JwsError::BadPayload => false,
    }
}
