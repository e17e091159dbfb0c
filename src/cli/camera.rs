//! `camera list` and `camera test`: what is plugged in, and whether it really sends pictures.

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

use crate::{
    booth::CameraState,
    camera::{self, Settings, devices},
    frame::Frame,
    latest::Latest,
    time::{Mono, Now},
};

/// Look at the cameras of this machine.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show which cameras are plugged in, with the ids that the configuration may name.
    List,
    /// Open the configured camera as the kiosk does and count its pictures. Exit code 0: pictures came; 1: none.
    Test(Test),
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

/// Prints what is plugged in; without a camera it says so. The result is the exit code.
pub fn list(sysfs: &Path, out: &mut dyn Write) -> io::Result<u8> {
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
    }
    Ok(0)
}

/// Plays the configured camera for a while through the kiosk's own path. The result is the exit code.
pub fn test(
    arguments: &Test,
    settings: &Settings,
    program: &Path,
    clock: &dyn Fn() -> Now,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let watch = watch(
        Duration::from_secs(arguments.seconds),
        settings,
        program,
        clock,
    );
    for (at, state) in &watch.states {
        writeln!(out, "{:6.2} s: {}", at.as_secs_f32(), words(state))?;
    }
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
    if let Some(path) = &arguments.output {
        let original = last.original().ok_or(io::ErrorKind::InvalidData)?;
        std::fs::write(path, &original.jpeg)?;
        writeln!(out, "The last picture is in {}.", path.display())?;
    }
    Ok(0)
}

fn words(state: &CameraState) -> String {
    match state {
        CameraState::Absent => "no camera".to_owned(),
        CameraState::Opening => "opening".to_owned(),
        CameraState::Streaming => "streaming".to_owned(),
        CameraState::Stalled => "the camera is there but sends nothing".to_owned(),
        CameraState::Refused(reason) => reason.clone(),
    }
}

/// What was seen of a camera. Times count from the start of the test.
#[derive(Default)]
struct Watch {
    pictures: u64,
    first: Duration,
    latest: Duration,
    longest_gap: Duration,
    last: Option<Arc<Frame>>,
    states: Vec<(Duration, CameraState)>,
}

impl Watch {
    fn span(&self) -> Duration {
        self.latest.saturating_sub(self.first)
    }

    fn look(
        &mut self,
        frame: Option<Arc<Frame>>,
        state: Option<Arc<CameraState>>,
        start: Mono,
        now: Mono,
    ) {
        if let Some(state) = state
            && self.states.last().map(|(_, state)| state) != Some(&*state)
        {
            self.states
                .push((now.since(start), CameraState::clone(&state)));
        }
        let Some(frame) = frame else { return };
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
}

/// The camera asks for the time before each picture and in each pause: that is when it is looked at, so no second thread is needed.
fn watch(wait: Duration, settings: &Settings, program: &Path, clock: &dyn Fn() -> Now) -> Watch {
    let (frames, state, tally) = (Latest::default(), Latest::default(), Latest::default());
    let (cue, preset) = (Latest::default(), Latest::default());
    let slots = camera::Slots {
        frames: &frames,
        state: &state,
        tally: &tally,
        cue: &cue,
        preset: &preset,
    };
    let stop = AtomicBool::new(false);
    let start = clock().mono;
    let seen = RefCell::new(Watch::default());
    let watching = || {
        let now = clock();
        seen.borrow_mut()
            .look(frames.newest(), state.newest(), start, now.mono);
        if now.mono.since(start) >= wait {
            stop.store(true, Ordering::Relaxed);
        }
        now
    };
    camera::run(settings, program, &slots, &watching, &stop);
    seen.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_camera_says_so() {
        let mut out = Vec::new();
        assert_eq!(list(Path::new("/nowhere"), &mut out).unwrap(), 0);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "No camera is plugged in.\n"
        );
    }
}
