//! Booths as the platform knows them: their tickets and keys, the commands to them, and what their
//! heartbeats show.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Platform, PlatformError, notes::NoteName, parcel, parcel::Claim, rows::Rows};
use crate::{
    capture::AuditHead,
    contract::{
        EnrolmentTicket, Heartbeat, HeartbeatAnswer, KeyTrialReceipt, NoteRef, Order, StationAlarm,
        StationCommand, public_key_text, sha256_hex,
    },
    jws::{self, KeySet, Purpose},
    time::Wall,
};

/// A booth in the list of all booths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booth {
    pub station: String,
    /// The name given at its enrolment.
    pub name: String,
    pub enrolled_at: Wall,
    /// Its last heartbeat.
    pub seen_at: Option<Wall>,
    pub revoked_at: Option<Wall>,
    /// How many captures it delivered.
    pub captures: u64,
    pub alarms: Vec<StationAlarm>,
}

impl Platform {
    /// Creates a ticket for one booth, which will find the platform at `url`. Valid for a day.
    pub fn ticket(&self, url: &str) -> Result<EnrolmentTicket, PlatformError> {
        let one_time_code = secret()?;
        self.rows()
            .add_ticket(&sha256_hex(one_time_code.as_bytes()), self.now())?;
        Ok(EnrolmentTicket {
            platform: url.to_owned(),
            root_key: public_key_text(&self.keys.root().verifying_key()),
            one_time_code,
            ca_pem: None,
        })
    }

    /// Signs a ticket under the root (`enrolment-ticket+jws`), in the form that a booth accepts.
    pub fn sign_ticket(&self, ticket: &EnrolmentTicket) -> Result<String, PlatformError> {
        Ok(jws::sign(
            Purpose::EnrolmentTicket,
            self.keys.root(),
            ticket,
        )?)
    }

    /// Returns the root's fingerprint, for people who enrol booths.
    pub fn fingerprint(&self) -> String {
        jws::fingerprint(&self.keys.root().verifying_key())
    }

    /// Signs a command to one booth (`station-command+jws`), valid for a day, to be shown to it as
    /// a code.
    pub fn command(&self, station: &str, order: Order) -> Result<String, PlatformError> {
        const DAY_MS: i64 = 86_400_000;
        let now = self.now();
        let command = StationCommand {
            station: station.to_owned(),
            number: self.next_command(now),
            expires: Wall::from_unix_ms(now.unix_ms() + DAY_MS),
            order,
        };
        Ok(jws::sign(
            Purpose::StationCommand,
            self.keys.command(),
            &command,
        )?)
    }

