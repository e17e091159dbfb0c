//! Made-up visits for tests and for looking at: every state, reached through the session where
//! possible.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use image::{GrayImage, Rgb, RgbImage};

use crate::{
    analysis::{Analysis, tests::turned_face},
    booth::{
        AuditTally, BatchConcern, CameraState, CommissionedPart, DayBalance, Fault, Health, Link,
        Payments, PinnedBatch, PrinterState, Quarantine, QueueCounts, QueueRow, QueueState,
        day::{Closing, DaySheet, Shift},
        duty::{Operator, Role},
        queue::{QueueAsk, QueueLook},
        seat::{Seat, Seated},
    },
    calendar::{Festival, Promise, Year},
    capture::{BackgroundUse, CaptureId, Original, OverrideReason, SourceFormat},
    checks::{Check, Force, Limit, Unit},
    code::{FeatureCode, Reading},
    contract::{
        Batch, BatchRefusal, BatchTrouble, ConsentText, ConsentTexts, DownloadLink,
        EnrolmentTicket, PayOrder, PayState, PersonProgress, Progress, Published, Refusal,
        RejectReason, Resolved, ServiceHours, ServiceLine, Stage, public_key_text,
    },
    first_start::{self, FirstStart, Probe, Reach, Ticket, TicketTrouble, Wired},
    frame::{Frame, Origin, Turn},
    geometry::{Point, Rect, Size},
    guidance::{Advice, Good, Line, Sight, Verdict},
    jws::{self, Purpose},
    lang::Lang,
    layout::{self, Crop, Placed},
    portrait::Standardised,
    profile::{CaptureMode, CheckId, ContactStep, PaymentPolicy, Profile},
    session::{
        ContactField, Desk, Event, Fee, HelpPage, ImportTouch, NewestAsks, PhotoSize, PinAnswer,
        Pinning, ProgressAnswer, Receipted, ResolveAnswer, SaveFailed, Session, SlipStep,
        StandardPhoto, State, TextSize, Touch,
        commissioning::{CheckTouch, Control, Locked, Measured, Round},
        desk::{
            Asks, Carrying, DeskTouch, Done, Duty, Examined, Finding, Level, News, Page, Stick,
            Tile,
        },
        importing::{Found, NotImported, Opened, StickPicture},
        practice::Practice,
    },
    time::{ClockFault, Mono, Now, Trust, Wall},
};

/// 2027-03-22 10:00 in China.
const TODAY_MS: i64 = 1_805_680_800_000;

/// Names of all samples; [`visit`] builds each.
pub const ALL: [&str; 136] = [
    "attract",
    "attract-fee",
    "attract-any",
    "attract-practice",
    "attract-large",
    "attract-answers",
    "framing-answers",
    "code-answers-large",
    "framing-called",
    "code-called-large",
    "review-waiting",
    "attract-waiting-large",
    "blocked-called",
    "consent-large",
    "consent-long",
    "review-large",
    "batch",
    "batch-refused",
    "batch-long",
    "consent",
    "consent-half",
    "consent-full-text",
    "code",
    "code-hint",
    "code-hold",
    "code-long",
    "code-again",
    "replace",
    "tail",
    "tail-strange",
    "tail-hint",
    "tail-rest",
    "tail-chair",
    "prepare",
    "framing",
    "framing-advice",
    "framing-good",
    "framing-refused",
    "framing-staff",
    "framing-practice",
    "framing-glare",
    "flawed",
    "flawed-glare",
    "flawed-both",
    "flawed-both-large",
    "help-pin",
    "help",
    "help-fixed",
    "framing-unseen",
    "help-mark-still",
    "help-mark",
    "help-marked",
    "framing-existing",
    "import-none",
    "import",
    "import-refused",
    "import-chosen",
    "standardising",
    "review",
    "review-choice",
    "review-enlarged",
    "review-offline",
    "review-advice",
    "saving",
    "contact",
    "contact-wrong",
    "contact-name-large",
    "payment",
    "payment-asking",
    "payment-no-answer",
    "payment-ran-out",
    "payment-paid",
    "receipt",
    "receipt-paid",
    "receipt-owed",
    "receipt-slip",
    "receipt-slip-large",
    "receipt-slip-printing",
    "receipt-slip-printed",
    "receipt-slip-paper",
    "receipt-slip-owed",
    "progress-code",
    "progress-tail",
    "progress-asking",
    "progress-none",
    "progress-no-answer",
    "progress-owed",
    "progress-audit",
    "progress-rejected",
    "progress-confirm",
    "progress-confirm-code",
    "progress-uploaded",
    "stopped-accepted",
    "stopped-refused",
    "stopped-not-paid",
    "stopped-batch",
    "blocked",
    "blocked-camera",
    "blocked-other-camera",
    "blocked-clock",
    "blocked-batch",
    "staff-number",
    "staff-pin",
    "staff",
    "staff-open",
    "staff-closed",
    "staff-operator",
    "staff-batch",
    "staff-queue",
    "staff-queue-later",
    "staff-row",
    "staff-row-operator",
    "staff-row-said",
    "staff-void",
    "staff-withdraw",
    "staff-day",
    "staff-day-gap",
    "staff-day-closed",
    "staff-stick",
    "staff-sticks",
    "staff-sticks-copying",
    "staff-sticks-failed",
    "staff-sticks-full",
    "staff-sticks-read-only",
    "staff-check",
    "staff-check-camera",
    "staff-check-other",
    "staff-check-mirrored",
    "staff-check-seat",
    "staff-check-lock",
    "staff-check-refused",
    "staff-check-done",
    "staff-settings",
    "staff-engineer",
    "staff-pack-up",
    "countdown",
];

pub fn now(seconds: u64) -> Now {
    Now {
        mono: Mono::from_start(Duration::from_secs(seconds)),
        wall: Wall::from_unix_ms(TODAY_MS + seconds as i64 * 1000),
        trust: Trust::Trusted,
    }
}

pub fn id() -> CaptureId {
    CaptureId::new(
        now(0).wall,
        [0x3f, 0x91, 0xc4, 0x7a, 0x5e, 0xb2, 0x08, 0xd6, 0x1c, 0x7f],
    )
}

/// A session that plays the events of one visit.
pub struct Walk {
    pub session: Session,
    pub now: Now,
    asks: NewestAsks,
}

impl Walk {
    pub fn new(lang: Lang, change: impl FnOnce(&mut Profile)) -> Self {
        let mut walk = Self {
            session: Session::new(Some(Arc::new(batch(change)))),
            now: now(1),
            asks: NewestAsks::default(),
        };
        walk.touch(Touch::Language(lang));
        walk
    }

    pub fn apply(&mut self, event: Event) -> &mut Self {
        let effects = self.session.apply(event, self.now);
        self.asks.note(&effects);
        self
    }

    pub fn standardised(&mut self, portrait: Standardised) -> &mut Self {
        let (ask, result) = (self.asks.standardise, Ok(Arc::new(portrait)));
        self.apply(Event::Standardised { ask, result })
    }

