//! Staff at the booth: a PIN, then a home page with one light, and pages that are one touch away
//! from it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    AskId, BatchEntry, Case, Chime, Effect, Helping, Session, State, Typed,
    commissioning::{CheckTouch, Commissioning, Measured},
    importing::{Found, NotImported, Opened, StickPicture},
    patience,
    practice::Practice,
    settings::{self, Settings},
};
use crate::{
    booth::{
        day::DaySheet,
        duty::{Deed, Operator},
        queue::{QueueAsk, QueueFilter},
    },
    capture::CaptureId,
    code::{self, Meaning},
    contract::{Batch, Change, CommandTrouble, VoidCause},
    time::Now,
};

#[derive(Debug)]
pub enum Desk {
    /// Asking for the PIN.
    Locked(Lock),
    Open(Duty),
}

/// An operator's number and PIN, typed one after the other.
#[derive(Debug, Default)]
pub struct Lock {
    /// The operator whose PIN is being typed, once the number is known.
    pub number: Option<u32>,
    pub typed: Typed,
    /// The PIN that is being checked.
    pub(super) asked: Option<AskId>,
    pub answer: Option<PinAnswer>,
}

/// The result of checking a typed PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinAnswer {
    /// The PIN of this operator.
    Right(Operator),
    Wrong,
    /// An operator's PIN, but this page needs a supervisor.
    MayNot,
    /// Too many wrong PINs: wait N seconds.
    Wait(u64),
    /// The platform's command ended all lock-outs; the PINs are what they were.
    LockoutsEnded,
    CommandRefused(CommandTrouble),
    /// The booth is too busy or cannot read its list of operators; the log says which.
    Unchecked,
    /// No PIN was set at enrolment.
    NotSet,
}

/// Staff beside a sitter: the PIN is asked for, or the operator is known.
#[derive(Debug)]
pub enum Gate {
    Locked(Lock),
    Open(Operator),
}

/// An operator and the page they look at.
#[derive(Debug)]
pub struct Duty {
    pub operator: Operator,
    pub page: Page,
}

#[derive(Debug)]
pub enum Page {
    /// One light, the links to the other pages and the booth's health.
    Home,
    Queue(Queuing),
    Day(Days),
    /// Exporting captures and importing receipts by memory stick.
    Stick(Carrying),
    /// Choosing the batch that every visit will belong to.
    Batch(BatchEntry),
    Commission(Commissioning),
    Settings,
    /// The doctor's findings, versions, keys and the end of the log; `None` until asked for.
    Engineer(Option<Arc<Examined>>),
    PackUp(Days),
}

/// The pages that the home page links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    Queue,
    Day,
    Stick,
    Batch,
    Commission,
    Settings,
    Engineer,
    PackUp,
}

impl Tile {
    pub const ALL: [Self; 8] = [
        Self::Queue,
        Self::Day,
        Self::Stick,
        Self::Batch,
        Self::Commission,
        Self::Settings,
        Self::Engineer,
        Self::PackUp,
    ];

    /// Returns the permission that opening the page needs; `None` where any operator may look.
    pub const fn deed(self) -> Option<Deed> {
        match self {
            Self::Queue | Self::Day | Self::Stick => None,
            Self::Batch => Some(Deed::PinBatch),
            Self::Commission => Some(Deed::Commission),
            Self::Settings => Some(Deed::ChangeSettings),
            Self::Engineer => Some(Deed::Examine),
            Self::PackUp => Some(Deed::PackUp),
        }
    }
}

/// The queue's page.
#[derive(Debug, Default)]
pub struct Queuing {
    pub ask: QueueAsk,
    /// The question asked about the opened row.
    pub asks: Asks,
    pub said: Option<Result<Done, String>>,
}

/// A question that a second touch still has to confirm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    #[default]
    Nothing,
    WhyVoid,
    WhetherWithdraw,
}

/// What was done with one capture, or with all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Retried,
    Voided,
    Withdrawn,
}

/// The day's page: its figures once they have arrived, newest day first.
#[derive(Debug, Default)]
pub struct Days {
    pub sheets: Option<Vec<DaySheet>>,
    /// The operators' short names, by number.
    pub names: BTreeMap<u32, String>,
    /// Index of the sheet on the screen.
    pub shown: usize,
}

impl Days {
    pub fn sheet(&self) -> Option<&DaySheet> {
        self.sheets.as_ref()?.get(self.shown)
    }
}

