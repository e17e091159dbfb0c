//! What a camera offers and how it is set at present, for people who set up a booth. Nothing is
//! streamed for it.

use std::{fmt, io};

use nokhwa::{Camera, NokhwaError};

use super::{
    controls::KNOWN,
    v4l2::{Offer, V4l2Device},
    worker,
};

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

impl From<Offer> for Mode {
    fn from(offer: Offer) -> Self {
        Self {
            packing: letters(offer.packing),
            width: offer.resolution.width(),
            height: offer.resolution.height(),
            rates: offer.intervals.into_iter().filter_map(rate).collect(),
        }
    }
}

/// Asks the camera `/dev/videoN` what it offers: also packings and rates that the booth, or nokhwa,
/// cannot use.
pub fn look(node: u32) -> io::Result<Looked> {
    let device = V4l2Device::open(node).map_err(|why| plain(&why))?;
    let offers = device.offers().map_err(|why| plain(&why))?.into_iter();
    Ok(Looked {
        modes: offers.map(Mode::from).collect(),
        current: device.present().ok().map(Mode::from),
        controls: controls(&worker::nokhwa_camera(device)),
    })
}

/// Reads the known controls of `/dev/videoN`, even while another process streams from it.
pub fn controls_of(node: u32) -> io::Result<Vec<(u32, &'static str, i64)>> {
    let camera = worker::open(node).map_err(|why| plain(&why))?;
    Ok(controls(&camera))
}

fn controls(camera: &Camera) -> Vec<(u32, &'static str, i64)> {
    KNOWN
        .into_iter()
        .filter_map(|(id, name)| Some((id, name, worker::read_control(camera, id)?)))
        .collect()
}

fn plain(why: &NokhwaError) -> io::Error {
    io::Error::other(worker::words(why))
}

fn rate((numerator, denominator): (u32, u32)) -> Option<f32> {
    (numerator > 0).then(|| denominator as f32 / numerator as f32)
}

fn letters(packing: [u8; 4]) -> String {
    String::from_utf8_lossy(&packing).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_reads_as_one_would_say_it() {
        let mode = Mode {
            packing: letters(*b"MJPG"),
            width: 1920,
            height: 1080,
            rates: vec![30.0, 7.5],
        };
        assert_eq!(mode.to_string(), "MJPG 1920x1080 at 30, 7.5");
    }

    #[test]
    fn an_interval_of_nothing_is_no_rate() {
        assert_eq!(rate((0, 30)), None);
        assert_eq!(rate((2, 15)), Some(7.5));
    }
}
