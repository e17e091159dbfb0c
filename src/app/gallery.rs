//! Textures of the running visit: uploaded when needed, dropped when it ends.

use std::sync::Arc;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::RgbImage;

use crate::{
    frame::Frame,
    latest::Latest,
    portrait::Standardised,
    session::{
        Card, Case, Desk, Helping, Inquiry, InquiryStep, Reviewing, Session, StandardPhoto, State,
        commissioning::{Found, Measured, Step},
        desk::{Duty, Page},
        importing::Chosen,
    },
    ui::{LivePicture, Pictures},
};

#[derive(Default)]
pub struct Gallery {
    pictures: Pictures,
    live_number: u64,
    still_number: Option<u64>,
}

impl Gallery {
    pub const fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// Drops everything, so that nothing of a finished visit stays in memory.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Uploads what the session's state shows and is not uploaded yet.
    pub fn hang(&mut self, ctx: &Context, session: &Session, frames: &Latest<Frame>) {
        match session.state() {
            State::Code(_) => {
                self.pictures.card = None;
                self.hang_live(ctx, frames);
            }
            State::Flawed(flawed) => {
                self.drop_still();
                self.hang_portrait(ctx, &flawed.portrait);
            }
            State::Framing(_) => {
                self.drop_photos();
                self.drop_still();
                self.hang_live(ctx, frames);
            }
            State::Batch(_)
            | State::Progress(Inquiry {
                step: InquiryStep::Code { .. },
                ..
            }) => self.hang_live(ctx, frames),
            State::Progress(Inquiry {
                step: InquiryStep::Known(known),
                ..
            }) => self.hang_standard(ctx, known.standard.as_ref()),
            State::Staff(Desk::Open(Duty { page, .. })) => self.hang_for_staff(ctx, page, frames),
            State::Help(Helping { case, .. }) => self.hang_case(ctx, case, frames),
            State::Tail(tailing) => self.hang_card(ctx, tailing.scanned.card.as_ref()),
            State::Review(review) => {
                self.drop_still();
                self.hang_card(ctx, review.sitter.scanned.card.as_ref());
                self.hang_review(ctx, review);
            }
            State::Standardising(standardising) => {
                self.drop_photos();
                self.hang_still(ctx, &standardising.shot.frame);
            }
            State::Idle
            | State::Consent(_)
            | State::Replace(_)
            | State::Prepare(_)
            | State::Saving(_)
            | State::Contact(_)
            | State::Payment(_)
            | State::Receipt(_)
            | State::Progress(_)
            | State::Stopped(_)
            | State::Blocked(_)
            | State::Staff(_) => {}
        }
    }

    /// Uploads what staff look at beside a sitter.
    fn hang_case(&mut self, ctx: &Context, case: &Case, frames: &Latest<Frame>) {
        match case {
            Case::Refused(refused) => {
                self.drop_still();
                self.hang_portrait(ctx, &refused.portrait);
            }
            Case::Unseen(marking) => match &marking.still {
                Some(still) => self.hang_still(ctx, &still.analysis.frame),
                None => self.hang_live(ctx, frames),
            },
            Case::Import(importing) => match &importing.chosen {
                Chosen::Opened(_, opened) => {
                    self.hang_still(ctx, &opened.sight.analysis.frame);
                }
                Chosen::Nothing | Chosen::Opening(_) | Chosen::Refused(..) => {
                    self.drop_still();
                }
            },
        }
    }

    fn hang_for_staff(&mut self, ctx: &Context, page: &Page, frames: &Latest<Frame>) {
        match page {
            Page::Batch(_) => self.hang_live(ctx, frames),
            Page::Commission(commissioning) => match (commissioning.step, &commissioning.found) {
                (Step::Shot, Found::Measured(Measured::Shot(Ok(shot)))) => {
                    self.hang_portrait(ctx, shot);
                }
                (Step::Choice | Step::Done, _) => {}
                _ => self.hang_live(ctx, frames),
            },
            Page::Home
            | Page::Queue(_)
            | Page::Day(_)
            | Page::Stick(_)
            | Page::Settings
            | Page::Engineer(_)
            | Page::PackUp(_) => {}
        }
    }

    fn hang_still(&mut self, ctx: &Context, frame: &Frame) {
        if self.still_number != Some(frame.number) {
            self.still_number = Some(frame.number);
            self.pictures.still = Some(upload(ctx, "still", &frame.rgb));
        }
    }

    /// Drops the frame from which a photo was made: from now on the photo itself is shown.
    fn drop_still(&mut self) {
        (self.pictures.still, self.still_number) = (None, None);
    }

    fn hang_live(&mut self, ctx: &Context, frames: &Latest<Frame>) {
        let Some(frame) = frames.newest() else {
            self.pictures.live = None;
            return;
        };
        if self.live_number == frame.number && self.pictures.live.is_some() {
            return;
        }
        self.live_number = frame.number;
        match &mut self.pictures.live {
            Some(live) if live.frame_size == frame.size() => {
                live.camera = Arc::clone(&frame.camera);
                live.texture
                    .set(color_image(&frame.rgb), TextureOptions::LINEAR);
            }
            live => {
                *live = Some(LivePicture {
                    texture: upload(ctx, "live", &frame.rgb),
                    frame_size: frame.size(),
                    camera: Arc::clone(&frame.camera),
                });
            }
        }
    }

