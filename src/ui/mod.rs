//! The screens: each reads the [`View`] and returns a [`Touch`]; nothing is changed or awaited
//! while drawing.
//!
//! `theme` holds colours and type, `words` every sentence, `sheet` text and buttons, `preview` the
//! only mirror.

mod answers;
mod area;
mod attract;
mod batch;
mod caption;
mod consent;
mod contact;
mod ends;
mod findings;
mod first;
mod flawed;
mod framing;
mod help;
mod icons;
mod importing;
mod keypad;
pub mod lettering;
mod page;
mod payment;
mod marking;
mod preview;
mod progress;
mod qr;
#[cfg(feature = "demo")]
pub mod raster;
mod receipt;
mod review;
mod saver;
#[cfg(all(test, feature = "demo"))]
pub(crate) mod samples;
mod scan;
mod sheet;
pub mod slip;
#[cfg(all(test, feature = "demo"))]
mod snapshots;
mod staff;
mod tail;
#[cfg(all(test, feature = "demo"))]
mod tests;
pub mod theme;
#[cfg(all(test, feature = "demo"))]
mod window;
pub mod words;

use std::sync::Arc;

use egui::TextureHandle;

pub use caption::caption;
pub use saver::STEP as SAVER_STEP;
pub use theme::{Fonts, install};

use self::{sheet::Sheet, tail::Asking};
use crate::{
    booth::{Fault, Health, queue::QueueLook},
    contract::{Published, ServiceLine},
    first_start::{self, FirstStart},
    frame::Camera,
    geometry::Size,
    lang::Lang,
    session::{HelpPage, Session, State, Touch, desk::Stick},
    time::Now,
};

/// Everything a screen may look at.
pub struct View<'a> {
    pub session: &'a Session,
    pub health: &'a Health,
    /// The page of the queue shown to staff.
    pub queue: &'a QueueLook,
    /// Mounted sticks.
    pub sticks: &'a [Stick],
    /// The days off that dates are counted by, and whom a student calls.
    pub published: &'a Published,
    pub pictures: &'a Pictures,
    pub now: Now,
}

/// Uploaded pictures of the running visit; the app uploads and drops them.
#[derive(Default)]
pub struct Pictures {
    pub live: Option<LivePicture>,
    /// The 采集码 card as the camera saw it.
    pub card: Option<TextureHandle>,
    /// The still that staff mark, or the shot of which a photo is being made; not mirrored.
    pub still: Option<TextureHandle>,
    /// The final bytes, decoded.
    pub portrait: Option<TextureHandle>,
    /// The pictures to choose from.
    pub choices: Vec<TextureHandle>,
}

/// The camera's newest picture, not mirrored.
pub struct LivePicture {
    pub texture: TextureHandle,
    pub frame_size: Size,
    pub camera: Arc<Camera>,
}

/// Draws the screen of the session's state and returns what was touched.
pub fn screen_ui(ui: &mut egui::Ui, view: &View<'_>) -> Option<Touch> {
    let mut sheet = Sheet::new(ui, view.session.lang(), view.now);
    // The staff's tables stay at their normal size.
    if !matches!(view.session.state(), State::Staff(_)) {
        sheet.text_size(view.session.text_size());
    }
    if view.session.practises() {
        page::practice(&mut sheet);
    }
    if view.session.help_page() == HelpPage::Open {
        return answers::answers_ui(&mut sheet, view);
    }
    match view.session.state() {
        State::Idle => attract::attract_ui(&mut sheet, view),
        State::Batch(batching) => batch::batch_ui(&mut sheet, view, batching),
        State::Consent(consenting) => consent::consent_ui(&mut sheet, view, consenting),
        State::Code(coding) => {
            let title = match coding.returning {
                Some(_) => words::CODE_TITLE_AGAIN,
                None => words::CODE_TITLE,
            };
            scan::scan_ui(&mut sheet, view, (title, None), coding.hint)
        }
        State::Replace(_) => scan::replace_ui(&mut sheet, view),
        State::Tail(tailing) => tail::tail_ui(
            &mut sheet,
            view,
            &Asking {
                owner: tailing.scanned.visitor.visit,
                rule: tailing.scanned.visitor.batch.profile.tail_rule,
                entry: &tailing.entry,
                note: words::TAIL_SIT,
                is_strange: tailing.may_take_back(),
            },
        ),
        State::Prepare(preparing) => tail::prepare_ui(&mut sheet, view, &preparing.sitter),
        State::Framing(framing) => framing::framing_ui(&mut sheet, view, framing),
        State::Standardising(standardising) => {
            framing::standardising_ui(&mut sheet, view, &standardising.shot)
        }
        State::Flawed(flawed) => flawed::flawed_ui(&mut sheet, view, flawed),
        State::Help(helping) => help::help_ui(&mut sheet, view, helping),
        State::Review(reviewing) => review::review_ui(&mut sheet, view, reviewing),
        State::Saving(_) => review::saving_ui(&mut sheet, view),
        State::Contact(contacting) => contact::contact_ui(&mut sheet, view, contacting),
        State::Payment(paying) => payment::payment_ui(&mut sheet, view, paying),
        State::Progress(inquiry) => progress::progress_ui(&mut sheet, view, inquiry),
        State::Receipt(receipted) => receipt::receipt_ui(&mut sheet, view, receipted),
        State::Stopped(stop) => ends::stopped_ui(&mut sheet, view, stop),
        State::Blocked(fault) => ends::blocked_ui(&mut sheet, view, fault),
        State::Staff(desk) => staff::staff_ui(&mut sheet, view, desk),
    }
}

/// Draws the attract screen at rest; nothing on it answers a touch.
pub fn saver_ui(ui: &mut egui::Ui, view: &View<'_>) {
    let mut sheet = Sheet::new(ui, view.session.lang(), view.now);
    saver::saver_ui(&mut sheet, view);
    if view.session.practises() {
        page::practice(&mut sheet);
    }
}

/// Draws the step of a first start and returns what was touched.
pub fn first_start_ui(
    ui: &mut egui::Ui,
    start: &FirstStart,
    now: Now,
) -> Option<first_start::Touch> {
    first::first_ui(&mut Sheet::new(ui, start.lang(), now), start)
}

/// Draws a booth that cannot even start: no session, nothing to touch.
pub fn closed_ui(ui: &mut egui::Ui, fault: &Fault, service: Option<&ServiceLine>) {
    let now = Now {
        mono: crate::time::Mono::default(),
        wall: crate::time::Wall::EPOCH,
        trust: crate::time::Trust::Unknown,
    };
    ends::cannot_begin_ui(&mut Sheet::new(ui, Lang::Zh, now), fault, service);
}
