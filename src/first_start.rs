//! The first start: what somebody does on the screen of a booth that is not enrolled yet, step by
//! step, until it is.
//!
//! A touch or a finding goes into [`FirstStart::apply`], and a [`Job`] comes out where something has
//! to be done. Nothing here remembers what is done: [`FirstStart::resume`] reads that from what is
//! [`OnDisk`], so that a power cut between two steps costs the step under way at most.
//!
//! The ticket comes before the network, because it names the platform that the network must reach
//! and whose date the clock is compared with; and no platform is spoken to before its fingerprint
//! was compared.

use std::{fmt, net::IpAddr, time::Duration};

use zeroize::Zeroizing;

use crate::{
    contract::EnrolmentTicket,
    jws::{JwsError, fingerprint},
    lang::{Lang, Third},
    time::{AGREEMENT, Wall},
};

/// The longest PIN that can be typed.
const LONGEST_PIN: usize = 12;

/// One first start.
pub struct FirstStart {
    lang: Lang,
    third: Option<&'static Third>,
    step: Step,
    /// The ticket that was compared, or is being compared.
    ticket: Option<Ticket>,
    has_pin: bool,
    /// The ticket that somebody or the platform refused; it is not taken again.
    refused: Option<String>,
}

/// Where the first start is.
#[derive(Debug)]
pub enum Step {
    Language,
    /// Looks for a ticket on sticks, and listens to the hand scanner.
    Ticket(Option<TicketTrouble>),
    /// Shows the fingerprint of the ticket's root key, to be compared with the paper.
    Fingerprint(Comparing),
    /// Shows how the booth is connected; `None` while it tries.
    Network(Option<Probe>),
    /// Compares the booth's clock with the platform's.
    Time(Probe),
    Pin(PinEntry),
    Enrolling,
    /// The booth is not enrolled, and nothing was lost.
    Failed(NotEnrolled),
    /// Enrolled, under this name of the platform's.
    Enrolled(String),
}

/// What earlier starts left on the disk.
#[derive(Debug, Default)]
pub struct OnDisk {
    /// A ticket whose fingerprint was compared.
    pub ticket: Option<Ticket>,
    pub has_pin: bool,
}

/// A ticket that its own root signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// As signed.
    pub token: String,
    pub content: EnrolmentTicket,
}

/// Prints no code: the one-time code is a secret until it is used.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}

impl Ticket {
    /// Reads an `enrolment-ticket+jws`.
    pub fn read(text: &str) -> Result<Self, JwsError> {
        let token = text.trim().to_owned();
        let content = EnrolmentTicket::verify(&token)?;
        Ok(Self { token, content })
    }

    /// Returns the sixteen groups of its root's fingerprint.
    pub fn groups(&self) -> Vec<String> {
        // A ticket without a root does not verify.
        let root = self.content.root();
        let groups = root.map(|root| fingerprint(&root)).unwrap_or_default();
        groups.split(' ').map(str::to_owned).collect()
    }
}

/// Why there is no ticket yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketTrouble {
    /// The stick holds no ticket.
    NotOnStick,
    /// More than one ticket is on the sticks.
    Several,
    /// What was read is no ticket.
    NotATicket,
    /// It was changed after its platform signed it.
    Changed,
    /// The hand scanner lost characters.
    InPart,
    /// The ticket that was refused a moment ago.
    Refused,
    /// Somebody saw another fingerprint than the paper's.
    OtherFingerprint,
}

/// Whether the compared ticket is on the disk yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparing {
    Shown,
    Keeping,
    /// The disk refused; the cause is for staff.
    NotKept(String),
}

/// What was found out about the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub wired: Wired,
    /// Whether the machine has a wireless card, which is not set up here.
    pub has_wifi: bool,
    /// The booth's address towards other networks.
    pub address: Option<IpAddr>,
    pub reach: Reach,
    /// The booth's own clock at that moment.
    pub clock: Wall,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wired {
    NoSocket,
    Unplugged,
    Plugged,
}

/// How far the booth gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The platform answered, with its date.
    Platform(Option<Wall>),
    /// Somebody else answered, such as the log-in page of a network, or a proxy; the text is for
    /// staff.
    Stranger(String),
    /// The platform's certificate is not valid on the booth's date.
    Date,
    /// No answer, and why, for staff.
    Nowhere(String),
}

impl Probe {
    /// Returns how far the booth's clock is from the platform's, and whether it is ahead.
    pub fn apart(&self) -> Option<(Duration, bool)> {
        let Reach::Platform(Some(date)) = self.reach else {
            return None;
        };
        let ms = self.clock.unix_ms() - date.unix_ms();
        Some((Duration::from_millis(ms.unsigned_abs()), ms > 0))
    }

