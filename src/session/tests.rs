//! Stories: events in, effects and state out. And any order of events.
#![expect(
    clippy::fn_params_excessive_bools,
    reason = "made-up answers are yes or no"
)]

mod calling;
mod choosing;
mod continuity;
mod importing;
mod inquiry;
mod marking;
mod paying;
mod practice;
mod printing;

use image::RgbImage;
use proptest::prelude::*;

use super::*;
use super::{
    commissioning::{CheckTouch, Round},
    desk::{Page, Tile},
};
use crate::{
    analysis::Analysis,
    booth::duty::{Operator, Role},
    capture::{BackgroundUse, Original, Override, SourceFormat},
    checks::{Check, Force, Limit, Unit},
    code::{Characters, CodeShape, FeatureCode, Foreign, TailRule},
    contract::{BatchTrouble, CommandTrouble, ConsentText, ConsentTexts},
    frame::{Frame, Origin, Turn},
    geometry::Point,
    guidance::{Advice, Good, Verdict},
    layout::{Crop, Placed},
    portrait::Standardised,
    profile::{PaymentPolicy, Profile},
    time::{Trust, Wall},
};

const ADVICE: Verdict = Verdict::Advice(Advice::Closer);
const FRAME: Duration = Duration::from_millis(100);

/// A booth, its clock and the effects of the last event.
struct Booth {
    session: Session,
    now: Now,
    effects: Vec<Effect>,
    asks: NewestAsks,
}

fn batch(change: impl FnOnce(&mut Profile)) -> Arc<Batch> {
    let text = ConsentText {
        handler: "示例大学".into(),
        recipients: "中央平台".into(),
        purpose: "毕业照".into(),
        retention: "一年".into(),
        withdrawal: "随时".into(),
        full: "全文".into(),
    };
    let mut profile = Profile::standard_99();
    change(&mut profile);
    Arc::new(Batch {
        feature_code: FeatureCode::parse("D3PZ85").unwrap(),
        serial: 1,
        school: "示例大学".into(),
        name: "2027届".into(),
        known_through: Wall::from_unix_ms(8_000_000_000),
        revoked: false,
        fee_fen: 0,
        code_shapes: [].into(),
        opens: Wall::from_unix_ms(1_000_000),
        closes: Wall::from_unix_ms(9_000_000_000),
        profile,
        consent: ConsentTexts {
            version: "1".into(),
            zh: text.clone(),
            en: text,
        },
    })
}

fn visit(n: u8) -> CaptureId {
    CaptureId::new(Wall::from_unix_ms(2_000_000), [n; 10])
}

fn placed() -> Placed {
    Placed {
        crown_px: 80.0,
        eye_px: 250.0,
        chin_px: 420.0,
        face_width_px: 212.0,
        center_offset_px: 0.0,
    }
}

fn good(margin: f32) -> Verdict {
    Verdict::Good(Good {
        crop: Crop {
            origin_in_frame: Point::new(10.0, 20.0),
            scale: 0.8,
        },
        placed: placed(),
        margin,
    })
}

fn sight(number: u64, at: Mono, track: Option<u32>, verdict: Verdict) -> Sight {
    let frame = Frame {
        number,
        at,
        rgb: RgbImage::new(1, 1),
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    };
    let analysis = Analysis {
        track: track.unwrap_or_default(),
        motion: track.map(|_| 0.0),
        ..Analysis::empty(Arc::new(frame))
    };
    Sight {
        track,
        verdict,
        asks: vec![],
        right: vec![],
        analysis: Arc::new(analysis),
    }
}

/// A check that staff may set aside, and one that must pass.
const MAY: CheckId = CheckId::FaceBrightness;
const MUST: CheckId = CheckId::Roll;

/// Returns a portrait whose bytes name the visit it belongs to.
pub(super) fn portrait(of: CaptureId, pass: bool) -> Arc<Standardised> {
    portrait_failing(of, if pass { &[] } else { &[MAY] })
}

fn portrait_failing(of: CaptureId, failing: &[CheckId]) -> Arc<Standardised> {
    let check = |id: CheckId| Check {
        id,
        pass: !failing.contains(&id),
        value: Some(0.0),
        limit: Limit::default(),
        unit: Unit::Deg,
        force: Force::Required,
        place: None,
    };
    Arc::new(Standardised {
        jpeg: of.to_string().into_bytes(),
        original: Original {
            jpeg: vec![],
            source: SourceFormat::CameraJpeg,
            turn: Turn::None,
            camera: Arc::default(),
            imported: None,
        },
        crop: Crop {
            origin_in_frame: Point::new(10.0, 20.0),
            scale: 0.8,
        },
        placed: placed(),
        background: BackgroundUse::Kept,
        checks: [MUST, MAY, CheckId::GlassesGlare].map(check).to_vec(),
        alpha: image::GrayImage::new(1, 1),
    })
}

impl Booth {
    fn new() -> Self {
        Self::of(batch(|_| ()))
    }

    fn of(batch: Arc<Batch>) -> Self {
        Self {
            session: Session::new(Some(batch)),
            now: Now {
                mono: Mono::from_start(Duration::from_secs(5)),
                wall: Wall::from_unix_ms(2_000_000),
                trust: Trust::Trusted,
            },
            effects: vec![],
            asks: NewestAsks::default(),
        }
    }

    fn does(&mut self, event: Event) -> &mut Self {
        self.effects = self.session.apply(event, self.now);
        self.asks.note(&self.effects);
        self
    }

    /// Answers that the portrait asked for last is ready.
    fn standardises(&mut self, result: Result<Arc<Standardised>, Unfit>) -> &mut Self {
        let ask = self.asks.standardise;
        self.does(Event::Standardised { ask, result })
    }

    /// Gives the platform's answer to the newest question of who somebody is.
    fn resolves(&mut self, answer: ResolveAnswer) -> &mut Self {
        let ask = self.asks.resolve;
        self.does(Event::Resolved { ask, answer })
    }

    /// Answers that the code which was read last was captured here today.
    fn was_captured_today(&mut self, earlier: CaptureId) -> &mut Self {
        let ask = self.asks.today;
        self.does(Event::Today {
            ask,
            earlier: Some(earlier),
        })
    }

    /// Gives the platform's answer to the newest question of how far a photo has come.
    fn hears(&mut self, answer: ProgressAnswer) -> &mut Self {
        let ask = self.asks.progress;
        self.does(Event::Progress { ask, answer })
    }

    /// Types a number and a PIN, which get that answer.
    fn unlocks(&mut self, answer: PinAnswer) -> &mut Self {
        self.types("3\n482915\n");
        let ask = self.asks.pin;
        self.does(Event::Pin { ask, answer })
    }

    fn touches(&mut self, touch: Touch) -> &mut Self {
        self.does(Event::Touch(touch))
    }

    fn waits(&mut self, wait: Duration) -> &mut Self {
        self.now.mono = self.now.mono.plus(wait);
        self.does(Event::Tick)
    }

    fn sees(&mut self, number: u64, track: Option<u32>, verdict: Verdict) -> &mut Self {
        self.now.mono = self.now.mono.plus(FRAME);
        let sight = sight(number, self.now.mono, track, verdict);
        self.does(Event::Saw(sight))
    }

    fn scans(&mut self, bytes: &[u8]) -> &mut Self {
        self.does(Event::Scanned(Reading {
            bytes: bytes.to_vec(),
            card: None,
        }))
    }

    fn types(&mut self, text: &str) -> &mut Self {
        for key in text.chars() {
            self.touches(Touch::Key(key));
        }
        self
    }