    /// Returns the next command number: milliseconds since 1970, which increase across restarts,
    /// plus one within the same millisecond.
    fn next_command(&self, now: Wall) -> u64 {
        let now = now.unix_ms().unsigned_abs();
        let last = self
            .last_command
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(now.max(last + 1))
            });
        last.map_or(now, |last| now.max(last + 1))
    }

    /// Takes a heartbeat: compares the head of the booth's audit log with earlier ones, and returns
    /// what the platform knows.
    pub(super) fn beat(
        &self,
        station: &str,
        beat: &Heartbeat,
        now: Wall,
    ) -> Result<HeartbeatAnswer, PlatformError> {
        let mut rows = self.rows();
        let is_copied = match &beat.run {
            Some(run) => rows.hear_run(station, run, now)?,
            None => false,
        };
        if is_copied {
            rows.raise(station, StationAlarm::SequenceForked, now)?;
        }
        // Compared with other heartbeats only: a capture may overtake one, and its manifest with
        // it.
        let before = rows.last_beat(station)?.map(|beat| beat.audit);
        let then_differs = match &beat.audit_then {
            Some(then) => rows.contradicts(station, then)?,
            None => false,
        };
        let is_shorter = before
            .as_ref()
            .is_some_and(|before| before.lines > beat.audit.lines);
        if is_shorter || then_differs || rows.contradicts(station, &beat.audit)? {
            rows.raise(station, StationAlarm::AuditAltered, now)?;
            rows.begin_heads_anew(station, &beat.audit, now)?;
        } else {
            rows.hear_head(station, &beat.audit, now)?;
        }
        rows.see_station(station, &serde_json::to_string(beat)?, now)?;
        let known_seq = rows.known_seq(station)?;
        let has_lost = has_lost(&rows, station, beat)?;
        if has_lost {
            rows.raise(station, StationAlarm::CapturesMissing, now)?;
        }
        Ok(HeartbeatAnswer {
            known_seq,
            at: now,
            audit: before,
            alarms: rows.alarms(station)?,
            keys_version: self.keys.version(),
            retain_s: self.terms.booths_retain.as_secs(),
            has_lost,
        })
    }

    /// Opens a trial and signs that it did; `None` if it is not sealed to this platform.
    pub(super) fn open_trial(
        &self,
        station: &str,
        sealed: &[u8],
        now: Wall,
    ) -> Result<Option<String>, PlatformError> {
        let Ok(random) = parcel::decrypt(sealed, self.keys.identities()) else {
            return Ok(None);
        };
        let receipt = KeyTrialReceipt {
            station: station.to_owned(),
            sha256: sha256_hex(&random),
            at: now,
        };
        let signed = jws::sign(Purpose::KeyTrial, self.keys.receipt(), &receipt)?;
        Ok(Some(signed))
    }

    /// Returns what is wrong with a booth.
    pub fn alarms(&self, station: &str) -> Result<Vec<StationAlarm>, PlatformError> {
        Ok(self.rows().alarms(station)?)
    }

    /// Clears a booth's alarms after somebody looked into them.
    pub fn clear_alarms(&self, station: &str) -> Result<(), PlatformError> {
        Ok(self.rows().clear_alarms(station)?)
    }

    /// Returns the keys that verify a booth's documents, even after it was revoked: what it signed
    /// before stays valid.
    pub(super) fn station_keys(&self, station: &str) -> Result<Option<KeySet>, PlatformError> {
        let enrolled = self.roster.find(station)?;
        Ok(enrolled.map(|enrolled| enrolled.keys))
    }

    /// Returns every booth that enrolled, the oldest first.
    pub fn booths(&self) -> Result<Vec<Booth>, PlatformError> {
        let rows = self.rows();
        let mut booths = rows.booths()?;
        for booth in &mut booths {
            booth.alarms = rows.alarms(&booth.station)?;
        }
        Ok(booths)
    }

    /// Stops accepting anything from a booth, at once: its key or its disk was stolen. What it
    /// delivered stays.
    pub fn revoke(&self, station: &str) -> Result<(), PlatformError> {
        self.set_revoked(station, Some(self.now()))?;
        tracing::warn!(station, "a booth was revoked");
        Ok(())
    }

    /// Accepts a revoked booth again.
    pub fn readmit(&self, station: &str) -> Result<(), PlatformError> {
        self.set_revoked(station, None)
    }

    fn set_revoked(&self, station: &str, at: Option<Wall>) -> Result<(), PlatformError> {
        if self.rows().set_revoked(station, at)? {
            Ok(())
        } else {
            Err(PlatformError::NoBooth(station.to_owned()))
        }
    }
}

/// Returns 128 random bits as text that fits into a link.
pub(super) fn secret() -> Result<String, PlatformError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(PlatformError::Randomness)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// Returns whether something is missing that this platform gave a receipt for. Whatever was
/// receipted was stored before, so only an older state of the platform does not know it.
fn has_lost(rows: &Rows, station: &str, beat: &Heartbeat) -> Result<bool, PlatformError> {
    let knows_capture = match beat.delivered_seq {
        Some(seq) => rows.holds_number(station, seq)?,
        None => true,
    };
    let knows_note = match beat.delivered_note {
        Some(NoteRef { id, number }) => {
            let name = NoteName {
                id,
                station,
                number,
            };
            rows.note(name)?.is_some()
        }
        None => true,
    };
    Ok(!knows_capture || !knows_note)
}

/// Raises the alarms that a new capture calls for. The capture is stored all the same: its sitter
/// did nothing wrong.
pub(super) fn suspect(
    rows: &Rows,
    claim: &Claim<'_>,
    audit: Option<&AuditHead>,
    now: Wall,
) -> Result<(), PlatformError> {
    let (station, seq) = (claim.station, claim.seq);
    if rows.has_number_twice(station, seq, claim.id)? {
        rows.raise(station, StationAlarm::SequenceForked, now)?;
    }
    let Some(head) = audit else { return Ok(()) };
    if rows.contradicts(station, head)? || rows.log_shrank(station, seq, head.lines)? {
        rows.raise(station, StationAlarm::AuditAltered, now)?;
    }
    Ok(rows.hear_head(station, head, now)?)
}
