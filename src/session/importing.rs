//! A photograph that exists already. Staff bring it on a stick, and it takes the place of the live
//! picture: its owner has consented, shown the code and typed the tail, and confirms the photo. No
//! face track links the two, so the operator vouches that the photo shows the person in the chair.

use std::{fmt, path::PathBuf, sync::Arc};

use super::{
    AskId, Case, Chime, Effect, Framing, Helping, Presence, Session, State,
    desk::{Chore, Gate, Lock},
    sitting::Taken,
};
use crate::{
    guidance::Sight,
    layout::Crop,
    profile::{CaptureMode, Profile},
    time::Now,
};

/// Pictures listed on one page.
pub const PICTURES_A_PAGE: usize = 6;

/// A picture on a stick. Its name may be a person's, so it is printed nowhere but on the page.
#[derive(Clone, PartialEq, Eq)]
pub struct StickPicture {
    /// The stick, as in [`super::desk::Stick`].
    pub stick: u32,
    /// Below the stick's top.
    pub path: PathBuf,
}

impl StickPicture {
    /// Returns the file's name.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

impl fmt::Debug for StickPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StickPicture on {}", self.stick)
    }
}

/// What the sticks hold, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub pictures: Vec<StickPicture>,
    /// Whether there are more than are listed.
    pub is_cut_off: bool,
}

/// The page on which staff choose a picture.
#[derive(Debug, Default)]
pub struct Importing {
    /// `None` while the sticks are looked through.
    pub found: Option<Found>,
    /// The page of the list, from 0.
    pub page: usize,
    pub chosen: Chosen,
    asked: Option<AskId>,
}

#[derive(Debug, Default)]
pub enum Chosen {
    #[default]
    Nothing,
    Opening(StickPicture),
    Opened(StickPicture, Box<Opened>),
    Refused(StickPicture, NotImported),
}

impl Chosen {
    pub const fn picture(&self) -> Option<&StickPicture> {
        match self {
            Self::Nothing => None,
            Self::Opening(picture) | Self::Opened(picture, _) | Self::Refused(picture, _) => {
                Some(picture)
            }
        }
    }
}

/// A picture with one face that the batch's bands can crop.
#[derive(Debug)]
pub struct Opened {
    pub sight: Sight,
    pub crop: Crop,
}

/// Why a picture cannot become a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotImported {
    /// The stick was pulled out, or the file cannot be read.
    Unreadable,
    /// Neither JPEG nor PNG.
    NoPicture,
    /// A picture of another kind (HEIC, WebP, AVIF, TIFF, GIF, BMP).
    OtherKind,
    TooLarge,
    /// Its width or height is out of range.
    Size,
    Transparent,
    Damaged,
    /// It was changed while it was read.
    Changed,
    /// Its EXIF data names an app that beautifies faces.
    Beautified,
    NoFace,
    SeveralFaces,
    /// The head has fewer pixels than the photo needs; nothing is ever enlarged.
    SmallHead,
    /// The head is cut off, too large, or too near an edge.
    NotCut,
    /// The booth is too busy to look.
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportTouch {
    /// Opens the page, behind a PIN.
    Begin,
    LookAgain,
    Earlier,
    Later,
    /// The picture of that row of the page.
    Choose(usize),
    Use,
}

impl Importing {
    /// Returns the pictures of the present page.
    pub fn rows(&self) -> &[StickPicture] {
        let found = self.found.as_ref().map_or(&[][..], |found| &found.pictures);
        let mut pages = found.chunks(PICTURES_A_PAGE);
        pages.nth(self.page).unwrap_or_default()
    }

    /// Returns how many pages the list has.
    pub fn pages(&self) -> usize {
        let found = self.found.as_ref();
        found.map_or(0, |found| found.pictures.len().div_ceil(PICTURES_A_PAGE))
    }
}

impl Session {
    /// Returns the page, if it is open, and its operator's number.
    fn importing(&mut self) -> Option<(&mut Importing, u32)> {
        match &mut self.state {
            State::Help(Helping {
                case: Case::Import(importing),
                gate: Gate::Open(operator),
                ..
            }) => Some((importing, operator.number)),
            _ => None,
        }
    }

