//! A deliberately faulty camera: it breaks as a script says, through the real supervisor, shell and
//! protocol.
//!
//! A script is a list of steps separated by semicolons, played over and over: `stream 30; stall 5;
//! vanish 4; black`. Most steps are one opening of the camera: a number of good pictures (or good
//! ones `until FILE` exists; for ever, if nothing is given), then the fault. `vanish N` and `other
//! N` are N looks that find no camera, or somebody else's.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    path::PathBuf,
    process::ExitCode,
    thread,
    time::Duration,
};

use jpeg_encoder::{ColorType, Encoder};

use super::{
    devices::Device,
    protocol::{self, LONGEST, LONGEST_ORDER, Order, Packing, Report, Stream},
};
use crate::{child, geometry::Size, wire};

/// Prefix of the act in the role under which the program is a faulty worker.
pub const ROLE: &str = "faulty-camera:";

const SIZE: Size = Size::new(320, 240);
const STREAM: Stream = Stream {
    packing: Packing::Mjpeg,
    size: SIZE,
    rate: 30,
};
/// Faster than any webcam: a thousand faults take their time anyway.
const PERIOD: Duration = Duration::from_millis(20);
/// 7.5 pictures per second.
const SLOW_PERIOD: Duration = Duration::from_millis(133);
const LATE_PERIOD: Duration = Duration::from_millis(1_500);
const MEMORY: u64 = 1 << 30;

/// What happens to the camera, step after step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    steps: Vec<Step>,
    at: usize,
    /// Looks that have already found the camera gone in this step.
    looks: u32,
    /// Each opening gets another number, as after replugging.
    openings: u32,
    playing: Option<Device>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Play(Act),
    Vanish(u32),
    Other(u32),
}

/// One opening: good pictures, then a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Act {
    good: Good,
    then: Then,
}

/// How many good pictures come first.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Good {
    ForEver,
    Count(u32),
    /// Until this file exists.
    Until(PathBuf),
}

