//! Which pictures the command line names: files as they are, folders by their content; and where
//! each overlay goes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "jpe"];

/// The pictures to judge, and how many other things are in the named folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    pub paths: Vec<PathBuf>,
    pub left_out: usize,
}

/// Returns the named files, and the JPEG and PNG files of the named folders (not of folders inside
/// them), by name.
pub fn pictures(named: &[PathBuf]) -> anyhow::Result<Pictures> {
    let mut all = Pictures::default();
    for path in named {
        if path.is_dir() {
            all.add(path)?;
        } else {
            all.paths.push(path.clone());
        }
    }
    if all.paths.is_empty() {
        bail!("there is no JPEG or PNG picture: name files, or folders that hold some");
    }
    Ok(all)
}

impl Pictures {
    /// Adds the content of a folder, by name.
    fn add(&mut self, folder: &Path) -> anyhow::Result<()> {
        let unreadable = || format!("the folder {} cannot be read", folder.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            if is_picture(&path) && path.is_file() {
                found.push(path);
            } else {
                self.left_out += 1;
            }
        }
        found.sort();
        self.paths.extend(found);
        Ok(())
    }
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// Where overlays go: one file, or a folder with one for each picture.
pub enum Overlays {
    File(PathBuf),
    Folder(PathBuf, BTreeSet<String>),
}

impl Overlays {
    /// Returns the overlays of one picture: `path` is the file.
    pub fn file(path: &Path) -> Self {
        Self::File(path.to_owned())
    }

    /// Returns the overlays of several: `path` is a folder, and is created.
    pub fn folder(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).with_context(|| {
            format!("{} has to be a folder for several overlays", path.display())
        })?;
        Ok(Self::Folder(path.to_owned(), BTreeSet::new()))
    }

    /// Returns the overlay's file for this picture; never the picture itself, never that of
    /// another.
    pub fn path_for(&mut self, picture: &Path) -> anyhow::Result<PathBuf> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder, taken) => folder.join(free_name(picture, taken)),
        };
        if same_file(&path, picture) {
            bail!(
                "the overlay would overwrite {}: name another place",
                picture.display()
            );
        }
        Ok(path)
    }
}

fn free_name(picture: &Path, taken: &mut BTreeSet<String>) -> String {
    let name = picture.file_name().unwrap_or_default().to_string_lossy();
    let names = (1_u32..).map(|n| match n {
        1 => format!("{name}.png"),
        n => format!("{name}-{n}.png"),
    });
    let free = names.into_iter().find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Returns whether both names lead to one existing file.
pub fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_pictures_by_name_and_nothing_deeper() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deeper.png")).unwrap();
        for name in ["b.JPG", "a.png", "notes.txt", "deeper.png/c.jpg"] {
            fs::write(at(name), "").unwrap();
        }
        let found = pictures(&[folder.path().to_owned(), at("missing.bmp")]).unwrap();
        assert_eq!(found.paths, [at("a.png"), at("b.JPG"), at("missing.bmp")]);
        assert_eq!(found.left_out, 2, "the text and the folder");
        let none = pictures(&[at("deeper.png").join("none")]).unwrap();
        assert_eq!(
            none.paths.len(),
            1,
            "a missing file is told when it is opened"
        );
    }

    #[test]
    fn an_overlay_takes_no_other_file_s_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut overlays = Overlays::folder(&folder.path().join("drawn")).unwrap();
        let mut name = |picture: &str| {
            let path = overlays.path_for(Path::new(picture)).unwrap();
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(name("a/x.jpg"), "x.jpg.png");
        assert_eq!(name("b/x.jpg"), "x.jpg-2.png");
        assert_eq!(name("b/x.png"), "x.png.png");
        let own = folder.path().join("own.png");
        fs::write(&own, "").unwrap();
        assert!(Overlays::file(&own).path_for(&own).is_err());
    }
}
