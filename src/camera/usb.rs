//! The shell around [`supervisor`](super::supervisor): performs its effects on real workers and on
//! what is plugged in.

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
    Audience, Need, Preset, STEP, Settings, Stage, Tally, decode,
    devices::{self, Device},
    glance::{self, Glance, Light},
    protocol::{self, Change, Order, Packing, Report, Stream},
    supervisor::{Effect, Event, Supervisor},
    sysfs, worker,
};
use crate::{
    booth::CameraState,
    child::{Child, Ending, Lost},
    frame::{self, Camera, Origin},
    time::Mono,
    wire::Malformed,
};

/// A worker reads its orders at once; one that does not is broken.
const ORDER_PATIENCE: Duration = Duration::from_millis(200);
/// While nobody looks, one picture per this time is decoded, to check that it decodes and that
/// there is light in it.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A killed process is gone in milliseconds, unless the driver holds it.
const STUCK_AFTER: Duration = Duration::from_secs(1);

/// Where to look for cameras.
pub(super) enum Ground {
    /// This machine, by the sysfs tree below this folder.
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

    /// Returns the role under which the program is the next worker.
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

/// Which camera is used, and how it is set.
pub(super) struct Booth<'a> {
    /// The configuration's settings.
    pub settings: &'a Settings,
    /// The folder of `camera.toml`, if this is a booth.
    pub station: Option<&'a Path>,
}

pub(super) fn play(booth: Booth<'_>, ground: Ground, program: &Path, stage: &Stage<'_>) {
    let mut usb = Usb::new(booth, ground, program);
    let wanted = usb.settings.wanted().unwrap_or_default();
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
    booth: Booth<'a>,
    /// The settings that apply: the configuration's, completed by what was commissioned.
    settings: Settings,
    ground: Ground,
    program: &'a Path,
    worker: Option<Child>,
    /// The camera that the worker opened, with its mode once that is agreed.
    camera: Arc<Camera>,
    /// What the worker agreed with the camera.
    stream: Option<Stream>,
    /// The need that the worker was last given.
    need: Need,
    /// The last whole picture's bytes; kept across openings, so that a frozen camera is still
    /// recognised.
    last: Option<Arc<Vec<u8>>>,
    /// When a picture was last decoded, and the light in it. After one that failed to decode, each
    /// is tried until one succeeds.
    seen: Option<(Mono, Light)>,
    /// Killed workers that the system has not released yet.
    endings: Vec<(Ending, Mono)>,
    stuck: usize,
    tally: Tally,
}

impl<'a> Usb<'a> {
    fn new(booth: Booth<'a>, ground: Ground, program: &'a Path) -> Self {
        Self {
            settings: booth.settings.at(booth.station),
            booth,
            ground,
            program,
            worker: None,
            camera: Arc::default(),
            stream: None,
            need: Need::default(),
            last: None,
            seen: None,
            endings: Vec::new(),
            stuck: 0,
            tally: Tally::default(),
        }
    }

