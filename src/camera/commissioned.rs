//! `camera.toml` in the station's folder: which camera is the booth's, and how `camera lock` left
//! it. A running kiosk rereads it while it looks for its camera.

use std::{fs, io, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    Controls, Settings, Source,
    controls::{EXPOSURE_ABSOLUTE, FOCUS_ABSOLUTE, WHITE_BALANCE},
    devices::{self, Device, Wanted},
};

/// The file's name in the station's folder.
pub const FILE: &str = "camera.toml";

/// Applies where the configuration leaves something open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commissioned {
    pub camera: Wanted,
    pub controls: Controls,
}

/// The file is there but cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{FILE} of the station cannot be read ({0}): run `capture-station camera lock` again")]
pub struct Unreadable(String);

impl Commissioned {
    /// Describes this camera with the values it settled to.
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

    /// Loads the file; `None` where no camera was ever locked.
    pub fn load(station: &Path) -> Result<Option<Self>, Unreadable> {
        let text = match fs::read_to_string(station.join(FILE)) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(Unreadable(why.to_string())),
        };
        let read = toml::from_str(&text).map(Some);
        read.map_err(|why: toml::de::Error| Unreadable(why.message().to_owned()))
    }

    /// Writes a temporary file and renames it: a power cut leaves the old file or the new one.
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

/// Returns the one camera that the settings mean.
pub fn the_one(settings: &Settings, devices: &[Device]) -> Result<Device, NotOne> {
    let wanted = settings.wanted().ok_or(NotOne::OtherSource)?;
    let mut fitting = devices.iter().filter(|device| wanted.fits(device));
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device.clone()),
        (None, _) => Err(NotOne::NotPlugged),
        (Some(_), Some(_)) => Err(NotOne::Several),
    }
}

/// How the plugged-in cameras relate to the one that the booth means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This source is meant rather than a USB camera.
    Played(&'static str),
    Absent,
    /// None of those plugged in is the booth's own; this is the first of them.
    Another(Device),
    /// The booth's own, with exposure, white balance and focus left automatic.
    Unlocked(Device),
    Locked(Device),
}

impl Standing {
    pub fn of(settings: &Settings, plugged: &[Device]) -> Self {
        let Some(wanted) = settings.wanted() else {
            return Self::Played(settings.source.name());
        };
        match plugged.iter().find(|device| wanted.fits(device)) {
            Some(own) if settings.controls == Controls::default() => Self::Unlocked(own.clone()),
            Some(own) => Self::Locked(own.clone()),
            None => plugged
                .first()
                .map_or(Self::Absent, |other| Self::Another(other.clone())),
        }
    }
}

/// Why a camera does not become the booth's; each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    #[error("this booth plays another source than a USB camera: set [camera.source] first")]
    NoUsb,
    #[error("the configuration names its camera: change it in [camera.source]")]
    Named,
    #[error("no camera is plugged in: plug the new one in first")]
    Absent,
    #[error("several cameras are plugged in: leave only the new one")]
    Several,
    #[error("{FILE} of the station cannot be written: {0}")]
    Unwritable(#[from] io::Error),
}

/// Makes the one camera that is plugged in the booth's own, in place of the earlier one. `settings`
/// are the configuration's.
///
/// A camera of the same model keeps the locked values. They mean nothing to another model, which
/// stays automatic until `camera lock`. A running kiosk applies it the next time it looks, within a
/// second.
pub fn accept(settings: &Settings, station: &Path) -> Result<Device, NotAccepted> {
    accept_of(&devices::list(Path::new("/sys")), settings, station)
}

