//! What Linux's sysfs says about cameras, and its switch that takes one off the bus. The first node
//! of a camera has index 0; the others carry metadata.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "sysfs is a part of Linux. Another system finds its cameras in another way: docs/decisions/0027-nokhwa-at-the-seam.md"
);

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use super::{devices::Device, protocol::LONGEST_ORDER};
use crate::child;

/// The subcommand under which the program takes a camera off its bus and puts it back.
pub const REBIND_ROLE: &str = "camera-rebind";
/// The one message of [`REBIND_ROLE`]: the camera's place on the bus.
pub const REBIND: u8 = 1;

/// For the program and its libraries.
const MEMORY: u64 = 2 << 30;

/// Lists all cameras below `sysfs` (`/sys`, or a made-up tree) by node number. An unreadable entry
/// is one that was just unplugged.
pub fn list(sysfs: &Path) -> Vec<Device> {
    let Ok(entries) = fs::read_dir(sysfs.join("class/video4linux")) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| device(&entry.ok()?.path()))
        .collect();
    found.sort_by_key(|device| device.node);
    found
}

fn device(folder: &Path) -> Option<Device> {
    let node = folder
        .file_name()?
        .to_str()?
        .strip_prefix("video")?
        .parse()
        .ok()?;
    if line(folder, "index")? != "0" {
        return None;
    }
    let usb = usb_device(&folder.join("device"));
    let property = |name| usb.as_deref().and_then(|usb| line(usb, name));
    Some(Device {
        node,
        name: line(folder, "name").unwrap_or_default(),
        vendor: property("idVendor").unwrap_or_default(),
        product: property("idProduct").unwrap_or_default(),
        serial: property("serial"),
        bus: usb
            .as_deref()
            .and_then(|usb| Some(usb.file_name()?.to_str()?.to_owned())),
    })
}

/// Returns the USB device: the node's `device` is an interface, and the device is one of its
/// parents.
fn usb_device(interface: &Path) -> Option<PathBuf> {
    const LEVELS: usize = 4;
    let real = interface.canonicalize().ok()?;
    real.ancestors()
        .take(LEVELS)
        .find(|folder| folder.join("idVendor").is_file())
        .map(Path::to_path_buf)
}

fn line(folder: &Path, file: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(file)).ok()?;
    Some(text.trim().to_owned())
}

/// Takes one camera off its bus and puts it back; the kiosk's user needs permission to write the
/// file (docs/operations/camera.md).
pub fn rebind() -> ExitCode {
    match take_off_and_put_back() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_nobody_listens) => ExitCode::FAILURE,
    }
}

fn take_off_and_put_back() -> io::Result<()> {
    const REST: Duration = Duration::from_millis(500);
    child::confine(MEMORY)?;
    let message = child::read(&mut io::stdin().lock(), LONGEST_ORDER)?;
    let bus = message.and_then(|message| String::from_utf8(message.payload).ok());
    let bus = bus
        .filter(|bus| is_place(bus))
        .ok_or(io::ErrorKind::InvalidData)?;
    let switch = Path::new("/sys/bus/usb/devices")
        .join(bus)
        .join("authorized");
    fs::write(&switch, "0")?;
    thread::park_timeout(REST);
    fs::write(&switch, "1")
}

/// Returns whether this is a place on the USB in the kernel's notation, "1-2.4": nothing that leads
/// out of the folder.
fn is_place(bus: &str) -> bool {
    let known = |letter: char| letter.is_ascii_digit() || matches!(letter, '-' | '.');
    bus.starts_with(|first: char| first.is_ascii_digit())
        && bus.chars().all(known)
        && !bus.contains("..")
}

/// Cameras for tests, plugged into a tree with the kernel's layout.
#[cfg(test)]
pub(super) mod made_up {
    use std::{fs, path::Path};

    /// Plugs a camera in: the class folder links to nodes below the USB device. `ids` are vendor,
    /// product and serial.
    pub fn plug(sysfs: &Path, node: u32, index: &str, ids: [&str; 3]) {
        let usb = sysfs.join(format!("devices/usb1/1-{}", ids.concat()));
        let interface = usb.join("1-1:1.0");
        let [vendor, product, serial] = ids;
        fs::create_dir_all(&interface).unwrap();
        fs::write(usb.join("idVendor"), format!("{vendor}\n")).unwrap();
        fs::write(usb.join("idProduct"), format!("{product}\n")).unwrap();
        if !serial.is_empty() {
            fs::write(usb.join("serial"), format!("{serial}\n")).unwrap();
        }
        let video = sysfs.join(format!("class/video4linux/video{node}"));
        fs::create_dir_all(&video).unwrap();
        fs::write(video.join("index"), format!("{index}\n")).unwrap();
        fs::write(video.join("name"), "Desk camera\n").unwrap();
        std::os::unix::fs::symlink(&interface, video.join("device")).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::{made_up::plug, *};

    #[test]
    fn metadata_nodes_are_no_cameras_and_nodes_are_in_order() {
        let sysfs = tempfile::tempdir().unwrap();
        plug(sysfs.path(), 10, "0", ["046d", "0825", "A1"]);
        plug(sysfs.path(), 2, "0", ["1bcf", "2c99", ""]);
        plug(sysfs.path(), 3, "1", ["1bcf", "2c99", ""]);
        let found = list(sysfs.path());
        let nodes: Vec<_> = found.iter().map(|device| device.node).collect();
        assert_eq!(nodes, [2, 10]);
        assert_eq!(found[1].name, "Desk camera");
        assert_eq!(found[1].serial.as_deref(), Some("A1"));
        assert_eq!(found[0].serial, None);
        assert_eq!(found[0].bus.as_deref(), Some("1-1bcf2c99"));
    }

    #[test]
    fn only_a_place_on_the_bus_is_written_to() {
        assert!(is_place("1-2.4") && is_place("3-1"));
        for wrong in ["", "../..", "1-1/../x", "usb1", "1..2", "-1"] {
            assert!(!is_place(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_machine_without_cameras_has_none() {
        assert_eq!(list(Path::new("/nowhere")), []);
    }
}
