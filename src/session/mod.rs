//! The visit as a value: [`Session::apply`] takes an event and the time, and answers with effects.
//!
//! No clock, channel, random or device inside. Every answer to an effect carries the visit's id; an
//! answer for another visit is dropped. Only [`State::Receipt`] says "done".
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a state does not know leaves it as it is; naming every other state would say no more"
)]

mod ask;
pub mod calling;
mod choosing;
pub mod commissioning;
mod contact;
pub mod desk;
pub mod importing;
mod inquiry;
pub mod marking;
mod naming;
mod paying;
pub mod practice;
mod presence;
mod printing;
pub mod settings;
mod shapes;
mod sitting;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod desk_tests;
mod tries;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

pub use ask::AskId;
use ask::AskIds;
#[cfg(test)]
pub use ask::NewestAsks;
use calling::StaffCall;
pub use contact::{ContactField, ContactForm};
use desk::{Chore, DeskTouch, News};
pub use desk::{Desk, PinAnswer};
pub use importing::ImportTouch;
pub use inquiry::{ProgressAnswer, may_retake};
pub use naming::Pinning;
use settings::Settings;
use shapes::Shapes;
pub use state::*;
use tries::Tries;

use crate::{
    booth::{Fault, PrinterState},
    capture::{Capture, CaptureId, Consent, Contact, OverrideReason},
    code::{self, BatchCode, Meaning, PersonalCode, Reading},
    contract::{Batch, BatchRefusal, PayOrder, PayState, Resolved, sha256_hex},
    guidance::{self, Sight},
    lang::{Lang, Third},
    layout::{Crop, Head},
    portrait::{Standardised, Unfit},
    profile::CheckId,
    time::{Mono, Now, Wall},
};

/// How long a picture must stay good before it is taken.
pub const HOLD: Duration = Duration::from_millis(800);
/// How long the chair may be empty between the last key of the tail and the confirmation.
pub const ABSENCE: Duration = Duration::from_secs(3);
/// The same while a contact is typed: that text is personal, and the person typing looks at the
/// screen.
const ABSENCE_TYPING: Duration = Duration::from_secs(15);
/// The same while the phone pays: its owner looks down at it or gets up to hold it to the screen.
/// The QR names nobody.
const ABSENCE_PAYING: Duration = Duration::from_secs(45);
/// The last part of a deadline is counted down on the screen: long enough to be answered (WCAG 2.2,
/// criterion 2.2.1).
pub const COUNTDOWN: Duration = Duration::from_secs(20);
/// How long help may be read where no visit is under way.
const READING: Duration = Duration::from_mins(1);
/// How many tails that do not belong to the code end the visit.
const MOST_TAILS: u8 = 3;

/// What happens to a visit.
#[derive(Debug)]
pub enum Event {
    Tick,
    /// The first touch, with the id of the visit that it begins.
    Start(CaptureId),
    /// Somebody asks how far their photo has come; the id identifies the inquiry.
    Inquire(CaptureId),
    Touch(Touch),
    /// A code was read: seen alike in enough frames, or sent by a scanner.
    Scanned(Reading),
    /// A code is visible but was not read: what would help.
    HardToRead(code::Advice),
    /// The batch that the visitor named.
    BatchFound {
        visit: CaptureId,
        found: Result<Arc<Batch>, BatchRefusal>,
    },
    /// Staff, a command or the platform changed the pinned batch, or tried to.
    Pinned(Pinning),
    /// Whether this code was captured here today.
    Today {
        ask: AskId,
        earlier: Option<CaptureId>,
    },
    /// What the platform says about code and tail.
    Resolved {
        ask: AskId,
        answer: ResolveAnswer,
    },
    /// One frame was analysed and judged.
    Saw(Sight),
    Standardised {
        ask: AskId,
        result: Result<Arc<Standardised>, Unfit>,
    },
    Saved {
        visit: CaptureId,
        result: Result<Receipted, SaveFailed>,
    },
    /// The order of a capture, whose row is durable; `None` where the platform does not answer.
    Ordered {
        capture: CaptureId,
        order: Option<PayOrder>,
    },
    /// The platform's state for one of this booth's orders, already recorded.
    OrderSettled {
        capture: CaptureId,
        /// The order's number, as a capture may have had an earlier order that expired.
        order: String,
        state: PayState,
    },
    /// A receipt's slip was handed to the printer, or what kept the printer from taking it.
    Printed {
        visit: CaptureId,
        result: Result<(), PrinterState>,
    },
    /// How far a photo has come.
    Progress {
        ask: AskId,
        answer: ProgressAnswer,
    },
    /// The result of checking a typed PIN.
    Pin {
        ask: AskId,
        answer: PinAnswer,
    },
    /// The result of a chore for staff.
    News(News),
    /// Whether the booth can serve at all, and why not.
    Ready(Result<(), Fault>),
}