/// Progress and result of an exchange by memory stick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Carrying {
    #[default]
    Nothing,
    /// N files of M are copied.
    Copying { done: usize, of: usize },
    Exported {
        parcels: u64,
        notes: u64,
        bytes: u64,
        skipped: u64,
    },
    /// N receipts of M are imported.
    Importing { done: usize, of: usize },
    Imported {
        delivered: u64,
        known: u64,
        refused: u64,
    },
    /// The stick holds no receipts.
    NoReceipts,
    /// The stick was removed.
    Gone,
    /// The stick has no room for the export; nothing was left on it.
    Full,
    /// The stick is write-protected.
    ReadOnly,
    /// The reason, for staff.
    Failed(String),
}

/// A mounted stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stick {
    /// The system's number of this mount, never reused while the mount lasts.
    pub number: u32,
    pub name: String,
    pub free_bytes: u64,
}

/// What an engineer's examination found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    pub findings: Vec<Finding>,
    /// Names and versions of programs, models and keys.
    pub versions: Vec<(String, String)>,
    /// The last lines of the log, oldest first; no log ever holds a person.
    pub log: Vec<String>,
}

/// One thing that the doctor looked at.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub name: String,
    pub level: Level,
    /// What was found, and what to do.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    /// The booth works, and somebody should know.
    Warn,
    /// The booth stays closed, or loses its promise.
    Fail,
}

/// What staff touch on their pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskTouch {
    Home,
    Open(Tile),
    /// Locks the desk for the next operator.
    HandOver,
    List(QueueFilter),
    /// The page that begins at row N.
    From(u64),
    OpenRow(CaptureId),
    CloseRow,
    Retry(CaptureId),
    RetryAll,
    Ask(Asks),
    Void(CaptureId, VoidCause),
    Withdraw(CaptureId),
    /// One day back or forward.
    EarlierDay,
    LaterDay,
    CloseDay,
    Export(u32),
    Import(u32),
    Check(CheckTouch),
    Set(settings::Change),
    /// The next visits are practice, or are real again.
    Practise(Practice),
    ExamineAgain,
}

/// Something the shell does for staff.
#[derive(Debug, PartialEq)]
pub enum Chore {
    /// A PIN was right: what follows is done by this operator.
    TakeOver(u32),
    PinRefused,
    Left,
    Look(QueueAsk),
    Retry(CaptureId),
    RetryAll,
    Amend(CaptureId, Change),
    LookAtDays,
    CloseDay(String),
    Export(u32),
    Import(u32),
    /// The camera that is plugged in becomes the booth's own.
    AcceptCamera,
    LockCamera,
    LookAtSeat,
    TakePlate,
    TestShot,
    /// The commissioning or its short check is complete.
    NoteCheck,
    Keep(Settings),
    Examine,
    /// Lists the pictures on the sticks.
    FindPictures(AskId),
    /// Opens one of them to be made into a photo.
    OpenPicture {
        ask: AskId,
        picture: StickPicture,
        operator: u32,
        batch: Arc<Batch>,
    },
}

/// The result of a chore.
#[derive(Debug)]
pub enum News {
    /// What was done with one capture; `None` for all that wait.
    Row(Option<CaptureId>, Result<Done, String>),
    Days(Vec<DaySheet>, BTreeMap<u32, String>),
    Carried(Carrying),
    Measured(Measured),
    Settings(Settings),
    Examined(Arc<Examined>),
    /// A platform command to end all lock-outs, shown to the camera or found on a stick, was obeyed
    /// or refused.
    Lockouts(Result<(), CommandTrouble>),
    Pictures(AskId, Found),
    Picture(AskId, Result<Box<Opened>, NotImported>),
}

impl Desk {
    pub(super) fn locked(answer: Option<PinAnswer>) -> Self {
        Self::Locked(Lock {
            answer,
            ..Lock::default()
        })
    }

    const fn page_mut(&mut self) -> Option<&mut Page> {
        match self {
            Self::Locked(_) => None,
            Self::Open(duty) => Some(&mut duty.page),
        }
    }
}

impl Lock {
    fn key(&mut self, key: char) {
        let longest = match self.number {
            None => LONGEST_NUMBER,
            Some(_) => LONGEST_PIN,
        };
        if key.is_ascii_digit() && self.typed.len() < longest {
            self.answer = None;
            self.typed.push(key);
        }
    }

