//! Batches and the calendar, for the thread that asks the platform: what is stored here, what the
//! platform has newer, and which batch is pinned.

use std::{sync::Arc, time::Duration};

use crate::{
    code::{BatchCode, FeatureCode},
    contract::{
        Batch, BatchRefusal, BatchTrouble, CommandTrouble, Order, Published, StationCommand,
    },
    platform::{Client, DocumentAnswer},
    session::Pinning,
    station::{
        CalendarNotKept, Pins, StationError,
        batches::{Batches, NotKept},
    },
    time::Now,
};

/// Longest wait for a batch while somebody stands at the booth.
const WITHIN: Duration = Duration::from_secs(3);

/// Finds batches, and remembers which pinned batch and which publication the window knows of.
pub struct Librarian {
    batches: Batches,
    told: Option<Arc<Batch>>,
    published: Published,
    /// Of the publication that the platform last answered with, kept or refused.
    calendar_etag: Option<String>,
}

impl Librarian {
    /// `told` is the pinned batch that the window starts with.
    pub fn new(batches: Batches, told: Option<Arc<Batch>>) -> Self {
        Self {
            batches,
            told,
            published: Published::default(),
            calendar_etag: None,
        }
    }

    /// Takes the platform's newer keys for batches and commands.
    pub fn renew(&mut self, batches: Batches) {
        self.batches = batches;
        // What was refused or is no longer usable may verify now, or come signed by another key.
        self.calendar_etag = None;
    }

    /// Returns the newest state of a named batch: the platform's if it answers in time, else the
    /// stored one.
    pub fn find(
        &self,
        client: &Client,
        code: &BatchCode,
        now: Now,
    ) -> Result<Arc<Batch>, BatchRefusal> {
        let found = match code {
            BatchCode::Manifest(token) => {
                self.batches.keep(token, None).map_err(|why| refuse(&why))
            }
            BatchCode::Feature(code) => self.by_code(client, code, now),
        };
        found.map(Arc::new).map_err(BatchRefusal::nameless)
    }

    fn by_code(
        &self,
        client: &Client,
        code: &FeatureCode,
        now: Now,
    ) -> Result<Batch, BatchTrouble> {
        let held = self.batches.find(code).map_err(|why| not_read(&why))?;
        let etag = held.as_ref().and_then(|held| held.etag.as_deref());
        let known_by = held.as_ref().map_or(code, |held| &held.batch.feature_code);
        let without = match client.batch(known_by, etag, Some(WITHIN), now.wall) {
            Ok(DocumentAnswer::Signed { token, etag }) => {
                return self
                    .batches
                    .take(code, &token, etag)
                    .map_err(|why| refuse(&why));
            }
            // The signed state that is stored weighs more than an unsigned "unknown".
            Ok(DocumentAnswer::Unchanged | DocumentAnswer::Unknown) => BatchTrouble::Unknown,
            Err(why) => {
                tracing::info!(%why, "the platform was not asked for a batch");
                BatchTrouble::NotReachable
            }
        };
        held.map(|held| held.batch).ok_or(without)
    }

    /// Pins the batch that staff named, if visits can begin with it now or soon.
    pub fn pin(&mut self, client: &Client, code: &BatchCode, now: Now) -> Pinning {
        let batch = match self.find(client, code, now) {
            Ok(batch) => batch,
            Err(refusal) => return Pinning::Refused(refusal),
        };
        if let Err(trouble) = batch.may_be_pinned(now) {
            return Pinning::Refused(BatchRefusal::of(trouble, &batch));
        }
        match self.batches.pin(&batch.feature_code) {
            Ok(()) => self.tell(Some(batch)),
            Err(why) => Pinning::Refused(BatchRefusal::of(not_read(&why), &batch)),
        }
    }

    pub fn unpin(&mut self) -> Pinning {
        match self.batches.unpin() {
            Ok(()) => self.tell(None),
            Err(why) => Pinning::Refused(BatchRefusal::nameless(not_read(&why))),
        }
    }

