//! Opens the booth: configuration, identity, models, outbox. Anything missing becomes the fault
//! that the closed booth shows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{asker::AskerParts, clock::Clock, desk::DeskParts, librarian::Librarian, store::Store};
use crate::{
    analysis::{Analyser, Model, Models},
    booth::Fault,
    camera::commissioned::Commissioned,
    child::this_program,
    config::{self, Config},
    contract::{Batch, Published},
    lang::Third,
    outbox::{Outbox, OutboxError, Sealing},
    plain_text,
    platform::{self, Client},
    session::settings::{Settings, Speech, Volume},
    station::{self, Station, StationError},
    time::Now,
};

/// Everything a kiosk needs before its first visitor.
pub struct Opened {
    /// The executable that camera and reader are started from: this one.
    pub program: PathBuf,
    pub config: Config,
    pub station: String,
    pub station_folder: PathBuf,
    /// What staff's chores need.
    pub desk: DeskParts,
    /// What an operator set, or what the configuration says.
    pub settings: Settings,
    /// The language offered beside Chinese and English.
    pub third_language: Option<&'static Third>,
    /// `None` where each visitor names the batch.
    pub pinned: Option<Arc<Batch>>,
    pub delivering: Delivering,
    pub eyes_analyser: Analyser,
    pub compute_analyser: Analyser,
}

/// What delivery needs, with a window or without one.
pub struct Delivering {
    pub store: Store,
    pub client: Arc<Client>,
    pub asker: AskerParts,
}

/// Returns the folder of a booth's identity, below its data folder.
pub fn station_folder(data: &Path) -> PathBuf {
    data.join("station")
}

/// Returns the folder of a booth's parcels and index, below its data folder.
pub fn outbox_folder(data: &Path) -> PathBuf {
    data.join("outbox")
}

/// Opens everything or returns what is wrong; nothing is left half started.
pub fn open(config: Config, models: &Models, clock: &Clock) -> Result<Opened, Fault> {
    let analyser = || Analyser::new(models).map_err(|error| Fault::Models(error.to_string()));
    let (station, pinned, delivering) = open_delivery(&config, clock)?;
    // The camera thread reads the file itself; a booth whose file is damaged does not open.
    Commissioned::load(&delivering.asker.station)
        .map_err(|error| Fault::Config(error.to_string()))?;
    let desk = DeskParts {
        data: config.data(),
        station: delivering.asker.station.clone(),
        sticks: config.stick.folders.clone(),
        camera: config.camera.clone(),
    };
    let settings = settings(&config, &desk.station);
    let third_language = config.language.as_deref().map(third_language).transpose()?;
    Ok(Opened {
        program: this_program(),
        config,
        station,
        station_folder: delivering.asker.station.clone(),
        desk,
        settings,
        third_language,
        pinned,
        delivering,
        eyes_analyser: analyser()?,
        compute_analyser: analyser()?,
    })
}

/// Loads the third language and keeps it as long as the program runs, so that a sentence is one
/// pointer in any language.
pub(super) fn third_language(file: &Path) -> Result<&'static Third, Fault> {
    let fault = |why: &dyn std::fmt::Display| Fault::Config(format!("{}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|why| fault(&why))?;
    let text = plain_text::decode(bytes).map_err(|why| fault(&why))?;
    let third = Third::from_toml(&text).map_err(|why| fault(&why))?;
    Ok(Box::leak(Box::new(third)))
}

/// Returns the operator's settings, or the configured ones until an operator changes them. A
/// damaged file is logged and ignored.
fn settings(config: &Config, station: &Path) -> Settings {
    let kept = station::settings(station).unwrap_or_else(|why| {
        tracing::error!(%why, "the operator's settings cannot be used");
        None
    });
    kept.unwrap_or(Settings {
        volume: if config.sound.chimes {
            Volume::Usual
        } else {
            Volume::Silent
        },
        speech: match config.sound.speech {
            config::Speech::On => Speech::On,
            config::Speech::Off => Speech::Off,
        },
        ..Settings::default()
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every trouble but one is a matter of configuration, and says so itself"
)]
/// Opens identity and outbox: the booth's name, its pinned batch, and everything for delivery.
pub fn open_delivery(
    config: &Config,
    clock: &Clock,
) -> Result<(String, Option<Arc<Batch>>, Delivering), Fault> {
    let data = config.data();
    let station_folder = station_folder(&data);
    let station = Station::load(&station_folder).map_err(|error| match error {
        StationError::NotEnrolled => Fault::NotEnrolled,
        trouble => Fault::Config(trouble.to_string()),
    })?;
    clock.resume(station::last_good_time(&station_folder));
    let pinned = match station.batches().pinned() {
        // Its signing key may have been revoked: the first heartbeat fetches the batch again.
        Err(why @ StationError::PinnedUnusable { .. }) => {
            tracing::error!(%why, "the pinned batch cannot be used: visitors name the batch until it can");
            None
        }
        pinned => pinned.map_err(|error| Fault::Config(error.to_string()))?,
    };
    let pinned = pinned.map(|held| Arc::new(held.batch));
    let client = client(&station, config.delivery.bytes_per_second)
        .map_err(|error| Fault::Config(error.to_string()))?;
    let outbox = open_outbox(&station, &outbox_folder(&data), clock.now())
        .map_err(|error| Fault::Outbox(error.to_string()))?;
    let delivering = Delivering {
        client: Arc::new(client),
        asker: AskerParts {
            librarian: Librarian::new(station.batches().clone(), pinned.clone()),
            station: station_folder,
            keys_version: station.keys_version(),
        },
        store: Store::new(
            outbox,
            station.id().to_owned(),
            station.platform_url().to_owned(),
            station.signing_key().clone(),
        ),
    };
    Ok((station.name().to_owned(), pinned, delivering))
}

/// Returns what the platform published, as far as this booth can read it: for one that cannot open.
pub fn published(station: &Path) -> Published {
    let station = Station::load(station).ok();
    let held = station.and_then(|station| station.batches().calendar().ok());
    held.unwrap_or_default()
}

/// Returns this booth's client for its platform, if there is a platform, with a limit on what it
/// sends.
pub fn client(
    station: &Station,
    bytes_per_s: Option<u64>,
) -> Result<Client, platform::ClientError> {
    let settings = platform::Settings {
        bytes_per_s,
        ..platform::Settings::new(
            station.platform_url().to_owned(),
            station.ca_pem().map(str::to_owned),
        )
    };
    Client::new(
        settings,
        station.id().to_owned(),
        station.signing_key().clone(),
    )
}

/// Returns the keys with which this booth seals and signs.
pub fn sealing(station: &Station) -> Result<Sealing, OutboxError> {
    let models = Model::ALL.map(|model| (model.file_name().to_owned(), model.sha256().to_owned()));
    Sealing::new(
        station.id().to_owned(),
        station.signing_key().clone(),
        station.recipient(),
        models.to_vec(),
    )
}

/// Opens the booth's outbox with its keys and the platform's.
pub fn open_outbox(station: &Station, folder: &Path, now: Now) -> Result<Outbox, OutboxError> {
    Outbox::open(folder, sealing(station)?, station.receipt_keys(), now)
}
