//! The compute thread: work that takes longer than drawing one picture of the window may.
//! Portraits, PINs, and what commissioning measures.

use std::{
    io::Cursor,
    path::Path,
    sync::{Arc, mpsc::Receiver},
};

use image::ImageFormat;

use super::{
    pictures::{self, Read},
    seat,
    wires::Wires,
};
use crate::{
    analysis::Analyser,
    contract::Batch,
    frame::{Frame, Origin, Turn},
    guidance::{self, Sight},
    layout::{Crop, Head},
    portrait::{self, BackgroundMode, Plate, Standardised},
    profile::Profile,
    session::{
        AskId, Event, PinAnswer, Typed,
        commissioning::{Measured, NoPicture, NoPlate, NoShot},
        desk::News,
    },
    station::{self, PinVerdict, Pins},
    time::Mono,
};

#[derive(Debug)]
pub enum Job {
    Standardise {
        ask: AskId,
        sight: Sight,
        crop: Crop,
        batch: Arc<Batch>,
        /// Where staff marked the head, in px of the frame.
        marked: Option<Head>,
    },
    VerifyPin {
        ask: AskId,
        number: u32,
        pin: Typed,
    },
    /// Light and sitter, as the camera sees them now.
    LookAtSeat,
    /// The empty booth, kept for every portrait from now on.
    TakePlate,
    /// The camera was locked again, so the earlier picture is of no use.
    ForgetPlate,
    /// A portrait of a member of staff, kept nowhere.
    TestShot,
    /// Finds the face in a picture that staff import.
    Import {
        ask: AskId,
        read: Read,
        batch: Arc<Batch>,
    },
}

/// Works through the jobs until the queue closes. `analyser` is this thread's own: it judges the
/// final bytes.
pub fn run(wires: &Wires, jobs: &Receiver<Job>, analyser: &mut Analyser, station: &Path) {
    let mut darkroom = Darkroom {
        wires,
        station,
        plate: kept_plate(station, analyser),
        analyser,
        imports: 0,
    };
    for job in jobs {
        let event = match job {
            Job::Standardise {
                ask,
                sight,
                crop,
                batch,
                marked,
            } => {
                let (seen, profile) = (&sight.analysis, &batch.profile);
                let result = match marked {
                    Some(head) => {
                        let frame = &seen.frame;
                        portrait::standardise_marked(frame, &head, crop, profile, darkroom.analyser)
                    }
                    None => darkroom.standardise(seen, crop, profile),
                };
                Event::Standardised {
                    ask,
                    result: result.map(Arc::new),
                }
            }
            Job::VerifyPin { ask, number, pin } => Event::Pin {
                ask,
                answer: verify(station, number, &pin, wires),
            },
            Job::LookAtSeat => Event::News(News::Measured(Measured::Seat(darkroom.seat()))),
            Job::TakePlate => Event::News(News::Measured(Measured::Plate(darkroom.take_plate()))),
            Job::ForgetPlate => {
                darkroom.forget_plate();
                continue;
            }
            Job::TestShot => Event::News(News::Measured(Measured::Shot(darkroom.test_shot()))),
            Job::Import { ask, read, batch } => {
                darkroom.imports += 1;
                let number = FIRST_IMPORT + darkroom.imports;
                let opened = pictures::open(read, number, &batch.profile, darkroom.analyser);
                Event::News(News::Picture(ask, opened.map(Box::new)))
            }
        };
        wires.tell(event);
    }
}

/// Where pictures become portraits.
struct Darkroom<'a> {
    wires: &'a Wires,
    station: &'a Path,
    analyser: &'a mut Analyser,
    plate: Option<Plate>,
    /// How many pictures were imported so far.
    imports: u64,
}

/// Imported pictures are numbered from here on, far beyond any camera's frame: the window tells
/// pictures apart by their numbers.
const FIRST_IMPORT: u64 = 1 << 48;

