//! A V4L2 back-end for nokhwa that hands out exactly the bytes that the driver wrote.
//!
//! It uses nothing else of this program and could be a crate of its own; `v4l2/README.md` is its
//! manual.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "V4L2 is a part of Linux. Another system needs another back-end in its place: docs/decisions/0027-nokhwa-at-the-seam.md"
);

use std::{borrow::Cow, io};

use nokhwa::{
    Buffer, NokhwaError,
    camera_traits::CaptureBackendTrait,
    utils::{
        ApiBackend, CameraControl, CameraFormat, CameraIndex, CameraInfo, ControlValueDescription,
        ControlValueSetter, FrameFormat, KnownCameraControl, Resolution, all_known_camera_controls,
        frame_formats,
    },
};
use v4l::{
    Control, Device, Format, FourCC, Fraction,
    buffer::{Flags, Metadata, Type},
    control::Value,
    frameinterval::FrameIntervalEnum,
    framesize::FrameSizeEnum,
    io::{mmap, traits::CaptureStream},
    v4l_sys::{
        V4L2_CID_BACKLIGHT_COMPENSATION, V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST,
        V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CID_FOCUS_ABSOLUTE, V4L2_CID_GAIN, V4L2_CID_GAMMA,
        V4L2_CID_HUE, V4L2_CID_IRIS_ABSOLUTE, V4L2_CID_PAN_ABSOLUTE, V4L2_CID_SATURATION,
        V4L2_CID_SHARPNESS, V4L2_CID_TILT_ABSOLUTE, V4L2_CID_WHITE_BALANCE_TEMPERATURE,
        V4L2_CID_ZOOM_ABSOLUTE,
    },
    video::{Capture, capture::Parameters},
};

/// The `property` of the `SetPropertyError` for a packing or a resolution that was not accepted.
pub const FORMAT: &str = "format";
/// The `property` of the `SetPropertyError` for a rate that was not accepted with its format.
pub const FRAME_RATE: &str = "frame rate";

/// How many pictures the driver may fill while one is read.
const BUFFERS: u32 = 4;

/// One video node. Its format is unknown until it was set or refreshed.
pub struct V4l2Device {
    device: Device,
    info: CameraInfo,
    format: Option<CameraFormat>,
    stream: Option<mmap::Stream<'static>>,
    /// The number that the driver gave the last buffer of this stream.
    last: Option<u32>,
}

/// A packing and a resolution as the driver lists them, even where nokhwa has no word for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The four letters of the packing.
    pub packing: [u8; 4],
    /// The largest one where the driver lists a range.
    pub resolution: Resolution,
    /// (numerator, denominator) of the seconds between two pictures; the shortest where the driver
    /// lists a range.
    pub intervals: Vec<(u32, u32)>,
}

impl Offer {
    /// Returns the rates that nokhwa can name, in pictures per second.
    fn whole_rates(&self) -> Vec<u32> {
        let intervals = self.intervals.iter();
        intervals
            .filter_map(|interval| whole_rate(*interval))
            .collect()
    }
}

impl V4l2Device {
    /// Opens `/dev/videoN` in whatever state the last program left it. Nothing is read or set.
    ///
    /// # Errors
    /// `OpenDeviceError` with the system's words.
    pub fn open(node: u32) -> Result<Self, NokhwaError> {
        let device = Device::new(node as usize)
            .map_err(|why| NokhwaError::OpenDeviceError(node.to_string(), why.to_string()))?;
        // Not the driver's own name: v4l panics where that is no UTF-8.
        let name = format!("/dev/video{node}");
        Ok(Self {
            device,
            info: CameraInfo::new(&name, "Video4Linux device", "", CameraIndex::Index(node)),
            format: None,
            stream: None,
            last: None,
        })
    }

    /// Lists what the driver offers; a packing without resolutions is one that the driver converts
    /// from another, and is left out.
    ///
    /// # Errors
    /// `GetPropertyError` with the system's words.
    pub fn offers(&self) -> Result<Vec<Offer>, NokhwaError> {
        let packings = self.packings()?.into_iter();
        Ok(packings
            .flat_map(|packing| self.offers_of(packing))
            .collect())
    }

