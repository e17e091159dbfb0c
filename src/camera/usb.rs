//! The shell around [`supervisor`](super::supervisor): performs its effects on real workers and on what is plugged in.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use image::RgbImage;

#[cfg(feature = "sitter")]
use super::faulty::Script;
use super::{
    Controls, Preset, STEP, Settings, Stage, Tally, decode,
    devices::{self, Device, Wanted},
    glance::{self, Glance},
    protocol::{self, Change, Order, Packing, Report, Stream},
    supervisor::{Effect, Event, Supervisor},
    worker,
};
use crate::{
    booth::CameraState,
    child::{Child, Ending, Lost},
    frame::{self, Origin},
    time::Mono,
    wire::Malformed,
};

/// A worker reads what it is told at once; one that does not is broken.
const ORDER_PATIENCE: Duration = Duration::from_millis(200);
/// A killed process is gone in milliseconds, unless the driver holds it.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// Where cameras are plugged in.
pub(super) enum Ground {
    /// This machine, as the sysfs tree below this folder tells.
    Machine(PathBuf),
    #[cfg(feature = "sitter")]
    Script(Script),
}

impl Ground {
    fn look(&mut self) -> Vec<Device> {
        match self {
            Self::Machine(sysfs) => devices::list(sysfs),
            #[cfg(feature = "sitter")]
            Self::Script(script) => script.look(),
        }
    }

    /// The role under which the program is the next worker.
    fn role(&mut self) -> String {
        match self {
            Self::Machine(_) => worker::ROLE.to_owned(),
            #[cfg(feature = "sitter")]
            Self::Script(script) => script.next_role(),
        }
    }

    fn ended(&mut self) {
        match self {
            Self::Machine(_) => {}
            #[cfg(feature = "sitter")]
            Self::Script(script) => script.ended(),
        }
    }
}

pub(super) fn play(
    wanted: Wanted,
    settings: &Settings,
    ground: Ground,
    program: &Path,
    stage: &Stage<'_>,
) {
    let mut usb = Usb {
        portrait: settings.controls.clone(),
        code: settings.code.over(&settings.controls),
        ground,
        program,
        worker: None,
        stream: None,
        preset: Preset::default(),
        last: None,
        endings: Vec::new(),
        stuck: 0,
        tally: Tally::default(),
    };
    stage.show(CameraState::Absent);
    let mut supervisor = Supervisor::new(wanted, stage.now());
    while !stage.stopped() {
        let mut events = VecDeque::new();
        events.extend(usb.count_stuck(stage.now()));
        events.extend(usb.follow(stage));
        let (event, mut picture) = usb.hear(stage);
        events.push_back(event);
        while let Some(event) = events.pop_front() {
            for effect in supervisor.apply(event, stage.now()) {
                events.extend(usb.perform(effect, &mut picture, stage));
            }
        }
    }
}

struct Usb<'a> {
    portrait: Controls,
    code: Controls,
    ground: Ground,
    program: &'a Path,
    worker: Option<Child>,
    /// What the worker agreed with the camera.
    stream: Option<Stream>,
    /// What the worker was told last.
    preset: Preset,
    /// The last whole picture's bytes; kept over openings, so that a frozen camera stays known as one.
    last: Option<Arc<[u8]>>,
    /// Killed workers that the system has not let go yet.
    endings: Vec<(Ending, Mono)>,
    stuck: usize,
    tally: Tally,
}

