//! The child process that owns the camera driver (`capture-station camera-worker`). A driver that
//! hangs takes only this process with it.
//!
//! It reads one order from stdin and writes pictures to stdout until the camera or the kiosk is
//! gone.

use std::{fs::File, io, process::ExitCode};

use v4l::{
    Control, Device, Format, FourCC,
    buffer::{Flags, Metadata, Type},
    control::Value,
    io::{mmap, traits::CaptureStream},
    video::{Capture, capture::Parameters},
};

use super::{
    decode,
    protocol::{self, Change, LONGEST_ORDER, Order, Packing, Report, Stream},
};
use crate::{
    child::{
        self,
        confinement::{self, Reach},
    },
    geometry::Size,
};

/// The subcommand under which the program is this worker.
pub const ROLE: &str = "camera-worker";

/// How many pictures the driver may fill while one is sent.
const BUFFERS: u32 = 4;
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

fn stream(order: &Order, pipe: &mut Pipe) -> Result<(), Ended> {
    let device = Device::new(order.node as usize)
        .map_err(|why| Ended::Camera(format!("the camera cannot be opened: {why}")))?;
    confinement::seal(Reach::Driver(VIDEO4LINUX));
    let agreed = agree(&device)?;
    // A camera forgets its controls when it is unplugged, so they are set after each opening.
    let told = set_controls(&device, &order.controls);
    let mut stream = mmap::Stream::with_buffers(&device, Type::VideoCapture, BUFFERS)
        .map_err(|why| Ended::Camera(format!("the camera gives no memory for pictures: {why}")))?;
    pipe.say(&Report::Hello(agreed))?;
    pipe.say(&Report::Controls(told))?;
    loop {
        let next = CaptureStream::next(&mut stream);
        let (buffer, about) =
            next.map_err(|why| Ended::Camera(format!("the camera sends no more: {why}")))?;
        match picture(buffer, about, agreed) {
            Some(picture) => protocol::send_picture(&mut pipe.out, &picture)?,
            None => pipe.say(&Report::Damaged)?,
        }
        if let Some(Change(orders)) = pipe.change()? {
            let told = set_controls(&device, &orders);
            pipe.say(&Report::Controls(told))?;
        }
    }
}

/// Returns the picture in the driver's buffer. After the bytes written this time the buffer still
/// holds the end of an older picture, which would turn half a picture into a whole one of two
/// moments. `None` for half a picture.
fn picture<'a>(
    buffer: &'a [u8],
    about: &Metadata,
    agreed: Stream,
) -> Option<std::borrow::Cow<'a, [u8]>> {
    if about.flags.contains(Flags::ERROR) {
        return None;
    }
    let written = buffer.get(..about.bytesused as usize)?;
    match agreed.packing {
        Packing::Mjpeg => {
            let whole = decode::whole(written).ok()?;
            decode::check_complete(&whole).ok()?;
            Some(whole)
        }
        Packing::Yuyv => Some(written.get(..agreed.longest_picture())?.into()),
    }
}

/// What to request from a camera, best first.
const WISHES: [(Packing, Size); 4] = [
    (Packing::Mjpeg, Size::new(1920, 1080)),
    (Packing::Mjpeg, Size::new(1280, 720)),
    (Packing::Yuyv, Size::new(1280, 720)),
    (Packing::Yuyv, Size::new(640, 480)),
];
/// Pictures per second, best first. Whole rates only: cameras fall back to one like 7.5 in the
/// dark.
const RATES: [u32; 6] = [30, 25, 20, 15, 10, 5];

/// Requests exactly each wish and reads back what was accepted, whatever state the last user left
/// the camera in.
fn agree(device: &Device) -> Result<Stream, Ended> {
    let mut busy = false;
    for (packing, size) in WISHES {
        let format = Format::new(size.width, size.height, four_letters(packing));
        match device.set_format(&format) {
            Ok(set)
                if (set.width, set.height, set.fourcc)
                    == (format.width, format.height, format.fourcc) => {}
            Ok(_another) => continue,
            Err(why) => {
                busy |= why.kind() == io::ErrorKind::ResourceBusy;
                continue;
            }
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
    if busy {
        return Err(Ended::Camera(
            "another program uses the camera: end it".to_owned(),
        ));
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

/// Sets the controls it can, and returns the value that the camera reports for each afterwards: a
/// driver rounds, and reports an error when it did. A camera without a control streams all the
/// same.
fn set_controls(device: &Device, orders: &[(u32, i64)]) -> Vec<(u32, Option<i64>)> {
    orders
        .iter()
        .map(|(id, value)| {
            let control = Control {
                id: *id,
                value: Value::Integer(*value),
            };
            // The result is read back below.
            drop(device.set_control(control));
            (*id, read_control(device, *id))
        })
        .collect()
}

/// Returns the present value of a control.
pub(super) fn read_control(device: &Device, id: u32) -> Option<i64> {
    match device.control(id).ok()?.value {
        Value::Integer(value) => Some(value),
        Value::Boolean(on) => Some(i64::from(on)),
        Value::None
        | Value::String(_)
        | Value::CompoundU8(_)
        | Value::CompoundU16(_)
        | Value::CompoundU32(_)
        | Value::CompoundPtr(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: usize, flags: Flags) -> Metadata {
        Metadata {
            bytesused: bytes as u32,
            flags,
            ..Metadata::default()
        }
    }

    #[test]
    fn half_a_picture_before_the_end_of_an_older_one_is_none() {
        let agreed = |packing| Stream {
            packing,
            size: Size::new(32, 32),
            rate: 30,
        };
        let mut jpeg = vec![];
        jpeg_encoder::Encoder::new(&mut jpeg, 90)
            .encode(&[120; 32 * 32 * 3], 32, 32, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        let memory = [jpeg.as_slice(), &[0; 2_048]].concat();
        let fine = Flags::empty();
        for (packing, whole) in [(Packing::Mjpeg, jpeg.len()), (Packing::Yuyv, 2_048)] {
            let take = |bytes, flags| picture(&memory, &written(bytes, flags), agreed(packing));
            assert_eq!(&*take(whole, fine).unwrap(), &memory[..whole]);
            // The rest of the memory would complete it.
            assert_eq!(take(whole / 2, fine), None);
            assert_eq!(take(whole, Flags::ERROR), None);
            assert_eq!(take(memory.len() + 1, fine), None);
        }
    }

    #[test]
    fn a_picture_that_lost_its_middle_is_none_although_it_ends_well() {
        let agreed = Stream {
            packing: Packing::Mjpeg,
            size: Size::new(64, 64),
            rate: 30,
        };
        let noisy: Vec<u8> = (0..64 * 64 * 3).map(|n: u32| (n * n / 7) as u8).collect();
        let mut jpeg = vec![];
        jpeg_encoder::Encoder::new(&mut jpeg, 90)
            .encode(&noisy, 64, 64, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        let take = |bytes: &[u8]| {
            let about = written(bytes.len(), Flags::empty());
            picture(bytes, &about, agreed).map(std::borrow::Cow::into_owned)
        };
        assert_eq!(take(&jpeg).as_ref(), Some(&jpeg));
        let (front, back) = (jpeg.len() - 900, jpeg.len() - 100);
        let lost = [&jpeg[..front], &jpeg[back..]].concat();
        assert_eq!(take(&lost), None);
    }
}