    fn packings(&self) -> Result<Vec<[u8; 4]>, NokhwaError> {
        let formats = self.device.enum_formats().map_err(|why| unread(&why))?;
        Ok(formats.iter().map(|format| format.fourcc.repr).collect())
    }

    fn offers_of(&self, packing: [u8; 4]) -> Vec<Offer> {
        let packing = FourCC::new(&packing);
        let sizes = self.device.enum_framesizes(packing);
        let sizes = sizes.unwrap_or_default().into_iter();
        sizes.map(|size| self.offer(packing, &size.size)).collect()
    }

    fn offer(&self, packing: FourCC, size: &FrameSizeEnum) -> Offer {
        let (width, height) = match size {
            FrameSizeEnum::Discrete(size) => (size.width, size.height),
            FrameSizeEnum::Stepwise(range) => (range.max_width, range.max_height),
        };
        let intervals = self.device.enum_frameintervals(packing, width, height);
        let intervals = intervals.unwrap_or_default().into_iter();
        Offer {
            packing: packing.repr,
            resolution: Resolution::new(width, height),
            intervals: intervals
                .map(|interval| match interval.interval {
                    FrameIntervalEnum::Discrete(interval) => pair(interval),
                    FrameIntervalEnum::Stepwise(range) => pair(range.min),
                })
                .collect(),
        }
    }

    /// Returns the mode that the node is in, with one interval.
    ///
    /// # Errors
    /// `GetPropertyError` with the system's words.
    pub fn present(&self) -> Result<Offer, NokhwaError> {
        let format = self.device.format().map_err(|why| unread(&why))?;
        let interval = self.device.params().map_err(|why| unread(&why))?.interval;
        Ok(Offer {
            packing: format.fourcc.repr,
            resolution: Resolution::new(format.width, format.height),
            intervals: vec![pair(interval)],
        })
    }

    /// Requests exactly this format and checks what the driver made of it.
    fn request(&self, wanted: CameraFormat) -> Result<(), NokhwaError> {
        let packing = FourCC::new(&letters(wanted.format()));
        let format = Format::new(wanted.width(), wanted.height(), packing);
        let set = self.device.set_format(&format);
        let set = set.map_err(|why| self.refused(FORMAT, wanted, &why))?;
        if (set.width, set.height, set.fourcc) != (format.width, format.height, packing) {
            return Err(not_set(FORMAT, wanted, "the driver set another one"));
        }
        let rate = Parameters::with_fps(wanted.frame_rate());
        let set = self.device.set_params(&rate);
        let set = set.map_err(|why| self.refused(FRAME_RATE, wanted, &why))?;
        if whole_rate(pair(set.interval)) != Some(wanted.frame_rate()) {
            return Err(not_set(FRAME_RATE, wanted, "the driver set another one"));
        }
        Ok(())
    }

    /// Keeps a camera in other hands apart from one that cannot do what was asked.
    fn refused(&self, property: &str, wanted: CameraFormat, why: &io::Error) -> NokhwaError {
        if why.kind() == io::ErrorKind::ResourceBusy {
            return NokhwaError::OpenDeviceError(self.info.index().as_string(), why.to_string());
        }
        not_set(property, wanted, &why.to_string())
    }
}

impl CaptureBackendTrait for V4l2Device {
    fn backend(&self) -> ApiBackend {
        ApiBackend::Video4Linux
    }

    fn camera_info(&self) -> &CameraInfo {
        &self.info
    }

    /// # Errors
    /// `GetPropertyError` also where nokhwa has no word for the packing or the rate.
    fn refresh_camera_format(&mut self) -> Result<(), NokhwaError> {
        let present = self.present()?;
        let rates = present.whole_rates();
        let (Some(format), Some(rate)) = (frame_format_of(present.packing), rates.first()) else {
            return Err(no_word(&present));
        };
        self.format = Some(CameraFormat::new(present.resolution, format, *rate));
        Ok(())
    }