/// The platform's answer, if it came in time.
#[derive(Debug)]
pub enum ResolveAnswer {
    Known(Resolved),
    DoesNotMatch,
    NoAnswer,
}

/// The capture is not durable: the cause is in the log and on the staff page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaveFailed;

/// What a person does on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Becomes [`Event::Start`], which carries the new visit's id.
    Start,
    /// Becomes [`Event::Inquire`], as above.
    Inquire,
    Language(Lang),
    TextSize(TextSize),
    /// Opens or closes the page with help and phone numbers; the visit stays where it is.
    Help(HelpPage),
    /// Shows the finished photo larger, or beside its facts again.
    Photo(PhotoSize),
    TermsRead,
    AgreeFace,
    AgreeSending,
    ShowFullText,
    HideFullText,
    Refuse,
    UnderFourteen,
    Key(char),
    Backspace,
    Replace,
    /// The code that was read is not the visitor's.
    NotMyCode,
    /// A touch on the staff's pages.
    Desk(DeskTouch),
    Unpin,
    Prepared,
    /// The manual shutter.
    Shoot,
    /// Staff mark a part of the head on the still, in px of it.
    Mark {
        x: u32,
        y: u32,
    },
    Unmark,
    /// Everything is marked.
    Marked,
    /// A touch on the page on which staff import a picture, or the one that opens it.
    Import(ImportTouch),
    /// Staff set a check aside.
    SetAside(CheckId, OverrideReason),
    /// Staff let the picture pass.
    LetPass,
    /// One of several pictures is the one, counted from 0.
    Pick(usize),
    Confirm,
    Retake,
    ContactField(ContactField),
    /// Several keys at once: the end of an address.
    Keys(&'static str),
    ContactDone,
    ContactSkip,
    /// Another try for an order or an answer.
    AskAgain,
    PayNow,
    PayLater,
    /// Prints the receipt on paper.
    PrintSlip,
    /// Confirms the platform's standard photo.
    ConfirmStandard,
    MoreTime,
    Leave,
    /// Rings for staff; the visit stays where it is.
    CallStaff,
    /// Opens the staff's pages, behind their PIN.
    Staff,
    StaffLeave,
}

/// How large a visitor wants the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    #[default]
    Usual,
    Large,
}

/// The page with help and phone numbers, over whatever screen is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HelpPage {
    #[default]
    Closed,
    Open,
}

/// How the finished photo is shown at Review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhotoSize {
    /// Beside whose it is and what was checked.
    #[default]
    Beside,
    /// Alone, as large as the screen allows.
    Alone,
}

/// A visit that was saved, while what follows is shown: contact, payment, receipt.
#[derive(Debug)]
struct Served {
    batch: Arc<Batch>,
    /// Whether the visit's owner is still in the seat.
    presence: Presence,
}