    fn consents(&mut self, n: u8) -> &mut Self {
        self.does(Event::Start(visit(n)))
            .touches(Touch::TermsRead)
            .touches(Touch::AgreeFace)
            .touches(Touch::AgreeSending)
    }

    /// Types the tail in the chair, before the camera.
    fn sits(&mut self, n: u8) -> &mut Self {
        self.consents(n)
            .scans(b"opaque code")
            .sees(0, Some(1), ADVICE)
            .types("002X")
    }

    /// Types the tail where the camera sees nobody.
    fn sits_unseen(&mut self, n: u8) -> &mut Self {
        self.consents(n).scans(b"opaque code").types("002X")
    }

    fn holds_still(&mut self) -> &mut Self {
        for number in 1..=9 {
            self.sees(number, Some(1), good(number as f32));
        }
        self
    }

    fn reviews(&mut self, n: u8) -> &mut Self {
        self.sits(n)
            .holds_still()
            .standardises(Ok(portrait(visit(n), true)))
    }

    /// Fails to save what was confirmed.
    fn fails_to_save(&mut self, n: u8) -> &mut Self {
        self.reviews(n).touches(Touch::Confirm).does(Event::Saved {
            visit: visit(n),
            result: Err(SaveFailed),
        })
    }

    fn receipt(n: u8) -> Receipted {
        Receipted {
            visit: visit(n),
            link: "https://platform.example/r/signed".into(),
            saved_at: Wall::from_unix_ms(2_000_000),
            fee: Fee::Nothing,
            slip: SlipStep::NotAsked,
        }
    }
}

#[test]
fn one_visit_from_the_first_touch_to_the_receipt() {
    let mut booth = Booth::new();
    booth.reviews(1);
    assert!(matches!(booth.session.state(), State::Review(_)));
    booth.touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(capture.facts.id, visit(1));
    assert_eq!(capture.code.bytes(), b"opaque code");
    assert_eq!(capture.tail.normalised, "002X");
    assert_eq!(capture.portrait, visit(1).to_string().into_bytes());
    booth.does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    assert!(matches!(booth.session.state(), State::Receipt(_)));
    booth.waits(Duration::from_mins(1));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_receipt_ends_when_its_chair_is_empty_or_taken_or_at_the_next_start() {
    let served = || {
        let mut booth = Booth::new();
        booth
            .reviews(1)
            .touches(Touch::Confirm)
            .does(Event::Saved {
                visit: visit(1),
                result: Ok(Booth::receipt(1)),
            })
            .sees(20, Some(1), ADVICE);
        booth
    };
    let is_shown = |booth: &Booth| matches!(booth.session.state(), State::Receipt(_));
    let mut away = served();
    away.sees(21, None, ADVICE).waits(ABSENCE / 2);
    assert!(is_shown(&away), "looking away is not leaving");
    away.waits(ABSENCE / 2);
    assert!(matches!(away.session.state(), State::Idle));
    let mut taken = served();
    taken.sees(21, Some(2), ADVICE);
    assert!(matches!(taken.session.state(), State::Idle));
    let mut next = served();
    next.does(Event::Start(visit(2)));
    assert!(matches!(next.session.state(), State::Consent(_)));
    let mut staying = served();
    staying.waits(Duration::from_secs(59));
    assert!(is_shown(&staying));
}

#[test]
fn a_receipt_knows_its_school_also_where_no_batch_is_pinned() {
    let mut booth = Booth::new();
    booth
        .reviews(1)
        .touches(Touch::Confirm)
        .does(Event::Pinned(Pinning::Done(None)))
        .does(Event::Saved {
            visit: visit(1),
            result: Ok(Booth::receipt(1)),
        });
    assert!(booth.session.batch().is_some());
    booth.touches(Touch::Leave);
    assert!(booth.session.batch().is_none(), "forgotten with the visit");
}

#[test]
fn who_reads_the_help_is_not_photographed_and_the_visit_stays() {
    let mut booth = Booth::new();
    booth.sits(1).touches(Touch::Help(HelpPage::Open));
    for number in 1..=20 {
        booth.sees(number, Some(1), good(0.5));
        assert!(booth.effects.is_empty(), "frame {number}");
    }
    assert!(matches!(booth.session.state(), State::Framing(_)));
    booth.touches(Touch::Help(HelpPage::Closed)).holds_still();
    assert!(matches!(booth.session.state(), State::Standardising(_)));
    booth
        .touches(Touch::Help(HelpPage::Open))
        .touches(Touch::Leave);
    assert_eq!(booth.session.help_page(), HelpPage::Closed);
}

#[test]
fn language_and_type_size_end_with_the_visit() {
    let mut booth = Booth::new();
    booth
        .touches(Touch::Language(Lang::En))
        .touches(Touch::TextSize(TextSize::Large))
        .does(Event::Start(visit(1)));
    assert_eq!(booth.session.text_size(), TextSize::Large);
    booth.touches(Touch::Leave);
    assert_eq!(booth.session.text_size(), TextSize::Usual);
    assert_eq!(booth.session.lang(), Lang::Zh);
}

#[test]
fn the_best_frame_of_the_hold_is_taken_and_none_before_it_is_over() {
    let mut booth = Booth::new();
    booth.sits(1);
    for (number, margin) in [
        (1, 0.1),
        (2, 0.9),
        (3, 0.3),
        (4, 0.2),
        (5, 0.1),
        (6, 0.1),
        (7, 0.1),
        (8, 0.1),
    ] {
        booth.sees(number, Some(1), good(margin));
        assert!(booth.effects.is_empty(), "frame {number}");
    }
    booth.sees(9, Some(1), good(0.1));
    let Some(Effect::Standardise { sight, .. }) = booth.effects.last() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(sight.analysis.frame.number, 2);
}

#[test]
fn one_bad_frame_starts_the_hold_anew() {
    let mut booth = Booth::new();
    booth.sits(1);
    for number in 1..=6 {
        booth.sees(number, Some(1), good(0.5));
    }
    booth.sees(7, Some(1), ADVICE);
    for number in 8..=15 {
        booth.sees(number, Some(1), good(0.5));
        assert!(booth.effects.is_empty());
    }
}

#[test]
fn wrong_light_is_told_to_staff_once_and_forgotten_when_a_picture_is_good() {
    let mut booth = Booth::new();
    booth.sits(1);
    let told = |booth: &Booth| {
        let told = booth.effects.iter();
        told.filter(|effect| matches!(effect, Effect::TellStaff(Advice::Light)))
            .count()
    };
    let mut times = 0;
    for number in 1..=30 {
        booth.sees(number, Some(1), Verdict::Advice(Advice::Light));
        times += told(&booth);
    }
    assert_eq!(times, 1);
    assert_eq!(
        booth.session.booth_trouble,
        Some((Advice::Light, booth.now.wall))
    );
    booth.sees(31, Some(1), good(0.5));
    assert_eq!(booth.session.booth_trouble, None);
}

#[test]
fn pictures_refused_for_glare_are_counted_over_the_tries_of_one_sitter() {
    let mut booth = Booth::new();
    booth.sits(1);
    for glares in 1..=2 {
        booth
            .holds_still()
            .standardises(Ok(portrait_failing(visit(1), &[CheckId::GlassesGlare])));
        booth.touches(Touch::Retake);
        let State::Framing(framing) = booth.session.state() else {
            panic!("{:?}", booth.session.state());
        };
        assert_eq!(framing.glare, glares);
    }
}

#[test]
fn no_face_is_looked_for_before_consent() {
    let mut booth = Booth::new();
    assert_eq!(booth.session.looking(), Looking::Codes);
    booth.does(Event::Start(visit(1)));
    assert_eq!(booth.session.looking(), Looking::Nothing);
    booth.touches(Touch::TermsRead).touches(Touch::AgreeFace);
    assert_eq!(booth.session.looking(), Looking::Nothing);
    booth.touches(Touch::AgreeSending);
    assert_eq!(booth.session.looking(), Looking::Codes);
    booth.scans(b"opaque code").types("1234");
    assert_eq!(booth.session.looking(), Looking::Faces);
}

#[test]
fn the_three_acts_of_consent_come_in_their_order() {
    let mut booth = Booth::new();
    booth
        .does(Event::Start(visit(1)))
        .touches(Touch::AgreeSending)
        .touches(Touch::AgreeFace);
    let State::Consent(consenting) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(consenting.progress.acts(), 0);
}

#[test]
fn refusing_keeps_nothing_and_is_told() {
    let mut booth = Booth::new();
    booth.does(Event::Start(visit(1))).touches(Touch::Refuse);
    assert!(matches!(
        booth.session.state(),
        State::Stopped(Stop::Refused)
    ));
    assert!(matches!(booth.effects.as_slice(), [Effect::Forget]));
}

#[test]
fn walking_away_while_reviewing_keeps_nothing() {
    let mut booth = Booth::new();
    booth.reviews(1);
    booth.waits(Duration::from_mins(1));
    assert!(matches!(booth.session.state(), State::Idle));
    assert!(matches!(booth.effects.as_slice(), [Effect::Forget]));
}

#[test]
fn more_time_is_given_when_asked_for() {
    let mut booth = Booth::new();
    booth.reviews(1);
    booth.waits(Duration::from_secs(55));
    assert_eq!(booth.session.countdown(booth.now.mono), Some(5));
    booth
        .touches(Touch::MoreTime)
        .waits(Duration::from_secs(30));
    assert_eq!(booth.session.countdown(booth.now.mono), None);
    assert!(matches!(booth.session.state(), State::Review(_)));
}

#[test]
fn an_end_is_announced_twenty_seconds_before() {
    let mut booth = Booth::new();
    booth.reviews(1).waits(Duration::from_secs(39));
    assert_eq!(booth.session.countdown(booth.now.mono), None);
    booth.waits(Duration::from_secs(1));
    assert_eq!(booth.session.countdown(booth.now.mono), Some(20));
}

#[test]
fn somebody_else_in_the_chair_must_show_the_same_code() {
    let mut booth = Booth::new();
    booth
        .sits(1)
        .sees(1, Some(1), ADVICE)
        .sees(2, Some(2), good(0.5));
    let State::Code(coding) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(coding.hint, Some(CodeHint::ScanAgain));
    booth.scans(b"another code");
    assert!(matches!(
        booth.session.state(),
        State::Code(Coding {
            hint: Some(CodeHint::NotTheSame),
            ..
        })
    ));
    booth.scans(b"opaque code");
    assert!(
        matches!(booth.session.state(), State::Tail(_)),
        "and whoever has seen the code does not know its tail"
    );
    booth.sees(3, Some(2), ADVICE).types("002X");
    assert!(matches!(booth.session.state(), State::Framing(_)));
}

#[test]
fn an_empty_chair_for_three_seconds_asks_for_the_code_again() {
    for reviewing in [false, true] {
        let mut booth = Booth::new();
        if reviewing {
            booth.reviews(1);
        } else {
            booth.sits(1).sees(1, Some(1), ADVICE);
        }
        booth
            .sees(2, None, ADVICE)
            .waits(Duration::from_millis(2_900));
        assert!(!matches!(booth.session.state(), State::Code(_)));
        booth.waits(Duration::from_millis(200));
        assert!(
            matches!(booth.session.state(), State::Code(_)),
            "{reviewing}"
        );
    }
}

#[test]
fn a_late_answer_is_taken_for_no_other_question_of_the_same_visit() {
    let mut booth = Booth::new();
    booth.sits(1).holds_still();
    let late = booth.asks;
    // The chair is left in the meantime, and the visit comes back by code and tail.
    booth
        .sees(20, Some(2), ADVICE)
        .scans(b"opaque code")
        .sees(21, Some(3), ADVICE)
        .types("1234");
    booth.does(Event::Resolved {
        ask: late.resolve,
        answer: ResolveAnswer::DoesNotMatch,
    });
    assert!(
        matches!(booth.session.state(), State::Framing(_)),
        "it is about the first tail"
    );
    for number in 22..=31 {
        booth.sees(number, Some(3), good(0.5));
    }
    assert!(matches!(booth.session.state(), State::Standardising(_)));
    booth.does(Event::Standardised {
        ask: late.standardise,
        result: Ok(portrait(visit(1), true)),
    });
    assert!(
        matches!(booth.session.state(), State::Standardising(_)),
        "it is the first picture"
    );
    booth.standardises(Ok(portrait(visit(1), true)));
    assert!(matches!(booth.session.state(), State::Review(_)));
}

#[test]
fn a_sight_from_before_this_state_is_dropped() {
    let mut booth = Booth::new();
    let stale = sight(1, booth.now.mono, Some(7), good(1.0));
    booth.waits(FRAME).sits(1).does(Event::Saw(stale));
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.presence, Presence::Here { track: 1 });
}