    /// Returns whether the clock is known to be right enough.
    pub fn has_right_time(&self) -> bool {
        match self.reach {
            Reach::Platform(_) => self.apart().is_none_or(|(apart, _)| apart <= AGREEMENT),
            Reach::Stranger(_) | Reach::Date | Reach::Nowhere(_) => false,
        }
    }
}

/// The PIN while it is typed twice.
#[derive(Default)]
pub struct PinEntry {
    pub typed: Zeroizing<String>,
    /// What was typed first.
    first: Option<Zeroizing<String>>,
    pub trouble: Option<PinTrouble>,
    pub is_being_kept: bool,
}

impl PinEntry {
    pub const fn is_repeated(&self) -> bool {
        self.first.is_some()
    }

    fn begin_again(trouble: PinTrouble) -> Self {
        Self {
            trouble: Some(trouble),
            ..Self::default()
        }
    }
}

/// Prints nothing that was typed.
impl fmt::Debug for PinEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinEntry(..)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinTrouble {
    Differ,
    /// Too short, or guessed first.
    Weak,
    /// The disk refused; the cause is for staff.
    NotKept(String),
}

/// Why the booth is not enrolled. The texts are for staff and name no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotEnrolled {
    /// The one-time code is unknown, used or too old.
    CodeRefused,
    /// The ticket names no usable platform, or another answered.
    Ticket(String),
    Line(String),
    /// The platform's certificate is not valid on the booth's date.
    Date,
    /// The booth's own disk.
    Disk(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    Language(Lang),
    /// To the next step.
    Next,
    /// Try what failed once more.
    Again,
    /// The fingerprint is another one than the paper's.
    OtherFingerprint,
    /// Give up this ticket and take another one.
    OtherTicket,
    Key(char),
    Backspace,
}

#[derive(Debug)]
pub enum Event {
    Touch(Touch),
    Ticket(Result<Ticket, TicketTrouble>),
    /// The compared ticket is on the disk, or why it is not.
    TicketKept(Result<(), String>),
    Probed(Probe),
    PinKept(Result<(), PinTrouble>),
    Enrolled(Result<String, NotEnrolled>),
}

/// What is to be done, beside the window.
#[derive(Debug, PartialEq, Eq)]
pub enum Job {
    /// Keeps a ticket that was compared.
    KeepTicket(Ticket),
    ForgetTicket,
    /// Looks how far the booth gets with this ticket.
    Probe(Ticket),
    KeepPin(Zeroizing<String>),
    Enrol(Ticket),
    /// Starts the booth again, enrolled.
    Open,
}

impl FirstStart {
    /// Begins at the first step that the disk does not show as done, with what there is to do.
    pub fn resume(found: OnDisk, third: Option<&'static Third>) -> (Self, Option<Job>) {
        let mut start = Self {
            lang: Lang::Zh,
            third,
            step: Step::Language,
            ticket: found.ticket,
            has_pin: found.has_pin,
            refused: None,
        };
        let job = start.ticket.is_some().then(|| start.probe()).flatten();
        (start, job)
    }

    pub const fn lang(&self) -> Lang {
        self.lang
    }