    /// Answers that the code was captured here today.
    fn captured_today(&mut self) -> &mut Self {
        let ask = self.asks.today;
        self.apply(Event::Today {
            ask,
            earlier: Some(id()),
        })
    }

    fn resolved(&mut self, answer: ResolveAnswer) -> &mut Self {
        let ask = self.asks.resolve;
        self.apply(Event::Resolved { ask, answer })
    }

    /// Types a number and a PIN, which get that answer.
    fn pin(&mut self, answer: PinAnswer) -> &mut Self {
        self.type_in("3\n482915\n");
        let ask = self.asks.pin;
        self.apply(Event::Pin { ask, answer })
    }

    pub fn touch(&mut self, touch: Touch) -> &mut Self {
        self.apply(Event::Touch(touch))
    }

    pub fn wait(&mut self, ms: u64) -> &mut Self {
        self.now.mono = self.now.mono.plus(Duration::from_millis(ms));
        self
    }

    fn consent(&mut self) -> &mut Self {
        self.apply(Event::Start(id()))
            .touch(Touch::TermsRead)
            .touch(Touch::AgreeFace)
            .touch(Touch::AgreeSending)
    }

    fn code(&mut self) -> &mut Self {
        let card = Some(card_picture());
        self.consent().apply(Event::Scanned(Reading {
            bytes: b"opaque sample".to_vec(),
            card,
        }))
    }

    fn sit(&mut self) -> &mut Self {
        self.code().see(advice(), vec![]);
        for key in "002X".chars() {
            self.touch(Touch::Key(key));
        }
        self
    }

    pub fn see(&mut self, verdict: Verdict, right: Vec<Line>) -> &mut Self {
        let sight = sight(self.now.mono, verdict, right);
        self.apply(Event::Saw(sight))
    }

    pub fn shoot(&mut self) -> &mut Self {
        self.sit()
            .see(good(), all_lines())
            .wait(900)
            .see(good(), all_lines())
    }

    /// Plays a hold of which three pictures are made.
    fn choose(&mut self) -> &mut Self {
        self.sit();
        for (i, yaw_deg) in [0.0, 3.0, -3.0, 0.0].into_iter().enumerate() {
            let sight = sight(self.now.mono, good(), all_lines());
            let analysis = Analysis {
                face: Some(turned_face(yaw_deg)),
                ..Analysis::clone(&sight.analysis)
            };
            let sight = Sight {
                analysis: Arc::new(analysis),
                ..sight
            };
            self.apply(Event::Saw(sight)).wait(300 + i as u64);
        }
        for _ in 0..3 {
            self.standardised(portrait());
        }
        self
    }

    fn dark(&mut self) -> &mut Self {
        self.see(Verdict::Advice(Advice::Light), vec![Line::Eyes])
    }

    /// Refuses two pictures, one after the other, for glare in the glasses.
    fn glares_twice(&mut self) -> &mut Self {
        let glares = || failing(&[CheckId::GlassesGlare], Force::Required);
        self.standardised(glares())
            .touch(Touch::Retake)
            .see(good(), all_lines())
            .wait(900)
            .see(good(), all_lines())
            .standardised(glares())
    }

    fn review(&mut self) -> &mut Self {
        self.shoot().standardised(portrait())
    }

    /// Plays the samples without a pinned batch.
    fn batch(&mut self, name: &str) -> &mut Self {
        self.apply(Event::Pinned(Pinning::Done(None)));
        if name == "attract-any" {
            return self;
        }
        self.apply(Event::Start(id()));
        for key in "377h".chars() {
            self.touch(Touch::Key(key));
        }
        match name {
            "batch-refused" => {
                let closed = batch(|_profile| ());
                self.touch(Touch::Key('h'))
                    .touch(Touch::Key('j'))
                    .apply(Event::BatchFound {
                        visit: id(),
                        found: Err(BatchRefusal::of(BatchTrouble::Closed, &closed)),
                    })
            }
            "batch-long" => {
                self.touch(Touch::Key('h'))
                    .touch(Touch::Key('j'))
                    .apply(Event::BatchFound {
                        visit: id(),
                        found: Err(BatchRefusal::nameless(BatchTrouble::NotReachable)),
                    })
            }
            _ => self,
        }
    }

    /// Plays the samples of staff at a refused photo: asked for their PIN, or deciding.
    fn help(&mut self, name: &str) -> &mut Self {
        let must_be_right = (name == "help-fixed").then_some(CheckId::EyesOpen);
        self.shoot()
            .standardised(arguable_portrait(must_be_right))
            .touch(Touch::Staff);
        if name == "help-pin" {
            return self;
        }
        self.pin(PinAnswer::Right(operator(Role::Operator)))
            .touch(Touch::SetAside(
                CheckId::MouthClosed,
                OverrideReason::JudgedWronglyByMachine,
            ))
    }

    /// Plays a sitter whom no model finds: a supervisor marks the head.
    fn mark(&mut self, name: &str) -> &mut Self {
        self.sit().see_nobody().touch(Touch::Shoot);
        if name == "framing-unseen" {
            return self;
        }
        self.touch(Touch::Staff)
            .pin(PinAnswer::Right(operator(Role::Supervisor)))
            .see_nobody();
        if name == "help-mark-still" {
            return self;
        }
        self.touch(Touch::Shoot);
        let marks = [(640, 142), (640, 318), (640, 497)];
        let so_far = if name == "help-mark" { 2 } else { 3 };
        for (x, y) in marks.into_iter().take(so_far) {
            self.touch(Touch::Mark { x, y });
        }
        self
    }

    /// Plays a sitter who brings a picture: a supervisor chooses it from a stick.
    fn import(&mut self, name: &str) -> &mut Self {
        self.sit().see(advice(), vec![]);
        if name == "framing-existing" {
            return self;
        }
        let picture = |path: &str| StickPicture {
            stick: 1,
            path: path.into(),
        };
        let listed = (0..14).map(|n| picture(&format!("DSC_{:04}.JPG", 1209 - n)));
        let pictures: Vec<StickPicture> = match name {
            "import-none" => vec![],
            _ => listed.collect(),
        };
        let found = Found {
            pictures,
            is_cut_off: false,
        };
        self.touch(Touch::Import(ImportTouch::Begin))
            .pin(PinAnswer::Right(operator(Role::Supervisor)));
        let ask = self.asks.import;
        self.apply(Event::News(News::Pictures(ask, found)));
        if matches!(name, "import-none" | "import") {
            return self;
        }
        self.touch(Touch::Import(ImportTouch::Choose(1)));
        let ask = self.asks.import;
        let opened = if name == "import-refused" {
            Err(NotImported::SmallHead)
        } else {
            Ok(Box::new(self.opened()))
        };
        self.apply(Event::News(News::Picture(ask, opened)))
    }

    /// Returns a picture in which the head sits well.
    fn opened(&self) -> Opened {
        let rgb = live_picture();
        let size = Size::new(rgb.width(), rgb.height());
        let frame = Frame {
            number: 2,
            at: self.now.mono,
            rgb,
            origin: Origin::Pixels,
            turn: Turn::None,
            camera: Arc::default(),
        };
        Opened {
            sight: Sight {
                analysis: Arc::new(Analysis::empty(Arc::new(frame))),
                ..sight(self.now.mono, good(), vec![])
            },
            crop: layout::target(size),
        }
    }

