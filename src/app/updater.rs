//! The thread that looks after releases: it fetches a newer one while nobody is at the booth, and
//! has the kiosk restart between two visits once one is staged.
//!
//! This user cannot install anything: what is fetched is only offered. A service of the machine's
//! verifies and copies it (`updates`).

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use super::wires::{Ledger, Wires};
use crate::{
    camera::Audience,
    jws::KeySet,
    platform::Client,
    release::{FILES, MANIFEST, Release, ReleaseFile, Version},
    station::Station,
    time::Mono,
    updates::{FOLDER, KEYS, Record, Releases, is_listed, keys_in},
};

/// How often it looks whether a release is staged.
const LOOK: Duration = Duration::from_secs(2);
/// How often it asks the platform for a newer release.
const ASK: Duration = Duration::from_hours(1);
/// After the start, which is busy enough.
const FIRST: Duration = Duration::from_mins(2);
/// Where a release is offered, below the booth's data folder.
const OFFER: &str = "release";
/// Changed last: what is offered is whole then.
const READY: &str = "ready";
/// A release and its copy take the space of a few hundred captures.
const SPARE_CAPTURES: u64 = 2_000;
/// A file that is not whole yet.
const PARTIAL: &str = "partial";

/// What this thread works with.
pub struct Updater {
    pub client: Arc<Client>,
    pub station: String,
    pub releases: Releases,
    /// Those that may sign releases; the machine's service asks its own list.
    pub keys: KeySet,
    /// Where a release is offered.
    pub offer: PathBuf,
}

impl Updater {
    /// Returns the updater of a machine that the packages set up; `None` on any other machine.
    pub fn of_an_installed_booth(
        identity: &Path,
        data: &Path,
        client: &Arc<Client>,
    ) -> Option<Self> {
        if !Path::new(FOLDER).is_dir() {
            return None;
        }
        // Without keys there is nothing to fetch, but IT may still stage by hand what it trusts.
        let keys = keys_in(Path::new(KEYS)).unwrap_or_else(|why| {
            tracing::info!(%why, "no releases are fetched");
            KeySet::default()
        });
        let station = Station::load(identity).ok()?;
        Some(Self {
            client: Arc::clone(client),
            station: station.id().to_owned(),
            releases: Releases::installed(),
            keys,
            offer: data.join(OFFER),
        })
    }

    /// Looks and asks until the kiosk stops.
    pub fn run(&self, wires: &Wires) {
        let mut next = Mono::default().plus(FIRST);
        while !wires.stopped() {
            let record = self.releases.record().unwrap_or_else(|why| {
                tracing::debug!(%why, "nothing is known about the releases");
                Record::default()
            });
            wires.release_waits.store(record.waits(), Ordering::Relaxed);

            let now = wires.clock.now();
            if now.mono >= next && is_quiet(wires) && !self.keys.is_empty() {
                next = now.mono.plus(ASK);
                if let Err(why) = self.fetch(wires, &record) {
                    tracing::warn!(%why, "no release could be fetched");
                }
            }
            thread::park_timeout(LOOK);
        }
    }

    /// Fetches the platform's release if this booth takes it, and offers it.
    pub fn fetch(&self, wires: &Wires, record: &Record) -> anyhow::Result<()> {
        let Some(token) = self.client.release(wires.clock.now().wall)? else {
            return Ok(());
        };
        let release = Release::verify(&token, &self.keys)?;
        if !is_wanted(&release, record, Version::of_this_program()?, &self.station) {
            return self.clear();
        }
        let files = self.offer.join(FILES);
        fs::create_dir_all(&files)?;
        for file in &release.files {
            if !self.fetch_file(wires, &files, file)? {
                return Ok(());
            }
        }
        write_synced(&self.offer.join(MANIFEST), token.as_bytes())?;
        write_synced(&self.offer.join(READY), b"")?;
        tracing::info!(version = %release.version, "a release was fetched and is offered");
        Ok(())
    }

    /// Fetches one file, going on where an earlier try broke off. Returns whether it is whole;
    /// false when a visitor came.
    fn fetch_file(&self, wires: &Wires, folder: &Path, file: &ReleaseFile) -> anyhow::Result<bool> {
        let whole = folder.join(&file.sha256);
        let partial = whole.with_extension(PARTIAL);
        if fs::metadata(&whole).is_ok_and(|found| found.len() == file.bytes) {
            return Ok(true);
        }
        let mut copy = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&partial)?;
        loop {
            let length = copy.metadata()?.len();
            if length >= file.bytes {
                break;
            }
            if wires.stopped() || !is_quiet(wires) {
                return Ok(false);
            }
            let now = wires.clock.now().wall;
            let part = self.client.release_part(&file.sha256, length, now)?;
            if part.is_empty() {
                break;
            }
            copy.write_all(&part)?;
        }
        copy.sync_all()?;
        if !is_listed(&partial, file) {
            fs::remove_file(&partial)?;
            anyhow::bail!("a file of the release is not the one that its manifest lists");
        }
        fs::rename(partial, whole)?;
        Ok(true)
    }

    /// Removes what an earlier fetch left, once nothing of it is wanted.
    fn clear(&self) -> anyhow::Result<()> {
        match fs::remove_dir_all(self.offer.join(FILES)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Returns whether this booth should fetch a release.
fn is_wanted(release: &Release, record: &Record, running: Version, station: &str) -> bool {
    let staged = record.trial.as_ref().map(|trial| trial.version);
    release.version > record.kept.map_or(running, |kept| kept.max(running))
        && Some(release.version) > staged
        && !record.refused.contains(&release.version)
        && release.arch == std::env::consts::ARCH
        && release.includes(station)
}

/// Returns whether network and disk are free: nobody is at the booth, nothing waits for delivery,
/// and a release takes no space that captures need.
fn is_quiet(wires: &Wires) -> bool {
    let nobody = wires
        .need
        .newest()
        .is_some_and(|need| need.audience == Audience::Nobody);
    let has_room = |ledger: &Ledger| {
        ledger
            .captures_left
            .is_none_or(|left| left > SPARE_CAPTURES)
    };
    let empty = wires
        .ledger
        .newest()
        .is_some_and(|ledger| ledger.waiting() == 0 && has_room(&ledger));
    nobody && empty
}

fn write_synced(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::updates::Trial;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn release() -> Release {
        Release {
            version: version("1.2.0"),
            arch: std::env::consts::ARCH.to_owned(),
            index_schema: 6,
            share: 100,
            files: vec![],
        }
    }

    #[test]
    fn a_release_is_fetched_once_and_never_after_it_failed() {
        let wanted = |release: &Release, record: &Record, running: &str| {
            is_wanted(release, record, version(running), "booth")
        };
        let nothing = Record::default();
        assert!(wanted(&release(), &nothing, "1.1.9"));
        assert!(!wanted(&release(), &nothing, "1.2.0"), "it runs already");
        let refused = Record {
            refused: vec![version("1.2.0")],
            ..Record::default()
        };
        assert!(!wanted(&release(), &refused, "1.1.9"));
        let staged = |text: &str| Record {
            trial: Some(Trial {
                version: version(text),
                starts: 0,
            }),
            ..Record::default()
        };
        assert!(!wanted(&release(), &staged("1.2.0"), "1.1.9"));
        assert!(wanted(&release(), &staged("1.1.10"), "1.1.9"));
        let none = Release {
            share: 0,
            ..release()
        };
        assert!(!wanted(&none, &nothing, "1.1.9"));
    }
}