    /// Takes back the last digit, or the number where no digit of the PIN was typed yet.
    pub(super) fn backspace(&mut self) {
        if self.typed.is_empty() {
            self.number = None;
        }
        self.typed.pop();
    }

    /// Takes what was typed; returns the number and the PIN once both are complete. An empty entry
    /// is ignored.
    fn enter(&mut self) -> Option<(u32, Typed)> {
        let typed = std::mem::take(&mut self.typed);
        match self.number {
            None => {
                self.number = typed.as_str().parse().ok();
                None
            }
            Some(number) => (!typed.is_empty()).then_some((number, typed)),
        }
    }
}

impl State {
    /// Returns the batch that staff are choosing.
    pub const fn desk_entry(&self) -> Option<&BatchEntry> {
        match self {
            Self::Staff(Desk::Open(Duty {
                page: Page::Batch(entry),
                ..
            })) => Some(entry),
            _ => None,
        }
    }

    /// Returns whether staff look at the camera's picture to check the booth.
    pub const fn is_being_checked(&self) -> bool {
        matches!(
            self,
            Self::Staff(Desk::Open(Duty {
                page: Page::Commission(_),
                ..
            }))
        )
    }

    pub(super) const fn desk_entry_mut(&mut self) -> Option<&mut BatchEntry> {
        match self {
            Self::Staff(Desk::Open(Duty {
                page: Page::Batch(entry),
                ..
            })) => Some(entry),
            _ => None,
        }
    }

    /// Returns the pad on which a PIN is being typed.
    pub(super) const fn lock_mut(&mut self) -> Option<&mut Lock> {
        match self {
            Self::Staff(Desk::Locked(lock)) => Some(lock),
            Self::Help(helping) => match &mut helping.gate {
                Gate::Locked(lock) => Some(lock),
                Gate::Open(_) => None,
            },
            _ => None,
        }
    }
}

impl Session {
    /// Takes the answer about a PIN; it opens only the lock at which that PIN was typed.
    pub(super) fn pin(&mut self, of: AskId, answer: PinAnswer, now: Now) -> Vec<Effect> {
        let lock = self.state.lock_mut();
        if lock
            .and_then(|lock| lock.asked.take_if(|ask| *ask == of))
            .is_none()
        {
            return vec![];
        }
        let operator = match answer {
            PinAnswer::Right(operator) if self.opens_to(&operator) => operator,
            PinAnswer::Right(_) => return self.keep_locked(PinAnswer::MayNot, now),
            PinAnswer::Unchecked | PinAnswer::LockoutsEnded | PinAnswer::CommandRefused(_) => {
                return self.keep_locked(answer, now);
            }
            PinAnswer::Wrong | PinAnswer::MayNot | PinAnswer::Wait(_) | PinAnswer::NotSet => {
                let mut effects = self.keep_locked(answer, now);
                effects.push(Effect::Chore(Chore::PinRefused));
                return effects;
            }
        };
        let mut effects = vec![Effect::Chore(Chore::TakeOver(operator.number))];
        match self.take() {
            State::Staff(_) => self.show(operator, Page::Home, now),
            State::Help(mut helping) => {
                self.staff_call = None;
                helping.gate = Gate::Open(operator);
                self.enter(State::Help(helping), now);
                effects.extend(self.look_for_pictures(now));
            }
            other => self.state = other,
        }
        effects
    }

    /// Returns whether this operator may see what lies behind this lock.
    fn opens_to(&self, operator: &Operator) -> bool {
        let State::Help(Helping { case, .. }) = &self.state else {
            return true;
        };
        match case {
            Case::Refused(_) => true,
            Case::Unseen(_) => operator.role.may(Deed::MarkHead),
            Case::Import(_) => operator.role.may(Deed::ImportPicture),
        }
    }

    fn keep_locked(&mut self, answer: PinAnswer, now: Now) -> Vec<Effect> {
        if let Some(lock) = self.state.lock_mut() {
            lock.answer = Some(answer);
        }
        self.renew_patience(now);
        vec![]
    }

    /// Takes one key of the PIN pad: an operator's number, Enter, their PIN, Enter.
    pub(super) fn pin_key(&mut self, key: char) -> Vec<Effect> {
        let Some(lock) = self.state.lock_mut() else {
            return vec![];
        };
        if key != '\n' {
            lock.key(key);
            return vec![];
        }
        let Some((number, pin)) = lock.enter() else {
            return vec![];
        };
        let ask = self.asks.next();
        if let Some(lock) = self.state.lock_mut() {
            lock.asked = Some(ask);
        }
        vec![Effect::VerifyPin { ask, number, pin }]
    }

