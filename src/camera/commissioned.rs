//! `camera.toml` in the station's folder: which camera is the booth's, and how `camera lock` left it.

use std::{fs, io, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Controls, Settings, Source,
    controls::{EXPOSURE_ABSOLUTE, FOCUS_ABSOLUTE, WHITE_BALANCE},
    devices::{Device, Wanted},
};

/// The file's name in the station's folder.
pub const FILE: &str = "camera.toml";

/// What holds where the configuration says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commissioned {
    pub camera: Wanted,
    pub controls: Controls,
}

/// The file is there and cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{FILE} of the station cannot be read ({0}): run `capture-station camera lock` again")]
pub struct Unreadable(String);

impl Commissioned {
    /// This camera, with what it had settled to.
    pub fn of(device: &Device, settled: &[(u32, i64)]) -> Self {
        let at = |id: u32| {
            let found = settled.iter().find(|(known, _)| *known == id);
            found.map(|(_, value)| *value)
        };
        let named = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            camera: Wanted {
                vendor: named(&device.vendor),
                product: named(&device.product),
                serial: device.serial.clone(),
            },
            controls: Controls {
                exposure: at(EXPOSURE_ABSOLUTE),
                focus: at(FOCUS_ABSOLUTE),
                white_balance: at(WHITE_BALANCE),
            },
        }
    }

    /// `None` where no camera was ever locked.
    pub fn load(station: &Path) -> Result<Option<Self>, Unreadable> {
        let text = match fs::read_to_string(station.join(FILE)) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(Unreadable(why.to_string())),
        };
        let read = toml::from_str(&text).map(Some);
        read.map_err(|why: toml::de::Error| Unreadable(why.message().to_owned()))
    }

    /// Written beside its place and renamed: a power cut leaves the old file or the new one.
    pub fn save(&self, station: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        fs::create_dir_all(station)?;
        let beside = station.join(format!("{FILE}.tmp"));
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, station.join(FILE))?;
        fs::File::open(station)?.sync_all()
    }
}

/// Why no camera can be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOne {
    /// The booth plays pictures of another source.
    OtherSource,
    NotPlugged,
    Several,
}

/// The one camera that the settings mean.
pub fn the_one(settings: &Settings, devices: &[Device]) -> Result<Device, NotOne> {
    let Source::Usb {
        vendor,
        product,
        serial,
    } = &settings.source
    else {
        return Err(NotOne::OtherSource);
    };
    let wanted = Wanted {
        vendor: vendor.clone(),
        product: product.clone(),
        serial: serial.clone(),
    };
    let mut fitting = devices.iter().filter(|device| wanted.fits(device));
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device.clone()),
        (None, _) => Err(NotOne::NotPlugged),
        (Some(_), Some(_)) => Err(NotOne::Several),
    }
}

impl Settings {
    /// This very camera, with everything automatic: what it settles to can be locked.
    #[must_use]
    pub fn settling(&self, device: &Device) -> Self {
        Self {
            source: Source::Usb {
                vendor: Some(device.vendor.clone()),
                product: Some(device.product.clone()),
                serial: device.serial.clone(),
            },
            ..self.clone().automatic()
        }
    }

    /// These settings, and what was commissioned where they say nothing. A configuration that names a camera means another one.
    #[must_use]
    pub fn commissioned(mut self, booth: &Commissioned) -> Self {
        let Source::Usb {
            vendor,
            product,
            serial,
        } = &mut self.source
        else {
            return self;
        };
        let is_named = vendor.is_some() || product.is_some() || serial.is_some();
        if !is_named {
            let camera = booth.camera.clone();
            (*vendor, *product, *serial) = (camera.vendor, camera.product, camera.serial);
        }
        self.controls = self.controls.over(&booth.controls);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> Commissioned {
        let device = Device {
            node: 3,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: "0825".into(),
            serial: Some("A1".into()),
            bus: None,
        };
        Commissioned::of(&device, &[(EXPOSURE_ABSOLUTE, 156), (WHITE_BALANCE, 5_500)])
    }

    #[test]
    fn what_was_locked_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Commissioned::load(folder.path()).unwrap(), None);
        locked().save(folder.path()).unwrap();
        let read = Commissioned::load(folder.path()).unwrap().unwrap();
        assert_eq!(read, locked());
        assert_eq!(read.controls.focus, None, "a camera without focus");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn a_damaged_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "[camera]\nnode = 3\n").unwrap();
        let why = Commissioned::load(folder.path()).unwrap_err().to_string();
        assert!(why.contains("camera lock"), "{why}");
    }

    #[test]
    fn the_configuration_weighs_more_than_what_was_locked() {
        let settings: Settings = toml::from_str("controls = { exposure = 100 }").unwrap();
        let both = settings.commissioned(&locked());
        assert!(matches!(&both.source, Source::Usb { serial: Some(serial), .. } if serial == "A1"));
        assert_eq!(both.controls.exposure, Some(100));
        assert_eq!(both.controls.white_balance, Some(5_500));
        let named: Settings =
            toml::from_str("source = { kind = \"usb\", serial = \"B2\" }").unwrap();
        let both = named.commissioned(&locked());
        let Source::Usb { vendor, serial, .. } = both.source else {
            panic!("it is a USB camera");
        };
        assert_eq!((vendor, serial.as_deref()), (None, Some("B2")));
    }
}