    fn see_nobody(&mut self) -> &mut Self {
        let at = self.now.mono;
        let frame = Frame {
            number: 1,
            at,
            rgb: live_picture(),
            origin: Origin::Pixels,
            turn: Turn::None,
            camera: Arc::default(),
        };
        let sight = Sight {
            track: None,
            analysis: Arc::new(Analysis::empty(Arc::new(frame))),
            ..sight(at, Verdict::Advice(Advice::NoFace), vec![])
        };
        self.apply(Event::Saw(sight))
    }

    /// Goes on until the photo is confirmed and durable.
    fn saved(&mut self) -> &mut Self {
        self.touch(Touch::Confirm).apply(Event::Saved {
            visit: id(),
            result: Ok(receipt()),
        })
    }

    /// Goes on to a receipt whose slip is offered, or has been asked for.
    fn slip(&mut self, name: &str) -> &mut Self {
        self.review().saved();
        let printed = |result| Event::Printed {
            visit: id(),
            result,
        };
        match name {
            "receipt-slip-printing" => self.touch(Touch::PrintSlip),
            "receipt-slip-printed" => self.touch(Touch::PrintSlip).apply(printed(Ok(()))),
            "receipt-slip-paper" => self
                .touch(Touch::PrintSlip)
                .apply(printed(Err(PrinterState::NoPaper))),
            _ => self,
        }
    }

    fn contact(&mut self, name: &str) -> &mut Self {
        self.review().saved();
        let (field, typed) = match name {
            "contact-wrong" => (ContactField::Phone, "1380"),
            "contact-name" => (ContactField::FileName, "zhangning_2027"),
            _ => (ContactField::Email, "zhangning.2027"),
        };
        self.touch(Touch::ContactField(ContactField::Phone));
        if field != ContactField::Phone {
            self.type_in("13800000000");
        }
        self.touch(Touch::ContactField(field)).type_in(typed);
        if name == "contact-wrong" {
            self.touch(Touch::ContactDone);
        }
        self
    }

    fn type_in(&mut self, text: &str) -> &mut Self {
        for key in text.chars() {
            self.touch(Touch::Key(key));
        }
        self
    }

    fn payment(&mut self, name: &str) -> &mut Self {
        if name == "payment-paid" {
            return self.pay_earlier();
        }
        self.review().saved();
        let order = PayOrder {
            order: "20270322-000042".to_owned(),
            amount_fen: 2500,
            qr: "weixin://wxpay/bizpayurl?pr=made-up-order".to_owned(),
            expires: Wall::from_unix_ms(TODAY_MS + 7_200_000),
            state: PayState::NotPaid,
        };
        let capture = id();
        if name == "payment-asking" {
            return self;
        }
        let order = (name != "payment-no-answer").then_some(order);
        self.apply(Event::Ordered { capture, order });
        let settled = |state| Event::OrderSettled {
            capture,
            order: "20270322-000042".to_owned(),
            state,
        };
        match name {
            "payment-ran-out" => self.apply(settled(PayState::Closed)),
            "receipt-paid" => self.apply(settled(PayState::Paid)),
            "receipt-owed" => self.touch(Touch::PayLater),
            _ => self,
        }
    }

    /// Goes on to the payment for a photo of another day.
    fn pay_earlier(&mut self) -> &mut Self {
        self.progress("progress-owed")
            .touch(Touch::PayNow)
            .apply(Event::OrderSettled {
                capture: id(),
                order: "20270322-000042".to_owned(),
                state: PayState::Paid,
            })
    }

    fn progress(&mut self, name: &str) -> &mut Self {
        self.apply(Event::Inquire(id()));
        if name == "progress-code" {
            return self;
        }
        self.apply(Event::Scanned(Reading {
            bytes: b"opaque sample".to_vec(),
            card: None,
        }));
        self.see(advice(), vec![]);
        if name == "progress-tail" {
            return self.type_in("00");
        }
        self.type_in("002X");
        if name == "progress-asking" {
            return self;
        }
        let answer = if name == "progress-no-answer" {
            ProgressAnswer::NoAnswer
        } else {
            ProgressAnswer::Known {
                found: found(name),
                standard: name
                    .starts_with("progress-confirm")
                    .then(|| StandardPhoto(portrait_picture())),
            }
        };
        let ask = self.asks.progress;
        self.apply(Event::Progress { ask, answer });
        if name == "progress-confirm-code" {
            self.touch(Touch::ConfirmStandard);
        }
        self
    }

    /// Goes on to the staff's home page.
    fn desk(&mut self, role: Role) -> &mut Self {
        self.touch(Touch::Staff)
            .pin(PinAnswer::Right(operator(role)))
    }

    /// Has a supervisor switch practice on.
    fn practise(&mut self) -> &mut Self {
        let lang = self.session.lang();
        self.desk(Role::Supervisor)
            .at_desk(DeskTouch::Open(Tile::Settings))
            .at_desk(DeskTouch::Practise(Practice::On))
            .touch(Touch::StaffLeave)
            .touch(Touch::Language(lang))
    }

    fn at_desk(&mut self, touch: DeskTouch) -> &mut Self {
        self.touch(Touch::Desk(touch))
    }

    fn row(&mut self) -> &mut Self {
        self.at_desk(DeskTouch::Open(Tile::Queue))
            .at_desk(DeskTouch::OpenRow(opened()))
    }

    fn days(&mut self, name: &str) -> &mut Self {
        let names = [(2, "小刘".to_owned())].into();
        self.apply(Event::News(News::Days(sheets(name), names)))
    }

    fn known(&mut self) -> &mut Self {
        self.resolved(ResolveAnswer::Known(person()))
    }
}

/// Returns what the platform says about somebody's photo.
fn found(name: &str) -> PersonProgress {
    const DAY_MS: i64 = 86_400_000;
    let in_days = |days| Wall::from_unix_ms(TODAY_MS + days * DAY_MS);
    let promise = |day, estimate| Promise {
        date: jiff::civil::date(2027, 3, day),
        estimate,
    };
    let stage = match name {
        "progress-none" => None,
        "progress-owed" => Some(Stage::AwaitingPayment),
        "progress-rejected" => Some(Stage::Rejected {
            reasons: vec![
                RejectReason::Shadow,
                RejectReason::HairCovers,
                RejectReason::ClothesBackdrop,
            ],
            retake_until: Some(in_days(9)),
        }),
        "progress-confirm" | "progress-confirm-code" => Some(Stage::ToConfirm { by: in_days(5) }),
        "progress-uploaded" => Some(Stage::Uploaded { at: in_days(-1) }),
        _ => Some(Stage::InAudit {
            by: promise(24, true),
        }),
    };
    let has_photo = matches!(
        stage,
        Some(Stage::ToConfirm { .. } | Stage::Uploaded { .. })
    );
    PersonProgress {
        masked_name: "张*宁".to_owned(),
        captures: stage
            .into_iter()
            .map(|stage| Progress {
                id: id(),
                captured_at: in_days(-2),
                since: in_days(-1),
                stage,
            })
            .collect(),
        download: has_photo.then(|| DownloadLink {
            url: "https://platform.example/d/bWFkZS11cC10b2tlbg".to_owned(),
            expires: in_days(1),
        }),
        standard: None,
    }
}