    /// Returns nokhwa's default while the format is unknown.
    fn camera_format(&self) -> CameraFormat {
        self.format.unwrap_or_default()
    }

    /// Requests exactly this format, whatever the driver lists.
    ///
    /// # Errors
    /// `OpenDeviceError` where another program uses the camera; otherwise `SetPropertyError` with
    /// [`FORMAT`] or [`FRAME_RATE`] as its property. The format is unknown afterwards.
    fn set_camera_format(&mut self, wanted: CameraFormat) -> Result<(), NokhwaError> {
        // The driver changes nothing while it has buffers.
        let was_open = self.stream.take().is_some();
        self.format = None;
        self.request(wanted)?;
        self.format = Some(wanted);
        if was_open {
            self.open_stream()?;
        }
        Ok(())
    }

    #[expect(clippy::disallowed_types, reason = "nokhwa's own signature")]
    fn compatible_list_by_resolution(
        &mut self,
        format: FrameFormat,
    ) -> Result<std::collections::HashMap<Resolution, Vec<u32>>, NokhwaError> {
        let offers = self.offers_of(letters(format)).into_iter();
        Ok(offers
            .map(|offer| (offer.resolution, offer.whole_rates()))
            .collect())
    }

    fn compatible_fourcc(&mut self) -> Result<Vec<FrameFormat>, NokhwaError> {
        let packings = self.packings()?.into_iter();
        Ok(packings.filter_map(frame_format_of).collect())
    }

    fn resolution(&self) -> Resolution {
        self.camera_format().resolution()
    }

    fn set_resolution(&mut self, resolution: Resolution) -> Result<(), NokhwaError> {
        let mut wanted = self.camera_format();
        wanted.set_resolution(resolution);
        self.set_camera_format(wanted)
    }

    fn frame_rate(&self) -> u32 {
        self.camera_format().frame_rate()
    }

    fn set_frame_rate(&mut self, rate: u32) -> Result<(), NokhwaError> {
        let mut wanted = self.camera_format();
        wanted.set_frame_rate(rate);
        self.set_camera_format(wanted)
    }

    fn frame_format(&self) -> FrameFormat {
        self.camera_format().format()
    }

    fn set_frame_format(&mut self, format: FrameFormat) -> Result<(), NokhwaError> {
        let mut wanted = self.camera_format();
        wanted.set_format(format);
        self.set_camera_format(wanted)
    }

    /// Reads the value of one control. Its range is not read: the default repeats the value, and
    /// the step is 0, by which nokhwa accepts any value.
    fn camera_control(&self, control: KnownCameraControl) -> Result<CameraControl, NokhwaError> {
        let unread = |error: String| NokhwaError::GetPropertyError {
            property: control.to_string(),
            error,
        };
        let id = control_id(control).ok_or_else(|| unread("V4L2 has no such id".to_owned()))?;
        let read = self.device.control(id);
        let description = match read.map_err(|why| unread(why.to_string()))?.value {
            Value::Integer(value) => ControlValueDescription::Integer {
                value,
                default: value,
                step: 0,
            },
            Value::Boolean(value) => ControlValueDescription::Boolean {
                value,
                default: value,
            },
            Value::None
            | Value::String(_)
            | Value::CompoundU8(_)
            | Value::CompoundU16(_)
            | Value::CompoundU32(_)
            | Value::CompoundPtr(_) => return Err(unread("it is no number".to_owned())),
        };
        let name = control.to_string();
        Ok(CameraControl::new(control, name, description, vec![], true))
    }

    /// Returns those for which nokhwa has a name; v4l's own list panics on a type of control that
    /// it does not know.
    fn camera_controls(&self) -> Result<Vec<CameraControl>, NokhwaError> {
        let known = all_known_camera_controls().into_iter();
        Ok(known
            .filter_map(|control| self.camera_control(control).ok())
            .collect())
    }