    pub const fn third_language(&self) -> Option<&'static Third> {
        self.third
    }

    pub const fn step(&self) -> &Step {
        &self.step
    }

    pub const fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// Returns whether a ticket is waited for.
    pub const fn wants_ticket(&self) -> bool {
        matches!(self.step, Step::Ticket(_))
    }

    /// Takes in what happened. An answer to a step that was left changes nothing.
    pub fn apply(&mut self, event: Event) -> Option<Job> {
        match (event, &mut self.step) {
            (Event::Touch(touch), _) => self.touched(touch),
            (Event::Ticket(found), Step::Ticket(trouble)) => {
                let trouble = *trouble;
                self.found(found, trouble);
                None
            }
            // Only while it is being kept: a late answer must not stand for a comparison.
            (Event::TicketKept(kept), Step::Fingerprint(comparing @ Comparing::Keeping)) => {
                match kept {
                    Ok(()) => self.probe(),
                    Err(why) => {
                        *comparing = Comparing::NotKept(why);
                        None
                    }
                }
            }
            (Event::Probed(probe), Step::Network(found)) => {
                *found = Some(probe);
                None
            }
            (Event::PinKept(Ok(())), Step::Pin(_)) => {
                self.has_pin = true;
                self.enrol()
            }
            (Event::PinKept(Err(trouble)), Step::Pin(entry)) => {
                *entry = PinEntry::begin_again(trouble);
                None
            }
            (Event::Enrolled(result), Step::Enrolling) => {
                self.step = match result {
                    Ok(station) => Step::Enrolled(station),
                    Err(why) => Step::Failed(why),
                };
                None
            }
            (
                Event::Ticket(_)
                | Event::TicketKept(_)
                | Event::Probed(_)
                | Event::PinKept(_)
                | Event::Enrolled(_),
                _,
            ) => None,
        }
    }

    fn touched(&mut self, touch: Touch) -> Option<Job> {
        match (touch, &mut self.step) {
            (Touch::Language(lang), step) => {
                self.lang = lang;
                if matches!(step, Step::Language) {
                    *step = Step::Ticket(None);
                }
                None
            }
            (Touch::Next | Touch::Again, Step::Fingerprint(comparing))
                if *comparing != Comparing::Keeping =>
            {
                *comparing = Comparing::Keeping;
                self.ticket.clone().map(Job::KeepTicket)
            }
            (Touch::OtherFingerprint, Step::Fingerprint(_)) => {
                Some(self.drop_ticket(Some(TicketTrouble::OtherFingerprint)))
            }
            (Touch::OtherTicket, Step::Network(_) | Step::Time(_) | Step::Failed(_)) => {
                Some(self.drop_ticket(None))
            }
            (Touch::Next, Step::Network(found)) => {
                self.step = Step::Time(found.take_if(|probe| leads_on(probe))?);
                None
            }
            (Touch::Next, Step::Time(probe)) if !matches!(probe.reach, Reach::Date) => {
                self.after_time()
            }
            (Touch::Again, Step::Network(Some(_)) | Step::Time(_)) => self.probe(),
            (Touch::Again, Step::Failed(why)) => match why {
                NotEnrolled::Line(_) | NotEnrolled::Date => self.probe(),
                NotEnrolled::CodeRefused | NotEnrolled::Ticket(_) | NotEnrolled::Disk(_) => {
                    self.enrol()
                }
            },
            (Touch::Next, Step::Enrolled(_)) => Some(Job::Open),
            (Touch::Key('\n'), Step::Pin(entry)) if !entry.is_being_kept => typed(entry),
            (Touch::Key(key), Step::Pin(entry)) if !entry.is_being_kept => {
                if key.is_ascii_digit() && entry.typed.len() < LONGEST_PIN {
                    entry.typed.push(key);
                }
                None
            }
            (Touch::Backspace, Step::Pin(entry)) if !entry.is_being_kept => {
                entry.typed.pop();
                None
            }
            (
                Touch::Next
                | Touch::Again
                | Touch::OtherFingerprint
                | Touch::OtherTicket
                | Touch::Key(_)
                | Touch::Backspace,
                _,
            ) => None,
        }
    }

    fn found(&mut self, found: Result<Ticket, TicketTrouble>, trouble: Option<TicketTrouble>) {
        let is_refused = |ticket: &Ticket| self.refused.as_ref() == Some(&ticket.token);
        self.step = match found {
            // Somebody plugs the same stick in again.
            Ok(ticket) if is_refused(&ticket) => {
                let why = trouble.unwrap_or(TicketTrouble::Refused);
                Step::Ticket(Some(why))
            }
            Ok(ticket) => {
                self.ticket = Some(ticket);
                Step::Fingerprint(Comparing::Shown)
            }
            Err(trouble) => Step::Ticket(Some(trouble)),
        };
    }

    fn drop_ticket(&mut self, trouble: Option<TicketTrouble>) -> Job {
        let ticket = self.ticket.take();
        if is_refused(&self.step) {
            self.refused = ticket.map(|ticket| ticket.token);
        }
        self.step = Step::Ticket(trouble);
        Job::ForgetTicket
    }

    fn probe(&mut self) -> Option<Job> {
        self.step = Step::Network(None);
        self.ticket.clone().map(Job::Probe)
    }

    fn after_time(&mut self) -> Option<Job> {
        if self.has_pin {
            return self.enrol();
        }
        self.step = Step::Pin(PinEntry::default());
        None
    }

    fn enrol(&mut self) -> Option<Job> {
        self.step = Step::Enrolling;
        self.ticket.clone().map(Job::Enrol)
    }
}

/// Returns whether the next step can help: the platform answers, or the clock is what is wrong.
pub const fn leads_on(probe: &Probe) -> bool {
    matches!(probe.reach, Reach::Platform(_) | Reach::Date)
}

/// Returns whether a ticket that is dropped at this step can be of no use again.
const fn is_refused(step: &Step) -> bool {
    matches!(
        step,
        Step::Fingerprint(_) | Step::Failed(NotEnrolled::CodeRefused | NotEnrolled::Ticket(_))
    )
}

/// Takes what was typed for the first or the second time.
fn typed(entry: &mut PinEntry) -> Option<Job> {
    let typed = std::mem::take(&mut entry.typed);
    if typed.is_empty() {
        return None;
    }
    entry.trouble = None;
    match entry.first.take() {
        None => {
            entry.first = Some(typed);
            None
        }
        Some(first) if first == typed => {
            entry.is_being_kept = true;
            Some(Job::KeepPin(typed))
        }
        Some(_) => {
            *entry = PinEntry::begin_again(PinTrouble::Differ);
            None
        }
    }
}

#[cfg(test)]
mod tests;