fn accept_of(
    plugged: &[Device],
    settings: &Settings,
    station: &Path,
) -> Result<Device, NotAccepted> {
    match settings.wanted() {
        None => return Err(NotAccepted::NoUsb),
        Some(named) if named != Wanted::default() => return Err(NotAccepted::Named),
        Some(_any) => {}
    }
    let device = match plugged {
        [] => return Err(NotAccepted::Absent),
        [device] => device.clone(),
        _ => return Err(NotAccepted::Several),
    };
    let mut booth = Commissioned::of(&device, &[]);
    // A file that cannot be read is simply replaced.
    if let Ok(Some(before)) = Commissioned::load(station)
        && before.camera.is_same_model(&booth.camera)
    {
        booth.controls = before.controls;
    }
    booth.save(station)?;
    Ok(device)
}

impl Settings {
    /// Returns settings for this very camera with everything automatic, so that what it settles to
    /// can be locked.
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

    /// Returns which USB camera is meant; `None` where another source is.
    pub fn wanted(&self) -> Option<Wanted> {
        let Source::Usb {
            vendor,
            product,
            serial,
        } = &self.source
        else {
            return None;
        };
        Some(Wanted {
            vendor: vendor.clone(),
            product: product.clone(),
            serial: serial.clone(),
        })
    }

    /// Returns these settings completed by what is commissioned at `station` now. An unreadable
    /// file counts as absent: the booth did not open with it.
    #[must_use]
    pub fn at(&self, station: Option<&Path>) -> Self {
        let booth = station.and_then(|station| Commissioned::load(station).ok()?);
        self.clone().commissioned(&booth.unwrap_or_default())
    }

    /// Completes these settings by what was commissioned. A configuration that names a camera means
    /// another one.
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
    use std::slice::from_ref;

    use super::*;

    fn locked() -> Commissioned {
        let settled = [(EXPOSURE_ABSOLUTE, 156), (WHITE_BALANCE, 5_500)];
        Commissioned::of(&device("0825", "A1"), &settled)
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

    fn device(product: &str, serial: &str) -> Device {
        Device {
            node: 3,
            name: "Desk camera".into(),
            vendor: "046d".into(),
            product: product.into(),
            serial: Some(serial.into()),
            bus: None,
        }
    }

    #[test]
    fn an_accepted_camera_of_the_same_model_keeps_what_was_locked_and_another_model_does_not() {
        let folder = tempfile::tempdir().unwrap();
        locked().save(folder.path()).unwrap();
        let settings = Settings::default();
        let standing =
            |device: &Device| Standing::of(&settings.at(Some(folder.path())), from_ref(device));
        let (spare, other) = (device("0825", "A2"), device("0999", "B1"));
        assert_eq!(standing(&spare), Standing::Another(spare.clone()));
        let taken = accept_of(from_ref(&spare), &settings, folder.path()).unwrap();
        assert_eq!(taken, spare);
        assert_eq!(standing(&spare), Standing::Locked(spare.clone()));
        assert_eq!(
            standing(&device("0825", "A1")),
            Standing::Another(device("0825", "A1"))
        );
        accept_of(from_ref(&other), &settings, folder.path()).unwrap();
        assert_eq!(standing(&other), Standing::Unlocked(other));
    }

    #[test]
    fn nothing_is_accepted_that_nobody_can_mean() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (device("0825", "A1"), device("0825", "A2"));
        let read = |text: &str| -> Settings { toml::from_str(text).unwrap() };
        let cases = [
            (Settings::default(), vec![], "no camera"),
            (
                Settings::default(),
                vec![first.clone(), second],
                "several cameras",
            ),
            (
                read("source = { kind = \"usb\", serial = \"B2\" }"),
                vec![first.clone()],
                "configuration names",
            ),
            (
                read("source = { kind = \"folder\", path = \"stills\" }"),
                vec![first],
                "another source",
            ),
        ];
        for (settings, plugged, words) in cases {
            let why = accept_of(&plugged, &settings, folder.path()).unwrap_err();
            assert!(why.to_string().contains(words), "{why}");
            assert_eq!(Commissioned::load(folder.path()).unwrap(), None);
        }
        assert_eq!(Standing::of(&Settings::default(), &[]), Standing::Absent);
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
