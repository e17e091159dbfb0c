//! The booth's configuration: TOML in, meaningful settings out, and every unknown key refused with
//! line and name.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{camera, plain_text, printer};

/// `config/default.toml`, compiled in: used when no file is given.
pub const DEFAULT: &str = include_str!("../config/default.toml");

/// Where a packaged booth keeps its configuration.
pub const SYSTEM_FILE: &str = "/etc/capture-station/config.toml";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The booth's data folder; by default `$CAPTURE_STATION_DATA`, then the user's own.
    data: Option<PathBuf>,
    /// The file of a third language beside Chinese and English.
    pub language: Option<PathBuf>,
    pub camera: camera::Settings,
    pub window: Window,
    pub scanner: Scanner,
    pub sound: Sound,
    /// Absent in files of booths that were set up before it existed.
    #[serde(default)]
    pub delivery: Delivery,
    #[serde(default)]
    pub stick: Stick,
    #[serde(default)]
    pub printer: printer::Settings,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub fullscreen: bool,
    pub width: f32,
    pub height: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// The input device of a hand-held scanner, grabbed and read directly.
    pub device: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Limit on what the booth sends, in bytes per second; `None` for no limit.
    pub bytes_per_second: Option<u64>,
}

/// Where the system mounts sticks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stick {
    pub folders: Vec<PathBuf>,
}

impl Default for Stick {
    fn default() -> Self {
        Self {
            folders: ["/media", "/run/media"].map(PathBuf::from).to_vec(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    pub chimes: bool,
    #[serde(default)]
    pub speech: Speech,
}

/// Whether sentences are spoken too. Everything spoken is also on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    On,
    #[default]
    Off,
}

/// The file and, in the message, the line and the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file} cannot be read ({cause}); name an existing file with --config")]
    Unreadable { file: String, cause: std::io::Error },
    #[error("{file} is not a valid configuration: {message}")]
    Invalid { file: String, message: String },
}

impl Config {
    /// Loads the given file, else the system's, else the compiled-in default.
    pub fn load(given: Option<&Path>) -> Result<Self, ConfigError> {
        let system = Path::new(SYSTEM_FILE);
        match given.or_else(|| system.exists().then_some(system)) {
            Some(file) => Self::from_file(file),
            None => Self::from_toml(DEFAULT, "the built-in configuration"),
        }
    }

    fn from_file(file: &Path) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let bytes = std::fs::read(file).map_err(|cause| ConfigError::Unreadable {
            file: name.clone(),
            cause,
        })?;
        let text = plain_text::decode(bytes).map_err(|why| ConfigError::Invalid {
            file: name.clone(),
            message: why.to_string(),
        })?;
        Self::from_toml(&text, &name)
    }

    pub fn from_toml(text: &str, file: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::Invalid {
            file: file.to_owned(),
            message: error.to_string(),
        })
    }

    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(default_data)
    }

    pub fn set_data(&mut self, folder: PathBuf) {
        self.data = Some(folder);
    }
}

/// Returns `$CAPTURE_STATION_DATA`, the system's folder if this user owns it, else the user's own.
fn default_data() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from);
    from("CAPTURE_STATION_DATA")
        .or_else(|| from("XDG_DATA_HOME").map(|home| home.join("capture-station")))
        .or_else(|| from("HOME").map(|home| home.join(".local/share/capture-station")))
        .unwrap_or_else(|| PathBuf::from("/var/lib/capture-station"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_loads() {
        let config = Config::from_toml(DEFAULT, "default").unwrap();
        assert!(config.window.fullscreen);
    }

    #[test]
    fn a_printer_is_off_until_it_is_named_and_older_files_need_no_section() {
        let config = Config::from_toml(DEFAULT, "default").unwrap();
        assert_eq!(config.printer, printer::Settings::default());
        let (older, _) = DEFAULT.split_once("[printer]").unwrap();
        let config = Config::from_toml(older, "older").unwrap();
        assert_eq!(config.printer.port, None);
        let text = DEFAULT.replace("# address =", "address =");
        let config = Config::from_toml(&text, "booth.toml").unwrap();
        assert!(matches!(
            config.printer.port,
            Some(printer::Port::Network(_))
        ));
        let both = text.replace("# device = \"/dev/usb", "device = \"/dev/usb");
        let error = Config::from_toml(&both, "booth.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains("exclude each other"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let text = DEFAULT.replace("[window]", "[window]\nbeautify = true");
        let error = Config::from_toml(&text, "booth.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains("booth.toml"), "{error}");
        assert!(error.contains("beautify"), "{error}");
        assert!(error.contains("line"), "{error}");
    }

    #[test]
    fn a_file_that_was_edited_on_windows_loads_and_another_encoding_is_named() {
        use crate::plain_text::tests::{gbk, notepad, utf16};
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), notepad(DEFAULT)).unwrap();
        let config = Config::load(Some(file.path())).unwrap();
        assert!(config.window.fullscreen);
        let chinese = format!("# 配置\n{DEFAULT}");
        for (bytes, named) in [(utf16(&chinese), "UTF-16"), (gbk(&chinese), "GBK")] {
            std::fs::write(file.path(), bytes).unwrap();
            let why = Config::load(Some(file.path())).unwrap_err().to_string();
            assert!(why.contains(named) && why.contains("UTF-8"), "{why}");
        }
    }

    #[test]
    fn a_missing_file_says_what_to_do() {
        let error = Config::load(Some(Path::new("/nowhere/booth.toml"))).unwrap_err();
        assert!(error.to_string().contains("--config"), "{error}");
    }
}
