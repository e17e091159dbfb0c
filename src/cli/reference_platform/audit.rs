//! `reference-platform audit`: the auditors' desk on the command line.

use std::{io::Write, process::ExitCode};

use anyhow::{Context, anyhow};
use clap::Subcommand;

use crate::{
    capture::CaptureId,
    contract::{Progress, RejectReason, Stage},
    reference::{Platform, PlatformError},
    time::Wall,
};

#[derive(Subcommand, Debug)]
pub(super) enum Audit {
    /// List what waits for an auditor, for its standard photo, or for its upload: id, since when,
    /// by when.
    List,
    /// List captures whose code and tail do not belong together: whose are they?
    Doubted,
    /// Declare that doubted captures show the persons whose codes they carry: they are audited like
    /// any other. Reject the others for `not_this_person`.
    Vouch {
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Accept captures.
    Approve {
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Reject a capture; `audit reasons` lists the reasons.
    Reject {
        id: String,
        #[arg(required = true)]
        reasons: Vec<String>,
    },
    /// List the reasons for which a capture can be rejected.
    Reasons,
    /// Declare that the standard photos of accepted captures are ready: their owners may confirm
    /// them.
    Ready {
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Confirm every standard photo whose deadline has passed; a platform that serves does so every
    /// minute.
    ConfirmDue,
    /// Declare that confirmed photos were uploaded to 学信网; without ids, all of them.
    Upload { ids: Vec<String> },
}

pub(super) fn run(
    act: &Audit,
    platform: &Platform,
    now: Wall,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    match act {
        Audit::List => {
            let lists = [
                platform.audit_list()?,
                platform.passed_list()?,
                platform.confirmed_list()?,
            ];
            list(&lists.concat(), out)?;
        }
        Audit::Doubted => list(&platform.doubted_list()?, out)?,
        Audit::Vouch { ids } => each(ids, |id| platform.vouch(id), out)?,
        Audit::Approve { ids } => each(ids, |id| platform.approve(id, now), out)?,
        Audit::Reject { id, reasons } => {
            let reasons = parsed(reasons)?;
            told(&platform.reject(capture(id)?, &reasons, now)?, id, out)?;
        }
        Audit::Reasons => {
            for reason in RejectReason::ALL {
                let words = reason.sentence();
                writeln!(out, "{:18}{}  {}", reason.name(), words.zh, words.en)?;
            }
        }
        Audit::Ready { ids } => each(ids, |id| platform.standard_ready(id, now), out)?,
        Audit::ConfirmDue => {
            for id in platform.auto_confirm(now)? {
                writeln!(out, "{id}")?;
            }
        }
        Audit::Upload { ids } if ids.is_empty() => {
            for Progress { id, .. } in platform.confirmed_list()? {
                told(&platform.upload(id, now)?, &id.to_string(), out)?;
            }
        }
        Audit::Upload { ids } => each(ids, |id| platform.upload(id, now), out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(captures: &[Progress], out: &mut impl Write) -> anyhow::Result<()> {
    for Progress {
        id, since, stage, ..
    } in captures
    {
        let by = due(stage);
        writeln!(out, "{id}  {}  {by}  {}", since.0, stage.title().en)?;
    }
    Ok(())
}

/// Returns the promised date, marked if it is an estimate.
fn due(stage: &Stage) -> String {
    match stage {
        Stage::InAudit { by: promise }
        | Stage::Passed {
            standard_by: promise,
        }
        | Stage::Confirmed {
            upload_by: promise, ..
        } => {
            let mark = if promise.estimate { "~" } else { " " };
            format!("{mark}{}", promise.date)
        }
        Stage::AwaitingPayment
        | Stage::Rejected { .. }
        | Stage::ToConfirm { .. }
        | Stage::Uploaded { .. }
        | Stage::Replaced
        | Stage::Voided
        | Stage::Withdrawn => "-".to_owned(),
    }
}

fn each(
    ids: &[String],
    step: impl Fn(CaptureId) -> Result<Stage, PlatformError>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for id in ids {
        told(&step(capture(id)?)?, id, out)?;
    }
    Ok(())
}

fn told(stage: &Stage, id: &str, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{id}  {}", stage.title().en)?;
    Ok(())
}

fn capture(id: &str) -> anyhow::Result<CaptureId> {
    CaptureId::parse(id).with_context(|| format!("{id} is not a capture's id"))
}

fn parsed(names: &[String]) -> anyhow::Result<Vec<RejectReason>> {
    names
        .iter()
        .map(|name| {
            RejectReason::parse(name)
                .ok_or_else(|| anyhow!("{name} is not a reason: `audit reasons` lists them"))
        })
        .collect()
}
