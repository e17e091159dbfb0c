//! A printer that understands only what the manual of ESC/POS says, written without the encoder.

use std::{
    cell::Cell,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use image::Luma;

use super::*;

/// What came out of a printer.
#[derive(Debug, Default)]
pub struct Paper {
    unread: Vec<u8>,
    /// Row by row, `true` for black.
    rows: Vec<Vec<bool>>,
    starts: u32,
    fed_lines: u32,
    cuts: u32,
    /// The connection of a printer that hangs.
    held: Option<TcpStream>,
}

/// What the booth wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// DLE EOT n
    Now(u8),
    /// GS r 1
    Printed,
}

impl Paper {
    /// Takes bytes as they come, and returns the questions among them.
    fn take(&mut self, bytes: &[u8]) -> Vec<Question> {
        self.unread.extend(bytes);
        let mut questions = vec![];
        while let Some(taken) = self.command(&mut questions) {
            self.unread.drain(..taken);
        }
        questions
    }

    /// Obeys the first command if all of it is there, and returns its length.
    fn command(&mut self, questions: &mut Vec<Question>) -> Option<usize> {
        let bytes = self.unread.clone();
        match bytes.as_slice() {
            [0x1b, 0x40, ..] => {
                self.starts += 1;
                Some(2)
            }
            [0x1b, 0x64, lines, ..] => {
                self.fed_lines += u32::from(*lines);
                Some(3)
            }
            [0x1d, 0x76, 0x30, 0, xl, xh, yl, yh, dots @ ..] => {
                let across = usize::from(u16::from_le_bytes([*xl, *xh]));
                let down = usize::from(u16::from_le_bytes([*yl, *yh]));
                let dots = dots.get(..across * down)?;
                let bit = |byte: &u8| {
                    (0..8)
                        .map(|at| byte & (0x80 >> at) != 0)
                        .collect::<Vec<_>>()
                };
                let rows = dots
                    .chunks(across)
                    .map(|row| row.iter().flat_map(bit).collect());
                self.rows.extend(rows);
                Some(8 + across * down)
            }
            [0x1d, 0x56, 66, _, ..] => {
                self.cuts += 1;
                Some(4)
            }
            [0x1d, 0x72, 1, ..] => {
                questions.push(Question::Printed);
                Some(3)
            }
            [0x10, 0x04, n @ 1..=4, ..] => {
                questions.push(Question::Now(*n));
                Some(3)
            }
            []
            | [0x1b | 0x1d | 0x10]
            | [0x1b, 0x64]
            | [0x10, 0x04]
            | [0x1d, 0x76 | 0x56 | 0x72, ..] => None,
            unknown => panic!("no command: {:?}", unknown.get(..8.min(unknown.len()))),
        }
    }

    /// Returns the picture that it printed. One slip was printed, whole, and cut off.
    pub fn slip(&self) -> GrayImage {
        assert_eq!((self.starts, self.cuts), (1, 1));
        assert!(self.unread.is_empty() && self.fed_lines > 0);
        let width = self.rows.first().map_or(0, Vec::len);
        GrayImage::from_fn(width as u32, self.rows.len() as u32, |x, y| {
            Luma([if self.rows[y as usize][x as usize] {
                0
            } else {
                255
            }])
        })
    }
}

/// How a made-up printer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Ready,
    NoPaper,
    CoverOpen,
    /// The paper runs out while it prints.
    RunsOut,
    /// Says what nobody asked for, among it the state of its drawer.
    Talks,
    Mute,
    /// Accepts and never reads.
    Hangs,
    Closes,
}

/// A printer at a port of this machine.
pub struct Fake {
    listener: TcpListener,
    manner: Manner,
}

impl Fake {
    pub fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        if manner == Manner::Hangs {
            rustix::net::sockopt::set_socket_recv_buffer_size(&listener, 4096).unwrap();
        }
        Self { listener, manner }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Serves one connection to its end.
    pub fn serve(&self) -> Paper {
        let (mut stream, _) = self.listener.accept().unwrap();
        let mut paper = Paper::default();
        if self.manner == Manner::Closes {
            return paper;
        }
        if self.manner == Manner::Hangs {
            paper.held = Some(stream);
            return paper;
        }
        let mut bytes = [0; 4096];
        // A booth that gives up may reset the connection.
        while let Ok(read @ 1..) = stream.read(&mut bytes) {
            for question in paper.take(&bytes[..read]) {
                self.answer(question, &paper, &mut stream);
            }
        }
        paper
    }

