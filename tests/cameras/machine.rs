//! The machine around the guest: qemu without KVM, the stock kernel, a root in memory.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// Lines that may wait to be read.
const QUEUE: usize = 10_000;

/// One boot. Dropping it kills it.
pub struct Machine {
    qemu: Child,
    lines: Receiver<String>,
    folder: TempDir,
}

impl Machine {
    pub fn start(guest: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let console = folder.path().join("console");
        let mut qemu = Command::new("qemu-system-x86_64")
            .args(["-accel", "tcg,thread=multi", "-cpu", "max"])
            .args(["-m", "1280", "-smp", "2"])
            .args(["-nodefaults", "-display", "none", "-no-reboot"])
            .arg("-kernel")
            .arg(guest.join("vmlinuz"))
            .arg("-initrd")
            .arg(guest.join("cameras"))
            .args(["-append", "console=ttyS0 panic=-1 quiet"])
            .arg("-serial")
            .arg(format!("file:{}", console.display()))
            .args(["-serial", "stdio"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let told = qemu.stdout.take().unwrap();
        let (sender, lines) = sync_channel(QUEUE);
        thread::spawn(move || {
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                if sender.send(line.trim_end().to_owned()).is_err() {
                    return;
                }
            }
        });
        Self {
            qemu,
            lines,
            folder,
        }
    }

    /// The next line that the tests told, if one comes in time.
    pub fn line(&self, within: Duration) -> Option<String> {
        self.lines.recv_timeout(within).ok()
    }

    pub fn console(&self) -> String {
        fs::read_to_string(self.folder.path().join("console")).unwrap_or_default()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.qemu.kill());
        drop(self.qemu.wait());
    }
}
