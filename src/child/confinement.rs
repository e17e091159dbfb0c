//! What a child gives up once it has opened what it needs, and a probe that shows what is left.
//!
//! Two layers of the kernel. Landlock blocks the file system and other processes' memory, and on
//! newer kernels TCP and signals. A system-call filter blocks every call that a worker does not
//! need. Both stay for the life of the process, and for anything it might start.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "Landlock and seccomp are parts of Linux. Another system confines its children in another way: docs/decisions/0027-nokhwa-at-the-seam.md"
);

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

/// What a worker still needs after it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Memory and the open descriptors.
    Memory,
    /// Also the ioctls under one letter, on open descriptors: b'V' is video4linux, and the kernel's
    /// virtual terminals, of which a worker has none.
    Driver(u8),
}

/// The layers of a confinement: requested, or found to be in force.
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
/// booth that takes no picture is no safer. [`probe`] finds out, and `doctor` reports it.
pub fn seal(reach: Reach) {
    seal_by(Layers::ALL, reach);
}

fn seal_by(asked: Layers, reach: Reach) -> Layers {
    // Landlock first, as the filter forbids further layers.
    Layers {
        landlock: asked.landlock && close_files().unwrap_or(false),
        filter: asked.filter && close_calls(reach).is_ok(),
    }
}

/// Handles every access right that this kernel's Landlock knows, and grants none of them.
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

/// Allows [`CALLS`], memory that is not executable, and the ioctls of `reach`. Anything else fails
/// with EPERM, which a library survives more often than a signal.
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

/// Reading and writing open descriptors, waiting, memory, its own signals, exit.
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

/// Requires memory without execute permission: the third argument of mmap and mprotect is the
/// protection.
fn not_executable() -> Result<SeccompRule, BackendError> {
    let executable = libc::PROT_EXEC.unsigned_abs().into();
    argument(2, SeccompCmpOp::MaskedEq(executable), 0)
}

/// Allows the ioctls of one interface: an ioctl's number carries its interface's letter in the
/// second byte (asm-generic/ioctl.h).
fn ioctls_under(letter: u8) -> Result<SeccompRule, BackendError> {
    argument(1, SeccompCmpOp::MaskedEq(0xff00), u64::from(letter) << 8)
}

/// Allows the camera worker to check whether an order has come without waiting for one.
fn bytes_to_read() -> Result<SeccompRule, BackendError> {
    argument(1, SeccompCmpOp::Eq, libc::FIONREAD)
}

fn argument(index: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, is, value)?;
    SeccompRule::new(vec![condition])
}

/// The subcommand under which the program tries what a sealed child can still do.
pub const PROBE_ROLE: &str = "confinement-probe";
/// The one kind of message, in both directions: an [`Order`], then the result ([`Found`]).
const PROBE: u8 = 1;
const LONGEST_PROBE: usize = 4096;
const PROBE_MEMORY: u64 = 1 << 30;
const PROBE_STEP: Duration = Duration::from_millis(50);
/// Five seconds, as a starting machine is busy.
const PROBE_STEPS: u32 = 100;

#[derive(Serialize, Deserialize)]
struct Order {
    layers: Layers,
    reach: Reach,
}

/// Something that malicious code in a child would try next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempt {
    ReadFile,
    WriteFile,
    ListProcesses,
    InternetSocket,
    LocalSocket,
    StartProgram,
    /// Take an open descriptor from the parent: the kernel allows it to those that may trace the
    /// parent.
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

    /// Tries it, and leaves no trace.
    fn make(self, parent: Pid) -> io::Result<()> {
        match self {
            Self::ReadFile => File::open("/etc/passwd").map(drop),
            Self::WriteFile => make_file(),
            Self::ListProcesses => fs::read_dir("/proc").map(drop),
            Self::InternetSocket => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(drop),
            Self::LocalSocket => UnixDatagram::unbound().map(drop),
            // It prints nothing, so it may keep the pair to the parent.
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
    /// Of those that were requested.
    pub layers: Layers,
    /// The attempts that succeeded.
    pub open: Vec<Attempt>,
    /// Descriptors open before sealing, apart from the pair, its copies, and stderr.
    pub strays: usize,
}

impl Found {
    /// Returns whether everything holds.
    pub fn is_whole(&self) -> bool {
        self.layers == Layers::ALL && self.open.is_empty() && self.strays == 0
    }
}

/// Starts `program` as a child that puts on `layers` and tries everything.
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

/// Runs the probe for its whole life, in the child.
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

/// The pair as input and output, stderr, and the two copies of [`super::ends`].
const OWN_DESCRIPTORS: usize = 5;

/// Counts the open descriptors, without the one used for counting.
fn descriptors() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count().saturating_sub(1))
}
