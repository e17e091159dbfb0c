//! What a child gives up once it has opened what it needs, and a probe that shows what is left.
//!
//! Two layers of the kernel. Landlock takes the file system and other processes' memory, and on
//! newer kernels TCP and signals. A system-call filter takes every call that a worker does not need.
//! Both stay for the life of the process, and for whatever it would start.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    net::{Ipv4Addr, UdpSocket},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::Path,
    process::{Command, ExitCode},
    time::Duration,
};

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, getppid, pidfd_getfd, pidfd_open, test_kill_process,
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};

use super::{Child, Lost};

/// What a worker still has to reach after it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Memory and what is open.
    Memory,
    /// Besides, the ioctls under one letter, on what is open: b'V' is video4linux, and the kernel's
    /// virtual terminals, of which a worker has none.
    Driver(u8),
}

/// The layers of a confinement: asked for, or found to hold.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each holds or not, by itself"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers {
    pub landlock: bool,
    pub filter: bool,
}

impl Layers {
    pub const ALL: Self = Self {
        landlock: true,
        filter: true,
    };
}

/// Gives up everything but `reach`, for good.
///
/// Where the kernel or the service's unit refuses a layer, the worker goes on with the other one: a
/// booth that takes no picture is no safer. [`probe`] finds out, and `doctor` says it.
pub fn seal(reach: Reach) {
    seal_by(Layers::ALL, reach);
}

fn seal_by(asked: Layers, reach: Reach) -> Layers {
    // Landlock first: the filter lets no more layers be put on.
    Layers {
        landlock: asked.landlock && close_files().unwrap_or(false),
        filter: asked.filter && close_calls(reach).is_ok(),
    }
}

/// Handles every right that this kernel's Landlock knows, and grants nothing.
fn close_files() -> Result<bool, landlock::RulesetError> {
    const NEWEST: ABI = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

fn close_calls(reach: Reach) -> Result<(), seccompiler::Error> {
    seccompiler::apply_filter(&filter(reach)?)
}

/// Lets [`CALLS`] pass, memory that is not executable, and the ioctls of `reach`. Anything else
/// fails with EPERM, which a library survives more often than a signal.
fn filter(reach: Reach) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        CALLS.iter().map(|call| (*call, Vec::new())).collect();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![not_executable()?]);
    }
    if let Reach::Driver(letter) = reach {
        rules.insert(
            libc::SYS_ioctl,
            vec![ioctls_under(letter)?, bytes_to_read()?],
        );
    }
    let here = std::env::consts::ARCH.try_into()?;
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, here)?.try_into()
}

/// Reading and writing what is open, waiting, memory, signals of its own, the end.
const CALLS: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_restart_syscall,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// The third argument of mmap and mprotect is the protection.
fn not_executable() -> Result<SeccompRule, BackendError> {
    let executable = libc::PROT_EXEC.unsigned_abs().into();
    argument(2, SeccompCmpOp::MaskedEq(executable), 0)
}

/// An ioctl's number carries its interface's letter in the second byte (asm-generic/ioctl.h).
fn ioctls_under(letter: u8) -> Result<SeccompRule, BackendError> {
    argument(1, SeccompCmpOp::MaskedEq(0xff00), u64::from(letter) << 8)
}

/// The camera worker looks whether an order has come without waiting for one.
fn bytes_to_read() -> Result<SeccompRule, BackendError> {
    argument(1, SeccompCmpOp::Eq, libc::FIONREAD)
}

fn argument(index: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, is, value)?;
    SeccompRule::new(vec![condition])
}

/// The subcommand under which the program tries what a sealed child can still do.
pub const PROBE_ROLE: &str = "confinement-probe";
/// The one kind of message, in both directions: an [`Order`], then what was [`Found`].
const PROBE: u8 = 1;
const LONGEST_PROBE: usize = 4096;
const PROBE_MEMORY: u64 = 1 << 30;
const PROBE_STEP: Duration = Duration::from_millis(50);
/// Five seconds: a machine that starts is busy.
const PROBE_STEPS: u32 = 100;

#[derive(Serialize, Deserialize)]
struct Order {
    layers: Layers,
    reach: Reach,
}