/// Returns a sight of a face that was not seen twice in a row, or moves faster than anybody sits.
fn unsettled(booth: &Booth, track: u32, motion: Option<f32>, verdict: Verdict) -> Event {
    let seen = sight(1, booth.now.mono, Some(track), verdict);
    let mut analysis = Analysis::clone(&seen.analysis);
    analysis.motion = motion;
    let analysis = Arc::new(analysis);
    Event::Saw(Sight { analysis, ..seen })
}

fn is_asked_from_the_chair(booth: &Booth) -> bool {
    let hint = match booth.session.state() {
        State::Tail(tailing) => tailing.entry.hint,
        State::Progress(Inquiry {
            step: InquiryStep::Tail(tailing),
            ..
        }) => tailing.entry.hint,
        _ => None,
    };
    hint == Some(TailHint::FromTheChair)
}

#[test]
fn whoever_sits_down_without_having_been_seen_at_the_keys_types_the_tail_again() {
    let mut booth = Booth::new();
    booth.sits_unseen(1);
    for (track, motion) in [(2, None), (3, Some(7.0))] {
        booth.now.mono = booth.now.mono.plus(FRAME);
        let walking = unsettled(&booth, track, motion, ADVICE);
        booth.does(walking);
    }
    assert!(
        matches!(booth.session.state(), State::Framing(_)),
        "who still walks to the chair is not in it"
    );
    booth.sees(2, Some(4), ADVICE);
    assert!(is_asked_from_the_chair(&booth));
    booth.types("002X");
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(framing.presence, Presence::Here { track: 4 });
    booth.sees(3, Some(5), ADVICE);
    assert!(matches!(booth.session.state(), State::Code(_)));
}

#[test]
fn no_picture_is_taken_of_a_face_that_was_not_there_at_the_keys() {
    for by_hand in [false, true] {
        let mut booth = Booth::new();
        booth.sits_unseen(1);
        for _ in 0..2 {
            booth.now.mono = booth.now.mono.plus(HOLD);
            let seen = unsettled(&booth, 4, None, good(1.0));
            booth.does(seen);
        }
        if by_hand {
            booth.touches(Touch::Shoot);
        }
        assert!(is_asked_from_the_chair(&booth));
    }
}

