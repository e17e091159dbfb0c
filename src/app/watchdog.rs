//! Tells systemd that the booth lives (`sd_notify`), and says nothing when a part of it does not: then it is started anew.

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
    thread,
    time::Duration,
};

use super::wires::Wires;

/// Often enough for `WatchdogSec=30`.
const ROUND: Duration = Duration::from_secs(2);

/// Ticks until told to stop; without a service manager there is nothing to do.
pub fn run(wires: &Wires) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    match Notice::to(&socket) {
        Ok(notice) => tick(wires, &notice, ROUND),
        Err(error) => tracing::warn!(%error, "the service manager cannot be told anything"),
    }
}

fn tick(wires: &Wires, notice: &Notice, round: Duration) {
    let mut ready = false;
    let mut told = vec![];
    while !wires.stopped() {
        let silent = wires.pulse.silent(wires.clock.now().mono);
        if silent.is_empty() {
            if !ready {
                notice.say("READY=1");
            }
            ready = true;
            notice.say("WATCHDOG=1");
        } else if ready && silent != told {
            tracing::error!(parts = ?silent, "no answer; the service manager is not told that the booth lives");
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
            tracing::debug!(%error, "the service manager did not hear");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::app::{pulse::Part, threads::beside};

    /// What a booth says whose parts in `beating` answer, in some rounds.
    fn said(beating: &[Part]) -> Vec<String> {
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
                tick(&wires, &notice, Duration::from_millis(5));
            })
            .unwrap()
        };
        let mut said = vec![];
        let mut heard = [0; 64];
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
        let said = said(&Part::ALL);
        assert_eq!(said[..3], ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
        assert_eq!(said[said.len() - 1], "STOPPING=1");
    }

    #[test]
    fn it_is_silent_while_one_part_is() {
        for missing in Part::ALL {
            let rest: Vec<Part> = Part::ALL.into_iter().filter(|p| *p != missing).collect();
            assert_eq!(said(&rest), ["STOPPING=1"], "{missing:?}");
        }
    }
}
