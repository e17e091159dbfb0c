//! What the command line may do to an outbox without the booth's keys: look, and put a capture back
//! into the queue.

use std::path::{Path, PathBuf};

use super::{
    AUDIT_FILE, Act, Audit, INDEX_FILE, OutboxError, duty,
    index::{Absence, Index, Row},
    opening,
};
use crate::{
    booth::{QueueCounts, QueueRow, QueueState, day::DaySheet},
    capture::CaptureId,
    time::Now,
};

/// The queue of a booth whose kiosk may be running: `limit` rows and the balance. Nothing is locked
/// or changed.
pub fn look(folder: &Path, limit: u32) -> Result<(Vec<QueueRow>, QueueCounts), OutboxError> {
    let index = index_beside(folder)?;
    let rows = index
        .queue(limit)?
        .into_iter()
        .map(Row::for_staff)
        .collect();
    Ok((rows, index.counts()?))
}

/// The last days of a booth whose kiosk may be running, newest first, with everything that was
/// counted on them.
pub fn day_sheets(folder: &Path, limit: u32) -> Result<Vec<DaySheet>, OutboxError> {
    duty::sheets(&index_beside(folder)?, limit, None)
}

/// Puts a quarantined capture back into the queue of a booth whose kiosk is not running.
pub fn retry_offline(folder: &Path, id: CaptureId, now: Now) -> Result<(), OutboxError> {
    let path = index_file(folder)?;
    let _lock = opening::lock(folder)?;
    let (mut index, _) = Index::open(&path, Absence::Lost)?;
    let row = index.row(id)?.ok_or(OutboxError::Unknown(id))?;
    if !matches!(row.state, QueueState::Quarantined(_)) {
        return Err(OutboxError::NotInQuarantine(id));
    }
    index.set_state(&[id], QueueState::Queued, None)?;
    let mut audit = Audit::open(&folder.join(AUDIT_FILE), now.wall)?;
    Ok(audit.append(
        Act::RetryAsked {
            seq: row.name.seq,
            id,
        },
        None,
        now.wall,
    )?)
}

/// The index, for looking only, beside a kiosk that may be running.
pub(super) fn index_beside(folder: &Path) -> Result<Index, OutboxError> {
    Ok(Index::open_read_only(&index_file(folder)?)?)
}

/// Where the index is, if there is one.
fn index_file(folder: &Path) -> Result<PathBuf, OutboxError> {
    let path = folder.join(INDEX_FILE);
    path.exists().then_some(path).ok_or(OutboxError::NoOutbox)
}
