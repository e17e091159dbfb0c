//! Where a visit stands. A state carries its data, so leaving it forgets it.

use std::{fmt, sync::Arc, time::Duration};

use image::RgbImage;

use super::{
    PhotoSize,
    ask::AskId,
    choosing::{Burst, Candidates},
    contact::ContactForm,
    desk::{Desk, Gate},
    importing::Importing,
    marking::Marking,
};
use crate::{
    booth::{Fault, PrinterState, duty::Operator},
    capture::{CaptureId, Consent, Override, OverrideReason},
    code::{self, Advice, FeatureCode, Foreign, PersonalCode, Tail, TailRule},
    contract::{Batch, BatchRefusal, CommandTrouble, PayOrder, PersonProgress, Progress, Resolved},
    frame::Frame,
    guidance::{Saying, Sight, Verdict},
    layout::Crop,
    portrait::Standardised,
    profile::{CheckId, Profile},
    time::{Mono, Wall},
};

/// The steps of a visit, in order, and the places beside them.
#[derive(Debug)]
pub enum State {
    /// Nobody is here.
    Idle,
    /// Showing or typing the batch, where staff pinned no batch.
    Batch(Batching),
    /// Reading and giving consent, in three acts.
    Consent(Consenting),
    /// Showing the 采集码 to the camera.
    Code(Coding),
    /// This code was captured here today: replace it, or leave?
    Replace(Replacing),
    /// Typing the last characters of the ID.
    Tail(Tailing),
    /// Reading the checklist (hair, glasses, collar), where the profile wants it.
    Prepare(Preparing),
    /// Sitting, guided towards a good picture.
    Framing(Framing),
    /// The chosen frame is being cropped and judged.
    Standardising(Standardising),
    /// The picture was not good enough: its sitter sees what is wrong with it.
    Flawed(Flawed),
    /// Staff at a picture that was refused, or with a sitter whom no model finds.
    Help(Helping),
    /// Looking at the finished picture.
    Review(Reviewing),
    /// Confirmed; being sealed and made durable.
    Saving(Saving),
    /// Durable. Asks how the sitter may be reached, where the batch wants that.
    Contact(Contacting),
    /// Durable. To be paid now, by the QR on the screen.
    Payment(Paying),
    /// Durable. The only state that says "done".
    Receipt(Receipted),
    /// Beside a visit: how far somebody's photo has come.
    Progress(Inquiry),
    /// The visit ended without a capture, and why.
    Stopped(Stop),
    /// No visit can start.
    Blocked(Fault),
    /// Staff are at the booth.
    Staff(Desk),
}

#[derive(Debug)]
pub struct Batching {
    pub visit: CaptureId,
    pub errand: Errand,
    pub entry: BatchEntry,
}

/// What a visitor came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Photo,
    Progress,
}

/// A batch being named by a visitor, or by staff who pin it.
#[derive(Debug, Default)]
pub struct BatchEntry {
    /// Typed so far. The code is on the school's notice, so it is shown in clear.
    pub typed: String,
    pub said: BatchSaid,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BatchSaid {
    #[default]
    Nothing,
    /// The batch is being looked up.
    Asking,
    /// A code was read that does not name a batch.
    NotABatch,
    /// A code is visible, and would be read if it were held differently.
    Hold(Advice),
    Refused(BatchRefusal),
    /// A command that is not for this booth, or no longer valid.
    CommandRefused(CommandTrouble),
}

impl BatchEntry {
    /// Takes one key; returns the code once it is complete.
    pub(super) fn key(&mut self, key: char) -> Option<FeatureCode> {
        if !key.is_ascii_alphanumeric() || self.said == BatchSaid::Asking {
            return None;
        }
        self.said = BatchSaid::Nothing;
        self.typed.push(key);
        let code = FeatureCode::parse(&self.typed)?;
        self.said = BatchSaid::Asking;
        Some(code)
    }

    pub(super) fn backspace(&mut self) {
        if self.said != BatchSaid::Asking {
            self.typed.pop();
        }
    }

    /// Shows what would make a code readable, unless something was said about a code that was read.
    pub(super) fn hold(&mut self, advice: Advice) {
        if matches!(self.said, BatchSaid::Nothing | BatchSaid::Hold(_)) {
            self.said = BatchSaid::Hold(advice);
        }
    }

