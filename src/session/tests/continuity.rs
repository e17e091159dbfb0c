//! Whatever happens in whatever order, nobody sees another person's photo, answer or desk.
//!
//! Two people come and go before the camera. Each shows their own code, sometimes the other's, and
//! types their own tail: nobody knows the other's. Every answer may come late, twice or never.

use super::*;
use crate::{code::Tail, contract::DownloadLink};

/// One of two people, identified by their code, tail and face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Ann,
    Bo,
}

impl Who {
    const ALL: [Self; 2] = [Self::Ann, Self::Bo];

    const fn code(self) -> &'static str {
        match self {
            Self::Ann => "code of Ann",
            Self::Bo => "code of Bo",
        }
    }

    const fn tail(self) -> &'static str {
        match self {
            Self::Ann => "0001",
            Self::Bo => "0002",
        }
    }

    const fn pin(self) -> &'static str {
        match self {
            Self::Ann => "1\n111222\n",
            Self::Bo => "2\n222333\n",
        }
    }

    /// A grey of their own.
    fn standard_photo(self) -> StandardPhoto {
        let shade = match self {
            Self::Ann => 80,
            Self::Bo => 160,
        };
        StandardPhoto(RgbImage::from_pixel(4, 4, image::Rgb([shade; 3])))
    }

    const fn other(self) -> Self {
        match self {
            Self::Ann => Self::Bo,
            Self::Bo => Self::Ann,
        }
    }

    fn of_code(code: &PersonalCode) -> Self {
        let is_theirs = |who: &Self| who.code().as_bytes() == code.bytes();
        Self::ALL.into_iter().find(is_theirs).unwrap()
    }

    fn knows(self, tail: &Tail) -> bool {
        self.tail() == tail.normalised
    }

    /// Returns the person this code and tail belong to; `None` if they do not belong together.
    fn of(person: &Person) -> Option<Self> {
        let owner = Self::of_code(&person.code);
        owner.knows(&person.tail).then_some(owner)
    }

    fn named(name: &str) -> Self {
        let is_theirs = |who: &Self| format!("{who:?}") == name;
        Self::ALL.into_iter().find(is_theirs).unwrap()
    }

    /// Returns the face track of a person's Nth coming: each coming has a track of its own, and odd
    /// numbers are Bo's.
    const fn track(self, coming: u32) -> u32 {
        match self {
            Self::Ann => 2 * coming,
            Self::Bo => 2 * coming + 1,
        }
    }

    const fn of_track(track: u32) -> Self {
        if track.is_multiple_of(2) {
            Self::Ann
        } else {
            Self::Bo
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Somebody comes into the picture and takes the place of the person there.
    Comes(Who),
    /// The booth is empty.
    Leaves,
    /// The person looks away or at the keys for N tenths of a second and is found again.
    LooksAway(u8),
    /// The person present does what the screen asks for.
    GoesOn,
    /// The person present shows the other's code.
    ShowsTheOthersCode,
    /// The person present touches something.
    Touches(Touch),
    Begins(Errand),
    /// The thread behind one of the open questions answers, and may do so again.
    Answers {
        which: usize,
        good: bool,
        again: bool,
    },
    /// Nothing happens for N tenths of a second.
    Waits(u16),
    /// The wall clock is set by N hours.
    ClockSet(i32),
    Restarts,
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => prop::sample::select(Who::ALL.to_vec()).prop_map(Happens::Comes),
        1 => Just(Happens::Leaves),
        2 => (1..29_u8).prop_map(Happens::LooksAway),
        24 => Just(Happens::GoesOn),
        1 => Just(Happens::ShowsTheOthersCode),
        6 => prop::sample::select(vec![
            Touch::Confirm, Touch::Retake, Touch::Shoot, Touch::Leave, Touch::Staff,
            Touch::StaffLeave, Touch::MoreTime, Touch::AskAgain, Touch::PayNow, Touch::PayLater,
            Touch::Photo(PhotoSize::Alone), Touch::CallStaff,
            Touch::ConfirmStandard, Touch::PrintSlip, Touch::Replace, Touch::NotMyCode, Touch::Backspace, Touch::LetPass,
            Touch::SetAside(MAY, OverrideReason::SchoolAllowed), Touch::Desk(DeskTouch::HandOver),
        ]).prop_map(Happens::Touches),
        2 => prop::sample::select(vec![Errand::Photo, Errand::Progress]).prop_map(Happens::Begins),
        14 => (0..8_usize, prop::bool::weighted(0.8), any::<bool>())
            .prop_map(|(which, good, again)| Happens::Answers { which, good, again }),
        2 => (1..300_u16).prop_map(Happens::Waits),
        1 => (-50_000..50_000_i32).prop_map(Happens::ClockSet),
        1 => Just(Happens::Restarts),
    ]
}