    /// Sets a control. Drivers round, so only [`Self::camera_control`] says what was set.
    fn set_camera_control(
        &mut self,
        control: KnownCameraControl,
        value: ControlValueSetter,
    ) -> Result<(), NokhwaError> {
        let not_set = |error: String| NokhwaError::SetPropertyError {
            property: control.to_string(),
            value: value.to_string(),
            error,
        };
        let id = control_id(control).ok_or_else(|| not_set("V4L2 has no such id".to_owned()))?;
        let number =
            number_of(&value).ok_or_else(|| not_set("it is no whole number".to_owned()))?;
        let order = Control {
            id,
            value: Value::Integer(number),
        };
        let set = self.device.set_control(order);
        set.map_err(|why| not_set(why.to_string()))
    }

    /// Reserves the buffers. The camera begins to send at the first picture that is read.
    fn open_stream(&mut self) -> Result<(), NokhwaError> {
        if self.format.is_none() {
            let why = "no format was set before".to_owned();
            return Err(NokhwaError::OpenStreamError(why));
        }
        self.stream = None;
        self.last = None;
        let stream = mmap::Stream::with_buffers(&self.device, Type::VideoCapture, BUFFERS);
        let stream = stream.map_err(|why| NokhwaError::OpenStreamError(why.to_string()))?;
        self.stream = Some(stream);
        Ok(())
    }

    fn is_stream_open(&self) -> bool {
        self.stream.is_some()
    }

    /// Copies what [`Self::frame_raw`] lends.
    fn frame(&mut self) -> Result<Buffer, NokhwaError> {
        let format = self.camera_format();
        let picture = self.frame_raw()?;
        Ok(Buffer::new(format.resolution(), &picture, format.format()))
    }

    /// Waits for the next picture, without a deadline, and lends it from the driver's memory.
    ///
    /// # Errors
    /// `ProcessFrameError` where this picture is damaged and the next one may be whole;
    /// `ReadFrameError` where no more will come.
    fn frame_raw(&mut self) -> Result<Cow<'_, [u8]>, NokhwaError> {
        let format = self.camera_format();
        let ended = |why: &dyn ToString| NokhwaError::ReadFrameError(why.to_string());
        let stream = self.stream.as_mut();
        let stream = stream.ok_or_else(|| ended(&"the stream is not open"))?;
        let (buffer, about) = CaptureStream::next(stream).map_err(|why| ended(&why))?;
        let last = self.last.replace(about.sequence);
        written(buffer, about, last, format).map(Cow::Borrowed)
    }

    /// Always succeeds, because nokhwa's `Camera` unwraps the answer where it is dropped.
    fn stop_stream(&mut self) -> Result<(), NokhwaError> {
        self.stream = None;
        Ok(())
    }
}

/// Returns the picture in the driver's buffer. After the bytes written this time the buffer still
/// holds the end of an older picture, which would turn half a picture into a whole one of two
/// moments. `last` is the number of the buffer before, if there was one.
///
/// # Errors
/// `ProcessFrameError` where the driver flags the buffer, hands out an old one again, or wrote less
/// than an uncompressed picture of `format` has. Compressed bytes are not looked into.
pub fn written<'a>(
    buffer: &'a [u8],
    about: &Metadata,
    last: Option<u32>,
    format: CameraFormat,
) -> Result<&'a [u8], NokhwaError> {
    let damaged = |error: &str| NokhwaError::ProcessFrameError {
        src: format.format(),
        destination: "the bytes written".to_owned(),
        error: error.to_owned(),
    };
    if about.flags.contains(Flags::ERROR) {
        return Err(damaged("the driver flagged it"));
    }
    if last.is_some_and(|last| is_old(about.sequence, last)) {
        return Err(damaged("the driver handed it out before"));
    }
    let written = buffer.get(..about.bytesused as usize);
    let written = written.ok_or_else(|| damaged("it is said to be longer than its buffer"))?;
    match uncompressed_bytes(format) {
        Some(whole) => written.get(..whole).ok_or_else(|| damaged("it is cut off")),
        None => Ok(written),
    }
}