    /// Does what a signed command says; the command is used up only if that worked.
    pub fn obey(&mut self, client: &Client, token: &str, now: Now) -> Pinning {
        let command = match self.batches.command(token, now) {
            Ok(command) => command,
            Err(trouble) => return Pinning::CommandRefused(trouble),
        };
        let done = match &command.order {
            Order::PinBatch(code) => self.pin(client, &BatchCode::Feature(code.clone()), now),
            Order::UnpinBatch => self.unpin(),
            Order::EndLockouts => match Pins::end_lockouts(self.batches.identity()) {
                Ok(()) => Pinning::Done(self.told.clone()),
                Err(why) => Pinning::CommandRefused(not_done(&why)),
            },
        };
        if matches!(done, Pinning::Done(_)) {
            self.note_obeyed(&command);
        }
        done
    }

    /// Obeys a signed command that was given without a PIN, which may only end lock-outs.
    pub fn end_lockouts(&self, token: &str, now: Now) -> Result<(), CommandTrouble> {
        let command = self.batches.command(token, now)?;
        if command.order != Order::EndLockouts {
            return Err(CommandTrouble::BehindThePin);
        }
        Pins::end_lockouts(self.batches.identity()).map_err(|why| not_done(&why))?;
        self.note_obeyed(&command);
        Ok(())
    }

    fn note_obeyed(&self, command: &StationCommand) {
        if let Err(why) = self.batches.note_obeyed(command) {
            tracing::error!(%why, "a command was obeyed, but this could not be recorded");
        }
    }

    /// Checks whether the pinned batch changed, here or at the platform; returns the change for the
    /// window.
    pub fn refresh(&mut self, client: &Client, now: Now) -> Option<Pinning> {
        if let Some(code) = self.batches.pinned_code().inspect_err(unreadable).ok()? {
            // A stored batch that no longer verifies is asked for as if it were not here.
            let held = self.batches.exactly(&code).inspect_err(unreadable).ok()?;
            let etag = held.and_then(|held| held.etag);
            match client.batch(&code, etag.as_deref(), None, now.wall) {
                Ok(DocumentAnswer::Signed { token, etag }) => {
                    if let Err(why) = self.batches.take(&code, &token, etag) {
                        tracing::error!(%why, "the platform's new state of the batch was refused");
                    }
                }
                Ok(DocumentAnswer::Unchanged | DocumentAnswer::Unknown) | Err(_) => {}
            }
        }
        self.reread()
    }

    /// Checks whether somebody pinned, unpinned or imported a batch on the command line.
    pub fn reread(&mut self) -> Option<Pinning> {
        // While it cannot be read the window keeps the batch it has.
        let held = self.batches.pinned().inspect_err(unreadable).ok()?;
        let pinned = held.map(|held| held.batch);
        if self.told.as_deref() == pinned.as_ref() {
            return None;
        }
        Some(self.tell(pinned.map(Arc::new)))
    }

    /// Asks the platform what it published since. A publication that is refused is logged once, and
    /// the stored one stays.
    pub fn refresh_calendar(&mut self, client: &Client, now: Now) {
        let answer = client.calendar(self.calendar_etag.as_deref(), now.wall);
        let Ok(DocumentAnswer::Signed { token, etag }) = answer else {
            return;
        };
        match self.batches.keep_calendar(&token) {
            Ok(_) => self.calendar_etag = etag,
            // It is asked for again when the disk can be written.
            Err(CalendarNotKept::Station(why)) => unreadable(&why),
            Err(why) => {
                tracing::error!(%why, "what the platform published was refused");
                self.calendar_etag = etag;
            }
        }
    }

    /// Checks whether a publication was stored, by the platform's answer, a command or a stick;
    /// returns the change for the window.
    pub fn reread_calendar(&mut self) -> Option<Published> {
        // While it cannot be read the window keeps what it has.
        let published = self.batches.calendar().inspect_err(unreadable).ok()?;
        if published == self.published {
            return None;
        }
        self.published.clone_from(&published);
        Some(published)
    }

    fn tell(&mut self, pinned: Option<Arc<Batch>>) -> Pinning {
        self.told.clone_from(&pinned);
        Pinning::Done(pinned)
    }
}

fn refuse(why: &NotKept) -> BatchTrouble {
    tracing::warn!(%why, "a batch could not be saved");
    why.trouble()
}

fn not_done(why: &StationError) -> CommandTrouble {
    tracing::error!(%why, "the lock-outs of operators cannot be ended");
    CommandTrouble::NotDone
}

fn not_read(why: &StationError) -> BatchTrouble {
    unreadable(why);
    BatchTrouble::NotKept
}

fn unreadable(why: &StationError) {
    tracing::error!(%why, "batches or the calendar cannot be read or written");
}
