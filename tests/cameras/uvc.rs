//! A webcam made of software: the descriptors, controls and payloads of USB Video Class 1.0, and
//! their failures.

use std::{
    collections::{BTreeMap, VecDeque},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::usbip::{self, Request, Waiting};

/// The packing and size of a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Mjpeg(u16, u16),
    Yuyv(u16, u16),
}

impl Mode {
    const fn size(self) -> (u16, u16) {
        match self {
            Self::Mjpeg(width, height) | Self::Yuyv(width, height) => (width, height),
        }
    }
}

/// How the camera behaves now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// Nothing comes, and the driver gets no error.
    Stalled,
    /// Nothing comes, and requests are not answered: a process that closes the camera waits inside
    /// the driver.
    Deaf,
    /// Each picture ends in the middle.
    Truncated,
    /// Every n-th picture ends in the middle.
    SometimesTruncated(u64),
    /// Each payload is flagged as damaged.
    ErrorBits,
    Black,
    Frozen,
}

/// (unit, selector) of the controls that this camera has.
pub type Control = (u8, u8);
pub const AUTO_EXPOSURE: Control = (CAMERA_TERMINAL, 0x02);
pub const EXPOSURE: Control = (CAMERA_TERMINAL, 0x04);
pub const FOCUS: Control = (CAMERA_TERMINAL, 0x06);
pub const AUTO_FOCUS: Control = (CAMERA_TERMINAL, 0x08);
pub const WHITE_BALANCE: Control = (PROCESSING_UNIT, 0x0a);
pub const AUTO_WHITE_BALANCE: Control = (PROCESSING_UNIT, 0x0b);

/// Size in bytes, minimum, maximum, step, and the value after plugging in.
type Range = (usize, i64, i64, i64, i64);
const CONTROLS: [(Control, Range); 6] = [
    // A bit each for manual and aperture priority, as in most webcams.
    (AUTO_EXPOSURE, (1, 1, 8, 9, 8)),
    (EXPOSURE, (4, 3, 2_047, 1, 250)),
    (FOCUS, (2, 0, 250, 5, 0)),
    (AUTO_FOCUS, (1, 0, 1, 1, 1)),
    (WHITE_BALANCE, (2, 2_800, 6_500, 10, 4_600)),
    (AUTO_WHITE_BALANCE, (1, 0, 1, 1, 1)),
];

const CAMERA_TERMINAL: u8 = 1;
const PROCESSING_UNIT: u8 = 2;
const OUTPUT: u8 = 3;
/// Three transactions of 1,024 bytes in each microframe.
const PAYLOAD: u16 = 3_072;
const PAYLOAD_CODE: u16 = 1_024 | 2 << 11;
pub const FULL_RATE: u32 = 333_333;
/// 7.5 pictures per second: what a program in the dark leaves behind.
pub const SLOW_RATE: u32 = 1_333_333;
/// How often the camera makes a picture; the rate it promises may differ.
const PERIOD: Duration = Duration::from_millis(120);
/// How often it answers a transfer.
const BREATH: Duration = Duration::from_millis(8);
/// Requests on their way from the reader to the camera.
const QUEUE: usize = 64;

/// The properties of a camera, whatever it is plugged into.
#[derive(Clone, Debug)]
pub struct Kind {
    pub product: u16,
    pub serial: &'static str,
    /// The default interval between pictures (100 ns).
    pub usual: u32,
    pub modes: Vec<Mode>,
}

/// What test and camera share.
#[derive(Debug)]
pub struct Shared {
    pub mood: Mood,
    pub controls: BTreeMap<Control, i64>,
    /// The mode and the interval that the driver committed to.
    pub committed: Option<(Mode, u32)>,
    /// How often it was configured on the bus.
    pub configured: u32,
    pub sent: u64,
    /// The bytes of the last picture sent whole.
    pub last: Vec<u8>,
}

