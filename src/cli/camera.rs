//! `camera list`, `camera test`, `camera lock` and `camera accept`: what is plugged in, whether it
//! really sends pictures, and how its settings are fixed.

use std::{
    cell::RefCell,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::seat;
use crate::{
    analysis::Analyser,
    app::seat::{light_and_sharpness, look as look_at_seat},
    booth::CameraState,
    camera::{
        self, Settings, Tally,
        commissioned::{self, Commissioned, NotOne, Standing},
        controls::{EXPOSURE_ABSOLUTE, FOCUS_ABSOLUTE, WHITE_BALANCE},
        devices::{self, Device},
        modes::{self, Looked},
    },
    frame::Frame,
    latest::Latest,
    station,
    time::{Mono, Now},
};

/// Look at the cameras of this machine.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show which cameras are plugged in: the ids that the configuration may name, modes, and the
    /// present values of controls.
    List,
    /// Open the configured camera as the kiosk does and count its pictures. Exit code 0: pictures
    /// came; 1: no picture came.
    Test(Test),
    /// Let exposure, white balance and focus settle, and keep them for this booth's portraits. Sit
    /// somebody down first.
    Lock(Lock),
    /// Make the one camera that is plugged in this booth's, in place of the earlier one. A running
    /// kiosk uses it within a second.
    Accept,
}

#[derive(Debug, clap::Args)]
pub struct Test {
    /// How long to look, in seconds.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Where to save the last picture, as the camera sent it.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Lock {
    /// How long the camera may settle, in seconds.
    #[arg(long, default_value_t = 6)]
    pub seconds: u64,
}

/// Prints what is plugged in, or that nothing is. Returns the exit code.
pub fn list(
    sysfs: &Path,
    look: &dyn Fn(u32) -> io::Result<Looked>,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let devices = devices::list(sysfs);
    if devices.is_empty() {
        writeln!(out, "No camera is plugged in.")?;
    }
    for device in devices {
        let serial = device.serial.as_deref().unwrap_or("none");
        writeln!(
            out,
            "{}: vendor {}, product {}, serial {serial} (/dev/video{})",
            device.name, device.vendor, device.product, device.node
        )?;
        match look(device.node) {
            Ok(looked) => details(&looked, out)?,
            Err(why) => writeln!(out, "  it cannot be opened: {why}")?,
        }
    }
    Ok(0)
}

fn details(looked: &Looked, out: &mut dyn Write) -> io::Result<()> {
    for mode in &looked.modes {
        writeln!(out, "  offers {mode} a second")?;
    }
    if let Some(mode) = &looked.current {
        writeln!(out, "  was left at {mode}")?;
    }
    for (_, name, value) in &looked.controls {
        writeln!(out, "  {name}: {value}")?;
    }
    Ok(())
}

/// Plays the configured camera for a while through the kiosk's own path. Returns the exit code.
pub fn test(
    arguments: &Test,
    settings: &Settings,
    program: &Path,
    analyser: Option<&mut Analyser>,
    clock: &dyn Fn() -> Now,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let wait = Duration::from_secs(arguments.seconds);
    let watch = watch(wait, settings, program, clock, out, &mut || {})?;
    let Some(last) = &watch.last else {
        writeln!(out, "No picture in {} s.", arguments.seconds)?;
        return Ok(1);
    };
    let size = last.size();
    let rate = watch.pictures as f32 / watch.span().as_secs_f32().max(0.001);
    writeln!(
        out,
        "{} pictures of {}x{}, {rate:.1} a second, the first after {:.2} s, longest gap {} ms.",
        watch.pictures,
        size.width,
        size.height,
        watch.first.as_secs_f32(),
        watch.longest_gap.as_millis()
    )?;
    tallied(&watch.tally, out)?;
    if let Some(analyser) = analyser {
        seat::describe(&look_at_seat(last, analyser), out)?;
    }
    save_still(arguments.output.as_deref(), last, out)?;
    Ok(0)
}

fn save_still(path: Option<&Path>, last: &Frame, out: &mut dyn Write) -> io::Result<()> {
    if let Some(path) = path {
        let original = last.original().ok_or(io::ErrorKind::InvalidData)?;
        std::fs::write(path, &original.jpeg)?;
        writeln!(out, "The last picture is in {}.", path.display())?;
    }
    Ok(())
}

/// Prints what only a USB camera has.
fn tallied(tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    if tally.openings == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "Opened {} times, {} damaged pictures, {} workers that hang in the driver.",
        tally.openings, tally.damaged, tally.stuck
    )?;
    for (id, value) in &tally.controls {
        let known = camera::controls::KNOWN
            .iter()
            .find(|(known, _)| known == id);
        let name = known.map_or("control", |(_, name)| name);
        match value {
            Some(value) => writeln!(out, "{name}: {value}")?,
            None => writeln!(out, "{name}: this camera has none")?,
        }
    }
    Ok(())
}