impl Usb<'_> {
    /// The worker's next word, or a tick after a moment of silence.
    fn hear(&mut self, stage: &Stage<'_>) -> (Event, Option<(RgbImage, Origin)>) {
        let Some(worker) = &mut self.worker else {
            std::thread::park_timeout(STEP);
            return (Event::Tick, None);
        };
        let report = match worker.receive(STEP) {
            Ok(None) => return (Event::Tick, None),
            Ok(Some(message)) => Report::parse(message).map_err(Lost::from),
            Err(why) => Err(why),
        };
        match report.and_then(|report| self.heard(report)) {
            Ok(heard) => {
                stage.count(&self.tally);
                heard
            }
            Err(why) => {
                tracing::warn!(%why, "the camera worker is lost");
                (Event::Lost, None)
            }
        }
    }

    /// First the worker says what it agreed with the camera, once; only then pictures, and none larger than that.
    fn heard(&mut self, report: Report) -> Result<(Event, Option<(RgbImage, Origin)>), Lost> {
        match (report, self.stream) {
            (Report::Hello(stream), None) => {
                tracing::info!(?stream, "the camera opened");
                self.stream = Some(stream);
                self.tally.stream = Some(stream);
                Ok((Event::Tick, None))
            }
            (Report::Picture(bytes), Some(stream)) if bytes.len() <= stream.longest_picture() => {
                let Some((rgb, origin)) = decoded(bytes, stream) else {
                    self.tally.damaged += 1;
                    return Ok((Event::BadPicture, None));
                };
                self.tally.pictures += 1;
                let glance = self.glance(&rgb, &origin);
                Ok((Event::Picture(glance), Some((rgb, origin))))
            }
            (Report::Damaged, Some(_)) => {
                self.tally.damaged += 1;
                Ok((Event::BadPicture, None))
            }
            (Report::Controls(controls), Some(_)) => {
                tracing::info!(?controls, preset = ?self.preset, "the camera's controls");
                self.tally.controls = controls;
                self.tally.preset = Some(self.preset);
                Ok((Event::Tick, None))
            }
            (Report::Refused(reason), _) => Ok((Event::Refused(reason), None)),
            (
                Report::Hello(_) | Report::Picture(_) | Report::Damaged | Report::Controls(_),
                Some(_) | None,
            ) => Err(Malformed.into()),
        }
    }

    fn glance(&mut self, rgb: &RgbImage, origin: &Origin) -> Glance {
        let bytes = match origin {
            Origin::Jpeg(bytes) | Origin::Yuyv { bytes, .. } => Some(Arc::clone(bytes)),
            Origin::Pixels => None,
        };
        let motion = glance::motion(self.last.as_deref(), bytes.as_deref().unwrap_or_default());
        self.last = bytes;
        Glance {
            motion,
            light: glance::light(rgb),
        }
    }

    /// Tells the worker the controls of the step that the visit is in.
    fn follow(&mut self, stage: &Stage<'_>) -> Option<Event> {
        let wanted = stage.preset.newest().map_or(self.preset, |preset| *preset);
        if wanted == self.preset {
            return None;
        }
        self.preset = wanted;
        let message = Change(self.orders()).message();
        // A worker that was not heard of yet has its order still before it.
        let worker = self.worker.as_mut()?;
        match worker.send(message.kind, &[&message.payload], ORDER_PATIENCE) {
            Ok(()) => None,
            Err(why) => {
                tracing::warn!(%why, "the camera worker takes no controls");
                Some(Event::Lost)
            }
        }
    }

    fn orders(&self) -> Vec<(u32, i64)> {
        match self.preset {
            Preset::Code => self.code.orders(&self.portrait),
            Preset::Portrait => self.portrait.orders(&self.code),
        }
    }

    fn perform(
        &mut self,
        effect: Effect,
        picture: &mut Option<(RgbImage, Origin)>,
        stage: &Stage<'_>,
    ) -> Option<Event> {
        match effect {
            Effect::Look => return Some(Event::Looked(self.ground.look())),
            Effect::Start(device) => return self.start(&device, stage),
            Effect::End => self.end(stage.now()),
            Effect::Rebind(device) => self.rebind(&device, stage.now()),
            Effect::Publish { number } => {
                if let Some((rgb, origin)) = picture.take() {
                    stage.publish(number, rgb, origin);
                }
            }
            Effect::Show(state) => stage.show(state),
        }
        None
    }

    /// `None` if the worker started; its first word then arrives by itself.
    fn start(&mut self, device: &Device, stage: &Stage<'_>) -> Option<Event> {
        self.tally.openings += 1;
        self.tally.preset = None;
        let order = Order::new(device.node, self.orders()).message();
        let role = self.ground.role();
        let started = Child::spawn(self.program, &role, protocol::LONGEST)
            .map_err(Lost::from)
            .and_then(|mut worker| {
                worker.send(order.kind, &[&order.payload], ORDER_PATIENCE)?;
                Ok(worker)
            });
        stage.count(&self.tally);
        match started {
            Ok(worker) => {
                self.worker = Some(worker);
                None
            }
            Err(why) => {
                tracing::warn!(%why, "the camera worker cannot be started");
                Some(Event::Lost)
            }
        }
    }

    fn end(&mut self, now: Mono) {
        if let Some(worker) = self.worker.take() {
            self.endings.push((worker.end(), now));
        }
        self.stream = None;
        self.ground.ended();
    }

    /// Lets go of what has ended, and tells when the number of those that do not end has changed.
    fn count_stuck(&mut self, now: Mono) -> Option<Event> {
        self.endings.retain_mut(|(ending, _)| !ending.is_over());
        let stuck = self
            .endings
            .iter()
            .filter(|(_, since)| now.since(*since) >= STUCK_AFTER)
            .count();
        if stuck == self.stuck {
            return None;
        }
        tracing::warn!(stuck, "camera workers that do not end");
        self.stuck = stuck;
        self.tally.stuck = stuck;
        Some(Event::Stuck(stuck))
    }

    /// In a process of its own: the write that takes a camera off its bus waits for the driver that hangs.
    fn rebind(&mut self, device: &Device, now: Mono) {
        let Some(bus) = &device.bus else { return };
        tracing::warn!("the camera is taken off its bus and put back");
        let started = Child::spawn(self.program, worker::REBIND_ROLE, 0);
        let told = started.map_err(Lost::from).and_then(|mut child| {
            child.send(worker::REBIND, &[bus.as_bytes()], ORDER_PATIENCE)?;
            Ok(child)
        });
        match told {
            Ok(child) => self.endings.push((child.leave(), now)),
            Err(why) => tracing::warn!(%why, "the camera cannot be taken off its bus"),
        }
    }
}

/// The worker is not believed: what it sends is decoded strictly and must have the size that it announced. Only whether the camera
/// lost a part of a picture was looked at there, on another core: a worker that lies could send any picture.
pub fn decoded(bytes: Vec<u8>, stream: Stream) -> Option<(RgbImage, Origin)> {
    let (rgb, origin) = match stream.packing {
        Packing::Mjpeg => {
            let whole = decode::into_whole(bytes).ok()?;
            (decode::pixels(&whole).ok()?, Origin::Jpeg(Arc::from(whole)))
        }
        Packing::Yuyv => {
            let bytes: Arc<[u8]> = bytes.into();
            let size = stream.size;
            (
                frame::rgb_from_yuyv(&bytes, size)?,
                Origin::Yuyv { bytes, size },
            )
        }
    };
    (rgb.dimensions() == (stream.size.width, stream.size.height)).then_some((rgb, origin))
}