    /// Starts again, since what was named led nowhere.
    pub(super) fn refuse(&mut self, said: BatchSaid) {
        self.typed.clear();
        self.said = said;
    }
}

#[derive(Clone, Debug)]
pub struct Consenting {
    pub visit: CaptureId,
    pub batch: Arc<Batch>,
    pub progress: ConsentProgress,
    /// The full texts are open over the summary.
    pub reading_full_text: bool,
}

/// Identifies a person to the platform: a batch, a code and a tail.
#[derive(Clone, Debug)]
pub struct Person {
    pub batch: Arc<Batch>,
    pub code: PersonalCode,
    pub tail: Tail,
}

/// How far the three acts have come. A later one cannot come before an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentProgress {
    Nothing,
    TermsRead {
        terms_read_at: Wall,
    },
    FaceAgreed {
        terms_read_at: Wall,
        face_agreed_at: Wall,
    },
}

impl ConsentProgress {
    /// Returns how many acts are done, 0..=2; the third one leaves the state.
    pub const fn acts(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::TermsRead { .. } => 1,
            Self::FaceAgreed { .. } => 2,
        }
    }
}

/// A visitor who has consented.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub visit: CaptureId,
    pub batch: Arc<Batch>,
    pub consent: Consent,
}

#[derive(Debug)]
pub struct Coding {
    pub visitor: Visitor,
    pub hint: Option<CodeHint>,
    /// The code of a visit that was interrupted: only the same code and its tail resume it.
    pub returning: Option<Box<Scanned>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeHint {
    Foreign(Foreign),
    /// A receipt or another document of the platform.
    ThisIsAReceipt,
    /// A receipt of another platform's booth.
    ForeignReceipt,
    /// A command or a ticket, for staff.
    ThisIsForStaff,
    /// The batch's QR rather than the personal one.
    ThisIsTheBatch,
    /// The chair was empty or somebody else sat down: show the same code again.
    ScanAgain,
    /// Another person's code.
    NotTheSame,
    /// A code is visible, and would be read if it were held differently.
    Hold(Advice),
}

/// A visitor whose code was read.
#[derive(Clone, Debug)]
pub struct Scanned {
    pub visitor: Visitor,
    pub code: PersonalCode,
    pub card: Option<Arc<Card>>,
    /// The capture that this visit replaces.
    pub supersedes: Option<CaptureId>,
}

/// The card as the camera saw it. In memory only; prints nothing.
pub struct Card(pub RgbImage);

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(..)")
    }
}

#[derive(Debug)]
pub struct Replacing {
    pub scanned: Scanned,
    pub earlier: CaptureId,
}

#[derive(Debug)]
pub struct Tailing {
    pub scanned: Scanned,
    pub entry: TailEntry,
    /// The person typing: the picture will be of nobody else.
    pub presence: Presence,
    /// The question whether this code was captured today.
    pub(super) today: Option<AskId>,
    /// No code like this one was seen before: the visitor sees what was read, and may take it back
    /// until the first key.
    pub is_strange: bool,
}

/// The last characters of an ID being typed, in a visit or beside one.
#[derive(Debug, Default)]
pub struct TailEntry {
    pub typed: Typed,
    pub hint: Option<TailHint>,
    /// Tails that the platform refused so far.
    pub refused: u8,
    /// No key is taken before this time.
    pub rests_until: Option<Mono>,
}

/// The effect of one key.
pub(super) enum Keyed {
    /// Taken, or not a key for this field; more is to come.
    GoesOn,
    NotATail,
    Whole(Tail),
}

impl TailEntry {
    /// Creates an empty entry that takes no key before `until`.
    pub(super) fn resting(until: Option<Mono>) -> Self {
        Self {
            rests_until: until,
            ..Self::default()
        }
    }

    /// Returns how long no key is taken yet.
    pub fn rest(&self, now: Mono) -> Option<Duration> {
        let rest = self.rests_until?.since(now);
        (!rest.is_zero()).then_some(rest)
    }

    /// Creates an entry for another try, after `refused` tails and a wait.
    pub(super) fn refused(refused: u8, until: Mono) -> Self {
        Self {
            refused,
            ..Self::resting(Some(until))
        }
    }

