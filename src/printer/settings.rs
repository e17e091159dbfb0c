//! Where the printer is and how wide it prints, as the configuration says it.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;

/// Without a port there is no printer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Keys")]
pub struct Settings {
    pub port: Option<Port>,
    /// What the head prints across: 384 or 576.
    pub width_dots: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// A device of the kernel's driver `usblp`.
    Device(PathBuf),
    /// The raw port of a network printer, usually 9100. A number, as looking up a name has no
    /// deadline.
    Network(SocketAddr),
}

/// Heads of 8 dots per mm for paper of 58 and of 80 mm.
const WIDTHS: [u32; 2] = [384, 576];

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: None,
            width_dots: WIDTHS[0],
        }
    }
}

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    device: Option<PathBuf>,
    address: Option<SocketAddr>,
    #[serde(default = "narrow")]
    width_dots: u32,
}

const fn narrow() -> u32 {
    WIDTHS[0]
}

impl TryFrom<Keys> for Settings {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, Self::Error> {
        let port = match (keys.device, keys.address) {
            (Some(_), Some(_)) => return Err("`device` and `address` exclude each other"),
            (Some(device), None) => Some(Port::Device(device)),
            (None, address) => address.map(Port::Network),
        };
        if !WIDTHS.contains(&keys.width_dots) {
            return Err("`width_dots` is 384 (paper of 58 mm) or 576 (80 mm)");
        }
        Ok(Self {
            port,
            width_dots: keys.width_dots,
        })
    }
}