impl Good {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None if text.is_empty() => Some(Self::ForEver),
            None => text.parse().ok().map(Self::Count),
            Some(("until", file)) => Some(Self::Until(file.into())),
            Some(_) => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::ForEver => String::new(),
            Self::Count(count) => format!(" {count}"),
            Self::Until(file) => format!(" until {}", file.display()),
        }
    }

    fn go_on_after(&self, sent: u32) -> bool {
        match self {
            Self::ForEver => true,
            Self::Count(count) => sent < *count,
            Self::Until(file) => !file.exists(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It is pulled out.
    End,
    Stall,
    Half,
    WrongSize,
    Black,
    Frozen,
    Garbage,
    /// A message of an unknown kind.
    Nonsense,
    /// A message longer than allowed.
    Huge,
    /// A picture too large for the size that it announced.
    Long,
    /// It announces its pictures a second time.
    Twice,
    /// Pictures before they were announced.
    Early,
    Refuse,
    /// All pictures come at this pace.
    Slow,
    Late,
}

const WORDS: [(&str, Then); 15] = [
    ("stream", Then::End),
    ("stall", Then::Stall),
    ("half", Then::Half),
    ("size", Then::WrongSize),
    ("black", Then::Black),
    ("frozen", Then::Frozen),
    ("garbage", Then::Garbage),
    ("nonsense", Then::Nonsense),
    ("huge", Then::Huge),
    ("long", Then::Long),
    ("twice", Then::Twice),
    ("early", Then::Early),
    ("refuse", Then::Refuse),
    ("slow", Then::Slow),
    ("late", Then::Late),
];

impl Script {
    /// Parses a script; `None` if it has no steps or an unknown word.
    pub fn parse(text: &str) -> Option<Self> {
        let steps: Vec<Step> = text
            .split(';')
            .map(str::trim)
            .filter(|step| !step.is_empty())
            .map(Step::parse)
            .collect::<Option<_>>()?;
        (!steps.is_empty()).then_some(Self {
            steps,
            at: 0,
            looks: 0,
            openings: 0,
            playing: None,
        })
    }

    /// Returns what is plugged in at this look.
    pub(super) fn look(&mut self) -> Vec<Device> {
        if let Some(device) = &self.playing {
            return vec![device.clone()];
        }
        let (looks, found) = match self.step() {
            Step::Play(_) => return vec![device(self.openings)],
            Step::Vanish(looks) => (looks, vec![]),
            Step::Other(looks) => (looks, vec![stranger()]),
        };
        self.looks += 1;
        if self.looks >= looks {
            self.next();
        }
        found
    }

    /// Returns the role of the worker that is started now; each is one step.
    pub(super) fn next_role(&mut self) -> String {
        let act = match self.step() {
            Step::Play(act) => act,
            Step::Vanish(_) | Step::Other(_) => Act {
                good: Good::Count(0),
                then: Then::End,
            },
        };
        self.playing = Some(device(self.openings));
        self.openings += 1;
        self.next();
        format!("{ROLE}{}", act.words())
    }

    pub(super) fn ended(&mut self) {
        self.playing = None;
    }

    fn step(&self) -> Step {
        self.steps.get(self.at).cloned().unwrap_or(Step::Vanish(1))
    }

    const fn next(&mut self) {
        self.looks = 0;
        self.at = (self.at + 1) % self.steps.len();
    }
}

fn device(openings: u32) -> Device {
    Device {
        node: openings,
        name: "Faulty camera".to_owned(),
        vendor: "0000".to_owned(),
        product: "0001".to_owned(),
        serial: Some("FAULTY".to_owned()),
        bus: None,
    }
}

fn stranger() -> Device {
    Device {
        name: "Somebody else's camera".to_owned(),
        product: "0002".to_owned(),
        ..device(0)
    }
}

impl Step {
    fn parse(text: &str) -> Option<Self> {
        let (word, number) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "vanish" => number.parse().ok().map(Self::Vanish),
            "other" => number.parse().ok().map(Self::Other),
            _ => Act::parse(text).map(Self::Play),
        }
    }
}

impl Act {
    fn parse(text: &str) -> Option<Self> {
        let (word, number) = text.split_once(' ').unwrap_or((text, ""));
        let (_, then) = WORDS.iter().find(|(known, _)| *known == word)?;
        let good = Good::parse(number)?;
        Some(Self { good, then: *then })
    }

    fn words(&self) -> String {
        let word = WORDS
            .iter()
            .find(|(_, then)| *then == self.then)
            .map_or("", |(word, _)| word);
        format!("{word}{}", self.good.words())
    }

    const fn period(&self) -> Duration {
        if matches!(self.then, Then::Slow) {
            SLOW_PERIOD
        } else if matches!(self.then, Then::Late) {
            LATE_PERIOD
        } else {
            PERIOD
        }
    }
}

/// Runs the faulty worker for its whole life.
pub fn run(act: &str) -> ExitCode {
    match Act::parse(act).as_ref().map(serve) {
        Some(Ok(())) => ExitCode::SUCCESS,
        // Nobody reads this process's messages any more.
        Some(Err(_)) | None => ExitCode::FAILURE,
    }
}

fn serve(act: &Act) -> io::Result<()> {
    child::confine(MEMORY)?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Some(message) = child::read(&mut io::stdin().lock(), LONGEST_ORDER)? else {
        return Ok(());
    };
    Order::parse(&message).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
    if act.then == Then::Early {
        return protocol::send_picture(&mut out, &picture(0, SIZE));
    }
    if act.then == Then::Refuse {
        let reason = "the faulty camera refuses, as its script says".to_owned();
        return say(&mut out, &Report::Refused(reason));
    }
    say(&mut out, &Report::Hello(STREAM))?;
    let mut number = 0;
    while act.good.go_on_after(number) {
        protocol::send_picture(&mut out, &picture(number, SIZE))?;
        number += 1;
        thread::park_timeout(act.period());
    }
    fail(act.then, number, &mut out)
}

/// Continues in its own wrong way until it is ended.
fn fail(then: Then, good: u32, out: &mut impl Write) -> io::Result<()> {
    let whole = picture(good, SIZE);
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    let mut number = good;
    loop {
        match then {
            Then::End | Then::Slow | Then::Late | Then::Early | Then::Refuse => return Ok(()),
            Then::Stall => {}
            Then::Half => protocol::send_picture(out, half)?,
            Then::WrongSize => {
                protocol::send_picture(out, &picture(number, Size::new(160, 120)))?;
            }
            Then::Black => protocol::send_picture(out, &black(number))?,
            Then::Frozen => protocol::send_picture(out, &whole)?,
            Then::Garbage => protocol::send_picture(out, &noise(number))?,
            Then::Long => protocol::send_picture(out, &vec![0; STREAM.longest_picture() + 1])?,
            Then::Twice => say(out, &Report::Hello(STREAM))?,
            Then::Nonsense => return child::write(out, u8::MAX, &[&noise(number)]),
            Then::Huge => {
                let header = wire::header(0, LONGEST + 1).ok_or(io::ErrorKind::InvalidInput)?;
                out.write_all(&header)?;
            }
        }
        number = number.wrapping_add(1);
        thread::park_timeout(PERIOD);
    }
}

fn say(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let message = report.message();
    child::write(out, message.kind, &[&message.payload])
}

/// Draws a bar that wanders over a slope; each number gives other bytes.
fn picture(number: u32, size: Size) -> Vec<u8> {
    let bar = number.wrapping_mul(7) % size.width;
    painted(size, |x, y| {
        if x.abs_diff(bar) < 6 {
            [230, 220, 60]
        } else {
            [(x / 2) as u8, y as u8, (number % 200) as u8]
        }
    })
}

/// Draws a nearly black picture with the noise of a real sensor.
fn black(number: u32) -> Vec<u8> {
    painted(SIZE, |x, y| [((x / 8 + y / 8 + number) % 3) as u8; 3])
}

fn painted(size: Size, colour: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let pixels: Vec<u8> = (0..size.height)
        .flat_map(|y| (0..size.width).map(move |x| (x, y)))
        .flat_map(|(x, y)| colour(x, y))
        .collect();
    let mut bytes = Vec::new();
    let encoder = Encoder::new(&mut bytes, 80);
    // Both sides are small constants, and only size could make the encoder refuse.
    drop(encoder.encode(
        &pixels,
        size.width as u16,
        size.height as u16,
        ColorType::Rgb,
    ));
    bytes
}

fn noise(number: u32) -> Vec<u8> {
    let mut state = number.wrapping_add(1);
    (0..5_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_played_step_by_step_and_again() {
        let mut script = Script::parse("stream 3; vanish 2; other 1; stall 5").unwrap();
        for _ in 0..2 {
            assert_eq!(script.look(), [device(script.openings)]);
            assert_eq!(script.next_role(), "faulty-camera:stream 3");
            let playing = script.look();
            assert_eq!(
                playing,
                [device(script.openings - 1)],
                "it stays while it plays"
            );
            script.ended();
            assert_eq!(script.look(), []);
            assert_eq!(script.look(), []);
            assert_eq!(script.look(), [stranger()]);
            assert_eq!(script.next_role(), "faulty-camera:stall 5");
            script.ended();
        }
    }

    #[test]
    fn a_word_that_is_none_is_refused() {
        for wrong in ["", " ; ", "film 3", "stream x", "stream till x", "vanish"] {
            assert_eq!(Script::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_act_is_told_to_its_worker_as_it_was_written() {
        for (word, _) in WORDS {
            for text in [
                word.to_owned(),
                format!("{word} 7"),
                format!("{word} until /a b"),
            ] {
                assert_eq!(Act::parse(&text).unwrap().words(), text);
            }
        }
    }

    #[test]
    fn its_good_pictures_are_good_and_its_bad_ones_bad() {
        use super::super::{decode, glance};
        let good = decode::jpeg(&picture(3, SIZE)).unwrap();
        assert_eq!(good.dimensions(), (320, 240));
        assert_eq!(glance::light(&good), glance::Light::Lit);
        let dark = decode::jpeg(&black(3)).unwrap();
        assert_eq!(glance::light(&dark), glance::Light::Dark);
        assert_ne!(black(3), black(4), "it is black and still not frozen");
        assert!(decode::jpeg(&noise(3)).is_err());
    }
}