    fn answer(&self, question: Question, paper: &Paper, stream: &mut TcpStream) {
        let has_printed = !paper.rows.is_empty();
        let (offline, roll, printed): (u8, u8, &[u8]) = match self.manner {
            Manner::NoPaper => (0x32, 0x72, &[]),
            Manner::RunsOut if has_printed => (0x32, 0x72, &[]),
            Manner::CoverOpen => (0x16, 0x12, &[]),
            Manner::Mute | Manner::Hangs | Manner::Closes => return,
            Manner::Talks => (0x12, 0x12, &[0x14, 0x00, 0x00, 0x0f, 0x00]),
            // The roll is near its end: there is paper.
            Manner::Ready | Manner::RunsOut => (0x12, 0x1e, &[0x03]),
        };
        let unasked: &[u8] = if self.manner == Manner::Talks {
            &[0x14, 0x00]
        } else {
            &[]
        };
        let said = match question {
            Question::Now(2) => [unasked, &[offline]].concat(),
            Question::Now(4) => [unasked, &[roll]].concat(),
            Question::Now(other) => panic!("a question that is not used: {other}"),
            Question::Printed => printed.to_vec(),
        };
        stream.write_all(&said).unwrap();
    }
}

/// Runs `ask` against a made-up printer, with a clock on which each look at it takes `step_ms`.
fn with<T>(manner: Manner, step_ms: u64, ask: impl FnOnce(&Port, Patience<'_>) -> T) -> (T, Paper) {
    let fake = Fake::new(manner);
    let port = Port::Network(fake.address());
    thread::scope(|scope| {
        let served = scope.spawn(|| fake.serve());
        let said = at_pace(step_ms, |patience| ask(&port, patience));
        (said, served.join().unwrap())
    })
}

fn at_pace<T>(step_ms: u64, ask: impl FnOnce(Patience<'_>) -> T) -> T {
    let looks = Cell::new(0);
    let clock = || {
        looks.set(looks.get() + 1);
        Mono::from_start(Duration::from_millis(looks.get() * step_ms))
    };
    ask(Patience {
        clock: &clock,
        stop: &AtomicBool::new(false),
    })
}

/// For printers that answer: their answers are always in time.
const SLOW: u64 = 1;
/// For printers that are waited for in vain.
const FAST: u64 = 200;

/// A picture that no other one looks like, its rows no multiple of a band.
fn picture(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        Luma([if (x * 7 + y * 13 + x * y / 5) % 11 < 4 {
            0
        } else {
            255
        }])
    })
}

#[test]
fn a_picture_comes_out_dot_for_dot_on_both_widths() {
    for width in [384, 576] {
        let sent = picture(width, 301);
        let (result, paper) = with(Manner::Ready, SLOW, |port, patience| {
            print(port, &sent, patience)
        });
        assert_eq!(result, Ok(()));
        assert_eq!(paper.slip(), sent, "{width}");
    }
}

#[test]
fn a_picture_whose_bytes_look_like_questions_is_printed_and_what_it_provokes_is_not_an_answer() {
    // 10 04 02, again and again.
    let dots = |byte: u8, x: u32| byte & (0x80 >> (x % 8)) != 0;
    let sent = GrayImage::from_fn(384, 64, |x, _| {
        let byte = [0x10, 0x04, 0x02][(x / 8 % 3) as usize];
        Luma([if dots(byte, x) { 0 } else { 255 }])
    });
    let (result, paper) = with(Manner::Talks, SLOW, |port, patience| {
        print(port, &sent, patience)
    });
    assert_eq!(result, Ok(()));
    assert_eq!(paper.slip(), sent);
}

