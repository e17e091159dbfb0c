//! The kiosk in its window. What cannot be opened is shown as a closed booth, never started half.

use std::{path::Path, process::ExitCode, sync::Arc};

use super::{Place, doctor, fonts, models};
use crate::{
    app::{
        Kiosk,
        clock::Clock,
        closed::Closed,
        opening::{self, Opened},
        threads::this_program,
        wires::Wires,
    },
    booth::Fault,
    camera::{
        commissioned::Standing, controls::FOCUS_ABSOLUTE, devices, modes, worker::VIDEO4LINUX,
    },
    child::confinement::{self, Found, Layers, Reach},
    config::{Config, Window},
    station, ui,
};

const APP_ID: &str = "capture-station";

/// Opens the booth and stays until its service ends it, or until a closed booth would show
/// something else.
pub fn run(place: Place) -> anyhow::Result<ExitCode> {
    harden();
    let (wires, inbox) = Wires::new();
    let window = window_of(place.config().ok().as_ref());
    match open(&place, &wires.clock) {
        Ok(opened) => run_opened(opened, wires, inbox),
        Err(fault) => {
            tracing::error!(cause = fault.cause(), "the booth stays closed");
            show(&window, |ctx| {
                let held = Arc::clone(&wires);
                let look = move || open(&place, &held.clock).err();
                Box::new(Closed::new(fault, wires, look, ctx))
            })
        }
    }
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
    match probed() {
        Ok(found) if found.is_whole() => {}
        found => tracing::warn!(
            ?found,
            "Foreign code is not fully confined: run `capture-station doctor`"
        ),
    }
}

/// What this booth's camera cannot do.
pub fn lacks(standing: &Standing) -> Option<&'static str> {
    let (Standing::Unlocked(device) | Standing::Locked(device)) = standing else {
        return None;
    };
    let has_focus = modes::controls_of(device.node)
        .is_ok_and(|controls| controls.iter().any(|(id, ..)| *id == FOCUS_ABSOLUTE));
    (!has_focus).then_some(
        "its focus cannot be set, so codes on phones may stay blurred: use a hand scanner for them",
    )
}

/// What the code reader or the camera's worker can still do on this machine once it is sealed.
pub fn probed() -> Result<Found, String> {
    let probe = |reach| confinement::probe(&this_program(), Layers::ALL, reach);
    let reader = probe(Reach::Memory).map_err(|why| why.to_string())?;
    let camera = probe(Reach::Driver(VIDEO4LINUX)).map_err(|why| why.to_string())?;
    Ok(if reader.is_whole() { camera } else { reader })
}

/// What `doctor` looks at.
pub fn doctor_inputs(place: &Place, clock: &Clock) -> doctor::Inputs {
    let config = place.config();
    let data = config.as_ref().map_or_else(
        |_| Path::new("/var/lib/capture-station").to_owned(),
        Config::data,
    );
    let station = opening::station_folder(&data);
    clock.resume(station::last_good_time(&station));
    let settings = config.as_ref().map(|config| config.camera.clone());
    let camera = Standing::of(
        &settings.unwrap_or_default().at(Some(&station)),
        &devices::list(Path::new("/sys")),
    );
    doctor::Inputs {
        station,
        data,
        config: config
            .map(|_| "the configuration loads".to_owned())
            .map_err(|error| error.to_string()),
        models: models::found().map_err(|error| format!("{error:#}")),
        font: fonts::regular(),
        camera_lacks: lacks(&camera),
        camera,
        children: probed(),
        now: clock.now(),
        clock: clock.fault(),
    }
}