    pub(super) fn key(&mut self, key: char, rule: TailRule, now: Mono) -> Keyed {
        if !code::is_tail_char(key) || self.rest(now).is_some() {
            return Keyed::GoesOn;
        }
        self.typed.push(key);
        if self.typed.len() < rule.length() {
            self.hint = None;
            return Keyed::GoesOn;
        }
        if let Some(tail) = Tail::parse(self.typed.as_str(), rule) {
            return Keyed::Whole(tail);
        }
        self.typed = Typed::default();
        self.hint = Some(TailHint::NotATail);
        Keyed::NotATail
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailHint {
    /// The platform knows no such code with this tail.
    DoesNotMatch,
    /// Complete but not a tail.
    NotATail,
    /// The camera did not see one person until the last key: type it again from the chair.
    FromTheChair,
}

/// What is being typed. Wiped when dropped; prints only its length.
#[derive(Clone, Default)]
pub struct Typed(String);

impl Typed {
    pub fn push(&mut self, c: char) {
        self.0.push(c);
    }

    pub fn pop(&mut self) {
        self.0.pop();
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({})", self.len())
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// Who the platform says this is, as far as it has answered.
#[derive(Clone, Debug, Default)]
pub enum Identity {
    #[default]
    Asking,
    Known(Resolved),
    /// No answer in time: checked when the parcel arrives.
    Later,
}

/// A visitor with code and tail: everything except a picture.
#[derive(Clone, Debug)]
pub struct Sitter {
    pub scanned: Scanned,
    pub tail: Tail,
    pub identity: Identity,
    /// Identifies the question of who they are, for its answer.
    pub asked: AskId,
    /// Tails that the platform refused for this code so far.
    pub refused_tails: u8,
}

impl State {
    /// Returns the visit under way, until it is saved or abandoned.
    pub const fn visit(&self) -> Option<CaptureId> {
        match self {
            Self::Batch(Batching { visit, .. }) | Self::Consent(Consenting { visit, .. }) => {
                Some(*visit)
            }
            Self::Code(Coding { visitor, .. })
            | Self::Replace(Replacing {
                scanned: Scanned { visitor, .. },
                ..
            })
            | Self::Tail(Tailing {
                scanned: Scanned { visitor, .. },
                ..
            }) => Some(visitor.visit),
            Self::Prepare(Preparing { sitter, .. })
            | Self::Framing(Framing { sitter, .. })
            | Self::Standardising(Standardising { sitter, .. })
            | Self::Flawed(Flawed { sitter, .. })
            | Self::Help(Helping { sitter, .. })
            | Self::Review(Reviewing { sitter, .. })
            | Self::Saving(Saving { sitter, .. }) => Some(sitter.visit()),
            Self::Idle
            | Self::Contact(_)
            | Self::Payment(_)
            | Self::Receipt(_)
            | Self::Progress(_)
            | Self::Stopped(_)
            | Self::Blocked(_)
            | Self::Staff(_) => None,
        }
    }

    /// Returns the face track of the step, where one must stay the same.
    pub(super) const fn presence_mut(&mut self) -> Option<&mut Presence> {
        match self {
            Self::Tail(Tailing { presence, .. })
            | Self::Prepare(Preparing { presence, .. })
            | Self::Framing(Framing { presence, .. })
            | Self::Standardising(Standardising { presence, .. })
            | Self::Flawed(Flawed { presence, .. })
            | Self::Help(Helping { presence, .. })
            | Self::Review(Reviewing { presence, .. }) => Some(presence),
            Self::Progress(inquiry) if inquiry.is_personal() => Some(&mut inquiry.presence),
            Self::Idle
            | Self::Batch(_)
            | Self::Consent(_)
            | Self::Code(_)
            | Self::Replace(_)
            | Self::Saving(_)
            | Self::Contact(_)
            | Self::Payment(_)
            | Self::Receipt(_)
            | Self::Progress(_)
            | Self::Stopped(_)
            | Self::Blocked(_)
            | Self::Staff(_) => None,
        }
    }

    /// Returns the step's name for logs; it reveals nothing about a person.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Batch(_) => "batch",
            Self::Consent(_) => "consent",
            Self::Code(_) => "code",
            Self::Replace(_) => "replace",
            Self::Tail(_) => "tail",
            Self::Prepare(_) => "prepare",
            Self::Framing(_) => "framing",
            Self::Standardising(_) => "standardising",
            Self::Flawed(_) => "flawed",
            Self::Help(_) => "help",
            Self::Review(_) => "review",
            Self::Saving(_) => "saving",
            Self::Contact(_) => "contact",
            Self::Payment(_) => "payment",
            Self::Receipt(_) => "receipt",
            Self::Progress(_) => "progress",
            Self::Stopped(_) => "stopped",
            Self::Blocked(_) => "blocked",
            Self::Staff(_) => "staff",
        }
    }

    /// Returns the batch of the visit under way, from its consent on.
    pub const fn batch(&self) -> Option<&Arc<Batch>> {
        match self {
            Self::Consent(Consenting { batch, .. }) | Self::Progress(Inquiry { batch, .. }) => {
                Some(batch)
            }
            Self::Code(Coding { visitor, .. })
            | Self::Replace(Replacing {
                scanned: Scanned { visitor, .. },
                ..
            })
            | Self::Tail(Tailing {
                scanned: Scanned { visitor, .. },
                ..
            }) => Some(&visitor.batch),
            Self::Prepare(Preparing { sitter, .. })
            | Self::Framing(Framing { sitter, .. })
            | Self::Standardising(Standardising { sitter, .. })
            | Self::Flawed(Flawed { sitter, .. })
            | Self::Help(Helping { sitter, .. })
            | Self::Review(Reviewing { sitter, .. })
            | Self::Saving(Saving { sitter, .. }) => Some(sitter.batch()),
            Self::Contact(Contacting { person, .. }) | Self::Payment(Paying { person, .. }) => {
                Some(&person.batch)
            }
            Self::Idle
            | Self::Batch(_)
            | Self::Receipt(_)
            | Self::Stopped(_)
            | Self::Blocked(_)
            | Self::Staff(_) => None,
        }
    }
}

impl Tailing {
    /// Creates the entry for a code of which nothing more is to be asked.
    pub(super) fn of(scanned: Scanned, entry: TailEntry) -> Self {
        Self {
            scanned,
            entry,
            presence: Presence::NotYet,
            today: None,
            is_strange: false,
        }
    }

    /// Returns whether the visitor may take the code back: nobody has typed yet.
    pub fn may_take_back(&self) -> bool {
        self.is_strange && self.entry.typed.is_empty() && self.presence == Presence::NotYet
    }

    /// Returns whether the camera can see the person typing.
    pub const fn is_seen(&self) -> bool {
        matches!(self.presence, Presence::Here { .. })
    }
}

impl Inquiry {
    /// Returns whether the step belongs to the one person who typed the tail or is typing it.
    pub const fn is_personal(&self) -> bool {
        match &self.step {
            InquiryStep::Tail(_)
            | InquiryStep::Known(_)
            | InquiryStep::Asking {
                asked: Asked::Person { .. },
                ..
            }
            | InquiryStep::NoAnswer(Asked::Person { .. }) => true,
            InquiryStep::Code { .. }
            | InquiryStep::OfReceipt(_)
            | InquiryStep::Asking {
                asked: Asked::Receipt(_),
                ..
            }
            | InquiryStep::NoAnswer(Asked::Receipt(_)) => false,
        }
    }

    /// Returns whether an answer is shown to somebody whom the camera does not see.
    pub(super) fn is_unseen(&self) -> bool {
        let answered = matches!(
            self.step,
            InquiryStep::Known(_) | InquiryStep::NoAnswer(Asked::Person { .. })
        );
        answered && self.presence == Presence::NotYet
    }
}

impl Sitter {
    pub const fn visit(&self) -> CaptureId {
        self.scanned.visitor.visit
    }

    pub const fn batch(&self) -> &Arc<Batch> {
        &self.scanned.visitor.batch
    }

    /// Returns the person as the platform is asked about them.
    pub fn person(&self) -> Person {
        Person {
            batch: Arc::clone(self.batch()),
            code: self.scanned.code.clone(),
            tail: self.tail.clone(),
        }
    }
}

#[derive(Debug)]
pub struct Preparing {
    pub sitter: Sitter,
    pub presence: Presence,
}

#[derive(Debug)]
pub struct Framing {
    pub sitter: Sitter,
    pub presence: Presence,
    pub verdict: Option<Verdict>,
    /// The sentence shown at present.
    pub saying: Option<Saying>,
    pub hold: Option<Hold>,
    /// The newest sight, for the manual button.
    pub newest: Option<Sight>,
    /// The last picture, if it was not good enough.
    pub refused: Option<Arc<Standardised>>,
    /// How many pictures of this sitter were refused for glare in their glasses.
    pub glare: u8,
    /// Whether the manual button found no face to take.
    pub unseen: bool,
}

/// Good frames in a row.
#[derive(Debug)]
pub struct Hold {
    pub since: Mono,
    pub best: Box<Sight>,
    /// All of them, where the batch offers a choice.
    pub good: Candidates,
}

/// The face track that must stay the same from the last key of the tail to the confirmation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// No face that keeps still has been seen yet.
    #[default]
    NotYet,
    Here {
        track: u32,
    },
    Away {
        track: u32,
        since: Mono,
    },
    /// No model finds this face: the operator who marked it vouches for it in place of a track.
    Vouched,
}

#[derive(Debug)]
pub struct Standardising {
    pub ask: AskId,
    pub shot: Shot,
    pub sitter: Sitter,
    pub presence: Presence,
    /// As in [`Framing`].
    pub glare: u8,
    /// The operator who marked the head by hand, or imported the picture.
    pub vouched_by: Option<Operator>,
    pub burst: Burst,
}

/// The frame that was taken, and what is cut from it.
#[derive(Debug)]
pub struct Shot {
    pub frame: Arc<Frame>,
    pub crop: Crop,
}

#[derive(Debug)]
pub struct Flawed {
    pub sitter: Sitter,
    pub presence: Presence,
    pub portrait: Arc<Standardised>,
    /// As in [`Framing`], with this picture.
    pub glare: u8,
}

#[derive(Debug)]
pub struct Helping {
    pub sitter: Sitter,
    pub presence: Presence,
    pub gate: Gate,
    pub case: Case,
}

/// Why staff were called.
#[derive(Debug)]
pub enum Case {
    Refused(Refused),
    Unseen(Marking),
    /// The sitter brings a picture that exists already.
    Import(Importing),
}

/// A picture that did not pass: staff may set some of its checks aside.
#[derive(Debug)]
pub struct Refused {
    pub portrait: Arc<Standardised>,
    /// What staff have set aside so far.
    pub overrides: Vec<Override>,
}

impl Refused {
    pub(super) const fn new(portrait: Arc<Standardised>) -> Self {
        Self {
            portrait,
            overrides: vec![],
        }
    }