/// Something the shell has to do.
#[derive(Debug)]
pub enum Effect {
    FindBatch {
        visit: CaptureId,
        batch: BatchCode,
    },
    PinBatch(BatchCode),
    Unpin,
    /// Verify a `station-command+jws` and do what it says.
    Obey(String),
    /// Verify a `station-command+jws`, and obey it only if it ends the lock-outs of operators.
    EndLockouts(String),
    LookUpToday {
        ask: AskId,
        code: PersonalCode,
    },
    Resolve {
        ask: AskId,
        person: Person,
    },
    Standardise {
        ask: AskId,
        sight: Sight,
        crop: Crop,
        batch: Arc<Batch>,
        /// Where staff marked the head, in px of the frame; `None` where the models found it.
        marked: Option<Head>,
    },
    Save(Box<Capture>),
    /// Seal how the sitter may be reached and send it after the capture.
    KeepContact {
        capture: CaptureId,
        contact: Contact,
    },
    /// Ask for the order of a capture, and make its row durable before the order is shown.
    Order {
        capture: CaptureId,
        person: Person,
    },
    /// Print a receipt, as its screen shows it in that language.
    Print {
        receipt: Receipted,
        batch: Arc<Batch>,
        lang: Lang,
    },
    AskProgress {
        ask: AskId,
        asked: Asked,
    },
    ConfirmStandard {
        ask: AskId,
        id: CaptureId,
        person: Person,
    },
    /// Compare a PIN with that of the operator of this number.
    VerifyPin {
        ask: AskId,
        number: u32,
        pin: Typed,
    },
    /// A task for staff's pages.
    Chore(Chore),
    Chime(Chime),
    /// Light or backdrop are wrong: a fault of the booth, not of the sitter.
    TellStaff(guidance::Advice),
    /// The visit is over: forget every picture and texture .
    Forget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chime {
    /// A code was read or a key was taken.
    Accepted,
    /// Something was refused.
    Refused,
    /// The picture was taken.
    Shutter,
    /// Saved.
    Done,
    /// The visitor cannot go on without the staff.
    CallStaff,
}

/// What the analysis should look for at present. No face is analysed before consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looking {
    Nothing,
    Codes,
    Faces,
}

/// The booth's one visit, its batch and its language.
#[derive(Debug)]
pub struct Session {
    pinned: Option<Arc<Batch>>,
    settings: Settings,
    /// The language offered beside the two that are always there.
    third_language: Option<&'static Third>,
    lang: Lang,
    text_size: TextSize,
    /// Whether the help page lies over the screen.
    help: HelpPage,
    state: State,
    /// The saved visit, while its person is still at the booth.
    served: Option<Served>,
    /// The visit whose save took too long. Until it is known whether it is durable no other one
    /// begins.
    unsettled: Option<CaptureId>,
    tries: Tries,
    shapes: Shapes,
    asks: AskIds,
    /// When this state began: earlier sights do not count in it.
    entered: Mono,
    deadline: Option<Mono>,
    /// Good frames whose final file was refused, since start (P9 counts them).
    pub good_then_refused: u32,
    /// How often staff set each check aside in a saved capture, since start.
    pub set_aside: BTreeMap<CheckId, u32>,
    /// What is wrong with light or backdrop, and since when, until a picture is good again.
    pub booth_trouble: Option<(guidance::Advice, Wall)>,
    staff_call: Option<StaffCall>,
    /// When practice ends; `None` while visits are real.
    practice_ends: Option<Mono>,
}

impl Session {
    /// Creates a session for one pinned batch, or for the batches that its visitors name.
    pub fn new(pinned: Option<Arc<Batch>>) -> Self {
        Self {
            pinned,
            settings: Settings::default(),
            third_language: None,
            lang: Lang::Zh,
            text_size: TextSize::Usual,
            help: HelpPage::Closed,
            state: State::Idle,
            served: None,
            unsettled: None,
            tries: Tries::default(),
            shapes: Shapes::default(),
            asks: AskIds::default(),
            entered: Mono::from_start(Duration::ZERO),
            deadline: None,
            good_then_refused: 0,
            set_aside: BTreeMap::new(),
            booth_trouble: None,
            staff_call: None,
            practice_ends: None,
        }
    }

    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Returns the batch of the visit under way, else the pinned one.
    pub fn batch(&self) -> Option<&Arc<Batch>> {
        let served = self.served.as_ref().map(|served| &served.batch);
        self.state.batch().or(served).or(self.pinned.as_ref())
    }

    /// Returns the visit under way. One whose save took too long stays so until its outcome is
    /// known.
    pub fn visit(&self) -> Option<CaptureId> {
        self.state.visit().or(self.unsettled)
    }

    /// Returns whether a visit may begin, as far as the last save and the pinned batch allow.
    pub fn may_open(&self, now: Now) -> Result<(), Fault> {
        if self.unsettled.is_some() {
            return Err(too_long());
        }
        let Some(batch) = &self.pinned else {
            return Ok(());
        };
        let standing = batch.standing(now);
        standing.map_err(|trouble| Fault::Batch(BatchRefusal::of(trouble, batch)))
    }

