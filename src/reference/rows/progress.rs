//! Rows about the stages of captures: one per capture, changed by payments, auditors, deadlines and
//! notes; and the verdicts.

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

use super::{Rows, Stored};
use crate::{
    capture::CaptureId,
    code::FeatureCode,
    contract::{AuditVerdict, Progress, RejectReason, Stage},
    time::Wall,
};

/// The person of a capture, as far as rows may know: hashes (hex SHA-256) of the code, and of code
/// and tail together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reference) struct Person {
    pub code_sha256: String,
    pub code_tail_sha256: String,
}

/// What a new capture's manifest says about its course.
pub(in crate::reference) struct Begun {
    pub person: Person,
    /// Whether code and tail belong together; `None` where the first capture of the code decides.
    pub fits: Option<bool>,
    pub batch: FeatureCode,
    pub captured_at: Wall,
    pub supersedes: Option<CaptureId>,
    /// Its stage once nothing is owed any more.
    pub in_audit: Stage,
    pub payment: Payment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::reference) enum Payment {
    Settled,
    /// Paid by an order of the person in this batch.
    ByOrder,
}

/// One capture's course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reference) struct Case {
    pub id: CaptureId,
    pub station: String,
    pub batch: FeatureCode,
    pub code_sha256: String,
    pub captured_at: Wall,
    pub since: Wall,
    /// Its own stage, whether or not it was replaced.
    pub stage: Stage,
    /// When a later capture of the same person came.
    pub replaced_at: Option<Wall>,
    /// Code and tail did not belong together: it waits for an auditor, and counts for nobody until
    /// then.
    pub is_doubted: bool,
}

impl Case {
    /// Returns its progress as people are shown it.
    pub fn progress(&self) -> Progress {
        let (since, stage) = match self.replaced_at {
            Some(at) => (at, Stage::Replaced),
            None => (self.since, self.stage.clone()),
        };
        Progress {
            id: self.id,
            captured_at: self.captured_at,
            since,
            stage,
        }
    }
}

impl Rows {
    /// Adds a stored capture and the beginning of its course together.
    pub fn add_capture(
        &mut self,
        id: CaptureId,
        row: &Stored,
        bytes: usize,
        begun: &Begun,
    ) -> rusqlite::Result<()> {
        self.change(|db| {
            db.execute(
                include_str!("../sql/insert_capture.sql"),
                params![
                    id.to_string(),
                    row.station,
                    row.seq as i64,
                    row.sha256,
                    bytes as i64,
                    row.at.unix_ms(),
                    row.audit_lines.map(|lines| lines as i64),
                ],
            )?;
            begin(db, id, row, begun)
        })
    }

    /// Begins the course of a capture that was stored before courses existed.
    pub fn begin(&mut self, id: CaptureId, row: &Stored, begun: &Begun) -> rusqlite::Result<()> {
        self.change(|db| begin(db, id, row, begun))
    }

    /// Returns the captures without a course.
    pub fn without_progress(&self) -> rusqlite::Result<Vec<CaptureId>> {
        let mut query = self
            .0
            .prepare(include_str!("../sql/without_progress.sql"))?;
        query.query_map([], |row| id_at(row, 0))?.collect()
    }

    pub fn case(&self, id: CaptureId) -> rusqlite::Result<Option<Case>> {
        case(&self.0, id)
    }

    /// Returns at most `most` captures of a person in a batch, newest first.
    pub fn cases_of(
        &self,
        code_sha256: &str,
        batch: &FeatureCode,
        most: u32,
    ) -> rusqlite::Result<Vec<Case>> {
        let mut query = self.0.prepare(include_str!("../sql/cases_of.sql"))?;
        query
            .query_map(params![code_sha256, batch.as_str(), most], case_from_row)?
            .collect()
    }