    /// Returns the checks that refuse the picture.
    pub fn refusing(&self) -> impl Iterator<Item = CheckId> {
        let refusing = self.portrait.checks.iter().filter(|check| check.refuses());
        refusing.map(|check| check.id)
    }

    pub fn reason(&self, check: CheckId) -> Option<OverrideReason> {
        let found = self.overrides.iter().find(|aside| aside.check == check);
        found.map(|aside| aside.reason)
    }

    /// Returns whether nothing is left that refuses the picture.
    pub fn is_settled(&self) -> bool {
        self.refusing().all(|check| self.reason(check).is_some())
    }

    /// Sets a check aside, if it refuses the picture and the batch's profile lets staff decide
    /// about it.
    pub(super) fn set_aside(&mut self, aside: Override, profile: &Profile) {
        let check = aside.check;
        if profile.overridable.contains(&check) && self.refusing().any(|id| id == check) {
            self.overrides.retain(|before| before.check != check);
            self.overrides.push(aside);
        }
    }
}

#[derive(Debug)]
pub struct Reviewing {
    pub sitter: Sitter,
    pub presence: Presence,
    pub portrait: Arc<Standardised>,
    /// More pictures of the same hold, until one is chosen.
    pub others: Vec<Arc<Standardised>>,
    /// What staff set aside for this picture.
    pub overrides: Vec<Override>,
    /// The picture was confirmed, but could not be saved: confirm again.
    pub save_failed: bool,
    pub shown: PhotoSize,
}

impl Reviewing {
    /// Returns whether the sitter has to be seen before confirming again: during the failed save
    /// nobody was looked at.
    pub(super) const fn awaits_its_sitter(&self) -> bool {
        self.save_failed && matches!(self.presence, Presence::Away { .. })
    }
}

#[derive(Debug)]
pub struct Saving {
    pub sitter: Sitter,
    pub presence: Presence,
    pub portrait: Arc<Standardised>,
    pub overrides: Vec<Override>,
}

#[derive(Clone, Debug)]
pub struct Receipted {
    pub visit: CaptureId,
    /// The link in the receipt's QR: a page that shows the state only, authorised by the booth's
    /// signed statement.
    pub link: String,
    pub saved_at: Wall,
    pub fee: Fee,
    pub slip: SlipStep,
}

/// How far the receipt's slip of paper has come. It is tried once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SlipStep {
    #[default]
    NotAsked,
    Printing,
    Printed,
    NotPrinted(PrinterState),
}