/// Opens the one camera that is meant with everything automatic, and keeps what it settles to.
/// Returns the exit code.
pub fn lock(
    arguments: &Lock,
    settings: &Settings,
    station: &Path,
    program: &Path,
    clock: &dyn Fn() -> Now,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let Some(device) = the_one(settings, &devices::list(Path::new("/sys")), out)? else {
        return Ok(1);
    };
    let this_one = settings.settling(&device);
    let mut settled = Ok(vec![]);
    let wait = Duration::from_secs(arguments.seconds);
    let watch = watch(wait, &this_one, program, clock, out, &mut || {
        settled = modes::controls_of(device.node);
    })?;
    if watch.last.is_none() {
        writeln!(
            out,
            "No picture in {} s: nothing is locked.",
            arguments.seconds
        )?;
        return Ok(1);
    }
    let settled: Vec<(u32, i64)> = settled?
        .iter()
        .map(|(id, _, value)| (*id, *value))
        .collect();
    let booth = Commissioned::of(&device, &settled);
    booth.save(station)?;
    writeln!(out, "{} is this booth's camera.", device.name)?;
    forget_plate(station, out)?;
    for (id, name, without) in [
        (
            EXPOSURE_ABSOLUTE,
            "exposure",
            "its portraits may differ in brightness",
        ),
        (
            WHITE_BALANCE,
            "white balance",
            "its portraits may differ in colour",
        ),
        (
            FOCUS_ABSOLUTE,
            "focus",
            "codes on phones may stay blurred: use a hand scanner",
        ),
    ] {
        match settled.iter().find(|(known, _)| *known == id) {
            Some((_, value)) => writeln!(out, "{name}: locked at {value}")?,
            None => writeln!(out, "{name}: this camera has no such control; {without}")?,
        }
    }
    Ok(0)
}

/// Accepts the camera that is plugged in, and reports what it lacks. Returns the exit code.
pub fn accept(settings: &Settings, station: &Path, out: &mut dyn Write) -> io::Result<u8> {
    match commissioned::accept(settings, station) {
        Ok(device) => {
            writeln!(out, "{device} is this booth's camera now.")?;
            forget_plate(station, out)?;
            if let Standing::Unlocked(_) = Standing::of(&settings.at(Some(station)), &[device]) {
                writeln!(
                    out,
                    "Its exposure, white balance and focus are not locked: run `capture-station camera lock` when there is time."
                )?;
            }
            Ok(0)
        }
        Err(why) => {
            writeln!(out, "Not accepted: {why}.")?;
            Ok(1)
        }
    }
}

/// Removes the picture of the empty booth: one from another camera, or with other settings, would
/// mislead.
fn forget_plate(station: &Path, out: &mut dyn Write) -> io::Result<()> {
    if let Ok(None) = station::plate(station) {
        return Ok(());
    }
    match station::forget_plate(station) {
        Ok(()) => writeln!(
            out,
            "The picture of the empty booth was taken by the earlier camera and has been removed: take a new one at the booth, 开机检查."
        ),
        Err(why) => writeln!(
            out,
            "The picture of the empty booth was taken by the earlier camera and cannot be removed: {why}. Delete it by hand."
        ),
    }
}

/// Returns the camera that the settings mean; reports if there is none, or if it is one of several.
fn the_one(
    settings: &Settings,
    devices: &[Device],
    out: &mut dyn Write,
) -> io::Result<Option<Device>> {
    let why = match commissioned::the_one(settings, devices) {
        Ok(device) => return Ok(Some(device)),
        Err(NotOne::OtherSource) => {
            "Only a USB camera can be locked; this booth plays another source."
        }
        Err(NotOne::NotPlugged) => "The camera that the configuration means is not plugged in.",
        Err(NotOne::Several) => {
            "Several cameras are plugged in: name one in [camera.source], or unplug the others."
        }
    };
    writeln!(out, "{why}")?;
    Ok(None)
}

fn words(state: &CameraState) -> String {
    match state {
        CameraState::Absent => "no camera".to_owned(),
        CameraState::Opening => "opening".to_owned(),
        CameraState::Streaming => "streaming".to_owned(),
        CameraState::Stalled => "the camera is there but sends nothing".to_owned(),
        CameraState::Another(which) => format!(
            "another camera is plugged in ({which}): plug the booth's own back in, or run `capture-station camera accept`"
        ),
        CameraState::Refused(reason) => reason.clone(),
    }
}

/// What was seen of a camera. Times are measured from the start of the test.
#[derive(Default)]
struct Watch {
    pictures: u64,
    first: Duration,
    latest: Duration,
    longest_gap: Duration,
    last: Option<Arc<Frame>>,
    tally: Tally,
    state: Option<CameraState>,
    /// How many seconds were reported.
    told: u64,
}

impl Watch {
    fn span(&self) -> Duration {
        self.latest.saturating_sub(self.first)
    }

    fn look(&mut self, slots: &camera::Slots<'_>, start: Mono, now: Mono) -> Vec<String> {
        let since = now.since(start);
        let mut lines = vec![];
        if let Some(tally) = slots.tally.newest() {
            self.tally = Tally::clone(&tally);
        }
        let state = slots.state.newest();
        if let Some(state) = state
            && self.state.as_ref() != Some(&*state)
        {
            lines.push(format!("{:6.2} s: {}", since.as_secs_f32(), words(&state)));
            self.state = Some(CameraState::clone(&state));
        }
        if let Some(frame) = slots.frames.newest() {
            self.see(frame, start);
        }
        if since.as_secs() > self.told {
            self.told = since.as_secs();
            lines.extend(self.live());
        }
        lines
    }

