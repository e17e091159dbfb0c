//! The one typeface, Noto Sans CJK: from where Debian's fonts-noto-cjk puts it, read once into
//! memory.

use std::{path::PathBuf, sync::Arc};

use crate::ui::Fonts;

const FOLDERS: [&str; 3] = [
    "/usr/share/capture-station/fonts",
    "/usr/share/fonts/opentype/noto",
    "/usr/local/share/fonts",
];
const REGULAR: &str = "NotoSansCJK-Regular.ttc";
const BOLD: &str = "NotoSansCJK-Bold.ttc";

#[derive(Debug, thiserror::Error)]
pub enum FontError {
    #[error("the font {REGULAR} is missing: run `make setup`, or install fonts-noto-cjk")]
    Missing,
    #[error("the font {REGULAR} cannot be read ({0})")]
    Unreadable(#[from] std::io::Error),
}

/// Returns the file of the regular weight, if it is installed.
pub fn regular() -> Option<PathBuf> {
    find(REGULAR)
}

pub fn load() -> Result<Fonts, FontError> {
    let regular = std::fs::read(regular().ok_or(FontError::Missing)?)?;
    let bold = find(BOLD).map(std::fs::read).transpose()?;
    Ok(Fonts {
        regular: Arc::new(regular),
        bold: bold.map(Arc::new),
    })
}

fn find(name: &str) -> Option<PathBuf> {
    FOLDERS
        .iter()
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.exists())
}