    pub const fn pinned_batch(&self) -> Option<&Arc<Batch>> {
        self.pinned.as_ref()
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Offers visitors this language too, from now on.
    pub const fn offer(&mut self, third: &'static Third) {
        self.third_language = Some(third);
    }

    pub const fn third_language(&self) -> Option<&'static Third> {
        self.third_language
    }

    pub const fn text_size(&self) -> TextSize {
        self.text_size
    }

    pub const fn help_page(&self) -> HelpPage {
        self.help
    }

    /// Returns how long the present state has lasted.
    pub fn waited(&self, now: Mono) -> Duration {
        now.since(self.entered)
    }

    /// Returns when this state ends by itself.
    pub const fn deadline(&self) -> Option<Mono> {
        self.deadline
    }

    /// Returns the seconds left, once they are to be shown: no state begins with its countdown.
    pub fn countdown(&self, now: Mono) -> Option<u64> {
        let left = self.deadline?.since(now);
        let shown = patience(&self.state).map_or(COUNTDOWN, |whole| COUNTDOWN.min(whole / 2));
        (left <= shown).then(|| left.as_millis().div_ceil(1000) as u64)
    }

    pub const fn looking(&self) -> Looking {
        match self.state {
            State::Idle
            | State::Batch(_)
            | State::Code(_)
            | State::Staff(Desk::Locked(_))
            | State::Progress(Inquiry {
                step: InquiryStep::Code { .. },
                ..
            }) => Looking::Codes,
            State::Staff(_) if self.state.desk_entry().is_some() => Looking::Codes,
            State::Tail(_)
            | State::Prepare(_)
            | State::Framing(_)
            | State::Standardising(_)
            | State::Flawed(_)
            | State::Help(_)
            | State::Review(_)
            | State::Contact(_)
            | State::Receipt(_) => Looking::Faces,
            // Somebody paying for an earlier photo has given no consent today.
            State::Payment(_) if self.served.is_some() => Looking::Faces,
            // The screen says so before the code is shown.
            State::Progress(ref inquiry) if inquiry.is_personal() => Looking::Faces,
            State::Consent(_)
            | State::Replace(_)
            | State::Saving(_)
            | State::Payment(_)
            | State::Progress(_)
            | State::Stopped(_)
            | State::Blocked(_)
            | State::Staff(_) => Looking::Nothing,
        }
    }

