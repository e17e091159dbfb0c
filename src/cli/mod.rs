//! The command line: subcommands, one file each.
//!
//! Exit codes: 0 fine, 1 judged not acceptable, 2 could not be read or done.

pub mod batch;
pub mod calibrate;
pub mod camera;
pub mod canvas;
pub mod check;
pub mod columns;
pub mod csv;
#[cfg(feature = "demo")]
pub mod demo;
pub mod doctor;
pub mod drill;
pub mod enrol;
pub mod kiosk;
pub mod legend;
pub mod manual;
pub mod measures;
pub mod overlay;
pub mod pictures;
pub mod progress;
pub mod quantiles;
pub mod queue;
#[cfg(feature = "reference")]
pub mod reference_platform;
pub mod remarks;
pub mod release;
pub mod report;
pub mod scan;
pub mod seat;
#[cfg(feature = "sitter")]
pub mod sitter;
pub mod staff;
pub mod standardise;
pub mod table;
pub mod tally;
pub mod update;
pub mod words;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    app::{clock::Clock, opening},
    camera::{Settings, commissioned::Commissioned, modes},
    child::this_program,
    config::Config,
    platform,
    provision::models,
};

/// The photo kiosk of a graduation-photo day. Without a command it opens the kiosk.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// The configuration file; by default /etc/capture-station/config.toml, else the built-in one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The booth's data folder, instead of the configured one.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// The kiosk with the synthetic sitter and an embedded reference platform: nothing to
    /// configure.
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Judge pictures by the standard. Exit code 0: all are acceptable; 1: some are not; 2: some
    /// could not be read.
    Check(check::CheckArgs),
    /// Propose a profile's limits from pictures of a booth's own people.
    Calibrate(calibrate::CalibrateArgs),
    /// Make a standard portrait of a picture.
    Standardise(standardise::StandardiseArgs),
    /// Read the QR codes in pictures.
    Scan(scan::Arguments),
    /// Render a synthetic person with known truth.
    #[cfg(feature = "sitter")]
    Sitter(sitter::SitterArgs),
    /// Look at the cameras.
    #[command(subcommand)]
    Camera(camera::Command),
    /// Look at the captures on their way to the platform.
    Queue(queue::QueueArgs),
    /// Examine this machine and name what keeps the booth from serving.
    Doctor(doctor::DoctorArgs),
    /// Test a disk by pulling the plug: saves made-up captures, reporting each, and checks
    /// afterwards that all of them are there.
    Drill(drill::DrillArgs),
    /// Make this machine a booth of a platform.
    Enrol(enrol::EnrolArgs),
    /// List and change who has a PIN at this booth.
    Staff(staff::StaffArgs),
    /// List, import, fetch and pin the batches that this booth serves.
    Batch(batch::BatchArgs),
    /// Make or check a third language of the screens.
    Words(words::WordsArgs),
    /// Look at the releases of an installed booth, and stage one from a folder.
    Update(update::UpdateArgs),
    /// Make a signed release of this program for booths.
    #[command(subcommand)]
    Release(release::Command),
    /// Write this manual and the completions of shells as files.
    Manual(manual::ManualArgs),
    /// Run a small central platform that implements the same contract.
    #[cfg(feature = "reference")]
    ReferencePlatform(reference_platform::ReferencePlatformArgs),
}

const COULD_NOT: u8 = 2;

/// Runs the given command. Every error ends here, as one sentence on stderr.
pub fn run() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            if !nobody_listens(&error) {
                // Nobody reads stderr any more if even this fails.
                drop(writeln!(io::stderr(), "{error:#}"));
            }
            ExitCode::from(COULD_NOT)
        }
    }
}

/// Returns whether stdout was closed before its end, as `| head` does, which is not an error.
fn nobody_listens(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    platform::install_crypto();
    let clock = Clock::default();
    let now = || clock.now();
    let place = Place {
        config: cli.config,
        data: cli.data,
    };
    let (mut out, mut err) = (io::stdout(), io::stderr());
    match cli.command {
        None => kiosk::run(place),
        #[cfg(feature = "demo")]
        Some(Command::Demo(args)) => demo::run(&args, place.data.as_deref()),
        Some(Command::Check(args)) => check::run(&args, &mut out, &mut err),
        Some(Command::Calibrate(args)) => calibrate::run(&args, &mut out, &mut err),
        Some(Command::Standardise(args)) => standardise::run(&args, &mut out, &mut err),
        Some(Command::Scan(args)) => {
            Ok(scan::run(&args, &this_program(), &now, &mut out, &mut err)?.into())
        }
        #[cfg(feature = "sitter")]
        Some(Command::Sitter(args)) => sitter::run(&args).map(|()| ExitCode::SUCCESS),
        Some(Command::Camera(command)) => of_camera(&command, &place, &now, &mut out),
        Some(Command::Queue(args)) => queue::run(&args, &place.config()?, &now, &mut out),
        Some(Command::Doctor(args)) => doctor::run(&args, &place, &clock),
        Some(Command::Enrol(args)) => enrol::run(
            &args,
            &opening::station_folder(&place.config()?.data()),
            now(),
        ),
        Some(Command::Drill(args)) => drill::run(&args, &now, &mut out),
        Some(Command::Staff(args)) => staff::run(
            &args,
            &opening::station_folder(&place.config()?.data()),
            &mut out,
        ),
        Some(Command::Batch(args)) => batch::run(
            &args,
            &opening::station_folder(&place.config()?.data()),
            now(),
            &mut out,
        ),
        Some(Command::Words(args)) => words::run(&args, &mut out),
        Some(Command::Update(args)) => update::run(&args, &mut out),
        Some(Command::Release(command)) => release::run(&command, &mut out),
        Some(Command::Manual(args)) => manual::run(&args).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "reference")]
        Some(Command::ReferencePlatform(args)) => reference_platform::run(&args, &mut out),
    }
}

fn of_camera(
    command: &camera::Command,
    place: &Place,
    now: &dyn Fn() -> crate::time::Now,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let program = this_program();
    let code = match command {
        camera::Command::List => camera::list(Path::new("/sys"), &modes::look, out)?,
        camera::Command::Test(args) => {
            let settings = place.camera()?;
            // Without models the seat is not judged; everything else is.
            let mut analyser = models::analyser().ok();
            camera::test(args, &settings, &program, analyser.as_mut(), now, out)?
        }
        camera::Command::Lock(args) => {
            let config = place.config()?;
            let station = opening::station_folder(&config.data());
            camera::lock(args, &config.camera, &station, &program, now, out)?
        }
        camera::Command::Accept => {
            let config = place.config()?;
            let station = opening::station_folder(&config.data());
            camera::accept(&config.camera, &station, out)?
        }
    };
    Ok(code.into())
}

/// The locations of configuration and data given on the command line.
pub struct Place {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Place {
    pub fn config(&self) -> Result<Config, crate::config::ConfigError> {
        let mut config = Config::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.set_data(data.clone());
        }
        Ok(config)
    }

    /// Returns the camera's settings, with what was commissioned here.
    fn camera(&self) -> anyhow::Result<Settings> {
        let config = self.config()?;
        let station = opening::station_folder(&config.data());
        let booth = Commissioned::load(&station)?.unwrap_or_default();
        Ok(config.camera.commissioned(&booth))
    }
}
