//! The child process that owns the camera driver (`capture-station camera-worker`). A driver that hangs takes only this process with it.
//!
//! It reads one order from stdin and writes pictures to stdout until the camera or the kiosk is gone.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    process::ExitCode,
};

use nokhwa::{
    Camera,
    utils::{
        CameraFormat, CameraIndex, ControlValueSetter, FrameFormat, KnownCameraControl,
        RequestedFormat, RequestedFormatType, Resolution,
    },
};
use v4l::{Device, Format, FourCC, video::Capture, video::capture::Parameters};

use super::{
    decode,
    protocol::{LONGEST_ORDER, Order, Packing, Report, Stream},
};
use crate::{child, geometry::Size};

/// The subcommand under which the program is this worker.
pub const ROLE: &str = "camera-worker";

/// Four buffers of the largest picture, the program and its libraries.
const MEMORY: u64 = 2 << 30;

/// The worker's whole life.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads this process's words any more.
        Err(_gone) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    child::confine(MEMORY)?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Some(message) = child::read(&mut io::stdin().lock(), LONGEST_ORDER)? else {
        return Ok(());
    };
    let order =
        Order::parse(&message).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
    match stream(&order, &mut out) {
        Ok(()) => Ok(()),
        Err(Ended::Kiosk(why)) => Err(why),
        Err(Ended::Camera(reason)) => say(&mut out, &Report::Refused(reason)),
    }
}

/// Why streaming ended.
enum Ended {
    Kiosk(io::Error),
    /// A sentence for staff.
    Camera(String),
}

impl From<nokhwa::NokhwaError> for Ended {
    fn from(why: nokhwa::NokhwaError) -> Self {
        Self::Camera(why.to_string())
    }
}

fn say(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let message = report.message();
    child::write(out, message.kind, &[&message.payload])
}

fn stream(order: &Order, out: &mut impl Write) -> Result<(), Ended> {
    let agreed = agree(order.node)?;
    let mut camera = open(order.node, agreed)?;
    for (id, value) in &order.controls {
        set_control(&mut camera, *id, *value);
    }
    camera.open_stream()?;
    say(out, &Report::Hello(agreed)).map_err(Ended::Kiosk)?;
    loop {
        let buffer = camera.frame()?;
        if let Some(picture) = picture(buffer.buffer(), agreed) {
            say(out, &Report::Picture(picture)).map_err(Ended::Kiosk)?;
        }
    }
}

/// The buffer is the driver's whole memory for one picture: only the picture goes on. `None` for half a picture.
fn picture(buffer: &[u8], agreed: Stream) -> Option<Vec<u8>> {
    match agreed.packing {
        Packing::Mjpeg => Some(decode::whole(buffer).ok()?.into_owned()),
        Packing::Yuyv => {
            let bytes = agreed.size.width as usize * agreed.size.height as usize * 2;
            Some(buffer.get(..bytes)?.to_vec())
        }
    }
}

/// What to ask a camera for, best first.
const WISHES: [(Packing, Size); 4] = [
    (Packing::Mjpeg, Size::new(1920, 1080)),
    (Packing::Mjpeg, Size::new(1280, 720)),
    (Packing::Yuyv, Size::new(1280, 720)),
    (Packing::Yuyv, Size::new(640, 480)),
];
/// Pictures a second, best first. A camera that offers 7.5 would be refused by nokhwa, so whole rates only.
const RATES: [u32; 6] = [30, 25, 20, 15, 10, 5];

/// Sets format and rate once, directly: nokhwa cannot open a camera whose last user left it in a state that nokhwa does not know.
fn agree(node: u32) -> Result<Stream, Ended> {
    let device = Device::new(node as usize)
        .map_err(|why| Ended::Camera(format!("the camera cannot be opened: {why}")))?;
    for (packing, size) in WISHES {
        let format = Format::new(size.width, size.height, four_letters(packing));
        let kept = matches!(
            device.set_format(&format),
            Ok(set) if (set.width, set.height, set.fourcc) == (format.width, format.height, format.fourcc)
        );
        if !kept {
            continue;
        }
        for rate in RATES {
            if let Ok(set) = device.set_params(&Parameters::with_fps(rate))
                && (set.interval.numerator, set.interval.denominator) == (1, rate)
            {
                return Ok(Stream {
                    packing,
                    size,
                    rate,
                });
            }
        }
    }
    Err(Ended::Camera(
        "the camera offers neither MJPEG 1920x1080 or 1280x720 nor YUYV 1280x720 or 640x480 at a whole rate".to_owned(),
    ))
}

fn four_letters(packing: Packing) -> FourCC {
    match packing {
        Packing::Mjpeg => FourCC::new(b"MJPG"),
        Packing::Yuyv => FourCC::new(b"YUYV"),
    }
}

/// Opens exactly what was agreed; nokhwa reads it back and refuses anything else.
fn open(node: u32, agreed: Stream) -> Result<Camera, Ended> {
    let packing = match agreed.packing {
        Packing::Mjpeg => FrameFormat::MJPEG,
        Packing::Yuyv => FrameFormat::YUYV,
    };
    let size = Resolution::new(agreed.size.width, agreed.size.height);
    let exact = RequestedFormatType::Exact(CameraFormat::new(size, packing, agreed.rate));
    let formats = [packing];
    let request = RequestedFormat::with_formats(exact, &formats);
    Ok(Camera::new(CameraIndex::Index(node), request)?)
}

/// A camera without the control, or one that rounds the value (which nokhwa reports as an error), streams all the same.
fn set_control(camera: &mut Camera, id: u32, value: i64) {
    let control = KnownCameraControl::Other(u128::from(id));
    let as_number = camera.set_camera_control(control, ControlValueSetter::Integer(value));
    if as_number.is_err() && matches!(value, 0 | 1) {
        // Switches take only a boolean.
        drop(camera.set_camera_control(control, ControlValueSetter::Boolean(value == 1)));
    }
}
