//! The stages of captures: how they begin with a parcel, how notes change them, what a person is
//! shown, and the link to their photo.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Platform, PlatformError, booths, course,
    notes::Said,
    parcel,
    people::person,
    rows::{
        Stored,
        progress::{Begun, Case, Payment, Step},
    },
};
use crate::{
    capture::{CaptureId, Contact, Manifest, PaymentState},
    code::FeatureCode,
    contract::{
        Amendment, CaptureStatement, Change, Confirmation, DownloadLink, PersonProgress, Progress,
        Stage, Verdicts, sha256_hex,
    },
    jws::{self, Purpose},
    time::Wall,
};

/// Most captures shown to a person, newest first.
const MOST_CAPTURES: u32 = 50;
/// Verdicts per page.
const PAGE: u32 = 100;
/// A download link shows at a booth, where others stand behind: this is long enough to scan and
/// open it.
const LINK_LIFE: std::time::Duration = std::time::Duration::from_mins(10);

/// What a receipt's statement leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByReceipt {
    /// No booth of this platform signed it.
    Foreign,
    /// As far as is known here it waits at its booth.
    NotArrived(CaptureStatement),
    Arrived(Progress),
}

/// A photo being downloaded by its owner.
pub(super) struct Download {
    pub portrait: Vec<u8>,
    /// The sitter's own choice; empty if they made none.
    pub file_name: String,
}

impl Platform {
    /// Returns what a new capture's manifest says about its course.
    pub(super) fn begun(&self, manifest: &Manifest, now: Wall) -> Begun {
        let facts = &manifest.facts;
        let named = &facts.batch.feature_code;
        let code = STANDARD
            .decode(&manifest.code)
            .unwrap_or_else(|_not_base64| manifest.code.as_bytes().to_vec());
        let tail = &manifest.tail.normalised;
        let person = person(&code, tail);
        Begun {
            fits: self.people.fits(&person, tail),
            person,
            batch: self.canonical(named),
            captured_at: facts.captured_at,
            supersedes: facts.supersedes,
            in_audit: course::in_audit(&self.calendar, now),
            payment: match facts.payment {
                PaymentState::NotRequired | PaymentState::Prepaid => Payment::Settled,
                PaymentState::Pending => Payment::ByOrder,
            },
        }
    }

    /// Starts the course of captures that were stored before courses existed. One that the disk has
    /// damaged is logged and left.
    pub(super) fn begin_missing(&self) -> Result<(), PlatformError> {
        let missing = self.rows().without_progress()?;
        for id in missing {
            let row = self.rows().capture(id)?.ok_or(PlatformError::Unknown(id))?;
            match self.open_parcel(id) {
                Ok(opened) => self.begin(id, &row, &opened.manifest)?,
                Err(why) => tracing::error!("a stored capture has no progress: {why}"),
            }
        }
        Ok(())
    }

    fn begin(&self, id: CaptureId, row: &Stored, manifest: &Manifest) -> Result<(), PlatformError> {
        let begun = self.begun(manifest, row.at);
        self.rows().begin(id, row, &begun)?;
        self.follow_notes(id)
    }

    /// Applies notes that came before there was a course to change.
    pub(super) fn follow_notes(&self, id: CaptureId) -> Result<(), PlatformError> {
        let now = self.now();
        let Some(stored) = self.rows().capture(id)? else {
            return Ok(());
        };
        let notes = self.notes(id)?;
        notes
            .iter()
            .try_for_each(|said| self.follow(&stored.station, said, now))
    }

    /// Applies a note of `station` to a capture's course, if the capture is theirs. Repeating it
    /// changes nothing.
    pub(super) fn follow(
        &self,
        station: &str,
        said: &Said,
        now: Wall,
    ) -> Result<(), PlatformError> {
        let Said::Amendment(Amendment { id, change, .. }) = said else {
            return Ok(());
        };
        // For a capture that has not come yet this is done when it comes.
        let case = self.rows().case(*id)?;
        if case.is_none_or(|case| case.station != station) {
            return Ok(());
        }
        match change {
            Change::Withdrawn => Ok(self.rows().end(*id, &Stage::Withdrawn, now)?),
            Change::Voided(_) => Ok(self.rows().end(*id, &Stage::Voided, now)?),
            Change::MovedTo(batch) => self.move_to(*id, batch, now),
            Change::Paid(order) => self.hear_of_payment(*id, order),
            // It stays sealed until a download needs its name.
            Change::Contact(_) => Ok(()),
        }
    }