/// A booth, who is there, and what its threads still have to answer.
struct World {
    booth: Booth,
    there: Option<Who>,
    /// How often somebody came.
    coming: u32,
    /// The person whom the camera saw keep still since they came.
    seen: Option<Who>,
    number: u64,
    begun: u8,
    open: Vec<Effect>,
    /// The PINs typed at the lock on the screen.
    pins: Vec<AskId>,
    /// The portrait shown last.
    shown: Option<Vec<u8>>,
    /// How often somebody's download was on the screen.
    downloads: u32,
    saves: u32,
}

impl World {
    fn new() -> Self {
        Self {
            booth: Booth::of(batch(|profile| {
                profile.payment = PaymentPolicy::AtKiosk;
                profile.contact = crate::profile::ContactStep::Offered;
            })),
            there: None,
            coming: 0,
            seen: None,
            number: 0,
            begun: 0,
            open: vec![],
            pins: vec![],
            shown: None,
            downloads: 0,
            saves: 0,
        }
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Comes(who) => {
                self.see_nobody(5);
                (self.there, self.seen) = (Some(who), None);
                self.coming += 1;
                self.see(None, ADVICE);
                self.see(Some(0.0), ADVICE);
            }
            Happens::Leaves => {
                self.see_nobody(5);
                (self.there, self.seen) = (None, None);
            }
            Happens::LooksAway(tenths) if self.there.is_some() => {
                self.see_nobody(tenths);
                self.see(Some(0.0), ADVICE);
            }
            Happens::GoesOn => self.go_on(),
            Happens::ShowsTheOthersCode => {
                if let Some(who) = self.there {
                    self.scan(who.other());
                }
            }
            Happens::Touches(touch) if self.there.is_some() => self.does(Event::Touch(touch)),
            Happens::Begins(errand) if self.there.is_some() => self.begin(errand),
            Happens::Answers { which, good, again } => self.answer(which, good, again),
            Happens::Waits(tenths) => {
                for _ in 0..tenths {
                    self.look_on();
                }
            }
            Happens::ClockSet(hours) => {
                let ms = self.booth.now.wall.unix_ms() + i64::from(hours) * 3_600_000;
                self.booth.now.wall = Wall::from_unix_ms(ms.max(1));
            }
            Happens::Restarts => {
                let batch = self.booth.session.pinned_batch().map(Arc::clone);
                self.booth.session = Session::new(batch);
                self.open.clear();
                self.pins.clear();
                self.shown = None;
            }
            Happens::LooksAway(_) | Happens::Touches(_) | Happens::Begins(_) => {}
        }
    }

    fn begin(&mut self, errand: Errand) {
        self.begun = self.begun.wrapping_add(1);
        let id = visit(self.begun);
        self.does(match errand {
            Errand::Photo => Event::Start(id),
            Errand::Progress => Event::Inquire(id),
        });
    }

    /// Does what the screen asks of the person present.
    fn go_on(&mut self) {
        let Some(who) = self.there else {
            return;
        };
        match self.booth.session.state() {
            State::Idle => self.begin(Errand::Photo),
            State::Consent(_) => {
                for touch in [Touch::TermsRead, Touch::AgreeFace, Touch::AgreeSending] {
                    self.does(Event::Touch(touch));
                }
            }
            State::Code(_)
            | State::Progress(Inquiry {
                step: InquiryStep::Code { .. },
                ..
            }) => self.scan(who),
            State::Tail(_)
            | State::Progress(Inquiry {
                step: InquiryStep::Tail(_),
                ..
            }) => {
                self.look_on();
                self.keys(who.tail());
            }
            State::Framing(_) => {
                for _ in 0..10 {
                    self.see(Some(0.0), good(0.5));
                }
            }
            State::Flawed(_) => self.does(Event::Touch(Touch::Retake)),
            State::Review(_) => self.does(Event::Touch(Touch::Confirm)),
            State::Replace(_) => self.does(Event::Touch(Touch::Replace)),
            State::Contact(_) => self.does(Event::Touch(Touch::ContactSkip)),
            State::Progress(_) => self.does(Event::Touch(Touch::ConfirmStandard)),
            State::Staff(Desk::Locked(_)) | State::Help(_) => self.keys(who.pin()),
            State::Stopped(_) | State::Receipt(_) => self.does(Event::Touch(Touch::Leave)),
            _ => self.look_on(),
        }
    }

    fn scan(&mut self, whose: Who) {
        self.does(Event::Scanned(Reading {
            bytes: whose.code().into(),
            card: None,
        }));
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.does(Event::Touch(Touch::Key(key)));
        }
    }

    fn see_nobody(&mut self, times: u8) {
        let there = self.there.take();
        for _ in 0..times {
            self.look_on();
        }
        self.there = there;
    }

    fn look_on(&mut self) {
        self.see(Some(0.0), ADVICE);
    }

    /// Lets a tenth of a second pass; the camera sees the person present, if the session looks.
    fn see(&mut self, motion: Option<f32>, verdict: Verdict) {
        self.booth.now.mono = self.booth.now.mono.plus(FRAME);
        self.does(Event::Tick);
        if self.booth.session.looking() != Looking::Faces {
            return;
        }
        self.number += 1;
        let track = self.there.map(|who| who.track(self.coming));
        let verdict = track.map_or(ADVICE, |_| verdict);
        let mut seen = sight(self.number, self.booth.now.mono, track, verdict);
        let mut analysis = Analysis::clone(&seen.analysis);
        analysis.motion = motion.filter(|_| track.is_some());
        if analysis.motion.is_some() {
            self.seen = self.there;
        }
        seen.analysis = Arc::new(analysis);
        self.does(Event::Saw(seen));
    }

    fn answer(&mut self, which: usize, good: bool, again: bool) {
        if self.open.is_empty() {
            return;
        }
        let at = which % self.open.len();
        let event = answer_to(&self.open[at], good);
        if !again {
            self.open.remove(at);
        }
        self.does(event);
    }

    fn does(&mut self, event: Event) {
        let pin = match &event {
            Event::Pin { ask, .. } => Some(*ask),
            _ => None,
        };
        let was_open = self.is_desk_open();
        self.booth.does(event);
        let effects = std::mem::take(&mut self.booth.effects);
        for effect in &effects {
            self.judge(effect);
        }

        if self.is_desk_open() && !was_open {
            let typed_here = pin.is_some_and(|ask| self.pins.contains(&ask));
            assert!(typed_here, "the desk was opened by another lock's PIN");
        }
        for effect in &effects {
            if let Effect::VerifyPin { ask, .. } = effect {
                self.pins.push(*ask);
            }
        }
        if self.booth.session.state.lock_mut().is_none() {
            self.pins.clear();
        }
        self.look_at_the_screen();
        self.open
            .extend(effects.into_iter().filter(asks_for_an_answer));
    }

    fn is_desk_open(&self) -> bool {
        matches!(
            self.booth.session.state(),
            State::Staff(Desk::Open(_))
                | State::Help(Helping {
                    gate: desk::Gate::Open(_),
                    ..
                })
        )
    }

    fn judge(&mut self, effect: &Effect) {
        match effect {
            Effect::Save(capture) => {
                self.saves += 1;
                assert_eq!(Some(&capture.portrait), self.shown.as_ref(), "not shown");
                let there = self.there.unwrap();
                assert_eq!(portrayed(&capture.portrait), there, "another face");
                // A code with another's tail is nobody's: the platform holds it for an auditor.
                assert!(there.knows(&capture.tail), "confirmed by somebody else");
            }
            Effect::ConfirmStandard { person, .. } => {
                let there = self.there.unwrap();
                assert!(there.knows(&person.tail), "confirmed by somebody else");
            }
            _ => {}
        }
    }

    /// Checks that what the screen shows belongs to the person whom the camera sees.
    fn look_at_the_screen(&mut self) {
        match self.booth.session.state() {
            State::Review(reviewing) => self.shown = Some(reviewing.portrait.jpeg.clone()),
            State::Progress(Inquiry {
                step: InquiryStep::Known(known),
                ..
            }) => {
                let owner = Who::named(&known.found.masked_name);
                assert_eq!(self.seen.unwrap_or(owner), owner, "shown to somebody else");
                if let Some(link) = &known.found.download {
                    assert!(link.url.ends_with(&known.found.masked_name), "{}", link.url);
                    self.downloads += 1;
                }
                if let Some(photo) = &known.standard {
                    assert_eq!(photo.0, owner.standard_photo().0, "another one's photo");
                }
            }
            State::Payment(Paying {
                capture,
                bill: Bill::Due(order),
                ..
            }) => assert_eq!(order.qr, capture.to_string(), "another one's order"),
            _ => {}
        }
    }
}