    /// Returns the captures whose code and tail did not belong together and about which nobody has
    /// decided, the longest waiting first.
    pub fn doubted(&self) -> rusqlite::Result<Vec<Case>> {
        let mut query = self.0.prepare(include_str!("../sql/cases_doubted.sql"))?;
        query.query_map([], case_from_row)?.collect()
    }

    /// Ends the doubt about whose capture it is: from now on it counts like any other. `false` if
    /// it was not doubted.
    pub fn vouch(&self, id: CaptureId) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/vouch.sql");
        Ok(self.0.execute(sql, [id.to_string()])? == 1)
    }

    /// Returns the captures at a stage, by its name in the contract, longest there first; without
    /// those that were replaced or are doubted.
    pub fn cases_in(&self, state: &str) -> rusqlite::Result<Vec<Case>> {
        let mut query = self.0.prepare(include_str!("../sql/cases_in.sql"))?;
        query.query_map([state], case_from_row)?.collect()
    }

    /// Moves a capture on, if `next` allows it from its stage. If an auditor does, `verdict` is
    /// what the booth receives.
    pub fn step(
        &mut self,
        id: CaptureId,
        now: Wall,
        verdict: Option<&[RejectReason]>,
        next: impl FnOnce(&Case) -> Option<Stage>,
    ) -> rusqlite::Result<Step> {
        self.change(|db| {
            let Some(case) = case(db, id)? else {
                return Ok(Step::Unknown);
            };
            let Some(stage) = next(&case).filter(|_| case.replaced_at.is_none()) else {
                return Ok(Step::NotFrom(case));
            };
            set_stage(db, id, &stage, now)?;
            if let Some(reasons) = verdict {
                let reasons = to_json(&reasons)?;
                db.execute(
                    include_str!("../sql/insert_verdict.sql"),
                    params![case.station, id.to_string(), now.unix_ms(), reasons],
                )?;
            }
            Ok(Step::Taken(stage))
        })
    }

    /// Ends a capture that staff voided or the sitter withdrew. One without a course is fine.
    pub fn end(&self, id: CaptureId, stage: &Stage, at: Wall) -> rusqlite::Result<()> {
        set_stage(&self.0, id, stage, at)
    }

    /// Moves the capture to another batch.
    pub fn set_batch(&self, id: CaptureId, batch: &FeatureCode) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/set_batch.sql");
        self.0
            .execute(sql, params![id.to_string(), batch.as_str()])?;
        Ok(())
    }

    /// Returns whether the first capture of this code that counts was taken with this tail; `None`
    /// if there is no capture.
    pub fn first_tail_fits(&self, person: &Person) -> rusqlite::Result<Option<bool>> {
        first_tail_fits(&self.0, person)
    }

    /// Returns at most `most` verdicts about a booth's captures after the one numbered `after`, in
    /// order.
    pub fn verdicts(
        &self,
        station: &str,
        after: u64,
        most: u32,
    ) -> rusqlite::Result<Vec<AuditVerdict>> {
        let mut query = self.0.prepare(include_str!("../sql/verdicts.sql"))?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        query
            .query_map(params![station, after, most], |row| {
                Ok(AuditVerdict {
                    number: row.get::<_, i64>(0)? as u64,
                    id: id_at(row, 1)?,
                    at: Wall::from_unix_ms(row.get(2)?),
                    reasons: json_at(row, 3)?,
                })
            })?
            .collect()
    }

    pub fn add_download(
        &mut self,
        secret_sha256: &str,
        id: CaptureId,
        expires: Wall,
        now: Wall,
    ) -> rusqlite::Result<()> {
        self.change(|db| {
            db.execute(include_str!("../sql/forget_downloads.sql"), [now.unix_ms()])?;
            db.execute(
                include_str!("../sql/insert_download.sql"),
                params![secret_sha256, id.to_string(), expires.unix_ms()],
            )?;
            Ok(())
        })
    }

    /// Returns whose photo a link opens, while it is valid.
    pub fn download(&self, secret_sha256: &str, now: Wall) -> rusqlite::Result<Option<CaptureId>> {
        let sql = include_str!("../sql/download.sql");
        self.0
            .query_row(sql, params![secret_sha256, now.unix_ms()], |row| {
                id_at(row, 0)
            })
            .optional()
    }
}

