//! The child process that owns the camera driver (`capture-station camera-worker`). A driver that
//! hangs takes only this process with it.
//!
//! It reads one order from stdin and writes pictures to stdout until the camera or the kiosk is
//! gone.

use std::{borrow::Cow, fs::File, io, process::ExitCode};

use nokhwa::{
    Camera, NokhwaError,
    camera_traits::CaptureBackendTrait,
    utils::{
        ApiBackend, CameraFormat, ControlValueSetter, FrameFormat, KnownCameraControl,
        RequestedFormat, RequestedFormatType, Resolution,
    },
};

use super::{
    decode,
    protocol::{self, Change, LONGEST_ORDER, Order, Packing, Report, Stream},
    v4l2::{self, V4l2Device},
};
use crate::child::{
    self,
    confinement::{self, Reach},
};

/// The subcommand under which the program is this worker.
pub const ROLE: &str = "camera-worker";

/// For the buffers of the largest picture, the program and its libraries.
const MEMORY: u64 = 2 << 30;

/// The type letter of its ioctls (linux/videodev2.h).
pub const VIDEO4LINUX: u8 = b'V';

/// Runs the worker for its whole life.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads this process's messages any more.
        Err(_gone) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    child::confine(MEMORY)?;
    let mut pipe = Pipe::of_this_process()?;
    let Some(message) = child::read(&mut pipe.orders, LONGEST_ORDER)? else {
        return Ok(());
    };
    let order =
        Order::parse(&message).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
    match stream(&order, &mut pipe) {
        Ok(()) => Ok(()),
        Err(Ended::Kiosk(why)) => Err(why),
        Err(Ended::Camera(reason)) => pipe.say(&Report::Refused(reason)),
    }
}

/// Both directions of the socket pair that the kiosk created.
struct Pipe {
    orders: File,
    out: File,
}

impl Pipe {
    fn of_this_process() -> io::Result<Self> {
        let (orders, out) = child::ends()?;
        Ok(Self { orders, out })
    }

    fn say(&mut self, report: &Report) -> io::Result<()> {
        let message = report.message();
        child::write(&mut self.out, message.kind, &[&message.payload])
    }

    /// Returns a change that the kiosk has asked for, without waiting for one.
    fn change(&mut self) -> io::Result<Option<Change>> {
        if rustix::io::ioctl_fionread(&self.orders)? == 0 {
            return Ok(None);
        }
        let message = child::read(&mut self.orders, LONGEST_ORDER)?;
        let message = message.ok_or(io::ErrorKind::UnexpectedEof)?;
        let change = Change::parse(&message);
        change
            .map(Some)
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))
    }
}

/// Why streaming ended.
enum Ended {
    Kiosk(io::Error),
    /// A sentence for staff.
    Camera(String),
}

impl From<io::Error> for Ended {
    fn from(why: io::Error) -> Self {
        Self::Kiosk(why)
    }
}

/// Opens `/dev/videoN` in whatever state the last program left it.
pub(super) fn open(node: u32) -> Result<Camera, NokhwaError> {
    Ok(nokhwa_camera(V4l2Device::open(node)?))
}

/// Puts nokhwa's `Camera` around our back-end. Its `set_index` and `set_backend` would replace that
/// by nokhwa's own, so neither is ever called.
pub(super) fn nokhwa_camera(device: V4l2Device) -> Camera {
    let index = device.camera_info().index().clone();
    Camera::with_custom(index, ApiBackend::Video4Linux, Box::new(device))
}

fn stream(order: &Order, pipe: &mut Pipe) -> Result<(), Ended> {
    let mut camera = open(order.node).map_err(|why| ended("the camera cannot be opened", &why))?;
    confinement::seal(Reach::Driver(VIDEO4LINUX));
    let agreed = agree(&mut camera)?;
    // A camera forgets its controls when it is unplugged, so they are set after each opening.
    let set = set_controls(&mut camera, &order.controls);
    camera
        .open_stream()
        .map_err(|why| ended("the camera gives no memory for pictures", &why))?;
    pipe.say(&Report::Hello(agreed))?;
    pipe.say(&Report::Controls(set))?;
    loop {
        pass_on(&mut camera, agreed.packing, pipe)?;
        if let Some(Change(orders)) = pipe.change()? {
            let set = set_controls(&mut camera, &orders);
            pipe.say(&Report::Controls(set))?;
        }
    }
}