pub fn person() -> Resolved {
    Resolved {
        masked_name: "张*宁".to_owned(),
        school: "示例大学".to_owned(),
        level: "本科".to_owned(),
        paid: true,
        earlier: None,
    }
}

/// Returns a sample whose name is another one's and how it differs.
fn varied(name: &str, lang: Lang) -> Option<Walk> {
    let (base, variation) = name.rsplit_once('-')?;
    let touch = match variation {
        "large" => Touch::TextSize(TextSize::Large),
        "answers" => Touch::Help(HelpPage::Open),
        "called" | "waiting" => Touch::CallStaff,
        _ => return None,
    };
    let mut walk = visit(base, lang);
    walk.touch(touch);
    if variation == "waiting" {
        walk.wait(10_000);
    }
    Some(walk)
}

/// Returns the sample of that name.
pub fn visit(name: &str, lang: Lang) -> Walk {
    if let Some(walk) = varied(name, lang) {
        return walk;
    }
    if name == "consent-long" {
        return wordy(lang);
    }
    let mut walk = Walk::new(lang, |profile| wishes(profile, name));
    match name {
        "attract" | "attract-fee" => &mut walk,
        "attract-any" | "batch" | "batch-refused" | "batch-long" => walk.batch(name),
        "consent" => walk.apply(Event::Start(id())),
        "consent-half" | "countdown" => walk.apply(Event::Start(id())).touch(Touch::TermsRead),
        "consent-full-text" => walk.apply(Event::Start(id())).touch(Touch::ShowFullText),
        "code" => walk.consent(),
        "code-hint" => walk.consent().apply(Event::Scanned(Reading {
            bytes: b"wxp://f2f0sample".to_vec(),
            card: None,
        })),
        "code-hold" => walk
            .consent()
            .apply(Event::HardToRead(crate::code::Advice::TooSmall)),
        "code-long" => walk.consent().wait(25_000),
        "code-again" => walk.sit().see(advice(), vec![]).apply(Event::Saw(Sight {
            track: Some(2),
            ..sight(now(1).mono, advice(), vec![])
        })),
        "replace" => walk.code().captured_today(),
        "tail" => walk.code().touch(Touch::Key('0')).touch(Touch::Key('0')),
        "tail-strange" => walk.code(),
        "tail-chair" => {
            walk.code();
            walk.type_in("002X").see(advice(), vec![])
        }
        "tail-rest" | "tail-hint" => {
            let rest = if name == "tail-rest" { 0 } else { 6_000 };
            walk.sit().resolved(ResolveAnswer::DoesNotMatch).wait(rest)
        }
        "prepare" | "framing" => walk.sit(),
        "attract-practice" => walk.practise(),
        "framing-practice" => walk.practise().sit(),
        "framing-advice" => walk.sit().see(advice(), vec![Line::Crown, Line::Centre]),
        "framing-staff" => walk.sit().dark().wait(100).dark().wait(2_000).dark(),
        "framing-good" => walk.sit().see(good(), all_lines()).wait(500),
        _ => return late(walk, name, lang),
    };
    if name == "countdown" {
        walk.wait(83_000);
    }
    walk
}

/// Sets what the batch of a sample asks of its visitors.
fn wishes(profile: &mut Profile, name: &str) {
    profile.prepare_step = name == "prepare";
    if name == "review-choice" {
        profile.choices = 3;
    }
    if name == "framing-existing" || name.starts_with("import") {
        profile.capture_modes.push(CaptureMode::Imported);
    }
    if name.starts_with("contact") {
        profile.contact = ContactStep::Offered;
    }
    let is_paid = matches!(name, "receipt-paid" | "receipt-owed" | "receipt-slip-owed");
    if name.starts_with("payment") || is_paid || name == "attract-fee" {
        profile.payment = PaymentPolicy::AtKiosk;
    }
}

/// Returns the consent of a batch whose texts are three times as long as usual.
fn wordy(lang: Lang) -> Walk {
    let mut batch = batch(|_profile| ());
    for text in [&mut batch.consent.zh, &mut batch.consent.en] {
        for fact in [&mut text.handler, &mut text.recipients, &mut text.purpose] {
            *fact = format!("{fact} ").repeat(3);
        }
    }
    let mut walk = Walk::new(lang, |_profile| ());
    walk.apply(Event::Pinned(Pinning::Done(Some(Arc::new(batch)))))
        .apply(Event::Start(id()));
    walk
}

/// Plays the samples after the shutter.
fn late(mut walk: Walk, name: &str, lang: Lang) -> Walk {
    match name {
        "flawed" => walk.shoot().standardised(failed_portrait()),
        "flawed-both" => walk.shoot().standardised(arguable_portrait(None)),
        "flawed-glare" => walk.shoot().glares_twice(),
        "framing-refused" => walk
            .shoot()
            .standardised(failed_portrait())
            .touch(Touch::Retake),
        "framing-glare" => walk.shoot().glares_twice().touch(Touch::Retake),
        "help-pin" | "help" | "help-fixed" => walk.help(name),
        "framing-unseen" | "help-mark-still" | "help-mark" | "help-marked" => walk.mark(name),
        "framing-existing" | "import-none" | "import" | "import-refused" | "import-chosen" => {
            walk.import(name)
        }
        "standardising" => walk.shoot(),
        "review" => walk.review().known(),
        "review-choice" => walk.choose().known(),
        "review-enlarged" => walk.review().known().touch(Touch::Photo(PhotoSize::Alone)),
        "review-offline" => walk
            .review()
            .resolved(ResolveAnswer::NoAnswer)
            .touch(Touch::Confirm)
            .apply(Event::Saved {
                visit: id(),
                result: Err(SaveFailed),
            }),
        "review-advice" => walk.shoot().standardised(advised_portrait()).known(),
        "saving" => walk.review().touch(Touch::Confirm),
        "receipt" => walk.review().saved(),
        "receipt-slip-owed" => walk.payment("receipt-owed"),
        _ if name.starts_with("receipt-slip") => walk.slip(name),
        _ if name.starts_with("contact") => walk.contact(name),
        _ if name.starts_with("payment") || name.starts_with("receipt-") => walk.payment(name),
        _ if name.starts_with("progress") => walk.progress(name),
        _ => return beside(walk, name, lang),
    };
    walk
}