    fn move_to(&self, id: CaptureId, batch: &FeatureCode, now: Wall) -> Result<(), PlatformError> {
        let batch = self.canonical(batch);
        let closes = self.closes(&batch);
        let rows = self.rows();
        rows.set_batch(id, &batch)?;
        if let Some(case) = rows.case(id)? {
            let stage = course::in_batch(&self.calendar, case.stage.clone(), closes, now);
            if stage != case.stage {
                rows.end(id, &stage, case.since)?;
            }
        }
        Ok(())
    }

    /// Compares a booth's payment note with the platform's own orders, which are authoritative; a
    /// contradiction is logged.
    fn hear_of_payment(&self, id: CaptureId, order: &str) -> Result<(), PlatformError> {
        let known = self.rows().order(order, self.now())?;
        if known.is_none_or(|known| !known.state.is_final()) {
            tracing::warn!(%id, "a booth reports a payment that this platform does not know");
        }
        Ok(())
    }

    pub fn progress(&self, id: CaptureId) -> Result<Option<Progress>, PlatformError> {
        Ok(self.rows().case(id)?.map(|case| case.progress()))
    }

    /// Returns the capture of a person in a batch that counts.
    pub(super) fn current(
        &self,
        code_sha256: &str,
        batch: &FeatureCode,
    ) -> Result<Option<Progress>, PlatformError> {
        let cases = self.rows().cases_of(code_sha256, batch, MOST_CAPTURES)?;
        let mut told = cases.iter().map(Case::progress);
        Ok(told.find(|progress| progress.stage.counts()))
    }

    pub(super) fn is_theirs(
        &self,
        id: CaptureId,
        code_sha256: &str,
    ) -> Result<bool, PlatformError> {
        let case = self.rows().case(id)?;
        Ok(case.is_some_and(|case| !case.is_doubted && case.code_sha256 == code_sha256))
    }

    /// Returns everything that a person with code and tail is shown.
    pub(super) fn person_progress(
        &self,
        masked_name: String,
        code_sha256: &str,
        batch: &FeatureCode,
        now: Wall,
    ) -> Result<PersonProgress, PlatformError> {
        let cases = self.rows().cases_of(code_sha256, batch, MOST_CAPTURES)?;
        let mut told = PersonProgress {
            masked_name,
            captures: cases.iter().map(Case::progress).collect(),
            download: None,
            standard: None,
        };
        let Some((id, stage)) = told.current().map(|it| (it.id, it.stage.clone())) else {
            return Ok(told);
        };
        if has_standard(&stage) {
            told.download = Some(self.download_link(id, now)?);
        }
        if deadline(&stage).is_some() {
            told.standard = Some(STANDARD.encode(self.open_parcel(id)?.portrait));
        }
        Ok(told)
    }

    /// Confirms for the person themselves, before the deadline. A capture that does not wait for it
    /// keeps its stage.
    pub(super) fn confirm(&self, id: CaptureId, now: Wall) -> Result<(), PlatformError> {
        self.rows().step(id, now, None, |case| {
            let deadline = deadline(&case.stage).filter(|deadline| now <= *deadline);
            deadline.map(|_open| self.confirmed(case, Confirmation::ByStudent, now))
        })?;
        Ok(())
    }

    /// Confirms every standard photo whose deadline has passed, and returns them.
    pub fn auto_confirm(&self, now: Wall) -> Result<Vec<CaptureId>, PlatformError> {
        let mut done = Vec::new();
        let waiting = self.rows().cases_in("to_confirm")?;
        for Case { id, .. } in waiting {
            let step = self.rows().step(id, now, None, |case| {
                let deadline = deadline(&case.stage).filter(|deadline| *deadline < now);
                deadline.map(|_past| self.confirmed(case, Confirmation::ByDeadline, now))
            })?;
            if let Step::Taken(_) = step {
                tracing::info!(%id, "a standard photo was confirmed by its deadline");
                done.push(id);
            }
        }
        Ok(done)
    }

    fn confirmed(&self, case: &Case, how: Confirmation, now: Wall) -> Stage {
        course::confirmed(&self.calendar, how, self.closes(&case.batch), now)
    }