/// Waits for the camera's next picture, and sends it or reports that it is damaged.
fn pass_on(camera: &mut Camera, packing: Packing, pipe: &mut Pipe) -> Result<(), Ended> {
    let frame = camera.frame_raw();
    let picture = match &frame {
        Ok(written) => picture(written, packing),
        Err(NokhwaError::ProcessFrameError { .. }) => None,
        Err(why) => return Err(ended("the camera sends no more", why)),
    };
    match picture {
        Some(picture) => protocol::send_picture(&mut pipe.out, &picture)?,
        None => pipe.say(&Report::Damaged)?,
    }
    Ok(())
}

/// Returns the picture as it is sent; `None` for one that lost a part before it came to the driver.
fn picture(written: &[u8], packing: Packing) -> Option<Cow<'_, [u8]>> {
    match packing {
        Packing::Mjpeg => {
            let whole = decode::whole(written).ok()?;
            decode::check_complete(&whole).ok()?;
            Some(whole)
        }
        Packing::Yuyv => Some(written.into()),
    }
}

fn ended(what: &str, why: &NokhwaError) -> Ended {
    Ended::Camera(format!("{what}: {}", words(why)))
}

/// Returns the driver's own words, where nokhwa would put its own around them.
pub(super) fn words(why: &NokhwaError) -> String {
    if let NokhwaError::OpenDeviceError(_, words)
    | NokhwaError::OpenStreamError(words)
    | NokhwaError::ReadFrameError(words) = why
    {
        return words.clone();
    }
    why.to_string()
}

/// What to request from a camera, best first.
const WISHES: [(FrameFormat, Resolution); 4] = [
    (FrameFormat::MJPEG, pixels(1920, 1080)),
    (FrameFormat::MJPEG, pixels(1280, 720)),
    (FrameFormat::YUYV, pixels(1280, 720)),
    (FrameFormat::YUYV, pixels(640, 480)),
];
/// Pictures per second, best first. Whole rates only: cameras fall back to one like 7.5 in the
/// dark.
const RATES: [u32; 6] = [30, 25, 20, 15, 10, 5];

const fn pixels(width_x: u32, height_y: u32) -> Resolution {
    Resolution { width_x, height_y }
}

/// Requests exactly each wish, whatever the camera lists and whatever state the last user left it
/// in.
fn agree(camera: &mut Camera) -> Result<Stream, Ended> {
    let mut busy = false;
    for (format, resolution) in WISHES {
        for rate in RATES {
            match request(camera, CameraFormat::new(resolution, format, rate)) {
                Ok(agreed) => return Stream::of(agreed).ok_or_else(nothing_fits),
                Err(NokhwaError::SetPropertyError { property, .. })
                    if property == v4l2::FRAME_RATE => {}
                Err(why) => {
                    busy |= matches!(why, NokhwaError::OpenDeviceError(..));
                    break;
                }
            }
        }
    }
    if busy {
        return Err(Ended::Camera(
            "another program uses the camera: end it".to_owned(),
        ));
    }
    Err(nothing_fits())
}

fn nothing_fits() -> Ended {
    Ended::Camera(
        "the camera offers neither MJPEG 1920x1080 or 1280x720 nor YUYV 1280x720 or 640x480 at a whole rate".to_owned(),
    )
}

fn request(camera: &mut Camera, wish: CameraFormat) -> Result<CameraFormat, NokhwaError> {
    let formats = [wish.format()];
    let exactly = RequestedFormatType::Exact(wish);
    camera.set_camera_requset(RequestedFormat::with_formats(exactly, &formats))
}

/// Sets the controls it can, and returns the value that the camera reports for each afterwards: a
/// driver rounds, and may report an error when it did. A camera without a control streams all the
/// same.
fn set_controls(camera: &mut Camera, orders: &[(u32, i64)]) -> Vec<(u32, Option<i64>)> {
    orders
        .iter()
        .map(|(id, value)| {
            let value = ControlValueSetter::Integer(*value);
            // The result is read back below.
            drop(camera.set_camera_control(control(*id), value));
            (*id, read_control(camera, *id))
        })
        .collect()
}