/// Plays the samples beside a visit.
fn beside(mut walk: Walk, name: &str, lang: Lang) -> Walk {
    match name {
        "stopped-accepted" => walk.sit().resolved(ResolveAnswer::Known(Resolved {
            earlier: found("progress-uploaded").captures.pop(),
            ..person()
        })),
        "stopped-refused" => walk.apply(Event::Start(id())).touch(Touch::Refuse),
        "stopped-not-paid" => walk.sit().resolved(ResolveAnswer::Known(Resolved {
            paid: false,
            ..person()
        })),
        "stopped-batch" => walk
            .apply(Event::Pinned(Pinning::Done(Some(Arc::new(Batch {
                revoked: true,
                ..batch(|_profile| ())
            })))))
            .apply(Event::Start(id())),
        "staff-batch" => walk
            .desk(Role::Engineer)
            .at_desk(DeskTouch::Open(Tile::Batch))
            .touch(Touch::Key('D')),
        "blocked" => walk.apply(Event::Ready(Err(Fault::Config(
            "station.toml line 12: unknown key `colour`".into(),
        )))),
        "blocked-camera" => walk.apply(Event::Ready(Err(Fault::Camera))),
        "blocked-other-camera" => walk.apply(Event::Ready(Err(Fault::WrongCamera(
            "HD Webcam (046d:0825)".to_owned(),
        )))),
        "blocked-clock" => walk.apply(Event::Ready(Err(Fault::Clock(crate::time::BUILT_AFTER)))),
        "blocked-batch" => walk.apply(Event::Ready(Err(Fault::Batch(BatchRefusal::of(
            BatchTrouble::Closed,
            &batch(|_profile| ()),
        ))))),
        "staff-number" => {
            walk.touch(Touch::Staff);
            walk.type_in("3")
        }
        "staff-pin" => walk
            .touch(Touch::Staff)
            .pin(PinAnswer::Wrong)
            .touch(Touch::Language(lang)),
        "staff" => {
            walk.session.good_then_refused = 3;
            walk.session.booth_trouble = Some((Advice::LampsOut, now(0).wall));
            walk.session
                .set_aside
                .extend([(CheckId::MouthClosed, 2), (CheckId::Evenness, 1)]);
            walk.desk(Role::Engineer)
        }
        _ => return at_the_desk(walk, name),
    };
    walk
}

/// Plays the samples of the staff's pages.
fn at_the_desk(mut walk: Walk, name: &str) -> Walk {
    let role = if name.ends_with("operator") {
        Role::Operator
    } else {
        Role::Engineer
    };
    walk.desk(role);
    let open = |tile| DeskTouch::Open(tile);
    match name {
        "staff-open" | "staff-closed" | "staff-operator" => &mut walk,
        "staff-queue" => walk.at_desk(open(Tile::Queue)),
        "staff-queue-later" => walk.at_desk(open(Tile::Queue)).at_desk(DeskTouch::From(6)),
        "staff-row" | "staff-row-operator" => walk.row(),
        "staff-row-said" => walk
            .row()
            .at_desk(DeskTouch::Retry(opened()))
            .apply(Event::News(News::Row(Some(opened()), Ok(Done::Retried)))),
        "staff-void" => walk.row().at_desk(DeskTouch::Ask(Asks::WhyVoid)),
        "staff-withdraw" => walk.row().at_desk(DeskTouch::Ask(Asks::WhetherWithdraw)),
        "staff-day" | "staff-day-gap" | "staff-day-closed" => {
            walk.at_desk(open(Tile::Day)).days(name)
        }
        "staff-stick" => walk.at_desk(open(Tile::Stick)),
        "staff-sticks" => walk
            .at_desk(open(Tile::Stick))
            .apply(Event::News(News::Carried(Carrying::Exported {
                parcels: 214,
                notes: 220,
                bytes: 90_000_000,
                skipped: 2,
            }))),
        "staff-sticks-copying" => {
            walk.at_desk(open(Tile::Stick))
                .apply(Event::News(News::Carried(Carrying::Copying {
                    done: 61,
                    of: 434,
                })))
        }
        "staff-sticks-failed" => walk
            .at_desk(open(Tile::Stick))
            .apply(Event::News(News::Carried(Carrying::Failed(
                "the stick cannot be written (Input/output error): try another one".to_owned(),
            )))),
        "staff-sticks-full" => walk
            .at_desk(open(Tile::Stick))
            .apply(Event::News(News::Carried(Carrying::Full))),
        "staff-sticks-read-only" => walk
            .at_desk(open(Tile::Stick))
            .apply(Event::News(News::Carried(Carrying::ReadOnly))),
        "staff-settings" => walk.at_desk(open(Tile::Settings)),
        "staff-engineer" => walk
            .at_desk(open(Tile::Engineer))
            .apply(Event::News(News::Examined(Arc::new(examined())))),
        "staff-pack-up" => walk.at_desk(open(Tile::PackUp)).days("staff-day"),
        _ => return checking(walk, name),
    };
    walk
}

/// Plays the samples of the booth's check.
fn checking(mut walk: Walk, name: &str) -> Walk {
    let measured = |measured| Event::News(News::Measured(measured));
    let next = DeskTouch::Check(CheckTouch::Next);
    let measure = DeskTouch::Check(CheckTouch::Measure);
    walk.at_desk(DeskTouch::Open(Tile::Commission));
    if name == "staff-check" {
        return walk;
    }
    walk.at_desk(DeskTouch::Check(CheckTouch::Begin(Round::Whole)));
    match name {
        "staff-check-camera" | "staff-check-other" => &mut walk,
        "staff-check-mirrored" => walk
            .at_desk(next)
            .at_desk(DeskTouch::Check(CheckTouch::Mirrored)),
        "staff-check-seat" => walk
            .at_desk(next)
            .at_desk(next)
            .at_desk(measure)
            .apply(measured(Measured::Seat(Ok(Seat {
                brightness: 127.0,
                sharpness: 4.2,
                sitter: Seated::Served {
                    face_px: 262.0,
                    higher_cm: 14.0,
                    lower_cm: 11.0,
                },
            })))),
        "staff-check-lock" => walk
            .at_desk(next)
            .at_desk(next)
            .at_desk(next)
            .at_desk(measure)
            .apply(measured(Measured::Lock(Ok(vec![
                Locked {
                    control: Control::Exposure,
                    value: Some(156),
                },
                Locked {
                    control: Control::Focus,
                    value: None,
                },
            ])))),
        "staff-check-refused" | "staff-check-done" => return test_shot(walk, name),
        other => panic!("no sample called {other}"),
    };
    walk
}

/// Plays the last step of the check.
fn test_shot(mut walk: Walk, name: &str) -> Walk {
    let done = name == "staff-check-done";
    let faults = [
        CheckId::Evenness,
        CheckId::EyesOpen,
        CheckId::FaceBrightness,
    ];
    let shot = if done {
        portrait()
    } else {
        failing(&faults, Force::Required)
    };
    let next = DeskTouch::Check(CheckTouch::Next);
    for _ in 0..5 {
        walk.at_desk(next);
    }
    let shot = Measured::Shot(Ok(Arc::new(shot)));
    walk.at_desk(DeskTouch::Check(CheckTouch::Measure))
        .wait(9_000)
        .apply(Event::Tick)
        .apply(Event::News(News::Measured(shot)));
    if done {
        walk.at_desk(next);
    }
    walk
}