fn asks_for_an_answer(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Resolve { .. }
            | Effect::Standardise { .. }
            | Effect::AskProgress { .. }
            | Effect::ConfirmStandard { .. }
            | Effect::VerifyPin { .. }
            | Effect::LookUpToday { .. }
            | Effect::Order { .. }
            | Effect::Save(_)
            | Effect::Print { .. }
    )
}

/// Returns the person named in the portrait's bytes, which also name their frame.
fn portrayed(jpeg: &[u8]) -> Who {
    let text = std::str::from_utf8(jpeg).unwrap();
    Who::named(text.split(' ').next().unwrap())
}

fn answer_to(effect: &Effect, is_good: bool) -> Event {
    match effect {
        Effect::Resolve { ask, person } => Event::Resolved {
            ask: *ask,
            answer: match Who::of(person) {
                _ if !is_good => ResolveAnswer::NoAnswer,
                None => ResolveAnswer::DoesNotMatch,
                Some(who) => ResolveAnswer::Known(Resolved {
                    masked_name: format!("{who:?}"),
                    school: String::new(),
                    level: String::new(),
                    paid: false,
                    earlier: None,
                }),
            },
        },
        Effect::Standardise { ask, sight, .. } => {
            let who = Who::of_track(sight.track.unwrap());
            let number = sight.analysis.frame.number;
            let mut made = Arc::into_inner(portrait(visit(0), is_good)).unwrap();
            made.jpeg = format!("{who:?} {number}").into_bytes();
            Event::Standardised {
                ask: *ask,
                result: Ok(Arc::new(made)),
            }
        }
        Effect::AskProgress { ask, asked } => Event::Progress {
            ask: *ask,
            answer: match asked {
                Asked::Person { person, .. } if is_good => progress_of(person),
                Asked::Person { .. } | Asked::Receipt(_) => ProgressAnswer::NoAnswer,
            },
        },
        Effect::ConfirmStandard { ask, person, .. } => Event::Progress {
            ask: *ask,
            answer: progress_of(person),
        },
        other => answer_here_to(other, is_good),
    }
}