/// Whether something is still to be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fee {
    #[default]
    Nothing,
    Paid,
    Owed,
}

/// Saved, and asked how the sitter may be reached.
#[derive(Debug)]
pub struct Contacting {
    pub person: Person,
    pub receipt: Receipted,
    pub form: ContactForm,
}

#[derive(Debug)]
pub struct Paying {
    pub person: Person,
    /// The capture being paid for.
    pub capture: CaptureId,
    /// The visit's own receipt; `None` for somebody who came back to pay.
    pub receipt: Option<Receipted>,
    pub bill: Bill,
}

/// How far the payment has come. Leaving the screen cancels nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bill {
    /// The platform is being asked for the order.
    Asking,
    /// Its row is durable: the QR may be shown.
    Due(PayOrder),
    /// The platform does not answer: pay later.
    NoAnswer,
    /// The order expired unpaid.
    RanOut,
    /// An earlier photo was paid for; to see it, its owner shows the code again.
    Paid,
}

/// Looking up how far a photo has come: code, tail, answer.
#[derive(Debug)]
pub struct Inquiry {
    /// Identifies the inquiry.
    pub visit: CaptureId,
    pub batch: Arc<Batch>,
    pub intent: Intent,
    pub step: InquiryStep,
    /// The person who typed the tail: the answer is shown to nobody else.
    pub presence: Presence,
}