/// A camera that is plugged in until it is dropped or pulled.
pub struct Webcam {
    shared: Arc<Mutex<Shared>>,
    link: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Webcam {
    pub fn plug(kind: &Kind) -> Self {
        for mode in &kind.modes {
            pictures(*mode);
        }
        let port = usbip::free_port();
        let link = usbip::plug(port, 0x0001_0001 + port);
        let shared = Arc::new(Mutex::new(Shared {
            mood: Mood::Good,
            controls: CONTROLS.iter().map(|(id, range)| (*id, range.4)).collect(),
            committed: None,
            configured: 0,
            sent: 0,
            last: vec![],
        }));
        let (kind, theirs) = (kind.clone(), Arc::clone(&shared));
        let ours = link.try_clone().unwrap();
        let thread = thread::spawn(move || live(kind, &theirs, ours));
        Self {
            shared,
            link,
            thread: Some(thread),
        }
    }

    pub fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn be(&self, mood: Mood) {
        self.shared().mood = mood;
    }

    /// Unplugs the camera.
    pub fn pull(self) {
        drop(self);
    }
}

impl Drop for Webcam {
    fn drop(&mut self) {
        drop(self.link.shutdown(Shutdown::Both));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn live(kind: Kind, shared: &Mutex<Shared>, link: UnixStream) {
    let (requests, inbox) = sync_channel(QUEUE);
    let mut reading = link.try_clone().unwrap();
    let reader = thread::spawn(move || {
        while let Ok(request) = usbip::read(&mut reading) {
            if requests.send(request).is_err() {
                return;
            }
        }
    });
    let mut camera = Camera::new(kind, shared, link);
    camera.serve(&inbox);
    drop(camera.link.shutdown(Shutdown::Both));
    drop(inbox);
    reader.join().unwrap();
}

struct Camera<'a> {
    kind: Kind,
    shared: &'a Mutex<Shared>,
    link: UnixStream,
    /// Isochronous transfers that wait for pictures.
    waiting: VecDeque<(u32, Vec<usize>)>,
    /// Requests that came while it was deaf.
    unheard: Vec<u32>,
    probe: Vec<u8>,
    /// The rest of the picture that is being sent.
    rest: VecDeque<u8>,
    field: u8,
    error: u8,
    next_picture: Instant,
    next_answer: Instant,
    pictures: Pictures,
}

impl<'a> Camera<'a> {
    fn new(kind: Kind, shared: &'a Mutex<Shared>, link: UnixStream) -> Self {
        Self {
            probe: probe(&kind, 1, 1, FULL_RATE),
            kind,
            shared,
            link,
            waiting: VecDeque::new(),
            unheard: vec![],
            rest: VecDeque::new(),
            field: 0,
            error: 0,
            next_picture: Instant::now(),
            next_answer: Instant::now(),
            pictures: Arc::default(),
        }
    }

    fn shared(&self) -> MutexGuard<'a, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&mut self, inbox: &Receiver<Request>) {
        loop {
            let patience = self.next_answer.saturating_duration_since(Instant::now());
            let done = match inbox.recv_timeout(patience.max(Duration::from_micros(500))) {
                Ok(request) => self.take(request),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if done.and_then(|()| self.breathe()).is_err() {
                return;
            }
        }
    }

    fn take(&mut self, request: Request) -> std::io::Result<()> {
        match request {
            Request::Pictures { seq, packets } => {
                self.waiting.push_back((seq, packets));
                Ok(())
            }
            Request::Other { seq } => usbip::answer(&mut self.link, seq, Err(()), 0),
            Request::Unlink { seq, target } => {
                let before = self.waiting.len() + self.unheard.len();
                self.waiting.retain(|(waiting, _)| *waiting != target);
                self.unheard.retain(|unheard| *unheard != target);
                let was = if self.waiting.len() + self.unheard.len() < before {
                    Waiting::Yes
                } else {
                    Waiting::No
                };
                usbip::unlinked(&mut self.link, seq, was)
            }
            Request::Control { seq, .. } if self.shared().mood == Mood::Deaf => {
                self.unheard.push(seq);
                Ok(())
            }
            Request::Control {
                seq,
                setup,
                length,
                data,
            } => {
                let outcome = self.control(setup, &data);
                let mut bytes = outcome.clone().unwrap_or_default();
                bytes.truncate(length);
                let outcome = outcome.map(|_whole| bytes.as_slice());
                usbip::answer(&mut self.link, seq, outcome, data.len())
            }
        }
    }

    /// Handles a control request; `Err` stalls the pipe where there is no such control.
    fn control(&mut self, setup: [u8; 8], data: &[u8]) -> Result<Vec<u8>, ()> {
        let [kind, request, low, high, index, unit, ..] = setup;
        match (kind, request) {
            (0x80, 6) => self.descriptor(high, low),
            (0x80, 0) => Ok(vec![0, 0]),
            (0x00, 9) | (0x01 | 0x02, _) => {
                if (kind, request, low) == (0x00, 9, 1) {
                    self.shared().configured += 1;
                }
                self.rest.clear();
                Ok(vec![])
            }
            (0x21 | 0xa1, _) if index == 1 && (high == 1 || high == 2) => {
                self.stream_control(request, high, data)
            }
            (0x21 | 0xa1, _) if index == 0 => self.unit_control((unit, high), request, data),
            _ => Err(()),
        }
    }