    pub(super) fn import(&mut self, touch: ImportTouch, now: Now) -> Vec<Effect> {
        if touch == ImportTouch::Begin {
            return self.call_to_import(now);
        }
        let Some((importing, _)) = self.importing() else {
            return vec![];
        };
        let last = importing.pages().saturating_sub(1);
        match touch {
            ImportTouch::Earlier => importing.page = importing.page.saturating_sub(1),
            ImportTouch::Later => importing.page = (importing.page + 1).min(last),
            ImportTouch::LookAgain => return self.look_for_pictures(now),
            ImportTouch::Choose(row) => return self.choose_picture(row, now),
            ImportTouch::Use => return self.use_picture(now),
            ImportTouch::Begin => {}
        }
        self.renew_patience(now);
        vec![]
    }

    /// Calls staff to a sitter who brings a picture, where the batch takes one.
    fn call_to_import(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Framing(Framing { sitter, .. }) if may_import(&sitter.batch().profile) => {
                self.enter(
                    State::Help(Helping {
                        sitter,
                        presence: Presence::Vouched,
                        gate: Gate::Locked(Lock::default()),
                        case: Case::Import(Importing::default()),
                    }),
                    now,
                );
                self.ring(now)
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Asks for the list again; what was chosen from the earlier one is let go.
    pub(super) fn look_for_pictures(&mut self, now: Now) -> Vec<Effect> {
        let ask = self.asks.next();
        let Some((importing, _)) = self.importing() else {
            return vec![];
        };
        *importing = Importing {
            asked: Some(ask),
            ..Importing::default()
        };
        self.renew_patience(now);
        vec![Effect::Chore(Chore::FindPictures(ask))]
    }

    pub(super) fn pictures_found(&mut self, of: AskId, found: Found) -> Vec<Effect> {
        if let Some((importing, _)) = self.importing()
            && importing.asked.take_if(|ask| *ask == of).is_some()
        {
            importing.found = Some(found);
        }
        vec![]
    }

    fn choose_picture(&mut self, row: usize, now: Now) -> Vec<Effect> {
        let ask = self.asks.next();
        let batch = self.state.batch().map(Arc::clone);
        let (Some((importing, operator)), Some(batch)) = (self.importing(), batch) else {
            return vec![];
        };
        let Some(picture) = importing.rows().get(row).cloned() else {
            return vec![];
        };
        importing.asked = Some(ask);
        importing.chosen = Chosen::Opening(picture.clone());
        self.renew_patience(now);
        vec![Effect::Chore(Chore::OpenPicture {
            ask,
            picture,
            operator,
            batch,
        })]
    }

    pub(super) fn picture_opened(
        &mut self,
        of: AskId,
        result: Result<Box<Opened>, NotImported>,
    ) -> Vec<Effect> {
        let Some((importing, _)) = self.importing() else {
            return vec![];
        };
        let Chosen::Opening(picture) = &importing.chosen else {
            return vec![];
        };
        if importing.asked.take_if(|ask| *ask == of).is_none() {
            return vec![];
        }
        let picture = picture.clone();
        let (chosen, chime) = match result {
            Ok(opened) => (Chosen::Opened(picture, opened), None),
            Err(why) => (Chosen::Refused(picture, why), Some(Chime::Refused)),
        };
        importing.chosen = chosen;
        chime.map(Effect::Chime).into_iter().collect()
    }

    fn use_picture(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Help(Helping {
                sitter,
                presence,
                gate: Gate::Open(operator),
                case:
                    Case::Import(Importing {
                        chosen: Chosen::Opened(_, opened),
                        ..
                    }),
            }) => {
                let Opened { sight, crop } = *opened;
                let taken = Taken::vouched(sight, crop, operator);
                vec![self.make(sitter, presence, taken, now)]
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }
}

/// Returns whether a picture that exists already may be imported in this batch.
pub fn may_import(profile: &Profile) -> bool {
    profile.capture_modes.contains(&CaptureMode::Imported)
}
