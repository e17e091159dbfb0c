//! The shell around [`supervisor`](super::supervisor): performs its effects on a real worker and sysfs.

use std::{collections::VecDeque, path::Path, sync::Arc, time::Duration};

use image::RgbImage;

use super::{
    Controls, STEP, Stage, decode,
    devices::{self, Device, Wanted},
    protocol::{self, Order, Packing, Report, Stream},
    supervisor::{Effect, Event, Supervisor},
    worker,
};
use crate::{
    booth::CameraState,
    child::{Child, Lost},
    frame::{self, Origin},
};

const SYSFS: &str = "/sys";
/// A worker reads its order at once; one that does not is broken.
const ORDER_PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn play(wanted: &Wanted, controls: &Controls, program: &Path, stage: &Stage<'_>) {
    let mut usb = Usb {
        wanted,
        controls,
        program,
        worker: None,
        stream: None,
    };
    stage.show(CameraState::Absent);
    let mut supervisor = Supervisor::new(stage.now());
    while !stage.stopped() {
        let (event, mut picture) = usb.hear();
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in supervisor.apply(event, stage.now()) {
                events.extend(usb.perform(effect, &mut picture, stage));
            }
        }
    }
}

struct Usb<'a> {
    wanted: &'a Wanted,
    controls: &'a Controls,
    program: &'a Path,
    worker: Option<Child>,
    /// What the worker agreed with the camera.
    stream: Option<Stream>,
}

impl Usb<'_> {
    /// The worker's next word, or a tick after a moment of silence.
    fn hear(&mut self) -> (Event, Option<(RgbImage, Origin)>) {
        let Some(worker) = &mut self.worker else {
            std::thread::park_timeout(STEP);
            return (Event::Tick, None);
        };
        let report = match worker.receive(STEP) {
            Ok(None) => return (Event::Tick, None),
            Ok(Some(message)) => Report::parse(message).map_err(Lost::from),
            Err(why) => Err(why),
        };
        match report {
            Ok(Report::Hello(stream)) => {
                tracing::info!(?stream, "the camera opened");
                self.stream = Some(stream);
                (Event::Tick, None)
            }
            Ok(Report::Picture(bytes)) => {
                match self.stream.and_then(|stream| decoded(bytes, stream)) {
                    Some(picture) => (Event::Picture, Some(picture)),
                    None => (Event::BadPicture, None),
                }
            }
            Ok(Report::Refused(reason)) => (Event::Refused(reason), None),
            Err(why) => {
                tracing::warn!(%why, "the camera worker is lost");
                (Event::Lost, None)
            }
        }
    }

    fn perform(
        &mut self,
        effect: Effect,
        picture: &mut Option<(RgbImage, Origin)>,
        stage: &Stage<'_>,
    ) -> Option<Event> {
        match effect {
            Effect::Look => {
                let found = self.wanted.choose(devices::list(Path::new(SYSFS)));
                return Some(Event::Looked(found));
            }
            Effect::Start(device) => return self.start(&device),
            Effect::End => {
                self.worker = None;
                self.stream = None;
            }
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
    fn start(&mut self, device: &Device) -> Option<Event> {
        let order = Order {
            node: device.node,
            controls: self.controls.orders(),
        }
        .message();
        let started = Child::spawn(self.program, worker::ROLE, protocol::LONGEST)
            .map_err(Lost::from)
            .and_then(|mut worker| {
                worker.send(order.kind, &[&order.payload], ORDER_PATIENCE)?;
                Ok(worker)
            });
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
}

/// The worker is not believed: what it sends is decoded strictly and must have the size that it announced.
fn decoded(bytes: Vec<u8>, stream: Stream) -> Option<(RgbImage, Origin)> {
    let (rgb, origin) = match stream.packing {
        Packing::Mjpeg => {
            let whole = match decode::whole(&bytes).ok()? {
                std::borrow::Cow::Owned(made_whole) => made_whole,
                std::borrow::Cow::Borrowed(picture) => picture.to_vec(),
            };
            (decode::jpeg(&whole).ok()?, Origin::Jpeg(Arc::from(whole)))
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