/// Returns the present value of a control.
pub(super) fn read_control(camera: &Camera, id: u32) -> Option<i64> {
    match camera.camera_control(control(id)).ok()?.value() {
        ControlValueSetter::Integer(value) => Some(value),
        ControlValueSetter::Boolean(on) => Some(i64::from(on)),
        ControlValueSetter::None
        | ControlValueSetter::Float(_)
        | ControlValueSetter::String(_)
        | ControlValueSetter::Bytes(_)
        | ControlValueSetter::KeyValue(..)
        | ControlValueSetter::Point(..)
        | ControlValueSetter::EnumValue(_)
        | ControlValueSetter::RGB(..) => None,
    }
}

/// Names a control by its V4L2 id: nokhwa has no names for those that switch an automatic.
fn control(id: u32) -> KnownCameraControl {
    KnownCameraControl::Other(id.into())
}

#[cfg(test)]
mod tests {
    use v4l::buffer::{Flags, Metadata};

    use super::*;

    /// Takes what the driver reports as the worker does.
    fn take(buffer: &[u8], bytes: usize, flags: Flags, format: CameraFormat) -> Option<Vec<u8>> {
        let about = Metadata {
            bytesused: bytes as u32,
            flags,
            ..Metadata::default()
        };
        let written = v4l2::written(buffer, &about, None, format).ok()?;
        picture(written, Stream::of(format)?.packing).map(Cow::into_owned)
    }

    #[test]
    fn half_a_picture_before_the_end_of_an_older_one_is_none() {
        let agreed = |format| CameraFormat::new_from(32, 32, format, 30);
        let mut jpeg = vec![];
        jpeg_encoder::Encoder::new(&mut jpeg, 90)
            .encode(&[120; 32 * 32 * 3], 32, 32, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        let memory = [jpeg.as_slice(), &[0; 2_048]].concat();
        let fine = Flags::empty();
        for (format, whole) in [(FrameFormat::MJPEG, jpeg.len()), (FrameFormat::YUYV, 2_048)] {
            let take = |bytes, flags| take(&memory, bytes, flags, agreed(format));
            assert_eq!(&*take(whole, fine).unwrap(), &memory[..whole]);
            // The rest of the memory would complete it.
            assert_eq!(take(whole / 2, fine), None);
            assert_eq!(take(whole, Flags::ERROR), None);
            assert_eq!(take(memory.len() + 1, fine), None);
        }
    }

    #[test]
    fn a_picture_that_lost_its_middle_is_none_although_it_ends_well() {
        let agreed = CameraFormat::new_from(64, 64, FrameFormat::MJPEG, 30);
        let noisy: Vec<u8> = (0..64 * 64 * 3).map(|n: u32| (n * n / 7) as u8).collect();
        let mut jpeg = vec![];
        jpeg_encoder::Encoder::new(&mut jpeg, 90)
            .encode(&noisy, 64, 64, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        let take = |bytes: &[u8]| take(bytes, bytes.len(), Flags::empty(), agreed);
        assert_eq!(take(&jpeg).as_ref(), Some(&jpeg));
        let (front, back) = (jpeg.len() - 900, jpeg.len() - 100);
        let lost = [&jpeg[..front], &jpeg[back..]].concat();
        assert_eq!(take(&lost), None);
    }

    #[test]
    fn every_wish_is_announced_as_it_was_agreed() {
        for (format, resolution) in WISHES {
            let stream = Stream::of(CameraFormat::new(resolution, format, 25)).unwrap();
            let said = stream.to_string();
            assert_eq!(said, format!("{format} {resolution}, 25 a second"));
        }
    }

    #[test]
    fn staff_read_the_drivers_own_words() {
        let gone = "No such device (os error 19)".to_owned();
        assert_eq!(words(&NokhwaError::ReadFrameError(gone.clone())), gone);
        let general = NokhwaError::GeneralError(gone.clone());
        assert!(words(&general).contains(&gone));
    }
}