/// Returns whether a buffer's number does not come after the last one's. Some drivers do not count
/// and always say 0.
const fn is_old(number: u32, last: u32) -> bool {
    number != 0 && number.wrapping_sub(last).cast_signed() <= 0
}

/// Returns the bytes of a whole picture; `None` where each picture has its own length.
fn uncompressed_bytes(format: CameraFormat) -> Option<usize> {
    let pixels = format.width() as usize * format.height() as usize;
    match format.format() {
        FrameFormat::MJPEG => None,
        FrameFormat::YUYV => Some(pixels * 2),
        FrameFormat::NV12 => Some(pixels * 3 / 2),
        FrameFormat::GRAY => Some(pixels),
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => Some(pixels * 3),
    }
}

const fn letters(format: FrameFormat) -> [u8; 4] {
    match format {
        FrameFormat::MJPEG => *b"MJPG",
        FrameFormat::YUYV => *b"YUYV",
        FrameFormat::NV12 => *b"NV12",
        FrameFormat::GRAY => *b"GREY",
        FrameFormat::RAWRGB => *b"RGB3",
        FrameFormat::RAWBGR => *b"BGR3",
    }
}

fn frame_format_of(packing: [u8; 4]) -> Option<FrameFormat> {
    let mut known = frame_formats().iter().copied();
    known.find(|format| letters(*format) == packing)
}

const fn pair(interval: Fraction) -> (u32, u32) {
    (interval.numerator, interval.denominator)
}

/// Returns pictures per second; `None` for a rate such as 7.5, which nokhwa cannot name.
fn whole_rate((numerator, denominator): (u32, u32)) -> Option<u32> {
    let rate = denominator.checked_div(numerator)?;
    (rate > 0 && denominator.is_multiple_of(numerator)).then_some(rate)
}

/// Returns the V4L2 id of a control: where V4L2 has several, the one that USB cameras have.
fn control_id(control: KnownCameraControl) -> Option<u32> {
    Some(match control {
        KnownCameraControl::Brightness => V4L2_CID_BRIGHTNESS,
        KnownCameraControl::Contrast => V4L2_CID_CONTRAST,
        KnownCameraControl::Hue => V4L2_CID_HUE,
        KnownCameraControl::Saturation => V4L2_CID_SATURATION,
        KnownCameraControl::Sharpness => V4L2_CID_SHARPNESS,
        KnownCameraControl::Gamma => V4L2_CID_GAMMA,
        KnownCameraControl::WhiteBalance => V4L2_CID_WHITE_BALANCE_TEMPERATURE,
        KnownCameraControl::BacklightComp => V4L2_CID_BACKLIGHT_COMPENSATION,
        KnownCameraControl::Gain => V4L2_CID_GAIN,
        KnownCameraControl::Pan => V4L2_CID_PAN_ABSOLUTE,
        KnownCameraControl::Tilt => V4L2_CID_TILT_ABSOLUTE,
        KnownCameraControl::Zoom => V4L2_CID_ZOOM_ABSOLUTE,
        KnownCameraControl::Exposure => V4L2_CID_EXPOSURE_ABSOLUTE,
        KnownCameraControl::Iris => V4L2_CID_IRIS_ABSOLUTE,
        KnownCameraControl::Focus => V4L2_CID_FOCUS_ABSOLUTE,
        KnownCameraControl::Other(id) => return id.try_into().ok(),
    })
}

fn number_of(value: &ControlValueSetter) -> Option<i64> {
    match value {
        ControlValueSetter::Integer(number) | ControlValueSetter::EnumValue(number) => {
            Some(*number)
        }
        ControlValueSetter::Boolean(on) => Some(i64::from(*on)),
        ControlValueSetter::None
        | ControlValueSetter::Float(_)
        | ControlValueSetter::String(_)
        | ControlValueSetter::Bytes(_)
        | ControlValueSetter::KeyValue(..)
        | ControlValueSetter::Point(..)
        | ControlValueSetter::RGB(..) => None,
    }
}