    fn see(&mut self, frame: Arc<Frame>, start: Mono) {
        if self.last.as_ref().is_some_and(|last| last.at == frame.at) {
            return;
        }
        let at = frame.at.since(start);
        if self.pictures == 0 {
            self.first = at;
        } else {
            self.longest_gap = self.longest_gap.max(at.saturating_sub(self.latest));
        }
        self.latest = at;
        self.pictures += 1;
        self.last = Some(frame);
    }

    /// Returns one line for each second that has pictures.
    fn live(&self) -> Option<String> {
        let (brightness, sharpness) = light_and_sharpness(&self.last.as_ref()?.rgb);
        Some(format!(
            "{:6} s: {} pictures, longest gap {} ms, {} damaged, brightness {brightness:.0} of 255, sharpness {sharpness:.1}",
            self.told,
            self.pictures,
            self.longest_gap.as_millis(),
            self.tally.damaged
        ))
    }
}

/// Watches a camera. It asks for the time before each picture and in each pause, and is observed at
/// those moments, so no second thread is needed. `at_end` is called once, while it still streams.
fn watch(
    wait: Duration,
    settings: &Settings,
    program: &Path,
    clock: &dyn Fn() -> Now,
    out: &mut dyn Write,
    at_end: &mut dyn FnMut(),
) -> io::Result<Watch> {
    let (frames, state, tally) = (Latest::default(), Latest::default(), Latest::default());
    let (cue, need) = (Latest::default(), Latest::default());
    let slots = camera::Slots {
        frames: &frames,
        state: &state,
        tally: &tally,
        cue: &cue,
        need: &need,
    };
    let stop = AtomicBool::new(false);
    let start = clock().mono;
    let seen = RefCell::new((Watch::default(), out, at_end, Ok(())));
    let watching = || {
        let now = clock();
        let (watch, out, at_end, told) = &mut *seen.borrow_mut();
        for line in watch.look(&slots, start, now.mono) {
            if told.is_ok() {
                *told = writeln!(out, "{line}");
            }
        }
        let over = now.mono.since(start) >= wait;
        if over && !stop.swap(true, Ordering::Relaxed) {
            at_end();
        }
        now
    };
    camera::run(settings, None, program, &slots, &watching, &stop);
    let (watch, _, _, told) = seen.into_inner();
    told.map(|()| watch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::modes::Mode;

    fn device(node: u32, serial: &str) -> Device {
        Device {
            node,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: "0825".into(),
            serial: Some(serial.into()),
            bus: None,
        }
    }

    #[test]
    fn a_machine_without_a_camera_says_so() {
        let mut out = Vec::new();
        let nothing = |_| Ok(Looked::default());
        assert_eq!(list(Path::new("/nowhere"), &nothing, &mut out).unwrap(), 0);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "No camera is plugged in.\n"
        );
    }

    #[test]
    fn the_plate_of_an_earlier_camera_goes_and_nothing_is_said_where_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        forget_plate(folder.path(), &mut out).unwrap();
        assert!(out.is_empty());
        station::keep_plate(folder.path(), b"png").unwrap();
        forget_plate(folder.path(), &mut out).unwrap();
        assert!(station::plate(folder.path()).unwrap().is_none());
        assert!(!out.is_empty());
    }

    #[test]
    fn modes_and_controls_are_listed_with_their_names() {
        let mode = |rates: &[f32]| Mode {
            packing: "MJPG".into(),
            width: 1920,
            height: 1080,
            rates: rates.to_vec(),
        };
        let looked = Looked {
            modes: vec![mode(&[30.0, 15.0])],
            current: Some(mode(&[7.5])),
            controls: vec![(FOCUS_ABSOLUTE, "focus", 30)],
        };
        let mut out = Vec::new();
        details(&looked, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  offers MJPG 1920x1080 at 30, 15 a second\n  was left at MJPG 1920x1080 at 7.5\n  focus: 30\n"
        );
    }

    #[test]
    fn only_one_camera_that_is_meant_can_be_locked() {
        let (first, second) = (device(0, "A1"), device(2, "B2"));
        let both = [first, second.clone()];
        let named: Settings =
            toml::from_str("source = { kind = \"usb\", serial = \"B2\" }").unwrap();
        let mut out = Vec::new();
        let found = the_one(&named, &both, &mut out).unwrap();
        assert_eq!((found, out.len()), (Some(second), 0));
        let cases = [
            (Settings::default(), both.as_slice(), "Several cameras"),
            (named, &[], "not plugged in"),
        ];
        for (settings, devices, said) in cases {
            let mut out = Vec::new();
            assert_eq!(the_one(&settings, devices, &mut out).unwrap(), None);
            assert!(String::from_utf8(out).unwrap().contains(said), "{said}");
        }
    }
}
