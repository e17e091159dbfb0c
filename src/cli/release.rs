//! `release`: for the makers of the program, who offer it to booths as a signed release.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::{
    child::this_program,
    contract::{public_key_text, sha256_hex},
    jws::{self, Purpose},
    outbox,
    release::{FILES, MANIFEST, MODELS, PROGRAM, Release, ReleaseFile, Version},
    station,
};

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make the key that signs releases, and print its public half for the booths.
    Key {
        /// Where the secret half is written; keep it off every booth and platform.
        file: PathBuf,
    },
    /// Sign this program and its models as a release, into a folder for a stick or a platform.
    Make(MakeArgs),
}

#[derive(Args, Debug)]
pub struct MakeArgs {
    /// The folder to write; it must not exist.
    folder: PathBuf,
    /// The secret half of a release key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The folder of the models; without it, booths use the models that they have.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The program to release, instead of this one; it must read the same captures.
    #[arg(long, value_name = "FILE", requires = "named")]
    program: Option<PathBuf>,
    /// The release's version, instead of this program's.
    #[arg(long, value_name = "VERSION")]
    named: Option<Version>,
    /// The share of booths that take it, in percent.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
    share: u8,
}

pub fn run(command: &Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match command {
        Command::Key { file } => {
            if file.exists() {
                bail!("{} exists: a key is never overwritten", file.display());
            }
            let key = station::create_key(file)?;
            writeln!(out, "{}", public_key_text(&key))?;
        }
        Command::Make(args) => make(args, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn make(args: &MakeArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let key = station::key_in(&args.key)?;
    let folder = &args.folder;
    let unwritable = || format!("{} cannot be made", folder.display());
    fs::create_dir(folder).with_context(unwritable)?;
    fs::create_dir(folder.join(FILES)).with_context(unwritable)?;

    let program = args.program.clone().unwrap_or_else(this_program);
    let mut files = vec![add(folder, &program, PROGRAM.to_owned())?];
    for model in args
        .models
        .as_deref()
        .map(files_of)
        .transpose()?
        .into_iter()
        .flatten()
    {
        let name = model.file_name().unwrap_or_default().to_string_lossy();
        files.push(add(folder, &model, format!("{MODELS}/{name}"))?);
    }
    let release = Release {
        version: args.named.map_or_else(Version::of_this_program, Ok)?,
        arch: std::env::consts::ARCH.to_owned(),
        index_schema: outbox::SCHEMA,
        share: args.share,
        files,
    };
    release.check()?;
    let token = jws::sign(Purpose::Release, &key, &release)?;
    fs::write(folder.join(MANIFEST), token).with_context(unwritable)?;
    writeln!(
        out,
        "{}: {} files, {} bytes, signed by {}",
        release.version,
        release.files.len(),
        release.bytes(),
        jws::key_id(&key.verifying_key())
    )?;
    Ok(())
}

/// Returns the files of a folder by their names' order, so that the same files give the same
/// manifest.
fn files_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let mut files = vec![];
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        files.push(entry.with_context(unreadable)?.path());
    }
    files.sort();
    Ok(files)
}

/// Copies a file to its place among the release's, by its hash.
fn add(folder: &Path, file: &Path, path: String) -> anyhow::Result<ReleaseFile> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let sha256 = sha256_hex(&bytes);
    let place = folder.join(FILES).join(&sha256);
    fs::write(&place, &bytes).with_context(|| format!("{} cannot be written", place.display()))?;
    Ok(ReleaseFile {
        path,
        bytes: bytes.len() as u64,
        sha256,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::updates::{Failed, Packaged, Releases, keys_in};

    #[test]
    fn what_is_made_can_be_staged_by_its_public_key() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let models = at("models");
        fs::create_dir(&models).unwrap();
        fs::write(models.join("face.tflite"), "a model").unwrap();
        fs::write(at("program"), "a program").unwrap();
        let mut printed = vec![];
        let key = Command::Key { file: at("key") };
        run(&key, &mut printed).unwrap();
        fs::write(at("keys"), &printed).unwrap();

        let made = Command::Make(MakeArgs {
            folder: at("release"),
            key: at("key"),
            models: Some(models),
            program: Some(at("program")),
            named: Some("9.9.9".parse().unwrap()),
            share: 50,
        });
        run(&made, &mut printed).unwrap();
        assert!(run(&made, &mut printed).is_err(), "it is never overwritten");
        let keys = keys_in(&at("keys")).unwrap();
        let packaged = Packaged {
            version: "0.1.0".parse().unwrap(),
            program: at("program"),
            index_schema: outbox::SCHEMA,
        };
        let releases = Releases::new(at("releases"));
        let staged = releases.stage(&at("release"), &keys, &packaged, Failed::StaysRefused);
        assert_eq!(staged.unwrap().to_string(), "9.9.9");
        let copied = at("releases/9.9.9/models/face.tflite");
        assert_eq!(fs::read_to_string(copied).unwrap(), "a model");
        let mode = fs::metadata(at("key")).unwrap().permissions();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
            0o600
        );
    }
}
