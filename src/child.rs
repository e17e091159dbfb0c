//! A child process that may hang, die or lie: it runs foreign native code, without environment,
//! keys or terminal.
//!
//! Both ends speak [`wire`] messages over a socket pair, because a socket, unlike a pipe, has
//! deadlines.

pub mod confinement;

use std::{
    fs::File,
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    time::Duration,
};

use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};

use crate::wire::{self, Inbox, Malformed, Message};

/// This executable, for the children that it starts of itself, even after an update replaced its
/// file.
pub fn this_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// Why a child is of no further use; the answer is always to kill it and start another.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    #[error("the child process ended")]
    Ended,
    #[error("the child process did not answer in time")]
    Late,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("the child process cannot be reached: {0}")]
    Io(#[from] io::Error),
}

/// The parent's end. Dropping it kills the process.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    link: UnixStream,
    inbox: Inbox,
}

/// The first descriptor after input, output and errors.
const FIRST_OWN: i32 = 3;

/// Names the child's parent; nothing else is in its environment.
const PARENT: &str = "CAPTURE_STATION_PARENT";

impl Child {
    /// Starts `program role`; payloads from it may be up to `longest` bytes.
    pub fn spawn(program: &Path, role: &str, longest: usize) -> io::Result<Self> {
        // Whatever a graphics driver or the kiosk's parent left open is not for a child.
        close_fds::set_fds_cloexec_threadsafe(FIRST_OWN, &[]);
        let (link, theirs) = UnixStream::pair()?;
        let process = Command::new(program)
            .arg(role)
            .env_clear()
            .env(PARENT, process::id().to_string())
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs.try_clone()?)))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            process,
            link,
            inbox: Inbox::new(longest),
        })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends one message in parts, within `patience` for each write.
    pub fn send(&mut self, kind: u8, parts: &[&[u8]], patience: Duration) -> Result<(), Lost> {
        self.link
            .set_write_timeout(Some(at_least_a_moment(patience)))?;
        write(&mut self.link, kind, parts)?;
        Ok(())
    }

    /// Waits up to `patience` for more bytes, and returns a message once it is whole. `None` is not
    /// an error: ask again until your own deadline.
    pub fn receive(&mut self, patience: Duration) -> Result<Option<Message>, Lost> {
        if let Some(message) = self.inbox.take()? {
            return Ok(Some(message));
        }
        self.link
            .set_read_timeout(Some(at_least_a_moment(patience)))?;
        match self.inbox.read(&mut self.link) {
            Ok(0) => Err(Lost::Ended),
            Ok(_some) => Ok(self.inbox.take()?),
            Err(why) if is_patience(why.kind()) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }
}

/// Returns a timeout above zero, which a socket would reject.
fn at_least_a_moment(patience: Duration) -> Duration {
    patience.max(Duration::from_millis(1))
}

const fn is_patience(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

impl Child {
    /// Kills the process without waiting: one that is stuck inside a driver does not end.
    pub fn end(mut self) -> Ending {
        self.kill();
        self.inbox = Inbox::new(0);
        Ending(self)
    }

    /// Lets the process finish its work; it is tracked like one that was ended.
    pub fn leave(self) -> Ending {
        Ending(self)
    }

    fn kill(&mut self) {
        if self.process.kill().is_err() || self.link.shutdown(Shutdown::Both).is_err() {
            tracing::debug!("a child process was gone before it could be ended");
        }
    }
}

/// A process that is no longer talked to and may still run.
#[derive(Debug)]
pub struct Ending(Child);

impl Ending {
    /// Returns whether the system has released it. Never waits.
    pub fn is_over(&mut self) -> bool {
        !matches!(self.0.process.try_wait(), Ok(None))
    }
}

impl Drop for Child {
    /// Leaves a process stuck inside a driver to the system after a moment, as it cannot be waited
    /// for.
    fn drop(&mut self) {
        const TRIES: u32 = 50;
        const PAUSE: Duration = Duration::from_millis(2);
        self.kill();
        for _ in 0..TRIES {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(PAUSE);
        }
        tracing::warn!(process = self.process.id(), "a child process does not end");
    }
}

/// Writes one message made of `parts`.
pub fn write(to: &mut impl Write, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
    let length = parts.iter().map(|part| part.len()).sum();
    let header = wire::header(kind, length).ok_or(io::ErrorKind::InvalidInput)?;
    to.write_all(&header)?;
    for part in parts {
        to.write_all(part)?;
    }
    to.flush()
}

/// Reads one message, blocking; `None` at the end of the stream.
pub fn read(from: &mut impl Read, longest: usize) -> io::Result<Option<Message>> {
    let mut header = [0; 5];
    if let Err(why) = from.read_exact(&mut header) {
        let ended = why.kind() == io::ErrorKind::UnexpectedEof;
        return if ended { Ok(None) } else { Err(why) };
    }
    let [kind, a, b, c, d] = header;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut payload = vec![0; length];
    from.read_exact(&mut payload)?;
    Ok(Some(Message { kind, payload }))
}

/// Returns the child's ends of the pair, orders and answers, without buffers: an order must not sit
/// unseen in one.
pub fn ends() -> io::Result<(File, File)> {
    Ok((
        File::from(io::stdin().as_fd().try_clone_to_owned()?),
        File::from(io::stdout().as_fd().try_clone_to_owned()?),
    ))
}

/// Enough for a device, the pair and its copies, and what a library opens for a moment.
const DESCRIPTORS: u64 = 32;

/// What the kernel adds to a child's badness where memory is short, of 1,000: it is killed before
/// the kiosk.
const FIRST_TO_GO: &str = "500";

/// Restricts the child itself as its first act: no core dump, bounded memory and descriptors, no
/// byte into a file, and an end when the parent ends, even if it has already ended. What it does
/// not need it gives up later, with [`confinement::seal`].
pub fn confine(memory_bytes: u64) -> io::Result<()> {
    // Its file is the user's own only while the process may be dumped. A booth takes pictures all
    // the same where the system does not let it write this file.
    drop(std::fs::write("/proc/self/oom_score_adj", FIRST_TO_GO));
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    check_parent()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, DESCRIPTORS)?;
    limit(Resource::As, memory_bytes)
}

/// Checks that the parent is alive: one that died before the signal was asked for would leave an
/// orphan that holds the camera.
fn check_parent() -> io::Result<()> {
    let named = std::env::var(PARENT).ok();
    let named = named.and_then(|id| id.parse().ok());
    let is = rustix::process::getppid().map(|id| id.as_raw_nonzero().get());
    if is.is_some() && is == named {
        Ok(())
    } else {
        Err(io::Error::other(
            "this process is a child of the kiosk only",
        ))
    }
}

/// Returns whether a test may stop its children at system calls; says what is skipped where strace
/// is missing or may not trace, as in some containers.
#[cfg(test)]
pub fn can_trace(what: &str) -> bool {
    let tried = std::process::Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        eprintln!("SKIPPED: {what}, strace is missing or may not trace here");
    }
    can
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let both = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(rustix::process::setrlimit(resource, both)?)
}
