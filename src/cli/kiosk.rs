//! The kiosk in its window. What cannot be opened is shown as a closed booth, never started half.

use std::{process::ExitCode, sync::Arc};

use anyhow::bail;

use super::Place;
use crate::{
    app::{
        Kiosk,
        clock::Clock,
        closed::Closed,
        first_start::{FirstBooth, Parts},
        opening::{self, Opened},
        trial,
        wires::Wires,
    },
    booth::Fault,
    config::{Config, Window},
    provision::{doctor, fonts, models},
    ui,
};

const APP_ID: &str = "capture-station";

/// Opens the booth and stays until its service ends it, or until a closed booth would show
/// something else.
pub fn run(place: Place) -> anyhow::Result<ExitCode> {
    harden();
    let (wires, inbox) = Wires::new();
    let window = window_of(place.config().ok().as_ref());
    match open_or_try(&place, &wires.clock) {
        Ok(opened) => run_opened(opened, wires, inbox),
        Err(fault) if trial::is_on() && !may_stay_closed(&fault) => {
            bail!(
                "the release on trial cannot open this booth: {}",
                fault.cause()
            )
        }
        Err(Fault::NotEnrolled) if let Ok(config) = place.config() => {
            tracing::info!("the booth is not enrolled: its first start begins");
            show(&window, |ctx| {
                let held = Arc::clone(&wires);
                let look = move || open_or_try(&place, &held.clock).err();
                Box::new(FirstBooth::begin(Parts::of(&config), wires, look, ctx))
            })
        }
        Err(fault) => {
            tracing::error!(cause = fault.cause(), "the booth stays closed");
            if let Ok(config) = place.config() {
                let identity = opening::station_folder(&config.data());
                wires.published.put(opening::published(&identity));
            }
            show(&window, |ctx| {
                let held = Arc::clone(&wires);
                let look = move || open_or_try(&place, &held.clock).err();
                Box::new(Closed::new(fault, wires, look, ctx))
            })
        }
    }
}

/// Opens the booth. A release on trial opens nothing that the program before it could not read
/// afterwards.
fn open_or_try(place: &Place, clock: &Clock) -> Result<Opened, Fault> {
    if trial::is_on()
        && !trial::is_over()
        && let Ok(config) = place.config()
        && let Some(fault) = trial::before_opening(&config.data())
    {
        return Err(fault);
    }
    open(place, clock)
}

/// Returns whether a release may stay closed for this reason and yet be kept.
const fn may_stay_closed(fault: &Fault) -> bool {
    matches!(fault, Fault::NotEnrolled | Fault::Updating)
}

fn open(place: &Place, clock: &Clock) -> Result<Opened, Fault> {
    let config = place
        .config()
        .map_err(|error| Fault::Config(error.to_string()))?;
    let models = models::models().map_err(|error| Fault::Models(error.to_string()))?;
    opening::open(config, &models, clock)
}

/// Runs an opened kiosk in a window; also the demonstration's way.
pub fn run_opened(
    opened: Opened,
    wires: Arc<Wires>,
    inbox: std::sync::mpsc::Receiver<crate::session::Event>,
) -> anyhow::Result<ExitCode> {
    let window = opened.config.window.clone();
    show(&window, move |ctx| {
        Box::new(Kiosk::start(opened, wires, inbox, ctx))
    })
}

fn window_of(config: Option<&Config>) -> Window {
    config.map_or_else(
        || Window {
            fullscreen: true,
            width: 1280.0,
            height: 720.0,
        },
        |config| config.window.clone(),
    )
}

fn show(
    window: &Window,
    app: impl FnOnce(&egui::Context) -> Box<dyn eframe::App>,
) -> anyhow::Result<ExitCode> {
    let fonts = fonts::load()?;
    let viewport = egui::ViewportBuilder::default()
        .with_app_id(APP_ID)
        .with_title("毕业生图像自助采集")
        .with_decorations(!window.fullscreen)
        .with_fullscreen(window.fullscreen)
        .with_inner_size([window.width, window.height]);
    let options = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let shown = eframe::run_native(
        APP_ID,
        options,
        Box::new(|creation| {
            creation
                .egui_ctx
                .options_mut(|options| options.zoom_with_keyboard = false);
            ui::install(&creation.egui_ctx, fonts);
            Ok(app(&creation.egui_ctx))
        }),
    );
    shown.map_err(|error| {
        tracing::debug!(%error, "no window");
        anyhow::anyhow!(
            "no window can be opened here: is there a display? `capture-station demo --headless --out DIR` needs none"
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// No core dumps and no other process looking in: memory holds faces and codes. Says loudly where
/// foreign code is not confined.
fn harden() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if setrlimit(Resource::Core, none).is_err()
        || set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err()
    {
        tracing::warn!("core dumps cannot be switched off");
    }
    match doctor::probed() {
        Ok(found) if found.is_whole() => {}
        found => tracing::warn!(
            ?found,
            "Foreign code is not fully confined: run `capture-station doctor`"
        ),
    }
}
