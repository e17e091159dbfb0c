//! Opens the booth: configuration, identity, models, outbox. Whatever is missing becomes the fault that the closed booth shows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{clock::Clock, librarian::Librarian, store::Store, threads::this_program};
use crate::{
    analysis::{Analyser, Model, Models},
    booth::Fault,
    camera::commissioned::Commissioned,
    config::Config,
    contract::Batch,
    outbox::{Outbox, Sealing},
    platform::{self, Client},
    station::{Station, StationError},
};

/// Everything a kiosk needs before its first visitor.
pub struct Opened {
    /// What camera and reader are started from: this executable.
    pub program: PathBuf,
    pub config: Config,
    pub station: String,
    pub station_folder: PathBuf,
    /// None where each visitor names the batch.
    pub pinned: Option<Arc<Batch>>,
    pub librarian: Librarian,
    pub store: Store,
    pub client: Arc<Client>,
    pub eyes_analyser: Analyser,
    pub compute_analyser: Analyser,
}

/// Where a booth keeps its identity, below its data folder.
pub fn station_folder(data: &Path) -> PathBuf {
    data.join("station")
}

/// Where a booth keeps its parcels and index, below its data folder.
pub fn outbox_folder(data: &Path) -> PathBuf {
    data.join("outbox")
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every trouble but one is a matter of configuration, and says so itself"
)]
/// Opens everything or says what is wrong; nothing is started half.
pub fn open(mut config: Config, models: &Models, clock: &Clock) -> Result<Opened, Fault> {
    let data = config.data();
    let station_folder = station_folder(&data);
    let station = Station::load(&station_folder).map_err(|error| match error {
        StationError::NotEnrolled => Fault::NotEnrolled,
        trouble => Fault::Config(trouble.to_string()),
    })?;
    let booth = Commissioned::load(&station_folder)
        .map_err(|error| Fault::Config(error.to_string()))?
        .unwrap_or_default();
    config.camera = config.camera.commissioned(&booth);
    let pinned = station
        .batches()
        .pinned()
        .map_err(|error| Fault::Config(error.to_string()))?
        .map(|held| Arc::new(held.batch));
    let analyser = || Analyser::new(models).map_err(|error| Fault::Models(error.to_string()));
    let client = client(&station).map_err(|error| Fault::Config(error.to_string()))?;
    let outbox = open_outbox(&station, &outbox_folder(&data), clock)?;
    let errors = outbox.opening().in_words();
    Ok(Opened {
        program: this_program(),
        config,
        station: station.name().to_owned(),
        station_folder,
        librarian: Librarian::new(station.batches().clone(), pinned.clone()),
        pinned,
        store: Store {
            outbox,
            station: station.id().to_owned(),
            key: station.signing_key().clone(),
            errors,
        },
        client: Arc::new(client),
        eyes_analyser: analyser()?,
        compute_analyser: analyser()?,
    })
}

/// This booth's way to its platform.
pub fn client(station: &Station) -> Result<Client, platform::ClientError> {
    let settings = platform::Settings::new(
        station.platform_url().to_owned(),
        station.ca_pem().map(str::to_owned),
    );
    Client::new(
        settings,
        station.id().to_owned(),
        station.signing_key().clone(),
    )
}

fn open_outbox(station: &Station, folder: &Path, clock: &Clock) -> Result<Outbox, Fault> {
    let models = Model::ALL
        .map(|model| (model.file_name().to_owned(), model.sha256().to_owned()))
        .to_vec();
    let sealing = Sealing::new(
        station.id().to_owned(),
        station.signing_key().clone(),
        station.recipient(),
        models,
    );
    sealing
        .and_then(|sealing| Outbox::open(folder, sealing, station.receipt_keys(), clock.now()))
        .map_err(|error| Fault::Outbox(error.to_string()))
}
