//! What the synthetic sitter does at each step of the visit, so that a demonstration needs neither
//! a person nor a camera.

use std::{sync::Arc, time::Duration};

use image::{Rgb, RgbImage, imageops};
use qrcode::{Color, EcLevel, QrCode};

use crate::{
    camera::Cue,
    capture::CaptureId,
    session::{Inquiry, InquiryStep, Session, State},
    time::Mono,
};

/// Plays a phone and a person to the visit.
#[derive(Default)]
pub struct Play {
    visit: Option<CaptureId>,
    visits: u64,
    /// When the phone was taken out of the pocket.
    shown: Mono,
    card: Option<Arc<RgbImage>>,
    /// The school's batch code, photographed from its notice.
    notice: Option<Arc<RgbImage>>,
}

impl Play {
    /// Returns the cue for the session as it stands: the phone is held up for the code, the person
    /// sits for the picture.
    pub fn cue(&mut self, session: &Session, now: Mono) -> Cue {
        match session.state() {
            State::Batch(batching) => {
                self.meet(batching.visit, now);
                Cue {
                    card: self.notice.clone().filter(|_| now >= self.shown),
                    person: None,
                }
            }
            State::Code(coding) => {
                self.meet(coding.visitor.visit, now);
                Cue {
                    card: self.card.clone().filter(|_| now >= self.shown),
                    person: None,
                }
            }
            State::Progress(Inquiry {
                visit,
                step: InquiryStep::Code { .. },
                ..
            }) => {
                self.come_again(*visit, now);
                Cue {
                    card: self.card.clone().filter(|_| now >= self.shown),
                    person: None,
                }
            }
            State::Tail(_)
            | State::Prepare(_)
            | State::Framing(_)
            | State::Standardising(_)
            | State::Flawed(_)
            | State::Help(_)
            | State::Review(_)
            | State::Saving(_)
            | State::Contact(_)
            | State::Payment(_) => Cue {
                card: None,
                person: Some(self.visits),
            },
            State::Idle
            | State::Consent(_)
            | State::Replace(_)
            | State::Receipt(_)
            | State::Progress(_)
            | State::Stopped(_)
            | State::Blocked(_)
            | State::Staff(_) => Cue::default(),
        }
    }

    /// Begins with a new visitor, who brings a new code.
    fn meet(&mut self, visit: CaptureId, now: Mono) {
        if self.visit != Some(visit) {
            self.visit = Some(visit);
            self.visits += 1;
            self.shown = now.plus(POCKET);
            self.card = phone(&format!("made-up 采集码 {visit}")).map(Arc::new);
            self.notice = phone(NOTICE).map(Arc::new);
        }
    }

    /// Brings the last visitor back with the same code, to see how far the photo has come.
    fn come_again(&mut self, inquiry: CaptureId, now: Mono) {
        if self.card.is_none() {
            self.meet(inquiry, now);
        } else if self.visit != Some(inquiry) {
            self.visit = Some(inquiry);
            self.shown = now.plus(POCKET);
        }
    }
}

/// The demonstration batch, as on its school's notice.
const NOTICE: &str = "https://school.example/caiji/D3PZ85";

/// How long a visitor searches for the phone.
pub const POCKET: Duration = Duration::from_millis(1_200);

const PHONE: (u32, u32) = (300, 470);
const GLASS: Rgb<u8> = Rgb([24, 26, 30]);
const PAPER: Rgb<u8> = Rgb([250, 250, 250]);
const INK: Rgb<u8> = Rgb([20, 20, 20]);
const GREY: Rgb<u8> = Rgb([205, 210, 216]);
const MODULE_PX: u32 = 6;
const QUIET: u32 = 4;

/// Draws a phone that shows a code: lines of made-up text above, the QR below.
fn phone(payload: &str) -> Option<RgbImage> {
    let code = QrCode::with_error_correction_level(payload, EcLevel::M).ok()?;
    let side = (code.width() as u32 + 2 * QUIET) * MODULE_PX;
    let (width, height) = (PHONE.0.max(side + 24), PHONE.1.max(side + 190));
    let mut phone = RgbImage::from_pixel(width, height, GLASS);
    fill(&mut phone, (12, 30, width - 24, height - 60), PAPER);
    for (line, share) in [(0, 70), (1, 45), (2, 60), (3, 38)] {
        let y = 48 + line * 26;
        fill(&mut phone, (30, y, (width - 60) * share / 100, 12), GREY);
    }
    let (left, top) = ((width - side) / 2, height - side - 40);
    imageops::overlay(
        &mut phone,
        &symbol(&code, side),
        i64::from(left),
        i64::from(top),
    );
    Some(phone)
}

fn symbol(code: &QrCode, side: u32) -> RgbImage {
    let modules = code.width() as u32;
    let colors = code.to_colors();
    RgbImage::from_fn(side, side, |x, y| {
        let (x, y) = (
            (x / MODULE_PX).checked_sub(QUIET),
            (y / MODULE_PX).checked_sub(QUIET),
        );
        let dark = match (x, y) {
            (Some(x), Some(y)) if x < modules && y < modules => {
                colors.get((y * modules + x) as usize) == Some(&Color::Dark)
            }
            _ => false,
        };
        if dark { INK } else { PAPER }
    })
}

fn fill(picture: &mut RgbImage, (left, top, width, height): (u32, u32, u32, u32), color: Rgb<u8>) {
    for y in top..(top + height).min(picture.height()) {
        for x in left..(left + width).min(picture.width()) {
            picture.put_pixel(x, y, color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phone_shows_a_code_with_a_quiet_zone() {
        let phone = phone("made-up 采集码").unwrap();
        assert!(phone.width() >= PHONE.0 && phone.height() >= PHONE.1);
        let dark = phone.pixels().filter(|p| **p == INK).count();
        assert!(dark > 5_000, "{dark}");
    }
}