    /// Returns what a receipt shows: states and dates, never who it is.
    pub fn by_receipt(&self, statement: &str) -> Result<ByReceipt, PlatformError> {
        let Some(said) = self.statement(statement)? else {
            return Ok(ByReceipt::Foreign);
        };
        let rows = self.rows();
        if let Some(case) = rows.case(said.id)? {
            return Ok(if case.station == said.station {
                ByReceipt::Arrived(case.progress())
            } else {
                ByReceipt::Foreign
            });
        }
        // Withdrawn before it came, so only its tombstone is here.
        Ok(match rows.withdrawn_at(said.id, &said.station)? {
            Some(since) => ByReceipt::Arrived(Progress {
                id: said.id,
                captured_at: said.captured_at,
                since,
                stage: Stage::Withdrawn,
            }),
            None => ByReceipt::NotArrived(said),
        })
    }

    fn statement(&self, token: &str) -> Result<Option<CaptureStatement>, PlatformError> {
        let Some(station) = jws::claimed_key(token) else {
            return Ok(None);
        };
        let Some(keys) = self.station_keys(&station)? else {
            return Ok(None);
        };
        let said = jws::verify::<CaptureStatement>(Purpose::CaptureStatement, token, &keys);
        Ok(said.ok().filter(|said| said.station == station))
    }

    /// Returns one page of what auditors decided about a booth's captures.
    pub(super) fn verdicts(&self, station: &str, after: u64) -> Result<Verdicts, PlatformError> {
        let mut verdicts = self.rows().verdicts(station, after, PAGE + 1)?;
        let more = verdicts.len() > PAGE as usize;
        verdicts.truncate(PAGE as usize);
        Ok(Verdicts { verdicts, more })
    }

    fn download_link(&self, id: CaptureId, now: Wall) -> Result<DownloadLink, PlatformError> {
        let secret = booths::secret()?;
        let expires = now.plus(LINK_LIFE);
        self.rows()
            .add_download(&sha256_hex(secret.as_bytes()), id, expires, now)?;
        Ok(DownloadLink {
            url: format!("{}/d/{secret}", self.url()),
            expires,
        })
    }

    /// Returns what a download link opens, while it is valid.
    pub(super) fn download(
        &self,
        secret: &str,
        now: Wall,
    ) -> Result<Option<Download>, PlatformError> {
        let rows = self.rows();
        let Some(id) = rows.download(&sha256_hex(secret.as_bytes()), now)? else {
            return Ok(None);
        };
        let stands = rows.case(id)?.map(|case| case.progress().stage);
        drop(rows);
        // It was withdrawn or replaced since the link was made.
        if !stands.is_some_and(|stage| has_standard(&stage)) {
            return Ok(None);
        }
        Ok(Some(Download {
            portrait: self.open_parcel(id)?.portrait,
            file_name: self.file_name(id)?,
        }))
    }

    /// Returns the 名称 that the sitter gave last.
    fn file_name(&self, id: CaptureId) -> Result<String, PlatformError> {
        let notes = self.notes(id)?;
        let contacts = notes.iter().rev().filter_map(|said| match said {
            Said::Amendment(amendment) => match &amendment.change {
                Change::Contact(sealed) => Some(sealed),
                Change::Paid(_) | Change::MovedTo(_) | Change::Voided(_) | Change::Withdrawn => {
                    None
                }
            },
            Said::Consent(_) => None,
        });
        let mut opened = contacts.filter_map(|sealed| self.open_contact(sealed));
        Ok(opened
            .next()
            .map_or_else(String::new, |contact| contact.file_name.clone()))
    }

    fn open_contact(&self, sealed: &str) -> Option<Contact> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let json = parcel::decrypt(&sealed, self.keys.identities()).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// Returns the batch's code as this platform writes it; an unknown one unchanged.
    pub(super) fn canonical(&self, code: &FeatureCode) -> FeatureCode {
        let known = self.batch(code);
        known
            .map_or(code, |offered| &offered.batch.feature_code)
            .clone()
    }

    pub(super) fn closes(&self, batch: &FeatureCode) -> Option<Wall> {
        self.batch(batch).map(|offered| offered.batch.closes)
    }
}

/// Returns until when a standard photo waits to be confirmed.
const fn deadline(stage: &Stage) -> Option<Wall> {
    if let Stage::ToConfirm { by } = stage {
        Some(*by)
    } else {
        None
    }
}

/// Returns whether there is a standard photo to look at.
const fn has_standard(stage: &Stage) -> bool {
    match stage {
        Stage::ToConfirm { .. } | Stage::Confirmed { .. } | Stage::Uploaded { .. } => true,
        Stage::AwaitingPayment
        | Stage::InAudit { .. }
        | Stage::Rejected { .. }
        | Stage::Passed { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => false,
    }
}
