//! A machine in a machine, for tests that need a kernel of their own: qemu without KVM, Debian's
//! stock kernel, a root in memory.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// One boot. Dropping it kills the machine.
pub struct Machine {
    qemu: Child,
    lines: Receiver<String>,
    folder: TempDir,
}

impl Machine {
    /// Boots `initramfs` with the kernel beside it. `words` are for the kernel; `set_up` adds the
    /// machine's other devices, whose sockets may be in the given folder, a fresh one for each
    /// boot.
    pub fn boot(
        guest: &Path,
        initramfs: &str,
        words: &str,
        set_up: impl FnOnce(&mut Command, &Path),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let console = folder.path().join("console");
        let mut command = Command::new("qemu-system-x86_64");
        command
            .args([
                "-cpu",
                "max",
                "-nodefaults",
                "-display",
                "none",
                "-no-reboot",
            ])
            .arg("-kernel")
            .arg(guest.join("vmlinuz"))
            .arg("-initrd")
            .arg(guest.join(initramfs))
            .arg("-append")
            .arg(format!("console=ttyS0 panic=-1 quiet {words}"))
            .arg("-serial")
            .arg(format!("file:{}", console.display()))
            .args(["-serial", "stdio"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        set_up(&mut command, folder.path());
        let mut qemu = command.spawn().unwrap();
        let told = qemu.stdout.take().unwrap();
        let (sender, lines) = channel();
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

    /// Returns the program's next line, if one comes in time.
    pub fn line(&self, within: Duration) -> Option<String> {
        self.lines.recv_timeout(within).ok()
    }

    pub fn console(&self) -> String {
        fs::read_to_string(self.folder.path().join("console")).unwrap_or_default()
    }

    /// Kills the machine; returns the lines that it still printed.
    pub fn kill(&mut self) -> Vec<String> {
        // It may have ended by itself.
        drop(self.qemu.kill());
        drop(self.qemu.wait());
        self.lines.iter().collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.kill());
    }
}