    /// Applies an event: the only way anything changes.
    pub fn apply(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Tick => self.tick(now),
            Event::Start(visit) => self.start(visit, now),
            Event::Inquire(visit) => self.inquire(visit, now),
            Event::Touch(touch) => self.touch(touch, now),
            Event::Scanned(reading) => self.scanned(reading, now),
            Event::HardToRead(advice) => self.hard_to_read(advice),
            Event::BatchFound { visit, found } => self.batch_found(visit, found, now),
            Event::Pinned(pinning) => self.pinned(pinning, now),
            Event::Today { ask, earlier } => self.today(ask, earlier, now),
            Event::Resolved { ask, answer } => self.resolved(ask, answer, now),
            Event::Saw(sight) => self.saw(sight, now),
            Event::Standardised { ask, result } => self.standardised(ask, result, now),
            Event::Saved { visit, result } => self.saved(visit, result, now),
            Event::Ordered { capture, order } => self.ordered(capture, order, now),
            Event::OrderSettled {
                capture,
                order,
                state,
            } => self.order_settled(capture, &order, state, now),
            Event::Printed { visit, result } => self.printed(visit, result, now),
            Event::Progress { ask, answer } => self.progress(ask, answer, now),
            Event::Pin { ask, answer } => self.pin(ask, answer, now),
            Event::News(news) => self.news(news),
            Event::Ready(ready) => self.ready(ready, now),
        }
    }

    /// Enters a state and starts its deadline.
    fn enter(&mut self, state: State, now: Now) {
        self.entered = now.mono;
        self.served = None;
        self.help = HelpPage::Closed;
        self.state = state;
        self.begin_deadline(now);
    }

    /// Restarts the deadline of the present state.
    fn begin_deadline(&mut self, now: Now) {
        self.deadline = patience(&self.state).map(|wait| now.mono.plus(wait));
    }

    /// Takes the state out to move its data on; [`State::Idle`] stands in until the next `enter`.
    const fn take(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Idle)
    }

    /// Ends the visit, whatever it was, and forgets it.
    fn wipe(&mut self, next: State, now: Now) -> Vec<Effect> {
        // Staff have read of the call at their desk.
        if matches!(self.state, State::Staff(Desk::Open(_))) {
            self.staff_call = None;
        }
        if matches!(next, State::Idle) {
            self.lang = self.settings.lang;
            self.text_size = self.settings.text_size;
        }
        self.enter(next, now);
        vec![Effect::Forget]
    }

    fn tick(&mut self, now: Now) -> Vec<Effect> {
        self.end_practice(now);
        if let Some(ended) = self.end_if_left(now) {
            return ended;
        }
        if self.served_left(now.mono) {
            return self.wipe(State::Idle, now);
        }
        self.expire_bill(now);
        if self.deadline.is_some_and(|deadline| now.mono >= deadline) {
            return match &self.state {
                // Saved already: a contact not given or a bill not paid is no reason to withhold
                // the receipt.
                State::Contact(_) | State::Payment(_) => self.end_at_receipt(now),
                // It is not known yet whether the photo is durable, so nothing may be said or
                // thrown away: staff take a look.
                State::Saving(saving) => {
                    self.unsettled = Some(saving.sitter.visit());
                    self.wipe(State::Blocked(too_long()), now)
                }
                State::Blocked(_) => {
                    (self.help, self.deadline) = (HelpPage::Closed, None);
                    vec![]
                }
                _ => self.wipe(State::Idle, now),
            };
        }
        self.desk_tick(now)
    }

    /// Goes straight from the steps after a save to the receipt.
    fn end_at_receipt(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Contact(Contacting {
                person, receipt, ..
            })
            | State::Payment(Paying {
                person,
                receipt: Some(receipt),
                ..
            }) => self.show_receipt(person.batch, receipt, now),
            _ => self.wipe(State::Idle, now),
        }
    }

    /// Ends a state whose time is over. A help page is closed even where nothing waits for anybody.
    fn wait_on(&mut self, now: Now) {
        if patience(&self.state).is_none() {
            let open = self.help == HelpPage::Open;
            self.deadline = open.then(|| now.mono.plus(READING));
        }
    }

    #[expect(clippy::too_many_lines, reason = "a line for each touch")]
    fn touch(&mut self, touch: Touch, now: Now) -> Vec<Effect> {
        match touch {
            Touch::Language(lang) => {
                self.lang = lang;
                vec![]
            }
            Touch::TextSize(size) => {
                self.text_size = size;
                vec![]
            }
            Touch::Help(page) => {
                self.help = page;
                self.wait_on(now);
                vec![]
            }
            Touch::Photo(size) => self.show_photo(size, now),
            Touch::MoreTime => {
                self.begin_deadline(now);
                self.wait_on(now);
                vec![]
            }
            Touch::Leave => self.leave(now),
            Touch::CallStaff => self.ask_for_staff(now),
            Touch::Staff => self.staff(now),
            Touch::StaffLeave => self.desk_left(now),
            Touch::Desk(touch) => self.desk(touch, now),
            Touch::TermsRead
            | Touch::AgreeFace
            | Touch::AgreeSending
            | Touch::ShowFullText
            | Touch::HideFullText
            | Touch::Refuse
            | Touch::UnderFourteen => self.consent(touch, now),
            Touch::Key(key) => self.key(key, now),
            Touch::Backspace => self.backspace(now),
            Touch::ContactField(field) => self.contact_field(field, now),
            Touch::Keys(keys) => self.contact_keys(keys, now),
            Touch::ContactDone => self.contact_done(now),
            Touch::ContactSkip => self.contact_over(now),
            Touch::AskAgain => match self.state {
                State::Payment(_) => self.pay_again(now),
                _ => self.ask_again_for_progress(now),
            },
            Touch::PayNow => self.pay_now(now),
            Touch::PayLater => self.pay_later(now),
            Touch::PrintSlip => self.print(now),
            Touch::ConfirmStandard => self.confirm_standard(now),
            Touch::Unpin => self.unpin(),
            Touch::Replace => self.replace(now),
            Touch::NotMyCode => self.take_code_back(now),
            Touch::Prepared => self.prepared(now),
            Touch::Shoot if matches!(self.state, State::Help(_)) => self.take_still(now),
            Touch::Shoot => self.shoot(now),
            Touch::Mark { x, y } => self.mark(x, y, now),
            Touch::Unmark => self.unmark(),
            Touch::Marked => self.marked(now),
            Touch::Import(touch) => self.import(touch, now),
            Touch::SetAside(check, reason) => self.set_aside(check, reason),
            Touch::LetPass => self.let_pass(now),
            Touch::Pick(which) => self.pick(which, now),
            Touch::Confirm => self.confirm(now),
            Touch::Retake => self.retake(now),
            Touch::Start | Touch::Inquire => vec![],
        }
    }

    /// Leaves the visit, which is possible at every step but Saving: that takes moments and must
    /// end in a fact.
    fn leave(&mut self, now: Now) -> Vec<Effect> {
        match self.state {
            State::Saving(_) | State::Blocked(_) | State::Idle => vec![],
            State::Contact(_) | State::Payment(_) => self.end_at_receipt(now),
            _ => self.wipe(State::Idle, now),
        }
    }

    fn staff(&mut self, now: Now) -> Vec<Effect> {
        match self.state {
            State::Idle | State::Blocked(_) | State::Stopped(_) => {
                self.wipe(State::Staff(Desk::locked(None)), now)
            }
            State::Framing(_) | State::Flawed(_) => self.call_staff(now),
            _ => vec![],
        }
    }

    fn consent(&mut self, touch: Touch, now: Now) -> Vec<Effect> {
        let State::Consent(consenting) = &mut self.state else {
            return vec![];
        };
        match (touch, consenting.progress) {
            (Touch::ShowFullText, _) => consenting.reading_full_text = true,
            (Touch::HideFullText, _) => consenting.reading_full_text = false,
            (Touch::Refuse, _) => return self.wipe(State::Stopped(Stop::Refused), now),
            (Touch::UnderFourteen, _) => {
                let mut effects = self.wipe(State::Stopped(Stop::UnderFourteen), now);
                effects.extend(self.ring(now));
                return effects;
            }
            (Touch::TermsRead, ConsentProgress::Nothing) => {
                consenting.progress = ConsentProgress::TermsRead {
                    terms_read_at: now.wall,
                };
            }
            (Touch::AgreeFace, ConsentProgress::TermsRead { terms_read_at }) => {
                consenting.progress = ConsentProgress::FaceAgreed {
                    terms_read_at,
                    face_agreed_at: now.wall,
                };
            }
            (
                Touch::AgreeSending,
                ConsentProgress::FaceAgreed {
                    terms_read_at,
                    face_agreed_at,
                },
            ) => {
                let batch = Arc::clone(&consenting.batch);
                let visitor = Visitor {
                    visit: consenting.visit,
                    consent: Consent {
                        text_version: batch.consent.version.clone(),
                        text_sha256: consent_hash(&batch, self.lang),
                        lang: self.lang.of_documents(),
                        terms_read_at,
                        face_agreed_at,
                        sending_agreed_at: now.wall,
                    },
                    batch,
                };
                self.enter(
                    State::Code(Coding {
                        visitor,
                        hint: None,
                        returning: None,
                    }),
                    now,
                );
            }
            _ => {}
        }
        vec![]
    }

    fn scanned(&mut self, reading: Reading, now: Now) -> Vec<Effect> {
        match &self.state {
            State::Progress(_) => self.inquiry_scanned(reading, now),
            State::Batch(_) => self.batch_scanned(&reading.bytes),
            State::Code(_) => self.code_scanned(reading, now),
            State::Staff(Desk::Locked(_)) => Self::lock_scanned(&reading.bytes),
            State::Staff(Desk::Open(_)) => self.desk_scanned(&reading.bytes),
            _ => vec![],
        }
    }

    fn code_scanned(&mut self, reading: Reading, now: Now) -> Vec<Effect> {
        let State::Code(coding) = &mut self.state else {
            return vec![];
        };
        let shapes = &coding.visitor.batch.code_shapes;
        let code = match code::meaning_in(&reading.bytes, shapes) {
            // Practice never touches what belongs to a student.
            Meaning::Personal(_) if self.practice_ends.is_some() => {
                PersonalCode::of_practice(&coding.visitor.visit.to_string())
            }
            Meaning::Personal(code) => code,
            Meaning::Batch(_) => return hint(coding, CodeHint::ThisIsTheBatch),
            Meaning::Receipt | Meaning::Statement(_) => {
                return hint(coding, CodeHint::ThisIsAReceipt);
            }
            Meaning::Command(_) | Meaning::Ticket => return hint(coding, CodeHint::ThisIsForStaff),
            Meaning::Foreign(why) => return hint(coding, CodeHint::Foreign(why)),
        };
        match coding.returning.take() {
            Some(scanned) if scanned.code == code => {
                self.ask_tail(*scanned, now);
                vec![Effect::Chime(Chime::Accepted)]
            }
            Some(scanned) => {
                coding.returning = Some(scanned);
                hint(coding, CodeHint::NotTheSame)
            }
            None => {
                let scanned = Scanned {
                    visitor: coding.visitor.clone(),
                    code: code.clone(),
                    card: reading.card.map(|card| Arc::new(Card(card))),
                    supersedes: None,
                };
                let ask = self.asks.next();
                let batch = &scanned.visitor.batch;
                let tailing = Tailing {
                    today: Some(ask),
                    is_strange: self.practice_ends.is_none()
                        && !self.shapes.are_familiar_with(batch, &code),
                    ..Tailing::of(scanned, TailEntry::resting(self.tries.until(&code)))
                };
                self.enter(State::Tail(tailing), now);
                vec![
                    Effect::Chime(Chime::Accepted),
                    Effect::LookUpToday { ask, code },
                ]
            }
        }
    }

    /// Shows advice on a code that is hard to read. It gives way to what was said about a code that
    /// was read, and to newer advice.
    fn hard_to_read(&mut self, advice: code::Advice) -> Vec<Effect> {
        match &mut self.state {
            State::Code(coding)
                if matches!(
                    coding.hint,
                    None | Some(CodeHint::Hold(_) | CodeHint::ScanAgain)
                ) =>
            {
                coding.hint = Some(CodeHint::Hold(advice));
            }
            State::Progress(Inquiry {
                step: InquiryStep::Code { hint },
                ..
            }) if matches!(hint, None | Some(CodeHint::Hold(_))) => {
                *hint = Some(CodeHint::Hold(advice));
            }
            State::Batch(Batching { entry, .. }) => entry.hold(advice),
            state => {
                if let Some(entry) = state.desk_entry_mut() {
                    entry.hold(advice);
                }
            }
        }
        vec![]
    }

    fn ask_tail(&mut self, scanned: Scanned, now: Now) {
        let entry = TailEntry::resting(self.tries.until(&scanned.code));
        self.enter(State::Tail(Tailing::of(scanned, entry)), now);
    }

    /// Asks for the code again: what was read is not the visitor's.
    fn take_code_back(&mut self, now: Now) -> Vec<Effect> {
        if let State::Tail(tailing) = &self.state
            && tailing.may_take_back()
        {
            let visitor = tailing.scanned.visitor.clone();
            let coding = Coding {
                visitor,
                hint: None,
                returning: None,
            };
            self.enter(State::Code(coding), now);
        }
        vec![]
    }

    /// Takes the answer whether this code was captured today. The look-up is quick, so its answer
    /// finds the visitor at the keypad or not at all.
    fn today(&mut self, ask: AskId, earlier: Option<CaptureId>, now: Now) -> Vec<Effect> {
        let (State::Tail(tailing), Some(earlier)) = (&self.state, earlier) else {
            return vec![];
        };
        if tailing.today == Some(ask) && tailing.scanned.supersedes.is_none() {
            let scanned = tailing.scanned.clone();
            self.enter(State::Replace(Replacing { scanned, earlier }), now);
        }
        vec![]
    }

    fn replace(&mut self, now: Now) -> Vec<Effect> {
        if let State::Replace(replacing) = &self.state {
            let scanned = Scanned {
                supersedes: Some(replacing.earlier),
                ..replacing.scanned.clone()
            };
            self.ask_tail(scanned, now);
        }
        vec![]
    }

    fn key(&mut self, key: char, now: Now) -> Vec<Effect> {
        match &mut self.state {
            State::Tail(_) => self.tail_key(key, now),
            State::Progress(_) => self.inquiry_key(key, now),
            State::Contact(_) => {
                let mut utf8 = [0; 4];
                self.contact_keys(key.encode_utf8(&mut utf8), now)
            }
            State::Staff(Desk::Locked(_)) | State::Help(_) => self.pin_key(key),
            State::Batch(_) | State::Staff(Desk::Open(_)) => self.batch_key(key),
            _ => vec![],
        }
    }

    fn backspace(&mut self, now: Now) -> Vec<Effect> {
        match &mut self.state {
            State::Contact(_) => self.contact_backspace(now),
            State::Progress(Inquiry {
                step: InquiryStep::Tail(tailing),
                ..
            }) => tailing.entry.typed.pop(),
            State::Tail(tailing) => tailing.entry.typed.pop(),
            State::Batch(Batching { entry, .. }) => entry.backspace(),
            state => {
                if let Some(lock) = state.lock_mut() {
                    lock.backspace();
                } else if let Some(entry) = state.desk_entry_mut() {
                    entry.backspace();
                }
            }
        }
        vec![]
    }

    /// Takes one key of the tail; moves on by itself when the tail is complete.
    fn tail_key(&mut self, key: char, now: Now) -> Vec<Effect> {
        let State::Tail(tailing) = &mut self.state else {
            return vec![];
        };
        let rule = tailing.scanned.visitor.batch.profile.tail_rule;
        let tail = match tailing.entry.key(key, rule, now.mono) {
            Keyed::GoesOn => return vec![],
            Keyed::NotATail => return vec![Effect::Chime(Chime::Refused)],
            Keyed::Whole(tail) => tail,
        };
        let ask = self.asks.next();
        let practises = self.practice_ends.is_some();
        let sitter = Sitter {
            scanned: tailing.scanned.clone(),
            tail,
            identity: if practises {
                Identity::Later
            } else {
                Identity::Asking
            },
            asked: ask,
            refused_tails: tailing.entry.refused,
        };
        let (person, presence) = (sitter.person(), tailing.presence);
        // On to the chair, while the platform looks up whom code and tail belong to.
        let next = if sitter.batch().profile.prepare_step {
            State::Prepare(Preparing { sitter, presence })
        } else {
            State::Framing(Framing::new(sitter, presence))
        };
        self.enter(next, now);
        let mut effects = vec![Effect::Chime(Chime::Accepted)];
        if !practises {
            effects.push(Effect::Resolve { ask, person });
        }
        effects
    }

    fn prepared(&mut self, now: Now) -> Vec<Effect> {
        if let State::Prepare(Preparing { sitter, presence }) = &self.state {
            let framing = Framing::new(sitter.clone(), *presence);
            self.enter(State::Framing(framing), now);
        }
        vec![]
    }
}

