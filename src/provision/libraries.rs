//! The libraries that the window loads by their names when it opens, so that no list of what the
//! program is linked with has them.

use std::path::Path;

/// Where the loader looks first; `ldconfig` writes it.
pub const CACHE: &str = "/etc/ld.so.cache";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Library {
    /// What the loader is asked for.
    name: &'static str,
    /// Debian's package that brings it.
    pub package: &'static str,
    pub screen: Screen,
}

/// Where a window needs a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A booth's own, by Wayland.
    Booth,
    /// A desk's, by X11.
    Desk,
}

const fn library(name: &'static str, package: &'static str, screen: Screen) -> Library {
    Library {
        name,
        package,
        screen,
    }
}

/// In the order of their packages in `packaging/debian/control`.
const ALL: [Library; 11] = [
    library(
        "libwayland-client.so.0",
        "libwayland-client0",
        Screen::Booth,
    ),
    library(
        "libwayland-cursor.so.0",
        "libwayland-cursor0",
        Screen::Booth,
    ),
    library("libwayland-egl.so.1", "libwayland-egl1", Screen::Booth),
    library("libxkbcommon.so.0", "libxkbcommon0", Screen::Booth),
    library("libEGL.so.1", "libegl1", Screen::Booth),
    library("libGL.so.1", "libgl1", Screen::Desk),
    library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", Screen::Desk),
    library("libX11.so.6", "libx11-6", Screen::Desk),
    library("libX11-xcb.so.1", "libx11-xcb1", Screen::Desk),
    library("libXcursor.so.1", "libxcursor1", Screen::Desk),
    library("libXi.so.6", "libxi6", Screen::Desk),
];

/// Those that the loader would not find: not in its cache, or no longer where the cache says.
pub fn missing(cache: &[u8], is_there: impl Fn(&Path) -> bool) -> Vec<Library> {
    let is_missing = |library: &Library| {
        let ending = format!("/{}", library.name);
        let mut paths = cache.split(|byte| *byte == 0).filter_map(path);
        !paths.any(|path| path.ends_with(&ending) && is_there(Path::new(path)))
    };
    ALL.into_iter().filter(is_missing).collect()
}

/// A path in the cache, which ends with a zero and may stand behind numbers.
fn path(text: &[u8]) -> Option<&str> {
    let start = text.iter().position(|byte| *byte == b'/')?;
    str::from_utf8(text.get(start..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache as glibc writes it: its name, numbers, then paths that end with a zero.
    fn cache_of(libraries: &[Library]) -> Vec<u8> {
        let mut cache = b"glibc-ld.so.cache1.1\x02\0\0\0\xbc\x88\0\x03\x03".to_vec();
        for library in libraries {
            cache.extend_from_slice(format!("/lib/machine/{}\0", library.name).as_bytes());
        }
        cache
    }

    #[test]
    fn each_library_is_missed_on_its_own() {
        for (place, gone) in ALL.iter().enumerate() {
            let mut rest = ALL.to_vec();
            rest.remove(place);
            assert_eq!(missing(&cache_of(&rest), |_| true), [*gone]);
            let file = format!("/lib/machine/{}", gone.name);
            let is_there = |path: &Path| path != Path::new(&file);
            assert_eq!(missing(&cache_of(&ALL), is_there), [*gone]);
        }
        assert_eq!(missing(&cache_of(&ALL), |_| true), []);
    }
}