fn examined() -> Examined {
    let finding = |name: &str, level, text: &str| Finding {
        name: name.to_owned(),
        level,
        text: text.to_owned(),
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Examined {
        findings: vec![
            finding("config", Level::Ok, "the configuration loads"),
            finding("disk_space", Level::Ok, "38120 MiB free"),
            finding("camera", Level::Ok, "Desk camera"),
            finding(
                "key_trial",
                Level::Warn,
                "the platform has never shown that it opens what this booth seals: start the kiosk with a connection once",
            ),
            finding(
                "clock",
                Level::Fail,
                "this machine's clock is behind: it must be 2027-03-22 02:00 UTC or later, set it",
            ),
        ],
        versions: vec![
            pair("capture-station", "0.1.0"),
            pair("station", "booth-03"),
            pair("station key", "3f91c47a5eb208d6"),
            pair("platform keys", "4"),
            pair("platform", "https://capture.example.cn"),
        ],
        log: (0..12)
            .map(|n| format!("2027-03-22T02:{n:02}:00Z  INFO the visit is at step=\"framing\""))
            .collect(),
    }
}

/// Returns one of the day's sheets and one of the day before.
fn sheets(name: &str) -> Vec<DaySheet> {
    let visits = |day: &str| DayBalance {
        day: day.to_owned(),
        started: 268,
        confirmed: 214,
        abandoned: 54,
    };
    let shift = |operator, started, confirmed| Shift {
        operator,
        started,
        confirmed,
        abandoned: started - confirmed,
    };
    let delivered = if name == "staff-day-gap" { 207 } else { 208 };
    let closed = (name == "staff-day-closed").then_some(Closing {
        at: now(0).wall,
        operator: Some(2),
        started: 268,
    });
    let today = DaySheet {
        visits: visits("2027-03-22"),
        captures: QueueCounts {
            confirmed: 214,
            delivered,
            queued: 5,
            quarantined: 1,
            withdrawn: 0,
        },
        payments: Payments {
            asked: if name == "staff-day-closed" { 0 } else { 214 },
            paid: 201,
            open: 9,
            refunded: 1,
            closed: 3,
            twice: 1,
            paid_fen: 502_500,
        },
        good_then_refused: 3,
        set_aside: vec![(CheckId::MouthClosed, 2), (CheckId::Evenness, 1)],
        shifts: vec![
            shift(None, 3, 1),
            shift(Some(2), 160, 131),
            shift(Some(7), 105, 82),
        ],
        closed,
    };
    let before = DaySheet {
        visits: visits("2027-03-21"),
        ..DaySheet::default()
    };
    vec![today, before]
}

pub fn operator(role: Role) -> Operator {
    let (number, name) = match role {
        Role::Operator => (2, "小刘"),
        Role::Supervisor => (3, "王主管"),
        Role::Engineer => (1, "工程师"),
    };
    Operator {
        number,
        name: name.to_owned(),
        role,
    }
}

pub fn batch(change: impl FnOnce(&mut Profile)) -> Batch {
    let mut profile = Profile::standard_99();
    change(&mut profile);
    Batch {
        feature_code: FeatureCode::parse("D3PZ85").unwrap(),
        serial: 1,
        known_through: Wall::from_unix_ms(i64::MAX / 1_000_000),
        revoked: false,
        fee_fen: 2500,
        code_shapes: [].into(),
        school: "示例大学".to_owned(),
        name: "2027届本科毕业生图像采集".to_owned(),
        opens: Wall::from_unix_ms(0),
        closes: Wall::from_unix_ms(TODAY_MS + 100 * 86_400_000),
        profile,
        consent: ConsentTexts {
            version: "2027-1".to_owned(),
            zh: consent_zh(),
            en: consent_en(),
        },
    }
}

fn consent_zh() -> ConsentText {
    ConsentText {
        handler: "示例大学教务处，联系电话 010-0000 0000；受托采集方：示例图像采集中心".into(),
        recipients: "图像采集平台（示例图像采集中心，service@example.cn）；学信网（全国高等学校学生信息咨询与就业指导中心）".into(),
        purpose: "制作毕业生学历证书电子注册用标准照片。不进行人脸比对或识别。".into(),
        retention: "本机在平台签收后立即删除；平台保存至电子注册完成后一年。".into(),
        withdrawal: "上传前可请工作人员在本机撤回；上传后向学校或平台提出，随时可以撤回。".into(),
        full: "服务协议\n\n一、服务内容\n本设备为毕业生提供图像自助采集服务。采集的照片用于学历证书电子注册。\n\n二、您的权利\n您可以拒绝采集而不受任何不利影响，并可选择学校提供的其他采集方式。\n\n".repeat(8),
    }
}

fn consent_en() -> ConsentText {
    ConsentText {
        handler: "Academic Affairs Office of Sample University, phone 010-0000 0000; on its behalf: Sample Imaging Centre".into(),
        recipients: "The capture platform (Sample Imaging Centre, service@example.cn); CHSI, the national student information centre".into(),
        purpose: "To make the standard photo for the electronic registration of your degree. Faces are neither compared nor recognised.".into(),
        retention: "This booth deletes it as soon as the platform has signed for it; the platform keeps it for one year after registration.".into(),
        withdrawal: "Before it is sent: ask staff at this booth. Afterwards: ask your school or the platform, at any time.".into(),
        full: "Service agreement\n\n1. What this is\nThis booth takes the photo for the electronic registration of degrees.\n\n2. Your rights\nYou may refuse without any disadvantage and use another way that your school offers.\n\n".repeat(8),
    }
}

pub fn all_lines() -> Vec<Line> {
    vec![Line::Crown, Line::Eyes, Line::Oval, Line::Centre]
}

const fn advice() -> Verdict {
    Verdict::Advice(Advice::MoveLeft)
}

pub fn good() -> Verdict {
    Verdict::Good(Good {
        crop: crop(),
        placed: placed(),
        margin: 0.6,
    })
}

const fn crop() -> Crop {
    Crop {
        origin_in_frame: Point::new(392.0, 60.0),
        scale: 0.97,
    }
}

const fn placed() -> Placed {
    Placed {
        crown_px: 80.0,
        eye_px: 250.0,
        chin_px: 424.0,
        face_width_px: 212.0,
        center_offset_px: 1.0,
    }
}

pub fn sight(at: Mono, verdict: Verdict, right: Vec<Line>) -> Sight {
    let frame = Frame {
        number: 1,
        at,
        rgb: RgbImage::new(1, 1),
        origin: Origin::Pixels,
        turn: Turn::None,
        camera: Arc::default(),
    };
    let analysis = Analysis {
        track: 1,
        motion: Some(0.0),
        ..Analysis::empty(Arc::new(frame))
    };
    Sight {
        track: Some(1),
        verdict,
        asks: vec![],
        right,
        analysis: Arc::new(analysis),
    }
}

pub fn portrait() -> Standardised {
    let check = |id| Check {
        id,
        pass: true,
        value: Some(1.0),
        limit: Limit::default(),
        unit: Unit::Ratio,
        force: Force::Required,
        place: None,
    };
    Standardised {
        jpeg: vec![],
        original: Original {
            jpeg: vec![],
            source: SourceFormat::EncodedFromPixels,
            turn: Turn::None,
            camera: Arc::default(),
            imported: None,
        },
        crop: crop(),
        placed: placed(),
        background: BackgroundUse::Replaced,
        checks: CheckId::ALL.map(check).to_vec(),
        alpha: GrayImage::new(1, 1),
    }
}

fn failed_portrait() -> Standardised {
    failing(&[CheckId::EyesOpen], Force::Required)
}

/// Returns a portrait refused for what staff may overrule, and for `must_be_right`.
fn arguable_portrait(must_be_right: Option<CheckId>) -> Standardised {
    let faults: Vec<CheckId> = [CheckId::MouthClosed, CheckId::Evenness]
        .into_iter()
        .chain(must_be_right)
        .collect();
    let mut portrait = failing(&faults, Force::Required);
    let refused = portrait.checks.iter_mut().filter(|check| !check.pass);
    for check in refused {
        (check.value, check.limit) = (Some(0.86), Limit::at_least(0.88));
    }
    portrait
}

/// Returns a portrait with more advice than a screen shows, some of it not for the student to
/// follow.
fn advised_portrait() -> Standardised {
    let advised = [
        CheckId::GlassesGlare,
        CheckId::EarsSeen,
        CheckId::Shine,
        CheckId::SkinColour,
        CheckId::ClothesContrast,
    ];
    failing(&advised, Force::Advice)
}

/// Returns where a check looks on [`portrait_picture`].
fn place_of(id: CheckId) -> Rect {
    let (min, max) = if id == CheckId::MouthClosed {
        (Point::new(205.0, 345.0), Point::new(277.0, 380.0))
    } else if id == CheckId::Evenness {
        (Point::new(140.0, 130.0), Point::new(342.0, 410.0))
    } else {
        (Point::new(180.0, 236.0), Point::new(302.0, 266.0))
    };
    Rect::new(min, max)
}

fn failing(ids: &[CheckId], force: Force) -> Standardised {
    let mut portrait = portrait();
    for check in &mut portrait.checks {
        if ids.contains(&check.id) {
            check.pass = false;
            check.force = force;
            check.place = Some(place_of(check.id));
        }
    }
    portrait
}

pub fn receipt() -> Receipted {
    Receipted {
        visit: id(),
        link: "https://platform.example/r/eyJhbGciOiJFZERTQSJ9.".to_owned()
            + &"c2FtcGxl".repeat(48),
        fee: Fee::Nothing,
        saved_at: now(0).wall,
        slip: SlipStep::NotAsked,
    }
}

pub fn health() -> Health {
    Health {
        camera: CameraState::Streaming,
        captures_left: Some(48_210),
        time_trust: Trust::Trusted,
        clock: None,
        link: Link::Down("connect timed out after 5 s".to_owned()),
        queue: QueueCounts {
            confirmed: 214,
            delivered: 208,
            queued: 5,
            quarantined: 1,
            withdrawn: 0,
        },
        oldest_undelivered: Some(Wall::from_unix_ms(TODAY_MS - 47 * 60_000)),
        station: "booth-03".to_owned(),
        batch: Some(PinnedBatch {
            name: "2027届本科毕业生图像采集".to_owned(),
            concern: Some(BatchConcern::KnownThrough(Wall::from_unix_ms(TODAY_MS))),
        }),
        last_errors: vec![
            "deliver: connect timed out after 5 s, next attempt in 40 s".to_owned(),
            "parcel 000209: the platform could not open it (422)".to_owned(),
            "camera: no frame for 2 s, restarted".to_owned(),
        ],
        checked: Some(Wall::from_unix_ms(TODAY_MS - 3_600_000)),
        commissioned: vec![CommissionedPart::Camera],
        site: None,
        audits: AuditTally::default(),
        called: None,
        printer: None,
    }
}

/// Returns the health that a sample is shown with.
pub fn health_of(name: &str) -> Health {
    let mut health = health();
    match name {
        "receipt" => health.link = Link::Up,
        "receipt-slip" | "receipt-slip-large" => {
            health.link = Link::Up;
            health.printer = Some(PrinterState::Ready);
        }
        "receipt-slip-printing" | "receipt-slip-printed" | "receipt-slip-owed" => {
            health.printer = Some(PrinterState::Ready);
        }
        "receipt-slip-paper" => health.printer = Some(PrinterState::NoPaper),
        "staff" => health.called = Some(Wall::from_unix_ms(TODAY_MS - 2 * 60_000)),
        "staff-open" => {
            health.link = Link::Up;
            health.queue.quarantined = 0;
            health.queue.confirmed -= 1;
            health.batch = health.batch.map(|batch| PinnedBatch {
                concern: None,
                ..batch
            });
        }
        "staff-check-other" => {
            health.camera = CameraState::Another("Logitech C920 (046d:082d)".to_owned());
        }
        "staff-closed" => {
            health.captures_left = Some(0);
            health.clock = Some(ClockFault::Apart);
            health.checked = None;
            health.site = Some(Advice::LampsOut);
            health.printer = Some(PrinterState::NoPaper);
            health.audits = AuditTally {
                accepted: 180,
                rejected: 6,
                reasons: vec![(RejectReason::Shadow, 5)],
            };
            health.queue.confirmed += 1;
        }
        _ => {}
    }
    health
}

/// Returns what the platform of a sample published: nothing, or the longest service line.
pub fn published_of(name: &str) -> Published {
    let mut published = Published::default();
    if ["code-answers-large", "blocked-camera", "stopped-accepted"].contains(&name) {
        let hours = |text: &str| format!("{text}（{}）", "…".repeat(38 - text.chars().count()));
        published.service = Some(ServiceLine {
            numbers: vec!["+86 (010) 0000 00000".to_owned(); 2],
            hours: ServiceHours {
                zh: hours("周一至周五 8:00–20:00，周末 9:00–17:00"),
                en: hours("Monday to Friday 8:00–20:00"),
            },
        });
    }
    published
}

/// Returns what a platform publishes of the year in which the samples play.
pub fn announced() -> Published {
    let year = Year {
        year: now(0).wall.china_date().year(),
        source: "made up".to_owned(),
        off: vec![Festival {
            name: "清明".to_owned(),
            from: jiff::civil::date(2027, 3, 23),
            to: jiff::civil::date(2027, 3, 23),
        }],
        make_up: [].into(),
    };
    let shipped = Published::default();
    Published {
        calendar: shipped.calendar.with(&[year]).unwrap(),
        ..shipped
    }
}

/// Returns the queue page that the session asks for.
pub fn look(session: &Session) -> QueueLook {
    let mut ask = QueueAsk::default();
    if let State::Staff(Desk::Open(Duty {
        page: Page::Queue(queuing),
        ..
    })) = session.state()
    {
        ask = queuing.ask;
    }
    let mut rows = queue();
    let opened = ask
        .opened
        .and_then(|id| rows.iter().find(|row| row.id == id).cloned());
    rows.drain(..rows.len().min(ask.from as usize));
    QueueLook {
        ask,
        of: 214,
        rows,
        opened,
    }
}

/// Returns the row that samples open.
pub fn opened() -> CaptureId {
    queue().swap_remove(5).id
}

/// Returns a stick where the sample uses one.
pub fn sticks(session: &Session) -> Vec<Stick> {
    let is_idle = matches!(
        session.state(),
        State::Staff(Desk::Open(Duty {
            page: Page::Stick(Carrying::Nothing),
            ..
        }))
    );
    let stick = Stick {
        number: 91,
        name: "KINGSTON".to_owned(),
        free_bytes: 15_600_000_000,
    };
    if is_idle { vec![] } else { vec![stick] }
}

fn queue() -> Vec<QueueRow> {
    (0..18)
        .map(|i| QueueRow {
            seq: 214 - i,
            id: CaptureId::new(
                now(0).wall,
                [(i as u8).wrapping_mul(37).wrapping_add(11); 10],
            ),
            bytes: 412_000 + i * 1_300,
            confirmed_at: Wall::from_unix_ms(TODAY_MS - i as i64 * 540_000),
            state: if i == 5 {
                QueueState::Quarantined(Quarantine::Refused(Refusal::NotOpened))
            } else {
                QueueState::Queued
            },
            attempts: (i as u32) * 2,
            last_error: (i > 0).then(|| "connect timed out".to_owned()),
            next_try_s: (i != 5).then_some(i * 7),
        })
        .collect()
}

/// Returns a plain stand-in for the camera: a grey wall, a head, shoulders, and a mark left of the
/// middle.
pub fn live_picture() -> RgbImage {
    RgbImage::from_fn(1280, 720, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let inside = |cx: f32, cy: f32, rx: f32, ry: f32| {
            ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
        };
        if inside(545.0, 660.0, 22.0, 22.0) {
            Rgb([190, 40, 50])
        } else if inside(600.0, 318.0, 9.0, 6.0) || inside(680.0, 318.0, 9.0, 6.0) {
            Rgb([50, 40, 38])
        } else if inside(640.0, 335.0, 105.0, 145.0) && y > 240.0 {
            Rgb([222, 182, 156])
        } else if inside(640.0, 300.0, 122.0, 160.0) {
            Rgb([46, 40, 40])
        } else if inside(640.0, 780.0, 300.0, 260.0) {
            Rgb([62, 78, 108])
        } else if inside(640.0, 500.0, 62.0, 110.0) {
            Rgb([206, 166, 142])
        } else {
            let shade = 196.0 - ((x - 640.0).abs() * 0.03);
            Rgb([shade as u8, (shade + 4.0) as u8, (shade + 10.0) as u8])
        }
    })
}

