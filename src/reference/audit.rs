//! The auditors' desk: what waits for a person, what they decide, and the steps that follow.

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
    /// Captures that wait for an auditor, the longest waiting first.
    pub fn audit_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("in_audit")
    }

    /// Captures whose code and tail do not belong together, as far as this platform knows: they
    /// wait for somebody who finds out whose they are, and until then stand in nobody's way.
    pub fn doubted_list(&self) -> Result<Vec<Progress>, PlatformError> {
        let cases = self.rows().doubted()?;
        Ok(cases.iter().map(Case::progress).collect())
    }

    /// An auditor has found out that a doubted capture is of the person whose code it carries: it
    /// is audited as any other.
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

    /// Accepted captures that wait for their standard photo.
    pub fn passed_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("passed")
    }

    /// Confirmed captures that wait for their upload.
    pub fn confirmed_list(&self) -> Result<Vec<Progress>, PlatformError> {
        self.listed("confirmed")
    }

    fn listed(&self, state: &str) -> Result<Vec<Progress>, PlatformError> {
        let cases = self.rows().cases_in(state)?;
        Ok(cases.iter().map(Case::progress).collect())
    }

    /// An auditor accepts a portrait.
    pub fn approve(&self, id: CaptureId, now: Wall) -> Result<Stage, PlatformError> {
        let step = self.rows().step(id, now, Some(&[]), |case| {
            let may = matches!(case.stage, Stage::InAudit { .. }) && !case.is_doubted;
            may.then(|| course::passed(&self.calendar, now))
        })?;
        taken(id, step)
    }

    /// An auditor does not accept a portrait, for at least one reason. The person may come again until the batch closes.
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
            // Nobody pays for what is not theirs.
            let unpaid = case.is_doubted && case.stage == Stage::AwaitingPayment;
            (unpaid || matches!(case.stage, Stage::InAudit { .. }))
                .then(|| course::rejected(reasons.to_vec(), closes))
        })?;
        taken(id, step)
    }

    /// The standard photo of an accepted capture is there, and waits for the person.
    pub fn standard_ready(&self, id: CaptureId, now: Wall) -> Result<Stage, PlatformError> {
        let step = self.rows().step(id, now, None, |case| {
            matches!(case.stage, Stage::Passed { .. })
                .then(|| course::to_confirm(&self.calendar, now))
        })?;
        taken(id, step)
    }

    /// A confirmed photo was brought to 学信网.
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