impl Darkroom<'_> {
    fn standardise(
        &mut self,
        analysis: &crate::analysis::Analysis,
        crop: Crop,
        profile: &Profile,
    ) -> Result<Standardised, portrait::Unfit> {
        // A camera that sends another size now is not the one that saw the empty booth, and an
        // imported picture was not taken in front of it.
        let (size, origin) = (analysis.frame.size(), &analysis.frame.origin);
        let is_of_booth =
            |plate: &&Plate| plate.size() == size && !matches!(origin, Origin::Imported(_));
        let plate = self.plate.as_ref().filter(is_of_booth);
        portrait::standardise(
            analysis,
            crop,
            profile,
            self.analyser,
            BackgroundMode::Profile,
            plate,
        )
    }

    fn seat(&mut self) -> Result<crate::booth::seat::Seat, NoPicture> {
        let frame = self.wires.frames.newest().ok_or(NoPicture)?;
        Ok(seat::look(&frame, self.analyser))
    }

    fn take_plate(&mut self) -> Result<(), NoPlate> {
        let frame = self.wires.frames.newest().ok_or(NoPlate::NoPicture)?;
        let plate = Plate::of_empty_booth(Arc::clone(&frame), self.analyser)
            .map_err(|_somebody| NoPlate::SomebodyThere)?;
        keep_plate(self.station, &frame).map_err(|why| {
            tracing::error!(why, "the picture of the empty booth cannot be kept");
            NoPlate::NotKept
        })?;
        self.plate = Some(plate);
        Ok(())
    }

    fn forget_plate(&mut self) {
        self.plate = None;
        if let Err(why) = station::forget_plate(self.station) {
            tracing::error!(%why, "the picture of the empty booth cannot be removed");
        }
    }

    /// Makes a portrait by the rules of the pinned batch, or by the standard's own.
    fn test_shot(&mut self) -> Result<Arc<Standardised>, NoShot> {
        let frame = self.wires.frames.newest().ok_or(NoShot::NoPicture)?;
        let rules = self.wires.rules.newest();
        let profile = rules.map_or_else(Profile::standard_99, |batch| batch.profile.clone());
        let analysis = self.analyser.analyse_still(frame);
        let crop = guidance::crop_of(&analysis, &profile).ok_or(NoShot::NotCut)?;
        let shot = self.standardise(&analysis, crop, &profile);
        shot.map(Arc::new).map_err(|_unfit| NoShot::NotCut)
    }
}

fn keep_plate(station: &Path, frame: &Frame) -> Result<(), String> {
    let mut png = Cursor::new(vec![]);
    let encoded = frame.rgb.write_to(&mut png, ImageFormat::Png);
    encoded.map_err(|why| why.to_string())?;
    station::keep_plate(station, png.get_ref()).map_err(|why| why.to_string())
}

/// Returns the empty booth as it was last taken; analysed again, because the file can be anything.
fn kept_plate(station: &Path, analyser: &mut Analyser) -> Option<Plate> {
    let png = station::plate(station)
        .inspect_err(|why| tracing::warn!(%why, "the picture of the empty booth cannot be read"))
        .ok()??;
    let picture = image::load_from_memory_with_format(&png, ImageFormat::Png);
    let frame = Frame {
        number: 0,
        at: Mono::default(),
        rgb: picture.ok()?.into_rgb8(),
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    };
    Plate::of_empty_booth(Arc::new(frame), analyser)
        .inspect_err(|why| tracing::warn!(%why, "the kept picture of the empty booth is not used"))
        .ok()
}

fn verify(station: &Path, number: u32, pin: &Typed, wires: &Wires) -> PinAnswer {
    match Pins::verify(station, number, pin.as_str(), wires.clock.now().wall) {
        Ok(PinVerdict::Right(operator)) => PinAnswer::Right(operator),
        Ok(PinVerdict::Wrong) => PinAnswer::Wrong,
        Ok(PinVerdict::Locked { seconds }) => PinAnswer::Wait(seconds),
        Ok(PinVerdict::NotSet) => PinAnswer::NotSet,
        Err(error) => {
            tracing::error!(%error, "the staff PIN cannot be checked");
            PinAnswer::Unchecked
        }
    }
}