    /// Drops the finished photos: another one is being taken.
    fn drop_photos(&mut self) {
        self.pictures.portrait = None;
        self.pictures.choices.clear();
    }

    fn hang_portrait(&mut self, ctx: &Context, portrait: &Standardised) {
        if self.pictures.portrait.is_none() {
            self.pictures.portrait = upload_photo(ctx, portrait);
        }
    }

    /// Uploads the pictures to choose from, or the one that was chosen; the others are dropped.
    fn hang_review(&mut self, ctx: &Context, review: &Reviewing) {
        if !review.is_choice() {
            self.pictures.choices.clear();
            return self.hang_portrait(ctx, &review.portrait);
        }
        if self.pictures.choices.is_empty() {
            let choices = review.pictures();
            self.pictures.choices = choices
                .filter_map(|photo| upload_photo(ctx, photo))
                .collect();
        }
    }

    /// Uploads the standard photo; once confirmed, it is gone.
    fn hang_standard(&mut self, ctx: &Context, standard: Option<&StandardPhoto>) {
        match standard {
            None => self.pictures.portrait = None,
            Some(photo) if self.pictures.portrait.is_none() => {
                self.pictures.portrait = Some(upload(ctx, "standard", &photo.0));
            }
            Some(_) => {}
        }
    }

    fn hang_card(&mut self, ctx: &Context, card: Option<&Arc<Card>>) {
        if self.pictures.card.is_none() {
            self.pictures.card = card.map(|card| upload(ctx, "card", &card.0));
        }
    }
}

fn upload(ctx: &Context, name: &str, picture: &RgbImage) -> TextureHandle {
    ctx.load_texture(name, color_image(picture), TextureOptions::LINEAR)
}

fn upload_photo(ctx: &Context, photo: &Standardised) -> Option<TextureHandle> {
    let picture = image::load_from_memory(&photo.jpeg).ok()?;
    Some(upload(ctx, "photo", &picture.into_rgb8()))
}

fn color_image(picture: &RgbImage) -> ColorImage {
    let size = [picture.width() as usize, picture.height() as usize];
    ColorImage::from_rgb(size, picture.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "demo")]
    use crate::{
        lang::Lang,
        session::Touch,
        ui::samples::{self, Walk},
    };

    #[test]
    fn a_standard_photo_hangs_until_it_is_confirmed() {
        let ctx = Context::default();
        let mut gallery = Gallery::default();
        let photo = StandardPhoto(RgbImage::new(4, 4));
        gallery.hang_standard(&ctx, Some(&photo));
        assert!(gallery.pictures.portrait.is_some());
        gallery.hang_standard(&ctx, None);
        assert!(gallery.pictures.portrait.is_none());
    }

    #[cfg(feature = "demo")]
    #[test]
    fn the_shot_hangs_while_it_is_made_and_not_beside_its_photo() {
        let ctx = Context::default();
        let (mut gallery, frames) = (Gallery::default(), Latest::default());
        let mut walk = Walk::new(Lang::Zh, |_profile| ());
        walk.shoot();
        gallery.hang(&ctx, &walk.session, &frames);
        assert!(gallery.pictures.still.is_some());
        walk.standardised(samples::portrait());
        gallery.hang(&ctx, &walk.session, &frames);
        assert!(gallery.pictures.still.is_none() && gallery.still_number.is_none());
    }

    #[cfg(feature = "demo")]
    #[test]
    fn pictures_that_nobody_chose_do_not_hang_when_others_are_taken() {
        let ctx = Context::default();
        let frames = Latest::default();
        for touch in [Touch::Retake, Touch::Pick(1)] {
            let mut walk = samples::visit("review-choice", Lang::Zh);
            let mut gallery = Gallery::default();
            let photo = upload(&ctx, "photo", &samples::portrait_picture());
            gallery.pictures.choices = vec![photo; 3];
            gallery.hang(&ctx, &walk.session, &frames);
            assert_eq!(gallery.pictures.choices.len(), 3);
            walk.touch(touch);
            gallery.hang(&ctx, &walk.session, &frames);
            assert!(gallery.pictures.choices.is_empty(), "{touch:?}");
        }
    }

    #[test]
    fn a_finished_visit_leaves_no_texture() {
        let ctx = Context::default();
        let textures = || ctx.tex_manager().read().num_allocated();
        let before = textures();
        let face = RgbImage::from_pixel(4, 4, image::Rgb([200, 160, 140]));
        let mut gallery = Gallery::default();
        gallery.hang_card(&ctx, Some(&Arc::new(Card(face.clone()))));
        gallery.pictures.portrait = Some(upload(&ctx, "portrait", &face));
        gallery.pictures.live = Some(LivePicture {
            texture: upload(&ctx, "live", &face),
            frame_size: crate::geometry::Size::new(4, 4),
            camera: Arc::default(),
        });
        assert_eq!(textures(), before + 3);
        gallery.forget();
        assert_eq!(textures(), before);
        assert!(gallery.pictures.card.is_none());
    }
}