    fn descriptor(&self, kind: u8, index: u8) -> Result<Vec<u8>, ()> {
        match (kind, index) {
            (1, _) => Ok(device(&self.kind)),
            (2, _) => Ok(configuration(&self.kind)),
            (3, 0) => Ok(vec![4, 3, 9, 4]),
            (3, 1) => Ok(text("Made up")),
            (3, 2) => Ok(text("Webcam of software")),
            (3, 3) => Ok(text(self.kind.serial)),
            _ => Err(()),
        }
    }

    /// Handles probe and commit: the driver proposes, the camera answers with what it would do.
    fn stream_control(&mut self, request: u8, selector: u8, data: &[u8]) -> Result<Vec<u8>, ()> {
        const COMMIT: u8 = 2;
        match request {
            0x01 => {
                let (format, frame) = (*data.get(2).ok_or(())?, *data.get(3).ok_or(())?);
                let interval = data.get(4..8).ok_or(())?;
                let interval = u32::from_le_bytes(interval.try_into().map_err(|_not_four| ())?);
                let interval = if interval > FULL_RATE * 2 {
                    SLOW_RATE
                } else {
                    FULL_RATE
                };
                self.probe = probe(&self.kind, format, frame, interval);
                if selector == COMMIT {
                    let mode = mode(&self.kind, format, frame);
                    self.shared().committed = mode.map(|mode| (mode, interval));
                    self.pictures = mode.map(pictures).unwrap_or_default();
                    self.rest.clear();
                }
                Ok(vec![])
            }
            0x81..=0x83 | 0x87 => Ok(self.probe.clone()),
            0x85 => Ok(vec![self.probe.len() as u8, 0]),
            0x86 => Ok(vec![3]),
            _ => Err(()),
        }
    }

    fn unit_control(&self, id: Control, request: u8, data: &[u8]) -> Result<Vec<u8>, ()> {
        let (_, (bytes, least, most, step, default)) =
            *CONTROLS.iter().find(|(known, _)| *known == id).ok_or(())?;
        let as_bytes = |value: i64| Ok(value.to_le_bytes()[..bytes].to_vec());
        match request {
            0x01 => {
                let mut value = [0; 8];
                value[..bytes].copy_from_slice(data.get(..bytes).ok_or(())?);
                // It rounds to its own steps, like lenses.
                let asked = i64::from_le_bytes(value).clamp(least, most);
                let kept = if id == AUTO_EXPOSURE {
                    asked
                } else {
                    least + (asked - least) / step * step
                };
                self.shared().controls.insert(id, kept);
                Ok(vec![])
            }
            0x81 => as_bytes(self.shared().controls.get(&id).copied().unwrap_or(default)),
            0x82 => as_bytes(least),
            0x83 => as_bytes(most),
            0x84 => as_bytes(step),
            0x85 => Ok(vec![bytes as u8, 0]),
            // Readable, writable, and changed by the camera itself.
            0x86 => Ok(vec![0x0b]),
            0x87 => as_bytes(default),
            _ => Err(()),
        }
    }

    /// Answers one waiting transfer with part of a picture.
    fn breathe(&mut self) -> std::io::Result<()> {
        let now = Instant::now();
        if now < self.next_answer {
            return Ok(());
        }
        self.next_answer = now + BREATH;
        let mood = self.shared().mood;
        if matches!(mood, Mood::Stalled | Mood::Deaf) {
            return Ok(());
        }
        let Some((seq, rooms)) = self.waiting.pop_front() else {
            return Ok(());
        };
        if self.rest.is_empty() && now >= self.next_picture {
            self.next_picture = now + PERIOD;
            self.begin(mood);
        }
        let packets: Vec<Vec<u8>> = rooms.iter().map(|room| self.packet(*room)).collect();
        usbip::fill(&mut self.link, seq, &rooms, &packets)
    }