/// Why code and tail are asked for.
#[derive(Clone, Debug, Default)]
pub enum Intent {
    #[default]
    Look,
    /// Confirms the standard photo of a capture, by the person who shows its code again and types
    /// its tail.
    Confirm { id: CaptureId, code: PersonalCode },
}

#[derive(Debug)]
pub enum InquiryStep {
    Code {
        hint: Option<CodeHint>,
    },
    Tail(InquiryTail),
    Asking {
        ask: AskId,
        asked: Asked,
    },
    /// Everything about one person's photo.
    Known(Known),
    /// What a receipt may show: the state only. `None` while the platform does not have it.
    OfReceipt(Option<Progress>),
    NoAnswer(Asked),
}

#[derive(Debug)]
pub struct InquiryTail {
    pub code: PersonalCode,
    pub card: Option<Arc<Card>>,
    pub entry: TailEntry,
}

/// What the platform is asked about.
#[derive(Clone, Debug)]
pub enum Asked {
    Person {
        person: Person,
        card: Option<Arc<Card>>,
        refused: u8,
    },
    /// A receipt's `capture-statement+jws`.
    Receipt(String),
}

#[derive(Debug)]
pub struct Known {
    pub person: Person,
    pub card: Option<Arc<Card>>,
    pub found: PersonProgress,
    /// The platform's standard photo, while it waits for a confirmation.
    pub standard: Option<StandardPhoto>,
}

/// A picture that the platform made. In memory only; prints nothing.
pub struct StandardPhoto(pub RgbImage);

impl fmt::Debug for StandardPhoto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardPhoto(..)")
    }
}

/// Why a visit ended without a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The booth's own batch cannot be used now.
    Batch(BatchRefusal),
    /// Consent was refused: nothing was kept.
    Refused,
    /// A guardian has to consent; staff know the other channel.
    UnderFourteen,
    /// The batch is prepaid and the platform knows of no payment.
    NotPaid,
    /// The platform has accepted a photo of theirs already.
    AlreadyAccepted,
    /// Too many tails that do not belong to the code.
    TooManyTails,
}