    fn show(&mut self, operator: Operator, page: Page, now: Now) {
        self.enter(State::Staff(Desk::Open(Duty { operator, page })), now);
    }

    /// Restarts the deadline: an operator working at the desk is not logged out.
    pub(super) fn renew_patience(&mut self, now: Now) {
        self.deadline = patience(&self.state).map(|wait| now.mono.plus(wait));
    }

    /// Returns whether the operator at the desk may do that.
    fn may(&self, deed: Deed) -> bool {
        matches!(&self.state, State::Staff(Desk::Open(duty)) if duty.operator.role.may(deed))
    }

    pub(super) fn desk_left(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.state, State::Staff(_)) {
            return vec![];
        }
        let was_open = matches!(self.state, State::Staff(Desk::Open(_)));
        let mut effects = self.wipe(State::Idle, now);
        if was_open {
            effects.push(Effect::Chore(Chore::Left));
        }
        effects
    }

    pub(super) fn desk(&mut self, touch: DeskTouch, now: Now) -> Vec<Effect> {
        if !matches!(self.state, State::Staff(Desk::Open(_))) {
            return vec![];
        }
        self.renew_patience(now);
        match touch {
            DeskTouch::Home => self.turn_to(Page::Home, now),
            DeskTouch::Open(tile) => self.open_tile(tile, now),
            DeskTouch::HandOver => {
                let mut effects = self.wipe(State::Staff(Desk::locked(None)), now);
                effects.push(Effect::Chore(Chore::Left));
                effects
            }
            DeskTouch::List(_)
            | DeskTouch::From(_)
            | DeskTouch::OpenRow(_)
            | DeskTouch::CloseRow
            | DeskTouch::Ask(_) => self.look_at_queue(touch),
            DeskTouch::Retry(_)
            | DeskTouch::RetryAll
            | DeskTouch::Void(..)
            | DeskTouch::Withdraw(_) => self.act_on_queue(touch),
            DeskTouch::EarlierDay | DeskTouch::LaterDay | DeskTouch::CloseDay => {
                self.act_on_day(touch)
            }
            DeskTouch::Export(_) | DeskTouch::Import(_) => self.carry(touch),
            DeskTouch::Check(touch) => self.check(touch, now),
            DeskTouch::Set(change) => self.set(change),
            DeskTouch::Practise(practice) => self.set_practice(practice, now),
            DeskTouch::ExamineAgain => self.open_tile(Tile::Engineer, now),
        }
    }

    fn turn_to(&mut self, page: Page, now: Now) -> Vec<Effect> {
        let State::Staff(Desk::Open(duty)) = self.take() else {
            return vec![];
        };
        self.show(duty.operator, page, now);
        // Leaving the page also drops the trial picture it showed.
        vec![Effect::Forget]
    }

    fn open_tile(&mut self, tile: Tile, now: Now) -> Vec<Effect> {
        if tile.deed().is_some_and(|deed| !self.may(deed)) {
            return vec![Effect::Chime(Chime::Refused)];
        }
        let (page, chore) = match tile {
            Tile::Queue => {
                let ask = QueueAsk::default();
                (Page::Queue(Queuing::default()), Some(Chore::Look(ask)))
            }
            Tile::Day => (Page::Day(Days::default()), Some(Chore::LookAtDays)),
            Tile::Stick => (Page::Stick(Carrying::Nothing), None),
            Tile::Batch => (Page::Batch(BatchEntry::default()), None),
            Tile::Commission => (Page::Commission(Commissioning::default()), None),
            Tile::Settings => (Page::Settings, None),
            Tile::Engineer => (Page::Engineer(None), Some(Chore::Examine)),
            Tile::PackUp => (Page::PackUp(Days::default()), Some(Chore::LookAtDays)),
        };
        let mut effects = self.turn_to(page, now);
        effects.extend(chore.map(Effect::Chore));
        effects
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        match &mut self.state {
            State::Staff(desk) => desk.page_mut(),
            _ => None,
        }
    }

    fn queuing_mut(&mut self) -> Option<&mut Queuing> {
        match self.page_mut() {
            Some(Page::Queue(queuing)) => Some(queuing),
            _ => None,
        }
    }

    fn look_at_queue(&mut self, touch: DeskTouch) -> Vec<Effect> {
        let Some(queuing) = self.queuing_mut() else {
            return vec![];
        };
        let before = queuing.ask;
        let mut asks = Asks::Nothing;
        match touch {
            DeskTouch::List(filter) => {
                queuing.ask = QueueAsk {
                    filter,
                    ..QueueAsk::default()
                };
            }
            DeskTouch::From(from) => queuing.ask.from = from,
            DeskTouch::OpenRow(id) => queuing.ask.opened = Some(id),
            DeskTouch::CloseRow => queuing.ask.opened = None,
            DeskTouch::Ask(question) => asks = question,
            _ => {}
        }
        queuing.asks = asks;
        if queuing.ask == before {
            return vec![];
        }
        queuing.said = None;
        vec![Effect::Chore(Chore::Look(queuing.ask))]
    }

    /// Acts on a row. What a second touch confirms is done only where it was asked for and the row
    /// is still open.
    fn act_on_queue(&mut self, touch: DeskTouch) -> Vec<Effect> {
        let (deed, of, wants, chore) = match touch {
            DeskTouch::Retry(id) => (Deed::Retry, Some(id), Asks::Nothing, Chore::Retry(id)),
            DeskTouch::RetryAll => (Deed::Retry, None, Asks::Nothing, Chore::RetryAll),
            DeskTouch::Void(id, cause) => (
                Deed::Void,
                Some(id),
                Asks::WhyVoid,
                Chore::Amend(id, Change::Voided(cause)),
            ),
            DeskTouch::Withdraw(id) => (
                Deed::Withdraw,
                Some(id),
                Asks::WhetherWithdraw,
                Chore::Amend(id, Change::Withdrawn),
            ),
            _ => return vec![],
        };
        let allowed = self.may(deed);
        let Some(queuing) = self.queuing_mut() else {
            return vec![];
        };
        let opened = of.is_none_or(|id| queuing.ask.opened == Some(id));
        if !allowed || !opened || queuing.asks != wants {
            return vec![Effect::Chime(Chime::Refused)];
        }
        queuing.asks = Asks::Nothing;
        vec![Effect::Chore(chore)]
    }

    fn act_on_day(&mut self, touch: DeskTouch) -> Vec<Effect> {
        let may_close = self.may(Deed::CloseDay);
        let Some(Page::Day(days) | Page::PackUp(days)) = self.page_mut() else {
            return vec![];
        };
        let last = days.sheets.as_ref().map_or(0, Vec::len).saturating_sub(1);
        match touch {
            DeskTouch::EarlierDay => days.shown = (days.shown + 1).min(last),
            DeskTouch::LaterDay => days.shown = days.shown.saturating_sub(1),
            DeskTouch::CloseDay => {
                let adds_up = days.sheet().filter(|sheet| sheet.gaps().is_empty());
                return match adds_up {
                    Some(sheet) if may_close => {
                        vec![Effect::Chore(Chore::CloseDay(sheet.visits.day.clone()))]
                    }
                    _ => vec![Effect::Chime(Chime::Refused)],
                };
            }
            _ => {}
        }
        vec![]
    }

    fn carry(&mut self, touch: DeskTouch) -> Vec<Effect> {
        let (deed, carrying, chore) = match touch {
            DeskTouch::Export(stick) => (
                Deed::Export,
                Carrying::Copying { done: 0, of: 0 },
                Chore::Export(stick),
            ),
            DeskTouch::Import(stick) => (
                Deed::ImportReceipts,
                Carrying::Importing { done: 0, of: 0 },
                Chore::Import(stick),
            ),
            _ => return vec![],
        };
        let allowed = self.may(deed);
        match self.page_mut() {
            Some(Page::Stick(Carrying::Copying { .. } | Carrying::Importing { .. })) => vec![],
            Some(Page::Stick(now)) if allowed => {
                *now = carrying;
                vec![Effect::Chore(chore)]
            }
            _ => vec![Effect::Chime(Chime::Refused)],
        }
    }

    fn set(&mut self, change: settings::Change) -> Vec<Effect> {
        if !matches!(self.page_mut(), Some(Page::Settings)) {
            return vec![];
        }
        self.settings = self.settings.with(change);
        vec![Effect::Chore(Chore::Keep(self.settings))]
    }

    fn set_practice(&mut self, practice: Practice, now: Now) -> Vec<Effect> {
        if matches!(self.page_mut(), Some(Page::Settings)) {
            self.practise(practice, now.mono);
        }
        vec![]
    }

    /// Hands the result of a chore to the page that still waits for it; the booth's settings apply
    /// everywhere.
    pub(super) fn news(&mut self, news: News) -> Vec<Effect> {
        match news {
            News::Settings(settings) => {
                self.settings = settings;
                if matches!(self.state, State::Idle | State::Blocked(_)) {
                    (self.lang, self.text_size) = (settings.lang, settings.text_size);
                }
                vec![]
            }
            News::Lockouts(ended) => self.lockouts_ended(ended),
            News::Pictures(ask, found) => self.pictures_found(ask, found),
            News::Picture(ask, result) => self.picture_opened(ask, result),
            News::Row(..)
            | News::Days(..)
            | News::Carried(_)
            | News::Measured(_)
            | News::Examined(_) => self.news_of_page(news),
        }
    }

    /// Shows news on the page that they belong to, if it is still open.
    fn news_of_page(&mut self, news: News) -> Vec<Effect> {
        match (self.page_mut(), news) {
            (Some(Page::Queue(queuing)), News::Row(of, said))
                if of.is_none() || of == queuing.ask.opened =>
            {
                let chime = if said.is_ok() {
                    Chime::Accepted
                } else {
                    Chime::Refused
                };
                queuing.said = Some(said);
                return vec![Effect::Chime(chime)];
            }
            (Some(Page::Day(days) | Page::PackUp(days)), News::Days(sheets, names)) => {
                days.shown = days.shown.min(sheets.len().saturating_sub(1));
                days.sheets = Some(sheets);
                days.names = names;
            }
            (Some(Page::Stick(now)), News::Carried(carrying)) => *now = carrying,
            (Some(Page::Commission(commissioning)), News::Measured(measured)) => {
                commissioning.take_in(measured);
            }
            (Some(Page::Engineer(found)), News::Examined(examined)) => *found = Some(examined),
            _ => {}
        }
        vec![]
    }

    /// Shows at the pad that it takes PINs again; it opens nothing.
    fn lockouts_ended(&mut self, ended: Result<(), CommandTrouble>) -> Vec<Effect> {
        let Some(lock) = self.state.lock_mut() else {
            return vec![];
        };
        let (answer, chime) = match ended {
            Ok(()) => (PinAnswer::LockoutsEnded, Chime::Accepted),
            Err(trouble) => (PinAnswer::CommandRefused(trouble), Chime::Refused),
        };
        lock.answer = Some(answer);
        vec![Effect::Chime(chime)]
    }

    /// Takes a code shown to the locked pad: only a platform command means something here.
    pub(super) fn lock_scanned(bytes: &[u8]) -> Vec<Effect> {
        match code::meaning(bytes) {
            Meaning::Command(command) => {
                vec![Effect::Chime(Chime::Accepted), Effect::EndLockouts(command)]
            }
            Meaning::Batch(_)
            | Meaning::Personal(_)
            | Meaning::Ticket
            | Meaning::Receipt
            | Meaning::Statement(_)
            | Meaning::Foreign(_) => vec![],
        }
    }

    /// Moves a page on whose time has come.
    pub(super) fn desk_tick(&mut self, now: Now) -> Vec<Effect> {
        let due = match self.page_mut() {
            Some(Page::Commission(commissioning)) => commissioning.shutter_is_due(now.mono),
            _ => false,
        };
        if due {
            vec![
                Effect::Chime(Chime::Shutter),
                Effect::Chore(Chore::TestShot),
            ]
        } else {
            vec![]
        }
    }

    fn check(&mut self, touch: CheckTouch, now: Now) -> Vec<Effect> {
        if !self.may(Deed::Commission) {
            return vec![Effect::Chime(Chime::Refused)];
        }
        match self.page_mut() {
            Some(Page::Commission(commissioning)) => commissioning.apply(touch, now.mono),
            _ => vec![],
        }
    }
}

/// Longest number of an operator that the pad takes.
const LONGEST_NUMBER: usize = 4;

/// Longest PIN that the pad takes.
const LONGEST_PIN: usize = 12;

/// How long staff have to reach the chair before the trial picture.
pub const WAY_TO_THE_CHAIR: Duration = Duration::from_secs(8);
