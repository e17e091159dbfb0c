//! The kiosk with everything it needs inside: the synthetic sitter as camera, a reference platform
//! on loopback, a fresh identity. In a window, or headless: then one whole visit is played and its
//! screens are drawn off-screen.

mod headless;

use std::{
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;

use super::kiosk;
use crate::{
    app::{
        opening::{self, Opened},
        threads,
        wires::Wires,
    },
    camera::Source,
    config::Config,
    contract::{Batch, SignedEnrolRequest},
    platform,
    provision::models,
    reference::{self, Platform, Stopper, Terms},
    station::{self, Pins, Station},
};

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Args)]
pub struct DemoArgs {
    /// Play one whole visit without a window and leave its screens and files in DIR.
    #[arg(long, requires = "out")]
    headless: bool,
    /// Where the headless visit leaves screens/*.png, portrait.jpg, original.jpg and manifest.json.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Which person sits down; each number is another person.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Pin no batch: the visit begins with the school's code.
    #[arg(long)]
    unpinned: bool,
    /// A folder of pictures as the camera, instead of the sitter. If headless, a hand scanner reads
    /// the code.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Take the platform away once the booth is enrolled: captures wait until a later run with the
    /// same --data.
    #[arg(long)]
    offline: bool,
    /// An order pays itself after N seconds, as no phone reaches the page behind its code.
    #[arg(long, default_value_t = 8, value_name = "SECONDS")]
    pay_after: u64,
    /// The window, WIDTHxHEIGHT.
    #[arg(long, default_value = "1280x720", value_parser = size, value_name = "SIZE")]
    size: (f32, f32),
    /// A third language beside Chinese and English, as a booth's configuration names it.
    #[arg(long, value_name = "FILE")]
    language: Option<PathBuf>,
    /// Language of the headless visit's screens.
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    lang: Language,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Language {
    Zh,
    En,
}

fn size(text: &str) -> Result<(f32, f32), String> {
    let parsed = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parsed.ok_or_else(|| "write the size as WIDTHxHEIGHT, for example 1280x720".to_owned())
}

/// Plays the demonstration. With `data` platform and booth stay there for the next run; otherwise
/// they are deleted at the end.
pub fn run(args: &DemoArgs, data: Option<&Path>) -> anyhow::Result<ExitCode> {
    let mut stage = Stage::new(data, Duration::from_secs(args.pay_after))?;
    let (wires, inbox) = Wires::new();
    let opened = stage.open(args, &wires)?;
    if args.offline {
        stage.running = None;
    }
    if let (Some(out), true) = (&args.out, args.headless) {
        return headless::play(args, opened, wires, inbox, &stage, out);
    }
    writeln_stdout(&format!(
        "Staff of this demonstration: number 1, PIN {}",
        stage.pin
    ))?;
    writeln_stdout(&format!(
        "Audit desk: {}",
        stage.platform.audit_url(&stage.url)
    ))?;
    kiosk::run_opened(opened, wires, inbox)
}

fn writeln_stdout(line: &str) -> io::Result<()> {
    use io::Write;
    writeln!(io::stdout(), "{line}")
}

/// A platform on loopback and a folder for it and the booth, for as long as the demonstration
/// lasts.
struct Stage {
    folder: PathBuf,
    /// Whether the folder outlives the demonstration.
    keep: bool,
    platform: Arc<Platform>,
    url: String,
    pin: String,
    /// Dropping it stops the platform's thread.
    running: Option<Stopper>,
}

impl Stage {
    fn new(data: Option<&Path>, pay_after: Duration) -> anyhow::Result<Self> {
        let folder = match data {
            Some(folder) => folder.to_owned(),
            None => fresh_folder()?,
        };
        let terms = Terms {
            pays_itself_after: Some(pay_after),
            ..Terms::default()
        };
        let platform = Arc::new(Platform::open_with(&folder.join("platform"), terms)?);
        let known = Station::load(&identity(&folder)).ok();
        let address = known
            .as_ref()
            .and_then(|station| station.platform_url().strip_prefix("http://"))
            .unwrap_or("127.0.0.1:0");
        let listener = TcpListener::bind(address).with_context(|| {
            format!(
                "the platform cannot listen at {address}; is this demonstration running already?"
            )
        })?;
        let url = format!("http://{}", listener.local_addr()?);
        let (running, stop) = reference::stop_pair();
        let served = Arc::clone(&platform);
        drop(threads::beside("platform", move || {
            if let Err(error) = reference::run(served, listener, stop) {
                tracing::error!(%error, "the reference platform ended");
            }
        })?);
        Ok(Self {
            folder,
            keep: data.is_some(),
            platform,
            url,
            pin: random_pin()?,
            running: Some(running),
        })
    }

    /// Enrols the booth if it is new, pins the demonstration's batch and opens everything.
    fn open(&self, args: &DemoArgs, wires: &Wires) -> anyhow::Result<Opened> {
        let identity = identity(&self.folder);
        if Station::load(&identity).is_err() {
            let batch = reference::demo_batch();
            enrol(&self.platform, &self.url, &identity, &batch)?;
        }
        Pins::set(&identity, &self.pin)?;
        if args.unpinned {
            Station::load(&identity)?.batches().unpin()?;
        }
        let mut config = Config::load(None)?;
        config.set_data(booth(&self.folder));
        config.camera.source = match &args.folder {
            Some(path) => Source::Folder {
                path: path.clone(),
                still_ms: 2_000,
            },
            None => Source::Sitter { seed: args.seed },
        };
        config.window.fullscreen = false;
        (config.window.width, config.window.height) = args.size;
        config.sound.chimes &= !args.headless;
        config.language.clone_from(&args.language);
        opening::open(config, &models::models()?, &wires.clock)
            .map_err(|fault| anyhow::anyhow!("{} {}", fault.sentence().en, fault.detail()))
    }
}

/// Makes `identity` the folder of a booth of `platform`, which serves at `url`, with `batch`
/// pinned.
///
/// # Errors
/// Where the platform does not answer, or the folder cannot be written.
pub fn enrol(platform: &Platform, url: &str, identity: &Path, batch: &Batch) -> anyhow::Result<()> {
    const NAME: &str = "示例采集点 1";
    let ticket = platform.ticket(url)?;
    let key = station::new_key()?;
    let request = SignedEnrolRequest::new(&ticket.one_time_code, NAME, &key)?;
    let enrolled = platform::enrol(&ticket.platform, ticket.ca_pem.as_deref(), &request)
        .context("the booth could not be enrolled at its own platform")?;
    fs::create_dir_all(identity)?;
    let station = Station::enrol(identity, &ticket, NAME, &enrolled, &key)?;
    station.pin_batch(&platform.sign_batch(batch)?)?;
    Ok(())
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, "the demonstration's folder stays behind");
        }
    }
}

/// Returns the booth's data folder below the demonstration's.
fn booth(folder: &Path) -> PathBuf {
    folder.join("booth")
}

fn identity(folder: &Path) -> PathBuf {
    opening::station_folder(&booth(folder))
}

/// Creates a private folder of this process, below the system's temporary one.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = std::env::temp_dir().join(format!("capture-station-demo-{}", std::process::id()));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Returns six random digits; not even a demonstration has a default secret.
fn random_pin() -> anyhow::Result<String> {
    loop {
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let pin: String = random
            .iter()
            .map(|byte| char::from(b'0' + byte % 10))
            .collect();
        if Pins::acceptable(&pin).is_ok() {
            return Ok(pin);
        }
    }
}
