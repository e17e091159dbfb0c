//! The open connection to a printer, read and written without ever being blocked by it.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::OpenOptionsExt,
    },
    sync::atomic::Ordering,
    thread,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
};

use super::{Patience, Port};
use crate::{booth::PrinterState, time::Mono};

/// How long to wait for a network printer's connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a wait may ignore `stop`.
const STEP_MS: u32 = 20;

pub struct Line<'a> {
    ends: Ends,
    patience: Patience<'a>,
}

enum Ends {
    Device(File),
    Network(TcpStream),
}

impl<'a> Line<'a> {
    pub fn open(port: &Port, patience: Patience<'a>) -> Result<Self, PrinterState> {
        let ends = Ends::open(port).map_err(|why| fault(&why))?;
        Ok(Self { ends, patience })
    }

    /// Writes everything, or fails at the deadline.
    pub fn write(&mut self, mut bytes: &[u8], within: Duration) -> Result<(), PrinterState> {
        let until = self.until(within);
        while !bytes.is_empty() {
            match self.ends.write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(why) if is_for_now(&why) => {
                    if !self.wait(PollFlags::OUT, until) {
                        return Err(fault(&"it takes nothing"));
                    }
                }
                // So the kernel's driver says that the paper is out.
                Err(why) if why.kind() == ErrorKind::StorageFull => {
                    return Err(PrinterState::NoPaper);
                }
                Err(why) => return Err(fault(&why)),
            }
        }
        Ok(())
    }

    /// Forgets what the printer said so far: status bytes that nobody asked for, also those that it
    /// found in a picture.
    pub fn drain(&mut self) {
        let mut bytes = [0; 64];
        // Bounded, because a device may talk without end.
        for _ in 0..64 {
            if !matches!(self.ends.read(&mut bytes), Ok(1..)) {
                break;
            }
        }
    }

    /// Returns the first byte that is an answer, if one comes in time.
    pub fn answer(&mut self, is_answer: impl Fn(u8) -> bool, within: Duration) -> Option<u8> {
        let until = self.until(within);
        let mut byte = [0];
        while self.wait(PollFlags::IN, until) {
            match self.ends.read(&mut byte) {
                Ok(0) if self.ends.is_closed_by_silence() => return None,
                // A USB printer that has nothing to say may say so at once.
                Ok(0) => pause(),
                Ok(_) if byte.iter().all(|byte| is_answer(*byte)) => return byte.first().copied(),
                Ok(_) => {}
                Err(why) if is_for_now(&why) => pause(),
                Err(_reads_nothing) => return None,
            }
        }
        None
    }

    /// Fails if the printer closed the connection.
    pub fn still_open(&self) -> Result<(), PrinterState> {
        match &self.ends {
            Ends::Device(_) => Ok(()),
            Ends::Network(stream) => match stream.peek(&mut [0]) {
                Ok(0) => Err(fault(&"it closed the connection")),
                Err(why) if !is_for_now(&why) => Err(fault(&why)),
                Ok(_) | Err(_) => Ok(()),
            },
        }
    }

    /// Waits until everything is on its way to a printer that says nothing. Closing a device drops
    /// what it has not taken; closing a connection does not.
    pub fn finish(&mut self, within: Duration) -> Result<(), PrinterState> {
        self.drain();
        let until = self.until(within);
        match &self.ends {
            Ends::Device(_) if self.wait(PollFlags::OUT, until) => Ok(()),
            Ends::Device(_) => Err(fault(&"it takes nothing")),
            Ends::Network(stream) => stream.shutdown(Shutdown::Write).map_err(|why| fault(&why)),
        }
    }

    fn until(&self, within: Duration) -> Mono {
        (self.patience.clock)().plus(within)
    }

    /// Returns whether the printer can be read or written before the deadline.
    fn wait(&self, what: PollFlags, until: Mono) -> bool {
        const STEP: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: STEP_MS as i64 * 1_000_000,
        };
        while (self.patience.clock)() < until && !self.patience.stop.load(Ordering::Relaxed) {
            let ready = poll(&mut [PollFd::new(&self.ends, what)], Some(&STEP));
            if matches!(ready, Ok(1..)) {
                return true;
            }
        }
        false
    }
}

impl Ends {
    fn open(port: &Port) -> io::Result<Self> {
        match port {
            Port::Device(path) => {
                let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
                let device = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .custom_flags(flags as i32)
                    .open(path)?;
                Ok(Self::Device(device))
            }
            Port::Network(address) => {
                let stream = TcpStream::connect_timeout(address, CONNECT)?;
                stream.set_nonblocking(true)?;
                Ok(Self::Network(stream))
            }
        }
    }

    /// Returns whether reading nothing means that the other side is gone.
    const fn is_closed_by_silence(&self) -> bool {
        matches!(self, Self::Network(_))
    }
}

impl Read for Ends {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Device(device) => device.read(bytes),
            Self::Network(stream) => stream.read(bytes),
        }
    }
}

impl Write for Ends {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Device(device) => device.write(bytes),
            Self::Network(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Ends {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Device(device) => device.as_fd(),
            Self::Network(stream) => stream.as_fd(),
        }
    }
}

fn is_for_now(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn pause() {
    thread::park_timeout(Duration::from_millis(STEP_MS.into()));
}

fn fault(why: &dyn std::fmt::Display) -> PrinterState {
    PrinterState::Fault(why.to_string())
}
