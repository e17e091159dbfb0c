//! A machine whose plug is pulled, its disk behind a socket.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{disk::Socket, qemu::Machine};

/// A protection that is removed, to see whether the harness notices.
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

/// The folder that `packaging/guest.sh` made.
pub struct Guest(PathBuf);

const INITRAMFS: &str = "initramfs";

impl Guest {
    pub fn at(folder: &Path) -> Option<Self> {
        let is_made = ["vmlinuz", INITRAMFS]
            .iter()
            .all(|file| folder.join(file).exists());
        is_made.then(|| Self(folder.to_owned()))
    }

    /// Returns an empty disk as made by `mkfs.ext4`.
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

/// Boots the drill on the disk behind `socket`.
pub fn start(guest: &Guest, socket: &Socket, trick: Trick) -> Machine {
    Machine::boot(&guest.0, INITRAMFS, trick.words(), |qemu, folder| {
        let disk = folder.join("disk.sock");
        socket.plug_in(&disk).unwrap();
        let drive = format!(
            "file=nbd+unix:///?socket={},format=raw,if=none,id=disk,cache=writeback",
            disk.display()
        );
        qemu.args(["-accel", "tcg", "-m", "768", "-smp", "1"])
            .args(["-drive", &drive, "-device", "virtio-blk-pci,drive=disk"]);
    })
}