/// Something that foreign code in a child would do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    ReadFile,
    WriteFile,
    ListProcesses,
    InternetSocket,
    LocalSocket,
    StartProgram,
    /// Take an open file out of the parent: the kernel lets those do it whom it lets trace.
    TakeDescriptor,
    SignalParent,
}

impl Attempt {
    pub const ALL: [Self; 8] = [
        Self::ReadFile,
        Self::WriteFile,
        Self::ListProcesses,
        Self::InternetSocket,
        Self::LocalSocket,
        Self::StartProgram,
        Self::TakeDescriptor,
        Self::SignalParent,
    ];

    /// Tries it, and leaves nothing behind.
    fn make(self, parent: Pid) -> io::Result<()> {
        match self {
            Self::ReadFile => File::open("/etc/passwd").map(drop),
            Self::WriteFile => make_file(),
            Self::ListProcesses => fs::read_dir("/proc").map(drop),
            Self::InternetSocket => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(drop),
            Self::LocalSocket => UnixDatagram::unbound().map(drop),
            // It says nothing, so that it may keep the pair to the parent.
            Self::StartProgram => Command::new("/bin/true").status().map(drop),
            Self::TakeDescriptor => take_descriptor(parent).map(drop),
            Self::SignalParent => Ok(test_kill_process(parent)?),
        }
    }
}

fn make_file() -> io::Result<()> {
    let place = std::env::temp_dir().join(format!(".confinement-{}", std::process::id()));
    File::create_new(&place)?;
    fs::remove_file(place)
}

fn take_descriptor(parent: Pid) -> io::Result<OwnedFd> {
    let process = pidfd_open(parent, PidfdFlags::empty())?;
    Ok(pidfd_getfd(process, 0, PidfdGetfdFlags::empty())?)
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Of those that were asked for.
    pub layers: Layers,
    /// What was tried and succeeded.
    pub open: Vec<Attempt>,
    /// Open before it was sealed, beside the pair, its copies, and where errors go.
    pub strays: usize,
}

impl Found {
    /// Whether everything holds.
    pub fn is_whole(&self) -> bool {
        self.layers == Layers::ALL && self.open.is_empty() && self.strays == 0
    }
}

/// Starts `program` as a child, lets it put on `layers` and try everything.
///
/// # Errors
/// The child cannot be started, says something else, or nothing within five seconds.
pub fn probe(program: &Path, layers: Layers, reach: Reach) -> io::Result<Found> {
    let mut child = Child::spawn(program, PROBE_ROLE, LONGEST_PROBE)?;
    let order = serde_json::to_vec(&Order { layers, reach })?;
    let lost = io::Error::other::<Lost>;
    child.send(PROBE, &[&order], PROBE_STEP).map_err(lost)?;
    for _ in 0..PROBE_STEPS {
        if let Some(answer) = child.receive(PROBE_STEP).map_err(lost)? {
            return Ok(serde_json::from_slice(&answer.payload)?);
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// The probe's whole life, in the child.
pub fn run_probe() -> ExitCode {
    match serve_probe() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_nobody_listens) => ExitCode::FAILURE,
    }
}

fn serve_probe() -> io::Result<()> {
    super::confine(PROBE_MEMORY)?;
    let (mut input, mut out) = super::ends()?;
    let Some(asked) = super::read(&mut input, LONGEST_PROBE)? else {
        return Ok(());
    };
    let Order { layers, reach } = serde_json::from_slice(&asked.payload)?;
    let parent = getppid().ok_or(io::ErrorKind::NotFound)?;
    let strays = descriptors()?.saturating_sub(OWN_DESCRIPTORS);
    let layers = seal_by(layers, reach);
    let open = Attempt::ALL
        .into_iter()
        .filter(|attempt| attempt.make(parent).is_ok())
        .collect();
    let found = Found {
        layers,
        open,
        strays,
    };
    super::write(&mut out, PROBE, &[&serde_json::to_vec(&found)?])
}

/// The pair as input and output, where errors go, and the two copies of [`super::ends`].
const OWN_DESCRIPTORS: usize = 5;

/// How many are open, without the one that looks.
fn descriptors() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count().saturating_sub(1))
}