#[test]
fn a_printer_without_paper_or_with_an_open_cover_gets_no_slip() {
    for (manner, expected) in [
        (Manner::NoPaper, PrinterState::NoPaper),
        (Manner::CoverOpen, PrinterState::CoverOpen),
    ] {
        let (state, _) = with(manner, SLOW, look);
        assert_eq!(state, expected);
        let (result, paper) = with(manner, SLOW, |port, patience| {
            print(port, &picture(384, 40), patience)
        });
        assert_eq!(result, Err(expected));
        assert!(paper.rows.is_empty() && paper.starts == 0);
    }
}

#[test]
fn paper_that_runs_out_while_it_prints_is_noticed() {
    let (result, _) = with(Manner::RunsOut, 20, |port, patience| {
        print(port, &picture(384, 400), patience)
    });
    assert_eq!(result, Err(PrinterState::NoPaper));
}

#[test]
fn a_printer_that_answers_nothing_prints_all_the_same() {
    let sent = picture(576, 200);
    let (state, _) = with(Manner::Mute, FAST, look);
    assert_eq!(state, PrinterState::Ready);
    let (result, paper) = with(Manner::Mute, FAST, |port, patience| {
        print(port, &sent, patience)
    });
    assert_eq!(result, Ok(()));
    assert_eq!(paper.slip(), sent);
}

#[test]
fn a_printer_that_hangs_or_hangs_up_is_given_up() {
    // More than any buffer between the two takes.
    let long = picture(576, 80_000);
    for manner in [Manner::Hangs, Manner::Closes] {
        let (result, _) = with(manner, FAST, |port, patience| print(port, &long, patience));
        assert!(
            matches!(result, Err(PrinterState::Fault(_))),
            "{manner:?} {result:?}"
        );
    }
}

#[test]
fn a_printer_that_is_not_there_is_a_fault_and_nothing_waits_after_a_stop() {
    let nobody = Fake::new(Manner::Ready).address();
    for port in [Port::Network(nobody), Port::Device("/nowhere/lp0".into())] {
        let state = at_pace(FAST, |patience| look(&port, patience));
        assert!(matches!(state, PrinterState::Fault(_)), "{state:?}");
    }
    let fake = Fake::new(Manner::Mute);
    let port = Port::Network(fake.address());
    let patience = Patience {
        clock: &|| Mono::from_start(Duration::ZERO),
        stop: &AtomicBool::new(true),
    };
    // This clock stands still: only the stop ends the wait.
    assert_eq!(look(&port, patience), PrinterState::Ready);
}

#[test]
fn a_device_gets_the_same_bytes() {
    let device = tempfile::NamedTempFile::new().unwrap();
    let port = Port::Device(device.path().to_owned());
    let sent = picture(384, 130);
    let result = at_pace(FAST, |patience| print(&port, &sent, patience));
    assert_eq!(result, Ok(()));
    let mut paper = Paper::default();
    let questions = paper.take(&std::fs::read(device.path()).unwrap());
    assert_eq!(questions, [Question::Now(2)]);
    assert_eq!(paper.slip(), sent);
}

#[test]
fn settings_name_one_port_and_one_of_two_widths() {
    let read = |text: &str| toml::from_str::<Settings>(text).map_err(|why| why.to_string());
    assert_eq!(read("").unwrap(), Settings::default());
    let network = read("address = \"192.0.2.9:9100\"\nwidth_dots = 576").unwrap();
    let address = "192.0.2.9:9100".parse().unwrap();
    assert_eq!(network.port, Some(Port::Network(address)));
    assert_eq!(network.width_dots, 576);
    let device = read("device = \"/dev/usb/lp0\"").unwrap();
    assert_eq!(device.port, Some(Port::Device("/dev/usb/lp0".into())));
    for (wrong, named) in [
        ("width_dots = 500", "width_dots"),
        ("address = \"printer.local\"", "address"),
        (
            "device = \"/dev/usb/lp0\"\naddress = \"192.0.2.9:9100\"",
            "exclude",
        ),
        ("paper = 58", "paper"),
    ] {
        let why = read(wrong).unwrap_err();
        assert!(why.contains(named), "{why}");
    }
}
