//! Tells systemd that the booth lives (`sd_notify`), and says nothing when a part of it does not:
//! then it is started anew.

use std::{
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    path::Path,
    thread,
    time::Duration,
};

use super::{pulse::Part, trial, wires::Wires};
use crate::booth::Fault;

/// Often enough for `WatchdogSec=30`.
const ROUND: Duration = Duration::from_secs(2);

/// Ticks until told to stop; without a service manager there is nothing to do. A release on trial
/// is ready only when it has proved itself; `station` is the folder of the booth's identity.
pub fn run(wires: &Wires, station: &Path) {
    let may_be_ready = || !trial::is_on() || trial::passes(wires, station);
    report(wires, &Part::ALL, "READY=1", may_be_ready);
}

/// Does the same for a booth that cannot open. It has no camera thread and no database, and what it
/// is ready for is to say why.
pub fn run_closed(wires: &Wires, fault: &Fault) {
    report(wires, &[Part::Ui], &ready_and_closed(fault), || true);
}

/// The message is made of lines, so a cause of several becomes one.
fn ready_and_closed(fault: &Fault) -> String {
    let cause = fault.cause();
    let words: Vec<&str> = cause.split_whitespace().collect();
    format!("READY=1\nSTATUS=closed: {}", words.join(" "))
}

fn report(wires: &Wires, parts: &[Part], ready: &str, may_be_ready: impl Fn() -> bool) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    match Notice::to(&socket) {
        Ok(notice) => tick(wires, &notice, parts, (ready, &may_be_ready), ROUND),
        Err(error) => tracing::warn!(%error, "the service manager cannot be reached"),
    }
}

fn tick(
    wires: &Wires,
    notice: &Notice,
    parts: &[Part],
    (ready, may_be_ready): (&str, &dyn Fn() -> bool),
    round: Duration,
) {
    let mut said_ready = false;
    let mut told = vec![];
    while !wires.stopped() {
        let mut silent = wires.pulse.silent(wires.clock.now().mono);
        silent.retain(|part| parts.contains(part));
        if silent.is_empty() && (said_ready || may_be_ready()) {
            if !said_ready {
                notice.say(ready);
            }
            said_ready = true;
            notice.say("WATCHDOG=1");
        } else if said_ready && silent != told {
            tracing::error!(parts = ?silent, "a part does not answer: the service manager gets no sign of life");
        }
        told = silent;
        thread::park_timeout(round);
    }
    notice.say("STOPPING=1");
}

/// The service manager's ear.
struct Notice {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Notice {
    /// A path, or a name in the abstract space where it begins with `@`.
    fn to(name: &OsStr) -> io::Result<Self> {
        let to = match name.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, to })
    }

    fn say(&self, state: &str) {
        if let Err(error) = self.socket.send_to_addr(state.as_bytes(), &self.to) {
            tracing::debug!(%error, "the service manager could not be notified");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::app::threads::beside;

    /// What a booth says whose parts in `beating` answer, in some rounds, when `needed` must
    /// answer.
    fn said(beating: &[Part], needed: &'static [Part], ready: &'static str) -> Vec<String> {
        said_if(beating, needed, (ready, true))
    }

    /// The same for a booth that may or may not be ready.
    fn said_if(
        beating: &[Part],
        needed: &'static [Part],
        (ready, may_be_ready): (&'static str, bool),
    ) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let ear = UnixDatagram::bind(&path).unwrap();
        ear.set_nonblocking(true).unwrap();
        let (wires, _inbox) = Wires::new();
        for part in beating {
            wires.pulse.beat(*part, wires.clock.now().mono);
        }
        let notice = Notice::to(path.as_os_str()).unwrap();
        let ticking = {
            let wires = std::sync::Arc::clone(&wires);
            beside("watchdog", move || {
                let round = Duration::from_millis(5);
                let ready = (ready, &(|| may_be_ready) as &dyn Fn() -> bool);
                tick(&wires, &notice, needed, ready, round);
            })
            .unwrap()
        };
        let mut said = vec![];
        let mut heard = [0; 256];
        let mut listen = || {
            while let Ok(length) = ear.recv(&mut heard) {
                said.push(String::from_utf8_lossy(&heard[..length]).into_owned());
            }
            said.len()
        };
        for _ in 0..400 {
            thread::park_timeout(Duration::from_millis(5));
            if listen() >= 3 {
                break;
            }
        }
        wires.stop.store(true, Ordering::Relaxed);
        ticking.thread().unpark();
        ticking.join().unwrap();
        listen();
        said
    }

    #[test]
    fn it_ticks_while_everything_answers() {
        let said = said(&Part::ALL, &Part::ALL, "READY=1");
        assert_eq!(said[..3], ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
        assert_eq!(said[said.len() - 1], "STOPPING=1");
    }

    #[test]
    fn it_is_silent_while_one_part_is() {
        for missing in Part::ALL {
            let rest: Vec<Part> = Part::ALL.into_iter().filter(|p| *p != missing).collect();
            let said = said(&rest, &Part::ALL, "READY=1");
            assert_eq!(said, ["STOPPING=1"], "{missing:?}");
        }
    }

    #[test]
    fn a_release_that_has_not_proved_itself_never_reports_that_it_is_ready() {
        let said = said_if(&Part::ALL, &Part::ALL, ("READY=1", false));
        assert_eq!(said, ["STOPPING=1"]);
    }

    #[test]
    fn a_closed_booth_is_ready_with_its_reason_in_one_line() {
        let fault = Fault::Config("no such key\n  |\n1 | turns = 0\n".to_owned());
        let ready = ready_and_closed(&fault);
        assert_eq!(ready, "READY=1\nSTATUS=closed: no such key | 1 | turns = 0");
        let not_enrolled = ready_and_closed(&Fault::NotEnrolled);
        assert!(not_enrolled.contains("not enrolled"), "{not_enrolled}");
    }

    #[test]
    fn a_closed_booth_lives_while_its_window_does() {
        let open = said(&[Part::Ui], &[Part::Ui], "READY=1\nSTATUS=closed");
        assert_eq!(open[..2], ["READY=1\nSTATUS=closed", "WATCHDOG=1"]);
        let hung = said(&[Part::Camera, Part::Database], &[Part::Ui], "READY=1");
        assert_eq!(hung, ["STOPPING=1"]);
    }
}