/// The result of moving a capture on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reference) enum Step {
    Taken(Stage),
    /// Not possible from its stage.
    NotFrom(Case),
    Unknown,
}

fn begin(db: &Connection, id: CaptureId, row: &Stored, begun: &Begun) -> rusqlite::Result<()> {
    let owes = match begun.payment {
        Payment::Settled => false,
        Payment::ByOrder => !super::orders::is_paid(db, &begun.person.code_sha256, &begun.batch)?,
    };
    let stage = if owes {
        &Stage::AwaitingPayment
    } else {
        &begun.in_audit
    };
    let fits = match begun.fits {
        Some(fits) => fits,
        None => first_tail_fits(db, &begun.person)?.unwrap_or(true),
    };
    if !fits {
        tracing::warn!(%id, "code and tail of a capture do not belong together");
    }
    db.execute(
        include_str!("../sql/insert_progress.sql"),
        params![
            id.to_string(),
            row.station,
            begun.batch.as_str(),
            begun.person.code_sha256,
            begun.person.code_tail_sha256,
            begun.captured_at.unix_ms(),
            begun.supersedes.map(|id| id.to_string()),
            row.at.unix_ms(),
            to_json(stage)?,
            !fits,
        ],
    )?;
    db.execute(include_str!("../sql/rank_successors.sql"), [id.to_string()])?;
    Ok(())
}

fn first_tail_fits(db: &Connection, person: &Person) -> rusqlite::Result<Option<bool>> {
    let sql = include_str!("../sql/first_tail_fits.sql");
    let hashes = [&person.code_sha256, &person.code_tail_sha256];
    db.query_row(sql, hashes, |row| row.get(0)).optional()
}

fn case(db: &Connection, id: CaptureId) -> rusqlite::Result<Option<Case>> {
    let sql = include_str!("../sql/case.sql");
    db.query_row(sql, [id.to_string()], case_from_row)
        .optional()
}

pub(super) fn set_stage(
    db: &Connection,
    id: CaptureId,
    stage: &Stage,
    at: Wall,
) -> rusqlite::Result<()> {
    db.execute(
        include_str!("../sql/set_stage.sql"),
        params![id.to_string(), to_json(stage)?, at.unix_ms()],
    )?;
    Ok(())
}

pub(super) fn case_from_row(row: &Row<'_>) -> rusqlite::Result<Case> {
    Ok(Case {
        id: id_at(row, 0)?,
        station: row.get(1)?,
        batch: feature_code_at(row, 2)?,
        code_sha256: row.get(3)?,
        captured_at: Wall::from_unix_ms(row.get(4)?),
        since: Wall::from_unix_ms(row.get(5)?),
        stage: json_at(row, 6)?,
        replaced_at: row.get::<_, Option<i64>>(7)?.map(Wall::from_unix_ms),
        is_doubted: row.get(8)?,
    })
}

pub(super) fn id_at(row: &Row<'_>, column: usize) -> rusqlite::Result<CaptureId> {
    let text: String = row.get(column)?;
    CaptureId::parse(&text).ok_or_else(|| unreadable(column, "not a capture's id".into()))
}

pub(super) fn feature_code_at(row: &Row<'_>, column: usize) -> rusqlite::Result<FeatureCode> {
    let text: String = row.get(column)?;
    FeatureCode::parse(&text).ok_or_else(|| unreadable(column, "not a feature code".into()))
}

fn json_at<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|why| unreadable(column, why.into()))
}

fn unreadable(column: usize, why: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why)
}

fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|why| rusqlite::Error::ToSqlConversionFailure(why.into()))
}