pub fn portrait_picture() -> RgbImage {
    let live = live_picture();
    let cut = image::imageops::crop_imm(&live, 392, 60, 495, 660).to_image();
    image::imageops::resize(&cut, 480, 640, image::imageops::FilterType::Triangle)
}

pub fn card_picture() -> RgbImage {
    RgbImage::from_fn(300, 380, |x, y| {
        let code = (60..240).contains(&x) && (150..330).contains(&y);
        let dark = code && (x / 12 * 7 + y / 12 * 5 + (x / 12) * (y / 12)).is_multiple_of(3);
        let title = (40..260).contains(&x) && (40..70).contains(&y);
        if dark {
            Rgb([30, 30, 34])
        } else if title {
            Rgb([26, 92, 184])
        } else {
            Rgb([244, 246, 250])
        }
    })
}

/// The samples of a first start, which has no session.
pub const FIRST: [&str; 16] = [
    "first-language",
    "first-ticket",
    "first-ticket-changed",
    "first-fingerprint",
    "first-fingerprint-not-kept",
    "first-network-looking",
    "first-network",
    "first-network-login",
    "first-network-nowhere",
    "first-time",
    "first-time-behind",
    "first-time-breaks-tls",
    "first-pin",
    "first-pin-weak",
    "first-failed",
    "first-enrolled",
];