    fn begin(&mut self, mood: Mood) {
        if self.pictures.is_empty() {
            return;
        }
        let mut shared = self.shared();
        shared.sent += 1;
        let sent = shared.sent;
        let all = self.pictures.len() - 1;
        let n = match mood {
            Mood::Frozen => 0,
            Mood::Black => all,
            Mood::Good
            | Mood::Stalled
            | Mood::Deaf
            | Mood::Truncated
            | Mood::SometimesTruncated(_)
            | Mood::ErrorBits => sent as usize % all,
        };
        let pictures = Arc::clone(&self.pictures);
        let whole = &pictures[n];
        let half = match mood {
            Mood::Truncated => true,
            Mood::SometimesTruncated(every) => sent.is_multiple_of(every),
            Mood::Good
            | Mood::Stalled
            | Mood::Deaf
            | Mood::ErrorBits
            | Mood::Black
            | Mood::Frozen => false,
        };
        if half {
            self.rest.extend(&whole[..whole.len() / 2]);
        } else {
            self.rest.extend(whole);
            shared.last.clone_from(whole);
        }
        self.error = if mood == Mood::ErrorBits { 0x40 } else { 0 };
        self.field ^= 1;
    }

    /// Returns a payload: two bytes of header, then a piece of the picture.
    fn packet(&mut self, room: usize) -> Vec<u8> {
        const END_OF_HEADER: u8 = 0x80;
        const END_OF_FRAME: u8 = 2;
        if self.rest.is_empty() {
            return vec![];
        }
        let piece = self.rest.len().min(room.saturating_sub(2));
        let end = if piece == self.rest.len() {
            END_OF_FRAME
        } else {
            0
        };
        let mut packet = vec![2, END_OF_HEADER | self.field | end | self.error];
        packet.extend(self.rest.drain(..piece));
        packet
    }
}

/// Returns the packings that this camera has, MJPEG first: format index and modes.
fn formats(kind: &Kind) -> Vec<Vec<Mode>> {
    let mjpeg = |mode: &Mode| matches!(mode, Mode::Mjpeg(..));
    let (jpeg, raw): (Vec<Mode>, Vec<Mode>) = kind.modes.iter().partition(|mode| mjpeg(mode));
    [jpeg, raw]
        .into_iter()
        .filter(|modes| !modes.is_empty())
        .collect()
}

fn mode(kind: &Kind, format: u8, frame: u8) -> Option<Mode> {
    let formats = formats(kind);
    let modes = formats.get(usize::from(format).checked_sub(1)?)?;
    modes.get(usize::from(frame).checked_sub(1)?).copied()
}

fn picture_bytes(mode: Mode) -> u32 {
    let (width, height) = mode.size();
    u32::from(width) * u32::from(height) * 2
}

fn probe(kind: &Kind, format: u8, frame: u8, interval: u32) -> Vec<u8> {
    let (format, frame) = (format.max(1), frame.max(1));
    let size = mode(kind, format, frame).map_or(0, picture_bytes);
    let mut bytes = vec![0, 0, format, frame];
    bytes.extend(interval.to_le_bytes());
    bytes.resize(18, 0);
    bytes.extend(size.to_le_bytes());
    bytes.extend(u32::from(PAYLOAD).to_le_bytes());
    bytes
}

fn device(kind: &Kind) -> Vec<u8> {
    let [low, high] = kind.product.to_le_bytes();
    vec![
        18, 1, 0x00, 0x02, 0xef, 2, 1, 64, 0xfe, 0xca, low, high, 0, 1, 1, 2, 3, 1,
    ]
}

fn text(text: &str) -> Vec<u8> {
    let letters: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [vec![letters.len() as u8 + 2, 3], letters].concat()
}

fn configuration(kind: &Kind) -> Vec<u8> {
    let mut rest = vec![8, 11, 0, 2, 14, 3, 0, 0];
    rest.extend([9, 4, 0, 0, 0, 14, 1, 0, 0]);
    rest.extend(control_interface());
    rest.extend([9, 4, 1, 0, 0, 14, 2, 0, 0]);
    rest.extend(streaming_interface(kind));
    rest.extend([9, 4, 1, 1, 1, 14, 2, 0, 0]);
    let [low, high] = PAYLOAD_CODE.to_le_bytes();
    rest.extend([7, 5, 0x81, 5, low, high, 1]);
    let [low, high] = (rest.len() as u16 + 9).to_le_bytes();
    [vec![9, 2, low, high, 2, 1, 0, 0x80, 250], rest].concat()
}

fn control_interface() -> Vec<u8> {
    let mut units = vec![];
    // Exposure mode and time, focus and its automatic.
    units.extend([18, 0x24, 2, CAMERA_TERMINAL, 1, 2, 0, 0]);
    units.extend([0, 0, 0, 0, 0, 0, 3, 0x2a, 0x00, 0x02]);
    // White balance and its automatic.
    units.extend([11, 0x24, 5, PROCESSING_UNIT, CAMERA_TERMINAL, 0, 0, 2]);
    units.extend([0x40, 0x10, 0]);
    units.extend([9, 0x24, 3, OUTPUT, 1, 1, 0, PROCESSING_UNIT, 0]);
    let [low, high] = (units.len() as u16 + 13).to_le_bytes();
    let mut header = vec![13, 0x24, 1, 0x00, 0x01, low, high];
    header.extend(48_000_000_u32.to_le_bytes());
    header.extend([1, 1]);
    [header, units].concat()
}

fn streaming_interface(kind: &Kind) -> Vec<u8> {
    const YUY2: [u8; 16] = [
        0x59, 0x55, 0x59, 0x32, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71,
    ];
    let formats = formats(kind);
    let mut body = vec![];
    for (n, modes) in formats.iter().enumerate() {
        let (index, frames) = (n as u8 + 1, modes.len() as u8);
        let is_jpeg = matches!(modes.first(), Some(Mode::Mjpeg(..)));
        if is_jpeg {
            body.extend([11, 0x24, 6, index, frames, 1, 1, 0, 0, 0, 0]);
        } else {
            body.extend([27, 0x24, 4, index, frames]);
            body.extend(YUY2);
            body.extend([16, 1, 0, 0, 0, 0]);
        }
        for (n, mode) in modes.iter().enumerate() {
            let kind_of_frame = if is_jpeg { 7 } else { 5 };
            body.extend(frame_descriptor(
                kind_of_frame,
                n as u8 + 1,
                *mode,
                kind.usual,
            ));
        }
    }
    let length = 13 + formats.len();
    let [low, high] = ((length + body.len()) as u16).to_le_bytes();
    let mut header = vec![length as u8, 0x24, 1, formats.len() as u8, low, high];
    header.extend([0x81, 0, OUTPUT, 0, 0, 0, 1]);
    header.resize(length, 0);
    [header, body].concat()
}

fn frame_descriptor(kind: u8, index: u8, mode: Mode, usual: u32) -> Vec<u8> {
    let (width, height) = mode.size();
    let intervals = [FULL_RATE, SLOW_RATE];
    let mut bytes = vec![26 + 4 * intervals.len() as u8, 0x24, kind, index, 0];
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    for number in [1_000_000, 100_000_000, picture_bytes(mode), usual] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.push(intervals.len() as u8);
    for interval in intervals {
        bytes.extend(interval.to_le_bytes());
    }
    bytes
}

#[derive(Clone, Copy)]
enum Shade {
    Lit(u32),
    Black,
}

/// The pictures that a camera sends in turn.
type Pictures = Arc<Vec<Vec<u8>>>;

/// Returns a few pictures that differ, and a black one at the end. Made once for each mode: in the
/// guest that takes seconds, and no camera has to paint its pictures first.
fn pictures(mode: Mode) -> Pictures {
    static MADE: Mutex<Vec<(Mode, Pictures)>> = Mutex::new(vec![]);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pictures)) = made.iter().find(|(known, _)| *known == mode) {
        return Arc::clone(pictures);
    }
    let pictures =
        [Shade::Lit(0), Shade::Lit(1), Shade::Lit(2), Shade::Black].map(|shade| match mode {
            Mode::Mjpeg(width, height) => jpeg(width, height, shade),
            Mode::Yuyv(width, height) => yuyv(width, height, shade),
        });
    let pictures = Arc::new(pictures.to_vec());
    made.push((mode, Arc::clone(&pictures)));
    pictures
}

fn jpeg(width: u16, height: u16, shade: Shade) -> Vec<u8> {
    let pixels: Vec<u8> = (0..u32::from(height))
        .flat_map(|y| (0..u32::from(width)).map(move |x| (x, y)))
        .flat_map(|(x, y)| match shade {
            Shade::Black => [0; 3],
            Shade::Lit(n) => [(x / 8) as u8, (y / 5) as u8, (n * 60 + 30) as u8],
        })
        .collect();
    let mut bytes = vec![];
    jpeg_encoder::Encoder::new(&mut bytes, 70)
        .encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

fn yuyv(width: u16, height: u16, shade: Shade) -> Vec<u8> {
    let pairs = usize::from(width) * usize::from(height) / 2;
    let luma = match shade {
        Shade::Black => 16,
        Shade::Lit(n) => 90 + 20 * n as u8,
    };
    [luma, 128, luma, 128].repeat(pairs)
}
