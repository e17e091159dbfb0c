//! `reference-platform keys`: the platform's keys, and their replacement.

use std::{io::Write, path::Path, process::ExitCode};

use clap::{Subcommand, ValueEnum};

use crate::reference::{self, KeyKind, Platform};

#[derive(Subcommand, Debug)]
pub enum Keys {
    /// Print the root's fingerprint, and the keys announced to booths, a line each.
    List,
    /// Create one more key of a kind. It is in use from the platform's next start on; what the
    /// earlier ones signed stays valid, and what was sealed to an earlier recipient can still be
    /// opened.
    New {
        #[arg(value_enum)]
        kind: KindName,
    },
    /// Revoke a key: booths that learn of it no longer trust its signatures, or no longer seal to
    /// it. One in use gets a successor.
    Revoke {
        #[arg(value_enum)]
        kind: KindName,
        /// The key's id, as `keys list` prints it.
        id: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindName {
    Receipt,
    Manifest,
    Command,
    Recipient,
}

impl From<KindName> for KeyKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Receipt => Self::Receipt,
            KindName::Manifest => Self::Manifest,
            KindName::Command => Self::Command,
            KindName::Recipient => Self::Recipient,
        }
    }
}

/// Changes the keys in `data`; a platform that serves it uses them from its next start on.
pub fn change(act: &Keys, data: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    match act {
        Keys::List => return Ok(()),
        Keys::New { kind } => {
            reference::add_key(data, (*kind).into())?;
        }
        Keys::Revoke { kind, id } => reference::revoke_key(data, (*kind).into(), id)?,
    }
    writeln!(
        out,
        "Restart the platform: it uses these keys from then on."
    )?;
    Ok(())
}

pub fn list(platform: &Platform, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    writeln!(out, "root       {}", platform.fingerprint())?;
    for (kind, id, is_in_use) in platform.announced_keys() {
        let use_of_it = match (kind, is_in_use) {
            (KeyKind::Recipient, _) => "sealed to",
            (_, true) => "signs",
            (_, false) => "verifies",
        };
        writeln!(out, "{:<9}  {id}  {use_of_it}", kind.name())?;
    }
    Ok(ExitCode::SUCCESS)
}