/// Returns a first start at that sample.
pub fn first(name: &str, lang: Lang) -> FirstStart {
    use first_start::{Event, PinTrouble, Touch};
    let (mut start, _) = FirstStart::resume(first_start::OnDisk::default(), None);
    if name == "first-language" {
        return start;
    }
    let touch = |touch| Event::Touch(touch);
    start.apply(touch(Touch::Language(lang)));
    let ticket = if name == "first-ticket-changed" {
        Err(TicketTrouble::Changed)
    } else {
        Ok(first_ticket())
    };
    if name == "first-ticket" {
        return start;
    }
    start.apply(Event::Ticket(ticket));
    if name == "first-fingerprint" {
        return start;
    }
    start.apply(touch(Touch::Next));
    if name.starts_with("first-fingerprint") {
        if name.ends_with("not-kept") {
            start.apply(Event::TicketKept(Err("the disk is full".to_owned())));
        }
        return start;
    }
    start.apply(Event::TicketKept(Ok(())));
    if name != "first-network-looking" {
        start.apply(Event::Probed(first_probe(name)));
    }
    if name.starts_with("first-network") {
        return start;
    }
    start.apply(touch(Touch::Next));
    if name.starts_with("first-time") {
        return start;
    }
    start.apply(touch(Touch::Next));
    if name == "first-pin-weak" {
        start.apply(Event::PinKept(Err(PinTrouble::Weak)));
    } else if name == "first-pin" {
        start.apply(touch(Touch::Key('4')));
        start.apply(touch(Touch::Key('8')));
    }
    if name.starts_with("first-pin") {
        return start;
    }
    let result = if name == "first-failed" {
        Err(first_start::NotEnrolled::CodeRefused)
    } else {
        Ok("booth-4f2a".to_owned())
    };
    start.apply(Event::PinKept(Ok(())));
    start.apply(Event::Enrolled(result));
    start
}

fn first_ticket() -> Ticket {
    let root = SigningKey::from_bytes(&[3; 32]);
    let content = EnrolmentTicket {
        platform: "https://photos.example.edu.cn".to_owned(),
        root_key: public_key_text(&root.verifying_key()),
        one_time_code: "sesame".to_owned(),
        ca_pem: None,
    };
    let token = jws::sign(Purpose::EnrolmentTicket, &root, &content).unwrap();
    Ticket::read(&token).unwrap()
}

fn first_probe(name: &str) -> Probe {
    let now = now(0).wall;
    let behind = now.plus(Duration::from_secs(11_530));
    let (reach, wired, address) = match name {
        "first-network-login" => (
            Reach::Stranger(
                "the platform's address leads elsewhere: is there a log-in page in between? (302)"
                    .to_owned(),
            ),
            Wired::Plugged,
            true,
        ),
        "first-network-nowhere" => (
            Reach::Nowhere("the platform cannot be reached".to_owned()),
            Wired::Unplugged,
            false,
        ),
        "first-time-behind" => (Reach::Platform(Some(behind)), Wired::Plugged, true),
        "first-time-breaks-tls" => (Reach::Date, Wired::Plugged, true),
        _ => (Reach::Platform(Some(now)), Wired::Plugged, true),
    };
    Probe {
        wired,
        has_wifi: name == "first-network-nowhere",
        address: address.then_some([10, 20, 4, 17].into()),
        reach,
        clock: now,
    }
}
