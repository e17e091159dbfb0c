//! The auditors' desk: the captures that wait for a decision, the decisions, and the steps that
//! follow.

use super::{
    Platform, PlatformError, course,
    rows::progress::{Case, Step},
};
use crate::{
    capture::CaptureId,
    contract::{Progress, RejectReason, Stage},
    time::Wall,
};

impl Platform {
    /// Returns the captures that wait for an auditor, the longest waiting first.
    pub fn audit_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("in_audit")
    }

    /// Returns the captures whose code and tail do not belong together, as far as this platform
    /// knows. They wait for somebody to find out whose they are, and until then replace nobody's
    /// photo.
    pub fn doubted_list(&self) -> Result<Vec<Progress>, PlatformError> {
        let cases = self.rows().doubted()?;
        Ok(cases.iter().map(Case::progress).collect())
    }

    /// Records an auditor's finding that a doubted capture shows the person whose code it carries:
    /// it is then audited like any other.
    pub fn vouch(&self, id: CaptureId) -> Result<Stage, PlatformError> {
        let rows = self.rows();
        let is_doubted = rows.vouch(id)?;
        let case = rows.case(id)?.ok_or(PlatformError::Unknown(id))?;
        if is_doubted {
            Ok(case.stage)
        } else {
            taken(id, Step::NotFrom(case))
        }
    }

    /// Returns the accepted captures that wait for their standard photo.
    pub fn passed_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("passed")
    }

    /// Returns the confirmed captures that wait for their upload.
    pub fn confirmed_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("confirmed")
    }

    fn listed(&self, state: &str) -> Result<Vec<Progress>, PlatformError> {
        let cases = self.rows().cases_in(state)?;
        Ok(cases.iter().map(Case::progress).collect())
    }

    /// Accepts a portrait.
    pub fn approve(&self, id: CaptureId, now: Wall) -> Result<Stage, PlatformError> {
        let step = self.rows().step(id, now, Some(&[]), |case| {
            let may = matches!(case.stage, Stage::InAudit { .. }) && !case.is_doubted;
            may.then(|| course::passed(&self.calendar, now))
        })?;
        taken(id, step)
    }

    /// Rejects a portrait, for at least one reason. The person may come again until the batch
    /// closes.
    pub fn reject(
        &self,
        id: CaptureId,
        reasons: &[RejectReason],
        now: Wall,
    ) -> Result<Stage, PlatformError> {
        if reasons.is_empty() {
            return Err(PlatformError::NoReason);
        }
        let step = self.rows().step(id, now, Some(reasons), |case| {
            let closes = self.closes(&case.batch);
            // Nobody pays for a photo that is not theirs.
            let unpaid = case.is_doubted && case.stage == Stage::AwaitingPayment;
            (unpaid || matches!(case.stage, Stage::InAudit { .. }))
                .then(|| course::rejected(reasons.to_vec(), closes))
        })?;
        taken(id, step)
    }

    /// Records that the standard photo of an accepted capture is ready and waits for the person.
    pub fn standard_ready(&self, id: CaptureId, now: Wall) -> Result<Stage, PlatformError> {
        let step = self.rows().step(id, now, None, |case| {
            matches!(case.stage, Stage::Passed { .. })
                .then(|| course::to_confirm(&self.calendar, now))
        })?;
        taken(id, step)
    }

    /// Records that a confirmed photo was uploaded to 学信网.
    pub fn upload(&self, id: CaptureId, now: Wall) -> Result<Stage, PlatformError> {
        let step = self.rows().step(id, now, None, |case| {
            matches!(case.stage, Stage::Confirmed { .. }).then_some(Stage::Uploaded { at: now })
        })?;
        taken(id, step)
    }
}

fn taken(id: CaptureId, step: Step) -> Result<Stage, PlatformError> {
    match step {
        Step::Taken(stage) => Ok(stage),
        Step::NotFrom(case) => Err(PlatformError::NotFrom {
            id,
            stands: if case.is_doubted {
                "code and tail do not belong together"
            } else {
                case.progress().stage.title().en
            },
        }),
        Step::Unknown => Err(PlatformError::Unknown(id)),
    }
}
