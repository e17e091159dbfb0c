//! Which cameras are plugged in, according to sysfs. The first node of a camera has index 0; the
//! others carry metadata.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::frame::Camera;

/// One USB camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The N of `/dev/videoN`.
    pub node: u32,
    pub name: String,
    /// Four hexadecimal digits, as lsusb prints them; empty for other than USB devices.
    pub vendor: String,
    pub product: String,
    pub serial: Option<String>,
    /// Its place on the USB, in the kernel's notation ("1-2.4"); it changes with the socket.
    pub bus: Option<String>,
}

/// Prints name, ids and serial number for staff.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serial = self.serial.as_deref().unwrap_or("none");
        write!(
            f,
            "{}, {}:{}, serial {serial}",
            self.name, self.vendor, self.product
        )
    }
}

impl Device {
    /// Returns the camera as a manifest names it, before a mode is agreed.
    pub fn named(&self) -> Camera {
        Camera {
            name: self.name.clone(),
            vendor: self.vendor.clone(),
            product: self.product.clone(),
            serial: self.serial.clone(),
            mode: None,
        }
    }

    /// Returns whether both are the same model with, where there is one, the same serial number,
    /// wherever it is plugged in.
    pub fn is_same_camera(&self, other: &Self) -> bool {
        let ids = |device: &Self| {
            (
                device.vendor.clone(),
                device.product.clone(),
                device.serial.clone(),
            )
        };
        // A device that is not on the USB has only its name.
        ids(self) == ids(other) && (!self.vendor.is_empty() || self.name == other.name)
    }
}

/// Which camera is meant; an open field matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    pub vendor: Option<String>,
    pub product: Option<String>,
    pub serial: Option<String>,
}

impl Wanted {
    /// Returns whether both are the same model, whichever specimen.
    pub fn is_same_model(&self, other: &Self) -> bool {
        self.vendor.is_some() && (&self.vendor, &self.product) == (&other.vendor, &other.product)
    }

    pub fn fits(&self, device: &Device) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        same(&self.vendor, &device.vendor)
            && same(&self.product, &device.product)
            && same(&self.serial, device.serial.as_deref().unwrap_or_default())
    }
}

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
    fn a_camera_is_found_again_by_its_ids_whatever_its_node() {
        let sysfs = tempfile::tempdir().unwrap();
        plug(sysfs.path(), 0, "0", ["1bcf", "2c99", "B"]);
        plug(sysfs.path(), 7, "0", ["046d", "0825", "A1"]);
        let wanted = Wanted {
            vendor: Some("046D".into()),
            serial: Some("A1".into()),
            ..Wanted::default()
        };
        let fitting = |wanted: &Wanted| -> Vec<u32> {
            let devices = list(sysfs.path()).into_iter();
            devices
                .filter(|device| wanted.fits(device))
                .map(|device| device.node)
                .collect()
        };
        assert_eq!(fitting(&wanted), [7]);
        assert_eq!(fitting(&Wanted::default()), [0, 7]);
        let other = Wanted {
            serial: Some("A2".into()),
            ..wanted
        };
        assert_eq!(fitting(&other), [] as [u32; 0]);
    }

    #[test]
    fn a_camera_is_itself_at_another_place_and_its_twin_is_not() {
        let first = Device {
            node: 0,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: "0825".into(),
            serial: Some("A1".into()),
            bus: Some("1-1".into()),
        };
        let moved = Device {
            node: 5,
            bus: Some("2-3".into()),
            ..first.clone()
        };
        let twin = Device {
            serial: Some("A2".into()),
            ..first.clone()
        };
        assert!(first.is_same_camera(&moved) && !first.is_same_camera(&twin));
        let nameless = |name: &str| Device {
            vendor: String::new(),
            product: String::new(),
            serial: None,
            name: name.into(),
            ..first.clone()
        };
        assert!(!nameless("a").is_same_camera(&nameless("b")));
    }

    #[test]
    fn a_machine_without_cameras_has_none() {
        assert_eq!(list(Path::new("/nowhere")), []);
    }
}