/// Returns what the booth's own threads answer.
fn answer_here_to(effect: &Effect, is_good: bool) -> Event {
    match effect {
        Effect::VerifyPin { ask, number, .. } => Event::Pin {
            ask: *ask,
            answer: if is_good {
                PinAnswer::Right(Operator {
                    number: *number,
                    name: String::new(),
                    role: Role::Engineer,
                })
            } else {
                PinAnswer::Wrong
            },
        },
        Effect::LookUpToday { ask, .. } => Event::Today {
            ask: *ask,
            earlier: is_good.then(|| visit(250)),
        },
        Effect::Order { capture, .. } => Event::Ordered {
            capture: *capture,
            order: is_good.then(|| PayOrder {
                qr: capture.to_string(),
                ..paying::order(PayState::NotPaid)
            }),
        },
        Effect::Print { receipt, .. } => Event::Printed {
            visit: receipt.visit,
            result: if is_good {
                Ok(())
            } else {
                Err(PrinterState::NoPaper)
            },
        },
        Effect::Save(capture) => Event::Saved {
            visit: capture.facts.id,
            result: if is_good {
                Ok(Receipted {
                    visit: capture.facts.id,
                    ..Booth::receipt(0)
                })
            } else {
                Err(SaveFailed)
            },
        },
        other => panic!("{other:?} has no answer"),
    }
}

fn progress_of(person: &Person) -> ProgressAnswer {
    let Some(who) = Who::of(person) else {
        return ProgressAnswer::DoesNotMatch;
    };
    let stage = crate::contract::Stage::ToConfirm {
        by: Wall::from_unix_ms(9_000_000_000),
    };
    match inquiry::found(stage) {
        ProgressAnswer::Known { mut found, .. } => {
            found.masked_name = format!("{who:?}");
            found.download = Some(DownloadLink {
                url: format!("https://platform.example/{who:?}"),
                expires: Wall::from_unix_ms(9_000_000_000),
            });
            ProgressAnswer::Known {
                found,
                standard: Some(who.standard_photo()),
            }
        }
        other => other,
    }
}

const ANSWERED: Happens = Happens::Answers {
    which: 0,
    good: true,
    again: false,
};

#[test]
fn in_this_world_whoever_goes_on_is_saved_and_looks_it_up() {
    let mut world = World::new();
    world.happens(Happens::Comes(Who::Ann));
    for _ in 0..40 {
        world.happens(Happens::GoesOn);
        // The question whether a photo was taken today stays unanswered.
        let is_open = |effect: &Effect| !matches!(effect, Effect::LookUpToday { .. });
        world.open.retain(is_open);
        world.happens(ANSWERED);
    }
    assert!(world.saves > 0);
    world.happens(Happens::Touches(Touch::Leave));
    world.happens(Happens::Begins(Errand::Progress));
    for _ in 0..3 {
        world.happens(Happens::GoesOn);
    }
    world
        .open
        .retain(|effect| matches!(effect, Effect::AskProgress { .. }));
    world.happens(ANSWERED);
    assert!(world.downloads > 0);
    let state = world.booth.session.state();
    assert!(
        matches!(
            state,
            State::Progress(Inquiry {
                step: InquiryStep::Known(_),
                ..
            })
        ),
        "{state:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_that_happens_gives_anybody_another_person_s_photo_answer_or_desk(
        events in prop::collection::vec(anything(), 1..150),
    ) {
        let mut world = World::new();
        for what in events {
            world.happens(what);
        }
    }
}
