//! `update`: the releases of an installed booth, for the service manager and for IT.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::{
    app::trial,
    outbox,
    provision::models,
    release::Version,
    updates::{FOLDER, Failed, KEYS, Packaged, Picked, Record, Releases, keys_in},
};

#[derive(Args, Debug)]
pub struct UpdateArgs {
    /// The folder of the releases.
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    releases: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Verify and copy a release, which the booth tries at its next start between two visits.
    Stage {
        /// The folder with the release, for example on a stick.
        offer: PathBuf,
        /// The public keys that may sign releases.
        #[arg(long, value_name = "FILE", default_value = KEYS)]
        keys: PathBuf,
        /// Try a version again that failed on this machine.
        #[arg(long)]
        again: bool,
    },
    /// Choose the program that is started next, and write it down for the service manager.
    Pick {
        /// Where it is written: variables for the kiosk's service.
        #[arg(long, value_name = "FILE", default_value = PICKED)]
        environment: PathBuf,
    },
    /// Keep the release that is on trial: the service manager calls this when the kiosk is ready.
    Commit,
    /// Show which release is started, and how the last trial ended.
    Status,
}

const PICKED: &str = "/run/capture-station-update/environment";

pub fn run(args: &UpdateArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let releases = Releases::new(args.releases.clone());
    match &args.command {
        Command::Stage { offer, keys, again } => {
            let keys = keys_in(keys)?;
            let failed = if *again {
                Failed::IsTriedAgain
            } else {
                Failed::StaysRefused
            };
            let version = releases.stage(offer, &keys, &packaged()?, failed)?;
            writeln!(
                out,
                "{version} is tried as soon as no visitor is at the booth."
            )?;
        }
        Command::Pick { environment } => pick(&releases, environment)?,
        Command::Commit => commit(&releases, out)?,
        Command::Status => status(&releases.record()?, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Chooses the program. Nothing that is wrong with the releases may keep the booth from starting,
/// so only a place for the answer is needed.
fn pick(releases: &Releases, environment: &Path) -> anyhow::Result<()> {
    let (picked, trouble) = releases.pick(&packaged()?);
    if let Some(why) = trouble {
        // Nobody reads stderr any more if even this fails.
        drop(writeln!(io::stderr(), "no release is tried: {why}"));
    }
    let unwritable = || format!("{} cannot be written", environment.display());
    if let Some(folder) = environment.parent() {
        fs::create_dir_all(folder).with_context(unwritable)?;
    }
    fs::write(environment, variables(&picked)).with_context(unwritable)
}

/// Keeps the release on trial, if the service was started with it: `pick` may have failed to say
/// so, and then the program before it became ready.
fn commit(releases: &Releases, out: &mut dyn Write) -> anyhow::Result<()> {
    let started = env::var(trial::VARIABLE).ok();
    let on_trial = releases.record()?.trial;
    let on_trial = on_trial.map(|trial| trial.version.to_string());
    if started.is_some()
        && started == on_trial
        && let Some(version) = releases.commit()?
    {
        writeln!(out, "{version} proved itself and is kept.")?;
    }
    Ok(())
}

/// Returns what the kiosk's service is started with. Paths of releases need no quoting: they are
/// made of a version and known names.
fn variables(picked: &Picked) -> String {
    let path = |path: &Path| path.display().to_string();
    let variables = [
        Some(("CAPTURE_STATION_PROGRAM", path(&picked.program))),
        picked
            .models
            .as_deref()
            .map(|models| (models::FOLDER, path(models))),
        picked
            .trial
            .map(|version| (trial::VARIABLE, version.to_string())),
    ];
    let lines = variables.into_iter().flatten();
    lines.fold(String::new(), |text, (name, value)| {
        format!("{text}{name}={value}\n")
    })
}

fn status(record: &Record, out: &mut dyn Write) -> anyhow::Result<()> {
    let packaged = Version::of_this_program()?;
    match record.kept {
        Some(kept) => writeln!(out, "started: {kept} (the package has {packaged})")?,
        None => writeln!(out, "started: {packaged}, the package")?,
    }
    if let Some(trial) = &record.trial {
        let state = if record.waits() {
            "waits for its trial"
        } else {
            "on trial"
        };
        writeln!(out, "{state}: {}", trial.version)?;
    }
    if let Some(last) = record.last {
        writeln!(out, "last trial: {last}")?;
    }
    Ok(())
}

fn packaged() -> anyhow::Result<Packaged> {
    Ok(Packaged {
        version: Version::of_this_program()?,
        // By its path: another process starts it.
        program: env::current_exe().context("this program's own file is not known")?,
        index_schema: outbox::SCHEMA,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_can_start_the_packaged_program() {
        let program = packaged().unwrap().program;
        assert!(program.is_absolute() && !program.starts_with("/proc"));
    }

    #[test]
    fn the_kiosk_is_started_with_what_was_picked() {
        let picked = Picked {
            program: "/releases/1.1.0/capture-station".into(),
            models: Some("/releases/1.1.0/models".into()),
            trial: Some("1.1.0".parse().unwrap()),
        };
        assert_eq!(
            variables(&picked),
            "CAPTURE_STATION_PROGRAM=/releases/1.1.0/capture-station\n\
             CAPTURE_STATION_MODELS=/releases/1.1.0/models\n\
             CAPTURE_STATION_TRIAL=1.1.0\n"
        );
        let packaged = Picked {
            program: "/usr/bin/capture-station".into(),
            models: None,
            trial: None,
        };
        assert_eq!(
            variables(&packaged),
            "CAPTURE_STATION_PROGRAM=/usr/bin/capture-station\n"
        );
    }
}
