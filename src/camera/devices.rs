//! A camera as it is plugged in, and which one is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::sysfs::list;
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

#[cfg(test)]
mod tests {
    use super::{super::sysfs::made_up::plug, *};

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
}
