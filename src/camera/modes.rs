//! What a camera offers and how it is set at present, for people who set up a booth. Nothing is
//! streamed for it.

use std::{fmt, io};

use v4l::{
    Device, FourCC, Fraction, frameinterval::FrameIntervalEnum, framesize::FrameSizeEnum,
    video::Capture,
};

use super::{controls::KNOWN, worker};

/// What was found out about one camera.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looked {
    pub modes: Vec<Mode>,
    /// What the last user left; the booth sets its own mode.
    pub current: Option<Mode>,
    /// The controls that the booth knows and this camera has: id, name, value.
    pub controls: Vec<(u32, &'static str, i64)>,
}

/// A packing and a size, and how many pictures per second it allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    pub packing: String,
    pub width: u32,
    pub height: u32,
    pub rates: Vec<f32>,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}x{} at ", self.packing, self.width, self.height)?;
        let rates: Vec<String> = self.rates.iter().map(|rate| number(*rate)).collect();
        write!(f, "{}", rates.join(", "))
    }
}

/// Writes "30" and "7.5".
fn number(rate: f32) -> String {
    let text = format!("{rate:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Asks the camera `/dev/videoN` what it offers.
pub fn look(node: u32) -> io::Result<Looked> {
    let device = Device::new(node as usize)?;
    let mut modes = Vec::new();
    for format in device.enum_formats()? {
        // A packing without sizes is one that the driver converts from another.
        for size in device.enum_framesizes(format.fourcc).unwrap_or_default() {
            let (width, height) = match size.size {
                FrameSizeEnum::Discrete(size) => (size.width, size.height),
                FrameSizeEnum::Stepwise(range) => (range.max_width, range.max_height),
            };
            modes.push(Mode {
                packing: letters(format.fourcc),
                width,
                height,
                rates: rates(&device, format.fourcc, width, height),
            });
        }
    }
    Ok(Looked {
        modes,
        current: current(&device),
        controls: controls(&device),
    })
}

/// Reads the known controls of `/dev/videoN`, even while another process streams from it.
pub fn controls_of(node: u32) -> io::Result<Vec<(u32, &'static str, i64)>> {
    Ok(controls(&Device::new(node as usize)?))
}

fn controls(device: &Device) -> Vec<(u32, &'static str, i64)> {
    KNOWN
        .into_iter()
        .filter_map(|(id, name)| Some((id, name, worker::read_control(device, id)?)))
        .collect()
}

fn current(device: &Device) -> Option<Mode> {
    let format = device.format().ok()?;
    let interval = device.params().ok()?.interval;
    Some(Mode {
        packing: letters(format.fourcc),
        width: format.width,
        height: format.height,
        rates: rate(interval).into_iter().collect(),
    })
}

fn rates(device: &Device, packing: FourCC, width: u32, height: u32) -> Vec<f32> {
    let intervals = device.enum_frameintervals(packing, width, height);
    intervals
        .unwrap_or_default()
        .into_iter()
        .filter_map(|interval| match interval.interval {
            FrameIntervalEnum::Discrete(interval) => rate(interval),
            FrameIntervalEnum::Stepwise(range) => rate(range.min),
        })
        .collect()
}

fn rate(interval: Fraction) -> Option<f32> {
    (interval.numerator > 0).then(|| interval.denominator as f32 / interval.numerator as f32)
}

fn letters(packing: FourCC) -> String {
    String::from_utf8_lossy(&packing.repr).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_reads_as_one_would_say_it() {
        let mode = Mode {
            packing: letters(FourCC::new(b"MJPG")),
            width: 1920,
            height: 1080,
            rates: vec![30.0, 7.5],
        };
        assert_eq!(mode.to_string(), "MJPG 1920x1080 at 30, 7.5");
    }

    #[test]
    fn an_interval_of_nothing_is_no_rate() {
        assert_eq!(rate(Fraction::new(0, 30)), None);
        assert_eq!(rate(Fraction::new(2, 15)), Some(7.5));
    }
}