#[test]
fn another_face_at_the_keys_clears_what_was_typed() {
    let mut booth = Booth::new();
    booth
        .consents(1)
        .scans(b"opaque code")
        .sees(1, Some(1), ADVICE)
        .types("002")
        .sees(2, Some(2), ADVICE)
        .sees(3, Some(2), ADVICE);
    assert!(is_asked_from_the_chair(&booth));
    booth.types("X");
    assert!(matches!(booth.session.state(), State::Tail(_)));
    booth.touches(Touch::Backspace).types("002X");
    assert!(matches!(booth.session.state(), State::Framing(_)));
}

#[test]
fn whoever_leaves_between_the_keys_and_the_chair_gives_code_and_tail_again() {
    let mut booth = Booth::of(batch(|profile| profile.prepare_step = true));
    booth.sits(1);
    assert!(matches!(booth.session.state(), State::Prepare(_)));
    booth.sees(1, None, ADVICE).waits(ABSENCE);
    assert!(matches!(booth.session.state(), State::Code(_)));
    let mut booth = Booth::new();
    booth.sits(1).sees(1, Some(2), good(0.5));
    assert!(matches!(booth.session.state(), State::Code(_)));
}

#[test]
fn a_portrait_that_fails_its_final_check_is_coached_and_counted() {
    let mut booth = Booth::new();
    booth
        .sits(1)
        .holds_still()
        .standardises(Ok(portrait(visit(1), false)));
    assert_eq!(booth.session.good_then_refused, 1);
    booth.holds_still();
    assert!(
        matches!(booth.session.state(), State::Flawed(_)),
        "nobody who looks at a picture is photographed"
    );
    booth.touches(Touch::Retake);
    let State::Framing(framing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert!(
        framing.refused.is_some(),
        "what was wrong stays on the screen"
    );
    booth.holds_still();
    assert!(matches!(booth.session.state(), State::Standardising(_)));
}

#[test]
fn advice_on_holding_a_code_does_not_hide_what_was_said_of_one_that_was_read() {
    let hold = |advice| Some(CodeHint::Hold(advice));
    let hint_of = |booth: &Booth| match booth.session.state() {
        State::Code(coding) => coding.hint,
        other => panic!("{other:?}"),
    };
    let mut booth = Booth::new();
    booth
        .consents(1)
        .does(Event::HardToRead(code::Advice::TooSmall));
    assert_eq!(hint_of(&booth), hold(code::Advice::TooSmall));
    booth.does(Event::HardToRead(code::Advice::Moving));
    assert_eq!(hint_of(&booth), hold(code::Advice::Moving));
    booth.scans(b"wxp://x");
    let foreign = hint_of(&booth);
    assert!(matches!(foreign, Some(CodeHint::Foreign(_))));
    booth.does(Event::HardToRead(code::Advice::TooDark));
    assert_eq!(hint_of(&booth), foreign);
}

/// Returns a booth where staff look at a picture that fails `failing`, their PIN accepted.
fn helped(failing: &[CheckId]) -> Booth {
    let mut booth = Booth::new();
    booth
        .sits(1)
        .holds_still()
        .standardises(Ok(portrait_failing(visit(1), failing)))
        .touches(Touch::Staff)
        .unlocks(right());
    booth
}

/// Returns what staff decide about.
fn refused(booth: &Booth) -> &Refused {
    match booth.session.state() {
        State::Help(Helping {
            case: Case::Refused(refused),
            ..
        }) => refused,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_staff_set_aside_travels_with_its_reason_and_is_counted() {
    let reason = OverrideReason::BoothEquipment;
    let mut booth = helped(&[MAY]);
    booth.touches(Touch::LetPass);
    assert!(
        matches!(booth.session.state(), State::Help(_)),
        "without a reason nothing passes"
    );
    booth
        .touches(Touch::SetAside(MAY, OverrideReason::SchoolAllowed))
        .touches(Touch::SetAside(MAY, reason))
        .touches(Touch::LetPass)
        .touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    let aside = Override {
        check: MAY,
        reason,
        operator: Some(3),
    };
    assert_eq!(capture.facts.overrides, [aside]);
    assert!(booth.session.set_aside.is_empty(), "not saved yet");
    booth.does(Event::Saved {
        visit: visit(1),
        result: Ok(Booth::receipt(1)),
    });
    assert_eq!(booth.session.set_aside.get(&MAY), Some(&1));
}

#[test]
fn what_must_be_right_cannot_be_set_aside() {
    let mut booth = helped(&[MUST, MAY]);
    for check in [MUST, MAY] {
        booth.touches(Touch::SetAside(
            check,
            OverrideReason::JudgedWronglyByMachine,
        ));
    }
    booth.touches(Touch::LetPass);
    assert_eq!(refused(&booth).reason(MUST), None);
    booth.touches(Touch::Retake);
    assert!(matches!(booth.session.state(), State::Framing(_)));
}

#[test]
fn nothing_is_set_aside_before_the_pin() {
    let mut booth = helped(&[MAY]);
    booth.touches(Touch::Retake).holds_still();
    booth
        .standardises(Ok(portrait(visit(1), false)))
        .touches(Touch::Staff)
        .touches(Touch::SetAside(MAY, OverrideReason::JudgedWronglyByMachine))
        .touches(Touch::LetPass);
    assert!(refused(&booth).overrides.is_empty() && !refused(&booth).is_settled());
}

#[test]
fn another_face_in_the_chair_ends_the_staff_s_help() {
    let mut booth = helped(&[MAY]);
    booth.sees(40, Some(2), ADVICE);
    assert!(matches!(booth.session.state(), State::Code(_)));
}

#[test]
fn a_failed_save_says_so_and_lets_the_sitter_confirm_again() {
    let mut booth = Booth::new();
    booth.fails_to_save(1);
    let State::Review(review) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert!(review.save_failed);
    booth.touches(Touch::Confirm);
    assert!(
        matches!(booth.effects.as_slice(), [Effect::Chime(Chime::Refused)]),
        "nobody was seen since the save began"
    );
    booth.sees(50, Some(1), ADVICE).touches(Touch::Confirm);
    assert!(matches!(booth.effects.as_slice(), [Effect::Save(_)]));
}

#[test]
fn nobody_confirms_for_somebody_who_left_while_a_save_failed() {
    let mut booth = Booth::new();
    booth
        .fails_to_save(1)
        .touches(Touch::Confirm)
        .sees(50, Some(2), ADVICE)
        .touches(Touch::Confirm);
    assert!(matches!(booth.session.state(), State::Code(_)));
}

#[test]
fn a_save_without_an_end_keeps_the_booth_closed_until_it_has_one() {
    for result in [Ok(Booth::receipt(1)), Err(SaveFailed)] {
        let mut booth = Booth::new();
        booth
            .reviews(1)
            .touches(Touch::Confirm)
            .waits(Duration::from_secs(31));
        let is_closed =
            |booth: &Booth| matches!(booth.session.state(), State::Blocked(Fault::Outbox(_)));
        assert!(is_closed(&booth));
        assert_eq!(booth.session.visit(), Some(visit(1)), "not abandoned yet");
        let ready = booth.session.may_open(booth.now);
        booth.does(Event::Ready(ready));
        assert!(is_closed(&booth));
        booth.does(Event::Saved {
            visit: visit(1),
            result,
        });
        assert_eq!(booth.session.visit(), None);
        let ready = booth.session.may_open(booth.now);
        booth.does(Event::Ready(ready));
        assert!(matches!(booth.session.state(), State::Idle));
    }
}

#[test]
fn a_tail_that_does_not_belong_to_the_code_is_asked_again_three_times_at_most() {
    let mut booth = Booth::new();
    booth.sits(1);
    for _ in 0..2 {
        booth.resolves(ResolveAnswer::DoesNotMatch);
        assert!(matches!(
            booth.session.state(),
            State::Tail(Tailing {
                entry: TailEntry {
                    hint: Some(TailHint::DoesNotMatch),
                    ..
                },
                ..
            })
        ));
        booth.waits(Duration::from_secs(20)).types("1234");
    }
    booth.resolves(ResolveAnswer::DoesNotMatch);
    assert!(matches!(
        booth.session.state(),
        State::Stopped(Stop::TooManyTails)
    ));
}

/// Somebody whom the platform knows, and who has paid.
fn paid() -> Resolved {
    Resolved {
        masked_name: "张*三".into(),
        school: "示例大学".into(),
        level: "本科".into(),
        paid: true,
        earlier: None,
    }
}

#[test]
fn a_prepaid_batch_stops_who_has_not_paid() {
    let person = Resolved {
        paid: false,
        ..paid()
    };
    for (policy, stops) in [(PaymentPolicy::Prepaid, true), (PaymentPolicy::None, false)] {
        let mut booth = Booth::of(batch(|profile| profile.payment = policy));
        booth.sits(1).resolves(ResolveAnswer::Known(person.clone()));
        assert_eq!(
            matches!(booth.session.state(), State::Stopped(Stop::NotPaid)),
            stops
        );
    }
}

#[test]
fn a_code_of_an_unknown_shape_can_be_taken_back_until_the_first_key() {
    let is_strange = |booth: &Booth| match booth.session.state() {
        State::Tail(tailing) => tailing.may_take_back(),
        state => panic!("{state:?}"),
    };
    let mut booth = Booth::new();
    booth.consents(1).scans(b"a poster in the hall");
    assert!(is_strange(&booth));
    let of_the_poster = booth.asks.today;
    booth.touches(Touch::NotMyCode);
    assert!(matches!(
        booth.session.state(),
        State::Code(Coding {
            returning: None,
            ..
        })
    ));
    booth.scans(b"opaque-code-00017");
    // The look-up of what was taken back says nothing of this code.
    booth.does(Event::Today {
        ask: of_the_poster,
        earlier: Some(visit(7)),
    });
    assert!(is_strange(&booth));
    booth.types("1").touches(Touch::NotMyCode);
    assert!(!is_strange(&booth), "whoever types says that it is theirs");
}

#[test]
fn a_shape_that_the_platform_knew_is_not_asked_about_again() {
    let mut booth = Booth::new();
    booth.consents(1).scans(b"opaque-code-00017").types("1234");
    booth.resolves(ResolveAnswer::Known(paid()));
    booth.touches(Touch::Leave).consents(2);
    booth.scans(b"opaque-code-99999");
    let State::Tail(tailing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert!(!tailing.is_strange);
    booth.touches(Touch::NotMyCode);
    assert!(matches!(booth.session.state(), State::Tail(_)));
}

#[test]
fn a_code_captured_today_may_be_replaced() {
    let mut booth = Booth::new();
    booth.consents(1).scans(b"opaque code");
    booth.was_captured_today(visit(0));
    assert!(matches!(booth.session.state(), State::Replace(_)));
    booth
        .touches(Touch::Replace)
        .sees(0, Some(1), ADVICE)
        .types("1234")
        .holds_still();
    booth.standardises(Ok(portrait(visit(1), true)));
    booth.touches(Touch::Confirm);
    let [Effect::Save(capture)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(capture.facts.supersedes, Some(visit(0)));
}

#[test]
fn wrong_codes_are_named() {
    let mut booth = Booth::new();
    booth.consents(1);
    for (bytes, expected) in [
        (
            b"wxp://pay".as_slice(),
            CodeHint::Foreign(Foreign::PaymentOrLogin),
        ),
        (b"WIFI:S:x;;", CodeHint::Foreign(Foreign::Everyday)),
        (
            b"https://weixin.qq.com/g/x",
            CodeHint::Foreign(Foreign::Contact),
        ),
        (b"imeituan://x", CodeHint::Foreign(Foreign::App)),
        (b"13800000000", CodeHint::Foreign(Foreign::Number)),
        (
            b"https://s.example/mobile",
            CodeHint::Foreign(Foreign::Link),
        ),
        (b"x", CodeHint::Foreign(Foreign::Unreasonable)),
        (b"D3PZ85", CodeHint::ThisIsTheBatch),
        (RECEIPT.as_bytes(), CodeHint::ThisIsAReceipt),
        (COMMAND.as_bytes(), CodeHint::ThisIsForStaff),
    ] {
        booth.scans(bytes);
        let State::Code(coding) = booth.session.state() else {
            panic!("{:?}", booth.session.state());
        };
        assert_eq!(coding.hint, Some(expected));
    }
}

#[test]
fn where_a_batch_tells_the_shape_of_its_codes_no_other_code_is_taken() {
    let shape = CodeShape {
        starts_with: "https://pic.example/c/".into(),
        characters: Characters::Base64,
        shortest: 8,
        longest: 40,
    };
    let link = b"https://pic.example/c/made-up_0001";
    let known = Arc::new(Batch {
        code_shapes: [shape].into(),
        ..Batch::clone(&batch(|_| ()))
    });
    let mut booth = Booth::of(Arc::clone(&known));
    booth.consents(1).scans(b"opaque code");
    let State::Code(coding) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    let unreasonable = CodeHint::Foreign(Foreign::Unreasonable);
    assert_eq!(coding.hint, Some(unreasonable));
    booth.scans(link);
    assert!(matches!(booth.session.state(), State::Tail(_)));

    let mut asking = Booth::of(known);
    asking.does(Event::Inquire(visit(1))).scans(b"opaque code");
    let step = |booth: &Booth| match booth.session.state() {
        State::Progress(inquiry) => matches!(inquiry.step, InquiryStep::Tail(_)),
        other => panic!("{other:?}"),
    };
    assert!(!step(&asking));
    asking.scans(link);
    assert!(step(&asking));
}

#[test]
fn a_batch_that_is_not_open_is_refused_by_name_unless_the_clock_is_unknown() {
    for (trust, refused) in [
        (Trust::Trusted, true),
        (Trust::Holdover, true),
        (Trust::Unknown, false),
    ] {
        let mut booth = Booth::new();
        booth.now.wall = Wall::from_unix_ms(1);
        booth.now.trust = trust;
        booth.does(Event::Start(visit(1)));
        let is_refused = matches!(
            booth.session.state(),
            State::Stopped(Stop::Batch(BatchRefusal { trouble: BatchTrouble::NotYetOpen, name: Some(name) }))
                if name == "示例大学 2027届"
        );
        assert_eq!(is_refused, refused, "{trust:?}");
    }
}

/// A header that claims to be a receipt's; the rest is not looked at here.
const RECEIPT: &str =
    "eyJhbGciOiJFZERTQSIsInR5cCI6ImNhcHR1cmUtc3RhdGVtZW50K2p3cyIsImtpZCI6IjAifQ.e30.AA";
/// The same for a command.
const COMMAND: &str =
    "eyJhbGciOiJFZERTQSIsInR5cCI6InN0YXRpb24tY29tbWFuZCtqd3MiLCJraWQiOiIwIn0.e30.AA";

/// Returns a booth at which every visitor names the batch.
fn unpinned() -> Booth {
    let mut booth = Booth::new();
    booth.does(Event::Pinned(Pinning::Done(None)));
    booth
}

fn entry(booth: &Booth) -> &BatchEntry {
    match booth.session.state() {
        State::Batch(Batching { entry, .. }) => entry,
        state if state.desk_entry().is_some() => state.desk_entry().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn found(n: u8, found: Result<Arc<Batch>, BatchRefusal>) -> Event {
    Event::BatchFound {
        visit: visit(n),
        found,
    }
}

#[test]
fn where_no_batch_is_pinned_the_visitor_shows_it_and_the_visit_keeps_it() {
    let mut booth = unpinned();
    booth.does(Event::Start(visit(1)));
    assert_eq!(booth.session.looking(), Looking::Codes);
    booth.scans(b"https://school.example/caiji/377hhj");
    let [_, Effect::FindBatch { batch: asked, .. }] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    let code = FeatureCode::parse("377hhj").unwrap();
    assert_eq!(*asked, BatchCode::Feature(code));
    let other = batch(|profile| profile.tail_rule = TailRule::LastSix);
    booth.does(found(9, Ok(batch(|_| ()))));
    assert!(
        matches!(booth.session.state(), State::Batch(_)),
        "of another visit"
    );
    booth.does(found(1, Ok(Arc::clone(&other))));
    assert!(matches!(booth.session.state(), State::Consent(_)));
    // A batch that staff pin in the meantime is for the next visitor.
    booth.does(Event::Pinned(Pinning::Done(Some(batch(|_| ())))));
    assert_eq!(booth.session.batch(), Some(&other));
    booth
        .touches(Touch::TermsRead)
        .touches(Touch::AgreeFace)
        .touches(Touch::AgreeSending)
        .scans(b"opaque code")
        .types("123456");
    assert!(matches!(booth.session.state(), State::Framing(_)));
    booth.touches(Touch::Leave);
    assert_eq!(booth.session.batch(), Some(&batch(|_| ())));
}

#[test]
fn a_feature_code_is_typed_as_printed_and_asked_for_when_complete() {
    let mut booth = unpinned();
    booth.does(Event::Start(visit(1))).types("377-h");
    assert_eq!(entry(&booth).typed, "377h");
    booth.touches(Touch::Backspace).types("hhJ");
    let [Effect::FindBatch { batch: asked, .. }] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    let code = FeatureCode::parse("377hhJ").unwrap();
    assert_eq!(*asked, BatchCode::Feature(code));
    assert_eq!(entry(&booth).said, BatchSaid::Asking);
    // While the batch is looked up, keys and codes are ignored.
    booth.types("x").touches(Touch::Backspace).scans(b"D3PZ85");
    assert_eq!(entry(&booth).typed, "377hhJ");
    assert!(booth.effects.is_empty());
}

#[test]
fn a_batch_is_refused_by_name_before_anything_is_asked_or_photographed() {
    let of = |change: fn(&mut Batch)| {
        let mut batch = Batch::clone(&batch(|_| ()));
        change(&mut batch);
        Ok(Arc::new(batch))
    };
    let nameless = |trouble| Err(BatchRefusal::nameless(trouble));
    for (answer, trouble) in [
        (nameless(BatchTrouble::Foreign), BatchTrouble::Foreign),
        (nameless(BatchTrouble::Unknown), BatchTrouble::Unknown),
        (
            nameless(BatchTrouble::NotReachable),
            BatchTrouble::NotReachable,
        ),
        (of(|batch| batch.revoked = true), BatchTrouble::Revoked),
        (
            of(|batch| batch.closes = Wall::from_unix_ms(1_500_000)),
            BatchTrouble::Closed,
        ),
        (
            of(|batch| batch.opens = Wall::from_unix_ms(3_000_000)),
            BatchTrouble::NotYetOpen,
        ),
    ] {
        let is_known = answer.is_ok();
        let mut booth = unpinned();
        booth
            .does(Event::Start(visit(1)))
            .scans(b"D3PZ85")
            .does(found(1, answer));
        let BatchSaid::Refused(refusal) = &entry(&booth).said else {
            panic!("{:?}", booth.session.state());
        };
        assert_eq!(refusal.trouble, trouble);
        assert_eq!(refusal.name.is_some(), is_known);
        // The right one may be named now.
        booth.scans(b"D3PZ85").does(found(1, Ok(batch(|_| ()))));
        assert!(matches!(booth.session.state(), State::Consent(_)));
    }
}

#[test]
fn a_code_that_names_no_batch_is_named_and_a_command_is_not_a_visitor_s() {
    for bytes in [b"opaque code".as_slice(), b"wxp://x", COMMAND.as_bytes()] {
        let mut booth = unpinned();
        booth.does(Event::Start(visit(1))).scans(bytes);
        assert_eq!(entry(&booth).said, BatchSaid::NotABatch);
        assert!(matches!(
            booth.effects.as_slice(),
            [Effect::Chime(Chime::Refused)]
        ));
    }
}

fn right() -> PinAnswer {
    PinAnswer::Right(Operator {
        number: 3,
        name: "王".to_owned(),
        role: Role::Supervisor,
    })
}

fn is_home(booth: &Booth) -> bool {
    let state = booth.session.state();
    matches!(state, State::Staff(Desk::Open(duty)) if matches!(duty.page, Page::Home))
}

/// Returns a booth whose staff are at the page for pinning a batch.
fn at_the_desk() -> Booth {
    let mut booth = Booth::new();
    booth
        .touches(Touch::Staff)
        .unlocks(right())
        .touches(Touch::Desk(DeskTouch::Open(Tile::Batch)));
    booth
}

#[test]
fn staff_pin_a_batch_by_its_code_by_command_or_none() {
    let mut booth = at_the_desk();
    booth.scans(b"D3PZ85");
    assert!(matches!(
        booth.effects.as_slice(),
        [_, Effect::PinBatch(BatchCode::Feature(_))]
    ));
    booth.does(Event::Pinned(Pinning::Refused(BatchRefusal::nameless(
        BatchTrouble::Closed,
    ))));
    assert!(matches!(entry(&booth).said, BatchSaid::Refused(_)));
    booth.scans(COMMAND.as_bytes());
    assert!(matches!(booth.effects.as_slice(), [_, Effect::Obey(token)] if token == COMMAND));
    booth.does(Event::Pinned(Pinning::CommandRefused(
        CommandTrouble::Expired,
    )));
    assert_eq!(
        entry(&booth).said,
        BatchSaid::CommandRefused(CommandTrouble::Expired)
    );
    booth.touches(Touch::Unpin);
    assert!(matches!(booth.effects.as_slice(), [Effect::Unpin]));
    booth.does(Event::Pinned(Pinning::Done(None)));
    assert!(is_home(&booth));
    assert_eq!(booth.session.batch(), None);
}

#[test]
fn nobody_pins_a_batch_without_the_pin() {
    let mut booth = Booth::new();
    booth
        .touches(Touch::Staff)
        .touches(Touch::Desk(DeskTouch::Open(Tile::Batch)));
    assert!(matches!(
        booth.session.state(),
        State::Staff(Desk::Locked(_))
    ));
    booth.scans(b"D3PZ85");
    assert!(booth.effects.is_empty());
    booth.touches(Touch::Unpin);
    assert!(booth.effects.is_empty());
    // A platform command may end lock-outs here and do nothing else.
    booth.scans(COMMAND.as_bytes());
    let [_, Effect::EndLockouts(command)] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!(command, COMMAND);
    booth.does(Event::News(desk::News::Lockouts(Ok(()))));
    let State::Staff(Desk::Locked(lock)) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    assert_eq!(lock.answer, Some(PinAnswer::LockoutsEnded));
}

#[test]
fn after_a_wrong_tail_no_key_is_taken_for_a_while_and_longer_each_time_also_in_a_later_visit() {
    let mut booth = Booth::new();
    booth.sits(1);
    for wait in [5, 15] {
        booth.resolves(ResolveAnswer::DoesNotMatch);
        booth.waits(Duration::from_secs(wait - 1)).types("1234");
        let State::Tail(tailing) = booth.session.state() else {
            panic!("{:?}", booth.session.state());
        };
        assert!(tailing.entry.typed.is_empty());
        booth.waits(Duration::from_secs(1)).types("1234");
        assert!(matches!(booth.session.state(), State::Framing(_)));
    }
    booth
        .resolves(ResolveAnswer::DoesNotMatch)
        .touches(Touch::Leave)
        .sits(2);
    let State::Tail(tailing) = booth.session.state() else {
        panic!("{:?}", booth.session.state());
    };
    let rest = tailing.entry.rest(booth.now.mono);
    assert_eq!(rest, Some(Duration::from_secs(45).saturating_sub(FRAME)));
    // Another person's code does not have to wait.
    booth
        .touches(Touch::Leave)
        .consents(3)
        .scans(b"another code")
        .types("1234");
    assert!(matches!(booth.session.state(), State::Framing(_)));
}

#[test]
fn the_booth_closes_between_visits_only_and_opens_by_itself() {
    let mut booth = Booth::new();
    booth.sits(1).does(Event::Ready(Err(Fault::Camera)));
    assert!(matches!(booth.session.state(), State::Framing(_)));
    booth
        .touches(Touch::Leave)
        .does(Event::Ready(Err(Fault::Camera)));
    assert!(matches!(
        booth.session.state(),
        State::Blocked(Fault::Camera)
    ));
    booth.does(Event::Ready(Ok(())));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn a_batch_out_of_its_time_closes_the_booth_and_it_opens_again() {
    let mut booth = Booth::new();
    let minute = 60_000;
    let built = crate::time::BUILT_AFTER;
    let now = |ms: i64| Now {
        wall: Wall::from_unix_ms(built.unix_ms() + ms),
        ..booth.now
    };
    // The made-up batch closed long before this program was made.
    let Err(Fault::Batch(refusal)) = booth.session.may_open(now(minute)) else {
        panic!("open");
    };
    assert_eq!(refusal.trouble, BatchTrouble::Closed);
    let unchecked = Now {
        trust: Trust::Unknown,
        ..now(minute)
    };
    assert_eq!(booth.session.may_open(unchecked), Ok(()));
    let open = now(minute);
    booth.does(Event::Pinned(Pinning::Done(None)));
    assert_eq!(booth.session.may_open(open), Ok(()), "visitors name it");
    let ready = |fault| Event::Ready(Err(fault));
    booth.does(ready(Fault::Clock(Wall::EPOCH)));
    assert!(matches!(booth.session.state(), State::Blocked(_)));
    booth.does(Event::Ready(Ok(())));
    assert!(matches!(booth.session.state(), State::Idle));
}

#[test]
fn the_staff_page_opens_only_with_the_right_pin() {
    let mut booth = Booth::new();
    booth.touches(Touch::Staff).types("12\n4711\n");
    let [Effect::VerifyPin { number, pin, .. }] = booth.effects.as_slice() else {
        panic!("{:?}", booth.effects);
    };
    assert_eq!((*number, pin.as_str()), (12, "4711"));
    booth.unlocks(PinAnswer::Wrong);
    assert!(matches!(
        booth.session.state(),
        State::Staff(Desk::Locked(_))
    ));
    booth.unlocks(right());
    assert!(is_home(&booth));
}

#[test]
fn an_empty_number_or_pin_is_nothing_and_backspace_leads_back_to_the_number() {
    let mut booth = Booth::new();
    booth.touches(Touch::Staff).types("\n\n\n");
    assert!(booth.effects.is_empty());
    booth.types("3\n\n\n");
    assert!(booth.effects.is_empty(), "no PIN was typed");
    booth
        .types("4")
        .touches(Touch::Backspace)
        .touches(Touch::Backspace)
        .types("12\n4711\n");
    assert!(matches!(
        booth.effects.as_slice(),
        [Effect::VerifyPin { number: 12, .. }]
    ));
}

#[test]
fn a_late_pin_answer_opens_no_other_lock() {
    let mut booth = Booth::new();
    booth.touches(Touch::Staff).types("3\n482915\n");
    let late = booth.asks.pin;
    booth.touches(Touch::StaffLeave).touches(Touch::Staff);
    let is_locked = |booth: &Booth| matches!(booth.session.state(), State::Staff(Desk::Locked(_)));
    let answer = |ask| Event::Pin {
        ask,
        answer: right(),
    };
    booth.does(answer(late));
    assert!(is_locked(&booth), "staff left meanwhile");
    booth.types("3\n000111\n").does(answer(late));
    assert!(is_locked(&booth), "another PIN is being checked");
    let newest = booth.asks.pin;
    booth.does(answer(newest));
    assert!(is_home(&booth));
}

#[test]
fn no_state_prints_the_person() {
    let mut booth = Booth::new();
    booth.reviews(1);
    let printed = format!("{:?}", booth.session);
    for secret in ["opaque", "002X", "111, 112, 97"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let batch = booth.session.batch().unwrap();
    assert_eq!(batch.profile.tail_rule, TailRule::AsPrinted);
}

/// Generates any event, with ids of this and of other visits.
fn any_event() -> impl Strategy<Value = AnyEvent> {
    prop_oneof![
        4 => Just(AnyEvent::Tick),
        2 => (0..3_u8).prop_map(AnyEvent::Start),
        8 => prop::sample::select(vec![
            Touch::TermsRead, Touch::AgreeFace, Touch::AgreeSending, Touch::Refuse, Touch::Key('1'), Touch::Key('\n'),
            Touch::Backspace, Touch::Replace, Touch::NotMyCode, Touch::Prepared, Touch::Shoot, Touch::Confirm, Touch::Retake,
            Touch::MoreTime, Touch::Leave, Touch::Staff, Touch::StaffLeave, Touch::UnderFourteen,
            Touch::SetAside(MAY, OverrideReason::SchoolAllowed), Touch::LetPass, Touch::Unpin,
            Touch::Desk(DeskTouch::Open(Tile::Batch)), Touch::Desk(DeskTouch::Open(Tile::Commission)),
            Touch::Desk(DeskTouch::Check(CheckTouch::Begin(Round::Short))), Touch::Desk(DeskTouch::Check(CheckTouch::Next)),
            Touch::Desk(DeskTouch::Check(CheckTouch::Measure)), Touch::Desk(DeskTouch::HandOver),
            Touch::ContactDone, Touch::ContactSkip, Touch::Keys("@qq.com"), Touch::AskAgain, Touch::PayNow, Touch::PayLater,
            Touch::ConfirmStandard, Touch::PrintSlip,
        ]).prop_map(AnyEvent::Touch),
        3 => prop::sample::select(vec![&b"code one"[..], b"code two", b"wxp://x", b"D3PZ85"]).prop_map(AnyEvent::Scan),
        2 => (0..3_u8).prop_map(AnyEvent::Today),
        2 => (0..3_u8).prop_map(AnyEvent::Resolved),
        12 => (prop::option::weighted(0.9, 1..3_u32), any::<bool>()).prop_map(|(track, good)| AnyEvent::Saw(track, good)),
        4 => (0..3_u8, any::<bool>()).prop_map(|(n, pass)| AnyEvent::Standardised(n, pass)),
        3 => (0..3_u8, any::<bool>()).prop_map(|(n, ok)| AnyEvent::Saved(n, ok)),
        1 => any::<bool>().prop_map(AnyEvent::Ready),
        1 => Just(AnyEvent::Pin),
        1 => (0..3_u8, any::<bool>()).prop_map(|(n, known)| AnyEvent::Found(n, known)),
        1 => any::<bool>().prop_map(AnyEvent::Pinned),
        1 => (0..3_u8).prop_map(AnyEvent::Inquire),
        2 => (0..3_u8, prop::option::of(0..4_usize)).prop_map(|(n, state)| AnyEvent::Beside(Beside::Ordered(n, state))),
        2 => (0..3_u8, 0..4_usize).prop_map(|(n, state)| AnyEvent::Beside(Beside::OrderSettled(n, state))),
        2 => (0..4_u8).prop_map(|answer| AnyEvent::Beside(Beside::Progress(answer))),
        1 => (0..3_u8, any::<bool>()).prop_map(|(n, good)| AnyEvent::Beside(Beside::Printed(n, good))),
    ]
}

#[derive(Clone, Debug)]
enum AnyEvent {
    Tick,
    Start(u8),
    Touch(Touch),
    Scan(&'static [u8]),
    Today(u8),
    Resolved(u8),
    Saw(Option<u32>, bool),
    Standardised(u8, bool),
    Saved(u8, bool),
    Ready(bool),
    Pin,
    Found(u8, bool),
    Pinned(bool),
    Inquire(u8),
    Beside(Beside),
}

/// What the platform may say about orders and photos, and the printer about a slip.
#[derive(Clone, Debug)]
enum Beside {
    Ordered(u8, Option<usize>),
    OrderSettled(u8, usize),
    Progress(u8),
    Printed(u8, bool),
}

impl Beside {
    fn event(&self, asks: NewestAsks) -> Event {
        match *self {
            Self::Ordered(n, state) => Event::Ordered {
                capture: visit(n),
                order: state.map(|state| paying::order(PayState::ALL[state])),
            },
            Self::OrderSettled(n, state) => Event::OrderSettled {
                capture: visit(n),
                order: "20260601-7".into(),
                state: PayState::ALL[state],
            },
            Self::Printed(n, good) => Event::Printed {
                visit: visit(n),
                result: if good {
                    Ok(())
                } else {
                    Err(PrinterState::NoPaper)
                },
            },
            Self::Progress(answer) => Event::Progress {
                ask: asks.progress,
                answer: match answer {
                    0 => ProgressAnswer::NoAnswer,
                    1 => ProgressAnswer::DoesNotMatch,
                    2 => inquiry::found(crate::contract::Stage::AwaitingPayment),
                    _ => inquiry::found(inquiry::rejected(9_000_000_000)),
                },
            },
        }
    }
}

impl AnyEvent {
    fn event(&self, number: u64, booth: &Booth) -> Event {
        let asks = booth.asks;
        match *self {
            Self::Tick => Event::Tick,
            Self::Start(n) => Event::Start(visit(n)),
            Self::Touch(touch) => Event::Touch(touch),
            Self::Scan(bytes) => Event::Scanned(Reading {
                bytes: bytes.to_vec(),
                card: None,
            }),
            Self::Today(n) => Event::Today {
                ask: if n == 0 { asks.today } else { AskId::default() },
                earlier: Some(visit(200)),
            },
            Self::Resolved(answer) => Event::Resolved {
                ask: asks.resolve,
                answer: match answer {
                    0 => ResolveAnswer::NoAnswer,
                    1 => ResolveAnswer::DoesNotMatch,
                    _ => ResolveAnswer::Known(Resolved {
                        masked_name: "张*三".into(),
                        school: "示例大学".into(),
                        level: "本科".into(),
                        paid: true,
                        earlier: None,
                    }),
                },
            },
            Self::Saw(track, is_good) => {
                let verdict = if is_good { good(0.5) } else { ADVICE };
                Event::Saw(sight(number, booth.now.mono, track, verdict))
            }
            Self::Standardised(n, pass) => Event::Standardised {
                ask: asks.standardise,
                result: Ok(portrait(booth.session.visit().unwrap_or(visit(n)), pass)),
            },
            Self::Saved(n, true) => Event::Saved {
                visit: visit(n),
                result: Ok(Booth::receipt(n)),
            },
            Self::Saved(n, false) => Event::Saved {
                visit: visit(n),
                result: Err(SaveFailed),
            },
            Self::Ready(ok) => Event::Ready(if ok { Ok(()) } else { Err(Fault::Camera) }),
            Self::Pin => Event::Pin {
                ask: asks.pin,
                answer: right(),
            },
            Self::Found(n, known) => found(
                n,
                known
                    .then(|| batch(|_| ()))
                    .ok_or(BatchRefusal::nameless(BatchTrouble::Unknown)),
            ),
            Self::Pinned(some) => Event::Pinned(Pinning::Done(some.then(|| batch(|_| ())))),
            Self::Inquire(n) => Event::Inquire(visit(n)),
            Self::Beside(ref beside) => beside.event(asks),
        }
    }
}

/// Plays random events to a session that begins, half of the time, deep inside a visit.
fn begun(deep: bool) -> Booth {
    let mut booth = Booth::of(batch(|profile| {
        profile.payment = PaymentPolicy::AtKiosk;
        profile.contact = crate::profile::ContactStep::Offered;
    }));
    if deep {
        booth.sits(1);
    }
    booth
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_order_of_events_saves_without_consent_and_confirm(
        deep in any::<bool>(),
        events in prop::collection::vec((any_event(), 0..1_500_u64), 1..120),
    ) {
        let mut booth = begun(deep);
        for (number, (event, wait)) in events.iter().enumerate() {
            booth.now.mono = booth.now.mono.plus(Duration::from_millis(*wait));
            let was_review = matches!(booth.session.state(), State::Review(_));
            let happens = event.event(number as u64, &booth);
            booth.does(happens);
            for effect in &booth.effects {
                if let Effect::Save(capture) = effect {
                    prop_assert!(matches!(event, AnyEvent::Touch(Touch::Confirm)) && was_review);
                    // Never one visitor's portrait in another's record: the made-up portrait names
                    // its visit.
                    prop_assert_eq!(&capture.portrait, &capture.facts.id.to_string().into_bytes());
                    prop_assert!(!capture.facts.consent.text_sha256.is_empty());
                    // Nothing is saved unless every check passes or was set aside by name.
                    let refusing = capture.facts.quality.iter().filter(|check| check.refuses());
                    let aside: Vec<_> = capture.facts.overrides.iter().map(|aside| aside.check).collect();
                    prop_assert!(refusing.map(|check| check.id).eq(aside));
                }
            }
        }
    }

    #[test]
    fn left_alone_the_booth_is_idle_again_within_bounded_ticks(
        deep in any::<bool>(),
        events in prop::collection::vec((any_event(), 0..1_500_u64), 1..60),
    ) {
        let mut booth = begun(deep);
        for (number, (event, wait)) in events.iter().enumerate() {
            booth.now.mono = booth.now.mono.plus(Duration::from_millis(*wait));
            let happens = event.event(number as u64, &booth);
            booth.does(happens);
        }
        let mut ticks = 0;
        while !matches!(booth.session.state(), State::Idle | State::Blocked(_)) {
            booth.waits(Duration::from_secs(1));
            ticks += 1;
            prop_assert!(ticks <= 400, "{:?}", booth.session.state());
        }
        booth.does(Event::Ready(Ok(())));
        prop_assert!(matches!(booth.session.state(), State::Idle));
    }
}