fn too_long() -> Fault {
    Fault::Outbox("saving took too long".to_owned())
}

fn hint(coding: &mut Coding, hint: CodeHint) -> Vec<Effect> {
    let new = coding.hint.replace(hint) != Some(hint);
    if new {
        vec![Effect::Chime(Chime::Refused)]
    } else {
        vec![]
    }
}

/// Returns the SHA-256 of the consent texts as shown in `lang`, in hex.
fn consent_hash(batch: &Batch, lang: Lang) -> String {
    let text = batch.consent.shown_in(lang);
    let parts = [
        &text.handler,
        &text.recipients,
        &text.purpose,
        &text.retention,
        &text.withdrawal,
        &text.full,
    ];
    sha256_hex(parts.map(|part| format!("{part}\0")).concat().as_bytes())
}

/// Returns how long a state waits for its person or its machine before the visit is wiped.
fn patience(state: &State) -> Option<Duration> {
    let seconds = match state {
        State::Idle | State::Blocked(_) => return None,
        State::Batch(_) | State::Consent(_) | State::Code(_) => 90,
        State::Progress(inquiry) if inquiry.is_unseen() => 20,
        State::Payment(Paying {
            bill: Bill::Paid, ..
        }) => 15,
        State::Stopped(_) => 40,
        State::Tail(_)
        | State::Prepare(_)
        | State::Flawed(_)
        | State::Review(_)
        | State::Contact(_)
        | State::Progress(_)
        // Who stays in the chair may read it; an empty chair ends it sooner.
        | State::Receipt(_) => 60,
        State::Framing(_) | State::Help(_) => 120,
        State::Replace(_) | State::Saving(_) => 30,
        // As long as paying by QR may take: unlock, find the app, scan, type a PIN.
        State::Payment(_) => 150,
        State::Standardising(_) => 20,
        State::Staff(_) => 180,
    };
    Some(Duration::from_secs(seconds))
}
