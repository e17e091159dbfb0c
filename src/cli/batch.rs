//! `batch list|import|fetch|pin|unpin`: the batches that this booth may serve.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};

use crate::{
    app::opening,
    code::FeatureCode,
    contract::{Batch, Published, ServiceLine},
    jws::Purpose,
    platform::DocumentAnswer,
    provision::doctor,
    station::{Station, batches::Held, documents_at},
    time::Now,
    ui::words::batch_trouble,
};

#[derive(Args, Debug)]
pub struct BatchArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// List the batches that this booth holds, and which one is pinned.
    List,
    /// Import batches from a file or folder, such as a USB stick, as the platform signed them; and
    /// its newer keys and calendar, if they are there.
    Import { place: PathBuf },
    /// Fetch a batch from the platform.
    Fetch { feature_code: String },
    /// Pin a batch, so that every visit belongs to it; it is fetched first, if it is not here.
    Pin { feature_code: String },
    /// Unpin, so that every visitor names the batch.
    Unpin,
}

/// Runs the command for the booth whose identity is in `station_folder`; a running kiosk notices
/// within half a minute.
pub fn run(
    args: &BatchArgs,
    station_folder: &Path,
    now: Now,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let station = Station::load(station_folder)?;
    match &args.act {
        Act::List => list(&station, now, out)?,
        Act::Import { place } => return import(station_folder, place, out),
        Act::Fetch { feature_code: text } => {
            let batch = fetch(&station, &feature_code(text)?, now)?;
            writeln!(out, "Fetched: {}", in_words(&batch))?;
        }
        Act::Pin { feature_code: text } => {
            let batch = held_or_fetched(&station, &feature_code(text)?, now)?;
            batch.may_be_pinned(now).map_err(|trouble| {
                let why = batch_trouble(trouble).en;
                anyhow!("{} is not pinned: {why}", batch.name)
            })?;
            station.batches().pin(&batch.feature_code)?;
            writeln!(out, "Pinned: {}", in_words(&batch))?;
        }
        Act::Unpin => {
            station.batches().unpin()?;
            writeln!(out, "Nothing is pinned: every visitor names the batch.")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn feature_code(text: &str) -> anyhow::Result<FeatureCode> {
    FeatureCode::parse(text).ok_or_else(|| anyhow!("a feature code has six letters and digits"))
}

fn list(station: &Station, now: Now, out: &mut impl Write) -> anyhow::Result<()> {
    let pinned = station
        .batches()
        .pinned()?
        .map(|held| held.batch.feature_code);
    let all = station.batches().all()?;
    if all.is_empty() {
        writeln!(
            out,
            "This booth holds no batch: `batch import` or `batch fetch` one."
        )?;
    }
    for Held { batch, .. } in &all {
        let mark = if pinned.as_ref() == Some(&batch.feature_code) {
            "pinned"
        } else {
            "      "
        };
        let (_, state) = doctor::window(batch, now.wall);
        writeln!(out, "{mark}  {}: {state}", in_words(batch))?;
    }
    Ok(())
}

fn import(folder: &Path, place: &Path, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    // The batches may be signed with them.
    let station = Station::renew_from(folder, place)
        .with_context(|| format!("nothing was imported from {}", place.display()))?;
    let found = documents_at(place, Purpose::BatchManifest)?;
    let calendars = documents_at(place, Purpose::Calendar)?;
    if found.is_empty() && calendars.is_empty() {
        bail!(
            "{} holds no batch and no calendar that a platform signed",
            place.display()
        );
    }
    let mut code = ExitCode::SUCCESS;
    for (path, token) in calendars {
        match station.batches().keep_calendar(&token) {
            Ok(published) => writeln!(out, "{}", calendar_in_words(&published))?,
            Err(why) => {
                writeln!(out, "Refused: {}: {why}", path.display())?;
                code = ExitCode::from(1);
            }
        }
    }
    for (path, token) in found {
        match station.batches().keep(&token, None) {
            Ok(batch) => writeln!(out, "Imported: {}", in_words(&batch))?,
            Err(why) => {
                writeln!(out, "Refused: {}: {why}", path.display())?;
                code = ExitCode::from(1);
            }
        }
    }
    Ok(code)
}

/// Returns what an imported calendar says, on a line.
pub fn calendar_in_words(published: &Published) -> String {
    let service = published.service.as_ref().map(ServiceLine::numbers);
    format!(
        "Imported: the calendar, days off announced for {}; service line {}",
        published.announced_years(),
        service.as_deref().unwrap_or("as built in")
    )
}

fn held_or_fetched(station: &Station, code: &FeatureCode, now: Now) -> anyhow::Result<Batch> {
    match station.batches().find(code)? {
        Some(held) => Ok(held.batch),
        None => fetch(station, code, now),
    }
}

/// Asks the platform for a batch and stores it.
pub fn fetch(station: &Station, code: &FeatureCode, now: Now) -> anyhow::Result<Batch> {
    let client = opening::client(station, None)?;
    let answer = client
        .batch(code, None, None, now.wall)
        .map_err(|why| anyhow!("the batch cannot be fetched: {why}"))?;
    let DocumentAnswer::Signed { token, etag } = answer else {
        bail!("the platform knows no batch with this feature code");
    };
    station
        .batches()
        .take(code, &token, etag)
        .context("the platform's answer was refused")
}

fn in_words(batch: &Batch) -> String {
    format!(
        "{}  {}, {}, {} to {}, rules {} known through {}",
        batch.feature_code.as_str(),
        batch.school,
        batch.name,
        batch.opens.china_date(),
        batch.closes.china_date(),
        batch.serial,
        batch.known_through.china_date()
    )
}