fn unread(why: &io::Error) -> NokhwaError {
    NokhwaError::GetPropertyError {
        property: FORMAT.to_owned(),
        error: why.to_string(),
    }
}

fn no_word(present: &Offer) -> NokhwaError {
    NokhwaError::GetPropertyError {
        property: FORMAT.to_owned(),
        error: format!("nokhwa has no word for {present:?}"),
    }
}

fn not_set(property: &str, wanted: CameraFormat, why: &str) -> NokhwaError {
    NokhwaError::SetPropertyError {
        property: property.to_owned(),
        value: wanted.to_string(),
        error: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(bytes: u32, sequence: u32) -> Metadata {
        Metadata {
            bytesused: bytes,
            sequence,
            ..Metadata::default()
        }
    }

    fn format_of(format: FrameFormat) -> CameraFormat {
        CameraFormat::new_from(8, 4, format, 30)
    }

    #[test]
    fn exactly_the_bytes_written_are_lent() {
        let buffer = [7; 100];
        let lent = |format, bytes| {
            let lent = written(&buffer, &about(bytes, 0), None, format_of(format));
            lent.ok().map(<[u8]>::len)
        };
        assert_eq!(lent(FrameFormat::MJPEG, 40), Some(40));
        assert_eq!(lent(FrameFormat::MJPEG, 101), None);
        assert_eq!(lent(FrameFormat::YUYV, 64), Some(64));
        assert_eq!(lent(FrameFormat::YUYV, 70), Some(64), "padding is cut off");
        assert_eq!(lent(FrameFormat::YUYV, 63), None);
        assert_eq!(lent(FrameFormat::NV12, 47), None);
        assert_eq!(lent(FrameFormat::GRAY, 32), Some(32));
    }

    #[test]
    fn a_flagged_buffer_and_an_old_one_are_damaged() {
        let damage = |about: &Metadata, last| {
            let lent = written(&[7; 9], about, last, format_of(FrameFormat::MJPEG));
            match lent {
                Err(NokhwaError::ProcessFrameError { error, .. }) => Some(error),
                Ok(_) | Err(_) => None,
            }
        };
        let flagged = Metadata {
            flags: Flags::ERROR | Flags::DONE,
            ..about(9, 4)
        };
        assert!(damage(&flagged, Some(3)).unwrap().contains("flagged"));
        for (number, last) in [(4, 4), (3, 4), (u32::MAX, 1)] {
            let why = damage(&about(9, number), Some(last));
            assert!(why.unwrap().contains("before"), "{number} after {last}");
        }
        for (number, last) in [(4, 3), (9, 3), (0, 0), (0, u32::MAX), (1, u32::MAX)] {
            assert_eq!(damage(&about(9, number), Some(last)), None);
        }
        assert_eq!(damage(&about(9, 4), None), None);
    }

    #[test]
    fn only_whole_numbers_are_rates() {
        assert_eq!(whole_rate((1, 30)), Some(30));
        assert_eq!(whole_rate((2, 60)), Some(30));
        for wrong in [(2, 15), (0, 30), (30, 0), (3, 1), (1_001, 30_000)] {
            assert_eq!(whole_rate(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_packing_of_nokhwa_has_letters_of_its_own() {
        for format in frame_formats() {
            assert_eq!(frame_format_of(letters(*format)), Some(*format));
        }
        assert_eq!(frame_format_of(*b"H264"), None);
    }

    #[test]
    fn a_known_control_is_the_one_that_usb_cameras_have() {
        for (control, id) in [
            (KnownCameraControl::Exposure, Some(0x009a_0902)),
            (KnownCameraControl::Focus, Some(0x009a_090a)),
            (KnownCameraControl::WhiteBalance, Some(0x0098_091a)),
            (KnownCameraControl::Other(0x009a_0901), Some(0x009a_0901)),
            (KnownCameraControl::Other(u128::MAX), None),
        ] {
            assert_eq!(control_id(control), id, "{control}");
        }
    }
}