    /// Returns the worker's next report, or a tick after a moment of silence.
    fn hear(&mut self, stage: &Stage<'_>) -> (Event, Option<Picture>) {
        let Some(worker) = &mut self.worker else {
            std::thread::park_timeout(STEP);
            return (Event::Tick, None);
        };
        let report = match worker.receive(STEP) {
            Ok(None) => return (Event::Tick, None),
            Ok(Some(message)) => Report::parse(message).map_err(Lost::from),
            Err(why) => Err(why),
        };
        match report.and_then(|report| self.heard(report, stage.now())) {
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

    /// Takes a report. First the worker announces once what it agreed with the camera; only then
    /// come pictures, and none larger than that.
    fn heard(&mut self, report: Report, now: Mono) -> Result<(Event, Option<Picture>), Lost> {
        match (report, self.stream) {
            (Report::Hello(stream), None) => {
                tracing::info!(?stream, "the camera opened");
                self.stream = Some(stream);
                Arc::make_mut(&mut self.camera).mode = Some(stream.to_string());
                self.tally.stream = Some(stream);
                Ok((Event::Tick, None))
            }
            (Report::Picture(bytes), Some(stream)) if bytes.len() <= stream.longest_picture() => {
                let Some((glance, picture)) = self.take(bytes, stream, now) else {
                    self.tally.damaged += 1;
                    return Ok((Event::BadPicture, None));
                };
                self.tally.pictures += 1;
                Ok((Event::Picture(glance), picture))
            }
            (Report::Damaged, Some(_)) => {
                self.tally.damaged += 1;
                Ok((Event::BadPicture, None))
            }
            (Report::Controls(controls), Some(_)) => {
                tracing::info!(?controls, preset = ?self.need.preset, "the camera's controls");
                self.tally.controls = controls;
                self.tally.preset = Some(self.need.preset);
                Ok((Event::Tick, None))
            }
            (Report::Refused(reason), _) => Ok((Event::Refused(reason), None)),
            (
                Report::Hello(_) | Report::Picture(_) | Report::Damaged | Report::Controls(_),
                Some(_) | None,
            ) => Err(Malformed.into()),
        }
    }

    /// Takes a picture of the worker; decodes its pixels only if somebody looks or it is time to
    /// check the light. `None` if it is not a picture.
    fn take(
        &mut self,
        bytes: Vec<u8>,
        stream: Stream,
        now: Mono,
    ) -> Option<(Glance, Option<Picture>)> {
        let packed = Packed::of(bytes, stream)?;
        let motion = glance::motion(self.last.as_deref().map(Vec::as_slice), &packed.bytes);
        self.last = Some(Arc::clone(&packed.bytes));
        let seen_of_late = self.seen.filter(|(at, _)| now.since(*at) < LOOK_EVERY);
        if let (Audience::Nobody, Some((_, light))) = (self.need.audience, seen_of_late) {
            return Some((Glance { motion, light }, None));
        }
        let picture = packed.decoded()?;
        let light = glance::light(&picture.0);
        self.seen = Some((now, light));
        Some((Glance { motion, light }, Some(picture)))
    }

    /// Sends the worker the controls for the visit's step.
    fn follow(&mut self, stage: &Stage<'_>) -> Option<Event> {
        let need = stage.need.newest().map_or(self.need, |need| *need);
        let before = std::mem::replace(&mut self.need, need);
        if before.preset == need.preset {
            return None;
        }
        let message = Change(self.orders()).message();
        // A worker that has not reported yet still has its order to read.
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
        let portrait = &self.settings.controls;
        let code = self.settings.code.over(portrait);
        match self.need.preset {
            Preset::Code => code.orders(portrait),
            Preset::Portrait => portrait.orders(&code),
        }
    }

    /// Lists what is plugged in. Nothing streams meanwhile, so this is also when another camera may
    /// have been accepted.
    fn look(&mut self) -> Vec<Event> {
        let mut told = vec![];
        let settings = self.booth.settings.at(self.booth.station);
        if settings != self.settings {
            tracing::info!("the booth's camera was commissioned anew");
            told.extend(settings.wanted().map(Event::Meant));
            self.settings = settings;
        }
        told.push(Event::Looked(self.ground.look()));
        told
    }

    fn perform(
        &mut self,
        effect: Effect,
        picture: &mut Option<Picture>,
        stage: &Stage<'_>,
    ) -> Vec<Event> {
        match effect {
            Effect::Look => return self.look(),
            Effect::Start(device) => return self.start(&device, stage).into_iter().collect(),
            Effect::End => self.end(stage.now()),
            Effect::Rebind(device) => self.rebind(&device, stage.now()),
            Effect::Publish { number } => {
                if let Some((rgb, origin)) = picture.take() {
                    stage.publish(number, rgb, origin, &self.camera);
                }
            }
            Effect::Show(state) => stage.show(state),
        }
        vec![]
    }

    /// Starts a worker; `None` if it started, since its first report arrives by itself.
    fn start(&mut self, device: &Device, stage: &Stage<'_>) -> Option<Event> {
        self.tally.openings += 1;
        self.tally.preset = None;
        self.camera = Arc::new(device.named());
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

    /// Releases what has ended, and reports a change in the number of those that do not end.
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

    /// Takes a camera off its bus and puts it back, in a process of its own: the write waits for
    /// the hung driver.
    fn rebind(&mut self, device: &Device, now: Mono) {
        let Some(bus) = &device.bus else { return };
        tracing::warn!("the camera is taken off its bus and put back");
        let started = Child::spawn(self.program, sysfs::REBIND_ROLE, 0);
        let told = started.map_err(Lost::from).and_then(|mut child| {
            child.send(sysfs::REBIND, &[bus.as_bytes()], ORDER_PATIENCE)?;
            Ok(child)
        });
        match told {
            Ok(child) => self.endings.push((child.leave(), now)),
            Err(why) => tracing::warn!(%why, "the camera cannot be taken off its bus"),
        }
    }
}

/// Pixels as the camera sees them, and the bytes that they came in.
type Picture = (RgbImage, Origin);

/// A picture as a worker sent it. The worker is not trusted: the picture must be a whole one of the
/// announced size, and it is decoded strictly. Only the check whether the camera lost a part of it
/// is done in the worker, on another core: a worker that lies could send any picture anyway.
pub struct Packed {
    bytes: Arc<Vec<u8>>,
    stream: Stream,
}

impl Packed {
    /// Takes a picture; `None` for half a picture and for one of another size.
    pub fn of(bytes: Vec<u8>, stream: Stream) -> Option<Self> {
        let bytes = match stream.packing {
            Packing::Mjpeg => {
                let (whole, size) = decode::into_whole(bytes).ok()?;
                (size == stream.size).then_some(whole)?
            }
            Packing::Yuyv => (bytes.len() == stream.longest_picture()).then_some(bytes)?,
        };
        Some(Self {
            bytes: Arc::new(bytes),
            stream,
        })
    }

    pub fn decoded(self) -> Option<Picture> {
        let Self { bytes, stream } = self;
        let size = stream.size;
        Some(match stream.packing {
            Packing::Mjpeg => (decode::pixels(&bytes).ok()?, Origin::Jpeg(bytes)),
            Packing::Yuyv => {
                let rgb = frame::rgb_from_yuyv(&bytes, size)?;
                (rgb, Origin::Yuyv { bytes, size })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, fs, sync::atomic::AtomicBool};

    use super::*;
    use crate::{
        camera::{Cue, commissioned::Commissioned, devices::Wanted, sysfs::made_up},
        frame::{Frame, Turn},
        geometry::Size,
        latest::Latest,
        time::{Now, Trust, Wall},
    };

    const STREAM: Stream = Stream {
        packing: Packing::Mjpeg,
        size: Size::new(32, 32),
        rate: 30,
    };

    fn at(ms: u64) -> Mono {
        Mono::from_start(Duration::from_millis(ms))
    }

    fn jpeg(shade: u8) -> Vec<u8> {
        let mut bytes = vec![];
        jpeg_encoder::Encoder::new(&mut bytes, 90)
            .encode(&[shade; 32 * 32 * 3], 32, 32, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        bytes
    }

    /// A camera of a booth without a station, on a machine without devices; its program does not
    /// start.
    fn usb(settings: &Settings) -> Usb<'_> {
        let booth = Booth {
            settings,
            station: None,
        };
        let nowhere = Path::new("/nowhere");
        Usb::new(booth, Ground::Machine(nowhere.into()), nowhere)
    }

    /// The ends of a stage that nobody else holds.
    #[derive(Default)]
    struct Slots {
        frames: Latest<Frame>,
        state: Latest<CameraState>,
        tally: Latest<Tally>,
        cue: Latest<Cue>,
        need: Latest<Need>,
        stop: AtomicBool,
    }

    impl Slots {
        fn stage<'a>(&'a self, clock: &'a dyn Fn() -> Now) -> Stage<'a> {
            Stage {
                frames: &self.frames,
                state: &self.state,
                tally: &self.tally,
                cue: &self.cue,
                need: &self.need,
                clock,
                stop: &self.stop,
                turn: Turn::None,
            }
        }
    }

    /// A worker that breaks the order of messages, or contradicts its own announcement, is lost at
    /// once.
    #[test]
    fn a_worker_says_once_what_it_agreed_and_only_then_sends_pictures_of_that_size() {
        let settings = Settings::default();
        let heard = |reports: Vec<Report>| {
            let mut usb = usb(&settings);
            let mut reports = reports.into_iter();
            let last = reports.next_back().unwrap();
            for report in reports {
                assert!(usb.heard(report, at(0)).is_ok());
            }
            usb.heard(last, at(0))
        };
        let hello = || Report::Hello(STREAM);
        let picture = || Report::Picture(jpeg(90));
        let controls = || Report::Controls(vec![]);
        for early in [picture(), Report::Damaged, controls()] {
            assert!(matches!(heard(vec![early]), Err(Lost::Malformed(_))));
        }
        let twice = heard(vec![hello(), hello()]);
        assert!(matches!(twice, Err(Lost::Malformed(_))));
        let longest = vec![0; STREAM.longest_picture()];
        let long = [longest.as_slice(), &[0]].concat();
        let long = heard(vec![hello(), Report::Picture(long)]);
        assert!(matches!(long, Err(Lost::Malformed(_))));
        let bad = heard(vec![hello(), Report::Picture(longest)]);
        assert!(
            matches!(bad, Ok((Event::BadPicture, None))),
            "it is only no picture"
        );
        let good = heard(vec![hello(), controls(), Report::Damaged, picture()]);
        assert!(matches!(good, Ok((Event::Picture(_), Some(_)))));
        let refused = heard(vec![Report::Refused("busy".into())]);
        assert!(matches!(refused, Ok((Event::Refused(_), None))));
    }

    #[test]
    fn while_nobody_looks_few_pictures_are_decoded_and_every_one_is_looked_after() {
        let settings = Settings::default();
        let mut usb = usb(&settings);
        let mut take = |audience, shade, ms| {
            usb.need.audience = audience;
            let (glance, picture) = usb.take(jpeg(shade), STREAM, at(ms))?;
            Some((glance, picture.is_some()))
        };
        let glance = |motion, light| Glance { motion, light };
        let lit = glance(glance::Motion::New, Light::Lit);
        let nobody = Audience::Nobody;
        assert_eq!(take(nobody, 90, 0), Some((lit, true)));
        assert_eq!(take(nobody, 91, 33), Some((lit, false)));
        let same = glance(glance::Motion::Same, Light::Lit);
        assert_eq!(take(nobody, 91, 66), Some((same, false)), "frozen is seen");
        assert_eq!(take(Audience::Somebody, 92, 99), Some((lit, true)));
        let dark = glance(glance::Motion::New, Light::Dark);
        assert_eq!(take(nobody, 0, 349), Some((dark, true)), "it is time");
        // Cheap to check, whether or not anybody looks.
        let whole = jpeg(93);
        let half = whole[..whole.len() / 2].to_vec();
        assert!(usb.take(half, STREAM, at(350)).is_none());
        let small = Stream {
            size: Size::new(16, 32),
            ..STREAM
        };
        assert!(usb.take(whole, small, at(350)).is_none());
    }

    #[test]
    fn after_one_that_cannot_be_decoded_each_is_until_one_can() {
        let settings = Settings::default();
        let mut usb = usb(&settings);
        usb.need.audience = Audience::Nobody;
        usb.stream = Some(STREAM);
        let mut hear = |bytes: Vec<u8>, ms| usb.heard(Report::Picture(bytes), at(ms)).unwrap();
        assert!(matches!(hear(jpeg(90), 0), (Event::Picture(_), Some(_))));
        // Markers and size are right, but a table that its scan names is a different one.
        let mut bad = jpeg(90);
        let table = bad.windows(2).position(|pair| pair == [0xff, 0xc4]);
        bad[table.unwrap() + 4] = 0x03;
        for ms in [300, 333] {
            assert!(matches!(hear(bad.clone(), ms), (Event::BadPicture, None)));
        }
        assert!(matches!(hear(jpeg(91), 366), (Event::Picture(_), Some(_))));
        assert!(matches!(hear(jpeg(92), 399), (Event::Picture(_), None)));
    }

    #[test]
    fn a_picture_names_the_camera_that_took_it() {
        let settings = Settings::default();
        let mut usb = usb(&settings);
        let slots = Slots::default();
        let clock = || Now {
            mono: at(0),
            wall: Wall::EPOCH,
            trust: Trust::Unknown,
        };
        let stage = slots.stage(&clock);
        let plugged = |serial: &str| Device {
            node: 3,
            name: "Desk camera".to_owned(),
            vendor: "046d".to_owned(),
            product: "0825".to_owned(),
            serial: Some(serial.to_owned()),
            bus: None,
        };
        for (nth, serial) in ["A1", "A2"].into_iter().enumerate() {
            // Its program does not start; what it would say is said here.
            usb.perform(Effect::Start(plugged(serial)), &mut None, &stage);
            assert!(usb.heard(Report::Hello(STREAM), at(0)).is_ok());
            let at = at(10_000 * (nth as u64 + 1));
            let heard = usb.heard(Report::Picture(jpeg(90)), at);
            let (_, mut picture) = heard.ok().unwrap();
            usb.perform(Effect::Publish { number: nth as u64 }, &mut picture, &stage);
            usb.perform(Effect::End, &mut None, &stage);
            let camera = Arc::clone(&slots.frames.newest().unwrap().camera);
            assert_eq!(
                (camera.vendor.as_str(), camera.product.as_str()),
                ("046d", "0825")
            );
            assert_eq!(camera.serial.as_deref(), Some(serial));
            assert_eq!(camera.mode.as_deref(), Some("MJPEG 32x32, 30 a second"));
        }
    }

    /// The file is reread where the camera is looked for: neither the kiosk nor its camera thread
    /// is restarted.
    #[test]
    fn a_camera_that_is_accepted_while_the_booth_looks_for_its_own_is_opened() {
        let (sysfs, station) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        made_up::plug(sysfs.path(), 0, "0", ["046d", "0825", "A2"]);
        let of = |serial: &str| Commissioned {
            camera: Wanted {
                serial: Some(serial.to_owned()),
                ..Wanted::default()
            },
            ..Commissioned::default()
        };
        of("A1").save(station.path()).unwrap();
        let (slots, time) = (Slots::default(), RefCell::new(0));
        let seen = RefCell::new(vec![]);
        let clock = || {
            let shown = slots.state.newest().map(|state| CameraState::clone(&state));
            if let Some(CameraState::Another(which)) = &shown {
                assert!(which.contains("serial A2"), "{which}");
                of("A2").save(station.path()).unwrap();
            }
            let mut seen = seen.borrow_mut();
            seen.extend(shown);
            seen.dedup();
            *time.borrow_mut() += 20;
            let late = *time.borrow() > 8_000;
            if seen.contains(&CameraState::Opening) || late {
                slots.stop.store(true, std::sync::atomic::Ordering::Relaxed);
            }
            Now {
                mono: at(*time.borrow()),
                wall: Wall::EPOCH,
                trust: Trust::Unknown,
            }
        };
        let stage = slots.stage(&clock);
        let settings = Settings::default();
        let booth = Booth {
            settings: &settings,
            station: Some(station.path()),
        };
        let ground = Ground::Machine(sysfs.path().to_path_buf());
        play(booth, ground, Path::new("/nowhere"), &stage);
        let states = seen.into_inner();
        assert_eq!(states.first(), Some(&CameraState::Absent));
        assert!(matches!(states.get(1), Some(CameraState::Another(_))));
        assert_eq!(states.get(2), Some(&CameraState::Opening), "{states:?}");
        assert!(fs::read_dir(station.path()).unwrap().count() == 1);
    }
}
