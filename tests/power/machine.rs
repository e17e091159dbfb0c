//! A machine whose plug is pulled: qemu without KVM, the stock kernel, a root in memory, the disk behind a socket.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::disk::Socket;

/// What protection is taken away, to see whether the harness notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    None,
    /// Every sync of the program does nothing (Debian's libeatmydata).
    NoSync,
    /// The file system sends no flushes.
    NoBarrier,
}

impl Trick {
    const fn words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::NoSync => "drill.preload=libeatmydata.so",
            Self::NoBarrier => "drill.mount=barrier=0",
        }
    }
}

/// What `packaging/guest.sh` made.
pub struct Guest {
    kernel: PathBuf,
    initramfs: PathBuf,
}

impl Guest {
    pub fn at(folder: &Path) -> Option<Self> {
        let guest = Self {
            kernel: folder.join("vmlinuz"),
            initramfs: folder.join("initramfs"),
        };
        (guest.kernel.exists() && guest.initramfs.exists()).then_some(guest)
    }

    /// An empty disk as `mkfs.ext4` makes it.
    pub fn formatted(bytes: u64) -> Vec<u8> {
        let folder = TempDir::new().unwrap();
        let image = folder.path().join("disk");
        fs::File::create(&image).unwrap().set_len(bytes).unwrap();
        let made = Command::new("mkfs.ext4")
            .args(["-q", "-F"])
            .arg(&image)
            .status()
            .unwrap();
        assert!(made.success());
        fs::read(image).unwrap()
    }
}

/// One boot. Dropping it kills it.
pub struct Machine {
    qemu: Child,
    lines: Receiver<String>,
    /// A fresh one for each boot, so that an old qemu cannot write into the next.
    folder: TempDir,
}

impl Machine {
    pub fn start(guest: &Guest, socket: &Socket, trick: Trick) -> Self {
        let folder = TempDir::new().unwrap();
        let disk = folder.path().join("disk.sock");
        socket.plug_in(&disk).unwrap();
        let drive = format!(
            "file=nbd+unix:///?socket={},format=raw,if=none,id=disk,cache=writeback",
            disk.display()
        );
        let console = folder.path().join("console");
        let mut qemu = Command::new("qemu-system-x86_64")
            .args(["-accel", "tcg", "-cpu", "max", "-m", "768", "-smp", "1"])
            .args(["-nodefaults", "-display", "none", "-no-reboot"])
            .arg("-kernel")
            .arg(&guest.kernel)
            .arg("-initrd")
            .arg(&guest.initramfs)
            .arg("-append")
            .arg(format!("console=ttyS0 panic=-1 quiet {}", trick.words()))
            .args(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"])
            .arg("-serial")
            .arg(format!("file:{}", console.display()))
            .args(["-serial", "stdio"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
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

    /// The next line that the program told, if one comes in time.
    pub fn line(&self, within: Duration) -> Option<String> {
        self.lines.recv_timeout(within).ok()
    }

    pub fn console(&self) -> String {
        fs::read_to_string(self.folder.path().join("console")).unwrap_or_default()
    }

    /// Ends the machine; what it had still told by then.
    pub fn kill(mut self) -> Vec<String> {
        self.end();
        self.lines.iter().collect()
    }

    fn end(&mut self) {
        // It may have ended by itself.
        drop(self.qemu.kill());
        drop(self.qemu.wait());
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end();
    }
}
