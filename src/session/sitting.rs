//! From the chair to the receipt: framing, the hold, the finished picture, the confirmation.

use std::sync::Arc;

use super::{
    ABSENCE, ABSENCE_PAYING, ABSENCE_TYPING, AskId, Case, Chime, ContactForm, Effect, Flawed,
    Framing, HOLD, HelpPage, Helping, Hold, Identity, MOST_TAILS, PhotoSize, Preparing, Presence,
    Receipted, Refused, ResolveAnswer, Reviewing, SaveFailed, Saving, Scanned, Session, Shot,
    Sitter, Standardising, State, Stop, TailEntry, TailHint, Tailing,
    choosing::{Burst, Candidates},
    desk::{Gate, Lock},
    paying::payment_of,
    presence::{away_for, follow, unseen},
};
use crate::{
    booth::{Fault, duty::Operator},
    capture::{Capture, CaptureId, Facts, Override, OverrideReason},
    contract::Resolved,
    guidance::{self, Saying, Sight, Told, Verdict},
    layout::{Crop, Head},
    portrait::{Standardised, Unfit},
    profile::{CheckId, MOST_CHOICES, PaymentPolicy},
    time::{Mono, Now},
};

/// A frame that was taken, and how.
pub(super) struct Taken {
    pub sight: Sight,
    pub crop: Crop,
    /// Where staff marked the head, in px of the frame.
    pub marked: Option<Head>,
    /// The operator who marked the head, or imported the picture.
    pub vouched_by: Option<Operator>,
    /// As in [`Framing`].
    pub glare: u8,
    pub burst: Burst,
}

impl Taken {
    /// Describes a picture for which an operator vouches.
    pub fn vouched(sight: Sight, crop: Crop, operator: Operator) -> Self {
        Self {
            sight,
            crop,
            marked: None,
            vouched_by: Some(operator),
            glare: 0,
            burst: Burst::default(),
        }
    }
}

impl Framing {
    pub(super) const fn new(sitter: Sitter, presence: Presence) -> Self {
        Self {
            sitter,
            presence: match presence {
                // A picture by hand is given up, so models follow the face again.
                Presence::Vouched => Presence::NotYet,
                Presence::NotYet | Presence::Here { .. } | Presence::Away { .. } => presence,
            },
            verdict: None,
            saying: None,
            hold: None,
            newest: None,
            refused: None,
            glare: 0,
            unseen: false,
        }
    }

    /// Returns how many pictures of a hold its owner may choose from.
    fn choices(&self) -> usize {
        usize::from(self.sitter.batch().profile.choices.clamp(1, MOST_CHOICES))
    }

    /// Returns how much of the hold has passed, 0..=1.
    pub fn held(&self, now: Mono) -> f32 {
        self.hold.as_ref().map_or(0.0, |hold| {
            (now.since(hold.since).as_secs_f32() / HOLD.as_secs_f32()).min(1.0)
        })
    }
}

/// Returns whether the platform has accepted a photo of this person: another one would only get in
/// its way.
fn has_passed(person: &Resolved) -> bool {
    let earlier = person.earlier.as_ref();
    earlier.is_some_and(|earlier| earlier.stage.has_passed())
}

fn has_glare(portrait: &Standardised) -> bool {
    let mut refusing = portrait.refusing();
    refusing.any(|check| check.id == CheckId::GlassesGlare)
}

impl Session {
    pub(super) fn saw(&mut self, sight: Sight, now: Now) -> Vec<Effect> {
        if sight.analysis.frame.at < self.entered {
            return vec![];
        }
        if self.served.is_some() {
            return self.saw_served(&sight, now);
        }
        if let Some(ended) = self.follow_on(&sight, now) {
            return ended;
        }
        if let State::Help(Helping {
            case: Case::Unseen(marking),
            ..
        }) = &mut self.state
        {
            marking.saw(sight);
            return vec![];
        }
        // A person reading is not photographed.
        if self.help == HelpPage::Open {
            if let State::Framing(framing) = &mut self.state {
                framing.hold = None;
            }
            return vec![];
        }
        if let State::Framing(framing) = &mut self.state {
            let told = framing.saying.map(|saying| saying.told);
            framing.judge(sight, now.mono);
            let says = framing.saying.map(|saying| saying.told);
            let mut effects = if says == told {
                vec![]
            } else {
                self.tell_staff(says, now)
            };
            effects.extend(self.shoot_if_held(now));
            return effects;
        }
        vec![]
    }

    /// Follows the chair after a save. A receipt ends with its chair. Before that a new face may be
    /// the same person, back from holding the phone to the screen: the QR stays, as it names
    /// nobody, and what was typed goes.
    fn saw_served(&mut self, sight: &Sight, now: Now) -> Vec<Effect> {
        let Some(served) = &mut self.served else {
            return vec![];
        };
        match (follow(served.presence, sight, now.mono), &mut self.state) {
            (Some(still), _) => served.presence = still,
            (None, State::Contact(contacting)) => {
                served.presence = Presence::NotYet;
                contacting.form = ContactForm::default();
            }
            (None, State::Payment(_)) => served.presence = Presence::NotYet,
            (None, _) => return self.wipe(State::Idle, now),
        }
        if self.served_left(now.mono) {
            return self.wipe(State::Idle, now);
        }
        vec![]
    }

    /// Returns whether the chair has been empty for too long after a save.
    pub(super) fn served_left(&self, now: Mono) -> bool {
        let absence = match self.state {
            State::Contact(_) => ABSENCE_TYPING,
            State::Payment(_) => ABSENCE_PAYING,
            _ => ABSENCE,
        };
        let served = self.served.as_ref();
        served.is_some_and(|served| away_for(served.presence, now) >= absence)
    }

    /// Reports a fault of the booth to those who can mend it; a good picture shows that it was
    /// mended.
    fn tell_staff(&mut self, says: Option<Told>, now: Now) -> Vec<Effect> {
        match says {
            Some(Told::Advice(advice)) if advice.for_staff().is_some() => {
                self.booth_trouble = Some((advice, now.wall));
                vec![Effect::TellStaff(advice), Effect::Chime(Chime::Refused)]
            }
            Some(Told::Good) => {
                self.booth_trouble = None;
                vec![]
            }
            Some(Told::Advice(_)) | None => vec![],
        }
    }

    fn shoot_if_held(&mut self, now: Now) -> Vec<Effect> {
        let State::Framing(framing) = &mut self.state else {
            return vec![];
        };
        let held = framing
            .hold
            .take_if(|hold| now.mono.since(hold.since) >= HOLD);
        let Some(Hold { best, good, .. }) = held else {
            return vec![];
        };
        let Some(crop) = best.crop() else {
            return vec![];
        };
        let most = framing.choices();
        // The first of them is the best one.
        let others = good.different(most).into_iter().skip(1).collect();
        self.standardise(*best, crop, Burst::of(others), now)
    }

    /// Takes the newest picture that can be cropped at all, for the manual button; the final checks
    /// still judge it.
    pub(super) fn shoot(&mut self, now: Now) -> Vec<Effect> {
        let State::Framing(framing) = &mut self.state else {
            return vec![];
        };
        let Some(sight) = framing.newest.take() else {
            return vec![Effect::Chime(Chime::Refused)];
        };
        let profile = &framing.sitter.batch().profile;
        if let Some(crop) = guidance::crop_of(&sight.analysis, profile) {
            return self.standardise(sight, crop, Burst::default(), now);
        }
        framing.unseen = profile.overridable.contains(&CheckId::MarkedByHand);
        vec![Effect::Chime(Chime::Refused)]
    }

    fn standardise(&mut self, sight: Sight, crop: Crop, burst: Burst, now: Now) -> Vec<Effect> {
        let State::Framing(framing) = self.take() else {
            return vec![];
        };
        if framing.presence == Presence::NotYet {
            self.state = State::Framing(framing);
            return self.ask_tail_from_the_chair(now);
        }
        let taken = Taken {
            sight,
            crop,
            marked: None,
            vouched_by: None,
            glare: framing.glare,
            burst,
        };
        let make = self.make(framing.sitter, framing.presence, taken, now);
        vec![Effect::Chime(Chime::Shutter), make]
    }

    /// Waits for the portrait of what was taken; the effect asks for it.
    pub(super) fn make(
        &mut self,
        sitter: Sitter,
        presence: Presence,
        taken: Taken,
        now: Now,
    ) -> Effect {
        let (ask, batch) = (self.asks.next(), Arc::clone(sitter.batch()));
        let shot = Shot {
            frame: Arc::clone(&taken.sight.analysis.frame),
            crop: taken.crop,
        };
        self.enter(
            State::Standardising(Standardising {
                ask,
                shot,
                sitter,
                presence,
                glare: taken.glare,
                vouched_by: taken.vouched_by,
                burst: taken.burst,
            }),
            now,
        );
        Effect::Standardise {
            ask,
            sight: taken.sight,
            crop: taken.crop,
            batch,
            marked: taken.marked,
        }
    }

    pub(super) fn standardised(
        &mut self,
        of: AskId,
        result: Result<Arc<Standardised>, Unfit>,
        now: Now,
    ) -> Vec<Effect> {
        match self.take() {
            State::Standardising(standardising) if standardising.ask == of => {
                self.made(standardising, result, now)
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Takes the portrait that was just made. The other frames of a hold are made only once its best
    /// one passed.
    fn made(
        &mut self,
        mut of: Standardising,
        result: Result<Arc<Standardised>, Unfit>,
        now: Now,
    ) -> Vec<Effect> {
        let passes = |portrait: &Arc<Standardised>| portrait.passes();
        if !of.burst.made.is_empty() || result.as_ref().is_ok_and(passes) {
            of.burst.made.extend(result.ok().filter(passes));
            return self.make_next(of, now);
        }
        let Standardising {
            sitter,
            presence,
            glare,
            vouched_by,
            ..
        } = of;
        let state = match (result, vouched_by) {
            (Ok(portrait), Some(operator)) => State::Help(Helping {
                sitter,
                presence,
                gate: Gate::Open(operator),
                case: Case::Refused(Refused::new(portrait)),
            }),
            (Ok(portrait), None) => {
                self.good_then_refused += 1;
                let glares = u8::from(has_glare(&portrait));
                State::Flawed(Flawed {
                    sitter,
                    presence,
                    portrait,
                    glare: glare.saturating_add(glares),
                })
            }
            (Err(_), _) => {
                self.good_then_refused += 1;
                State::Framing(Framing {
                    glare,
                    ..Framing::new(sitter, presence)
                })
            }
        };
        self.enter(state, now);
        vec![]
    }

    /// Makes the next frame of the hold, or shows what was made.
    fn make_next(&mut self, mut of: Standardising, now: Now) -> Vec<Effect> {
        if let Some(sight) = of.burst.rest.pop()
            && let Some(crop) = sight.crop()
        {
            of.ask = self.asks.next();
            let make = Effect::Standardise {
                ask: of.ask,
                sight,
                crop,
                batch: Arc::clone(of.sitter.batch()),
                marked: None,
            };
            self.state = State::Standardising(of);
            self.begin_deadline(now);
            return vec![make];
        }
        let mut made = of.burst.made.into_iter();
        let state = match made.next() {
            Some(portrait) => State::Review(Reviewing {
                sitter: of.sitter,
                presence: of.presence,
                portrait,
                others: made.collect(),
                overrides: vec![],
                save_failed: false,
                shown: PhotoSize::Beside,
            }),
            None => State::Framing(Framing::new(of.sitter, of.presence)),
        };
        self.enter(state, now);
        vec![]
    }

    /// Calls staff to a picture that was refused, or to a sitter whom no model finds.
    pub(super) fn call_staff(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Framing(framing) if framing.unseen => self.call_to_mark(framing, now),
            State::Framing(Framing {
                sitter,
                presence,
                refused: Some(portrait),
                ..
            }) => self.enter(
                State::Help(Helping {
                    sitter,
                    presence,
                    gate: Gate::Locked(Lock::default()),
                    case: Case::Refused(Refused::new(portrait)),
                }),
                now,
            ),
            State::Flawed(flawed) => self.enter(
                State::Help(Helping {
                    sitter: flawed.sitter,
                    presence: flawed.presence,
                    gate: Gate::Locked(Lock::default()),
                    case: Case::Refused(Refused::new(flawed.portrait)),
                }),
                now,
            ),
            other => {
                self.state = other;
                return vec![];
            }
        }
        self.ring(now)
    }

    pub(super) fn set_aside(&mut self, check: CheckId, reason: OverrideReason) -> Vec<Effect> {
        if let State::Help(Helping {
            sitter,
            gate: Gate::Open(operator),
            case: Case::Refused(refused),
            ..
        }) = &mut self.state
        {
            let aside = Override {
                check,
                reason,
                operator: Some(operator.number),
            };
            refused.set_aside(aside, &sitter.batch().profile);
        }
        vec![]
    }

    /// Goes on to Review with what was set aside; the confirmation stays the sitter's own.
    pub(super) fn let_pass(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Help(Helping {
                sitter,
                presence,
                gate: Gate::Open(_),
                case: Case::Refused(refused),
            }) if refused.is_settled() => self.enter(
                State::Review(Reviewing {
                    sitter,
                    presence,
                    portrait: refused.portrait,
                    others: vec![],
                    overrides: refused.overrides,
                    save_failed: false,
                    shown: PhotoSize::Beside,
                }),
                now,
            ),
            other => self.state = other,
        }
        vec![]
    }

    pub(super) fn retake(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Help(Helping {
                sitter, presence, ..
            })
            | State::Review(Reviewing {
                sitter, presence, ..
            }) => self.enter(State::Framing(Framing::new(sitter, presence)), now),
            State::Flawed(flawed) => self.enter(
                State::Framing(Framing {
                    refused: Some(flawed.portrait),
                    glare: flawed.glare,
                    ..Framing::new(flawed.sitter, flawed.presence)
                }),
                now,
            ),
            other => self.state = other,
        }
        vec![]
    }

    /// Shows the photo larger or smaller; somebody who looks closely is given time to.
    pub(super) fn show_photo(&mut self, size: PhotoSize, now: Now) -> Vec<Effect> {
        if let State::Review(reviewing) = &mut self.state {
            reviewing.shown = size;
            self.renew_patience(now);
        }
        vec![]
    }

    /// Confirms the picture: the only way to a save.
    pub(super) fn confirm(&mut self, now: Now) -> Vec<Effect> {
        match self.take() {
            State::Review(reviewing) if reviewing.awaits_its_sitter() || reviewing.is_choice() => {
                self.state = State::Review(reviewing);
                vec![Effect::Chime(Chime::Refused)]
            }
            State::Review(Reviewing {
                sitter,
                presence,
                portrait,
                overrides,
                ..
            }) => {
                let capture = Self::capture(&sitter, &portrait, &overrides, now);
                self.enter(
                    State::Saving(Saving {
                        sitter,
                        presence,
                        portrait,
                        overrides,
                    }),
                    now,
                );
                vec![Effect::Save(Box::new(capture))]
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    fn capture(
        sitter: &Sitter,
        portrait: &Standardised,
        overrides: &[Override],
        now: Now,
    ) -> Capture {
        let batch = sitter.batch();
        Capture {
            facts: Facts {
                id: sitter.visit(),
                batch: batch.reference(),
                consent: sitter.scanned.visitor.consent.clone(),
                payment: payment_of(sitter),
                captured_at: now.wall,
                time_trust: now.trust,
                crop: portrait.crop,
                geometry: portrait.placed,
                background: portrait.background,
                quality: portrait.checks.clone(),
                overrides: overrides.to_vec(),
                camera: Arc::clone(&portrait.original.camera),
                imported: portrait.original.imported.clone(),
                supersedes: sitter.scanned.supersedes,
            },
            code: sitter.scanned.code.clone(),
            tail: sitter.tail.clone(),
            portrait: portrait.jpeg.clone(),
            original: portrait.original.clone(),
        }
    }

    pub(super) fn saved(
        &mut self,
        visit: CaptureId,
        result: Result<Receipted, SaveFailed>,
        now: Now,
    ) -> Vec<Effect> {
        match self.take() {
            other if self.unsettled == Some(visit) => {
                self.state = other;
                self.unsettled = None;
                let void = result.ok().and_then(|_saved| self.void_practice(visit));
                void.into_iter().collect()
            }
            State::Saving(saving) if saving.sitter.visit() == visit => {
                if let Ok(receipt) = result {
                    for aside in &saving.overrides {
                        *self.set_aside.entry(aside.check).or_default() += 1;
                    }
                    return self.after_save(&saving, receipt, now);
                }
                self.enter(
                    State::Review(Reviewing {
                        sitter: saving.sitter,
                        presence: unseen(saving.presence, now.mono),
                        portrait: saving.portrait,
                        others: vec![],
                        overrides: saving.overrides,
                        save_failed: true,
                        shown: PhotoSize::Beside,
                    }),
                    now,
                );
                vec![Effect::Chime(Chime::Refused)]
            }
            other => {
                self.state = other;
                vec![]
            }
        }
    }

    /// Takes the platform's answer on code and tail; it stops the visit only where something is
    /// wrong.
    pub(super) fn resolved(&mut self, of: AskId, answer: ResolveAnswer, now: Now) -> Vec<Effect> {
        let Some(sitter) = self.sitter_mut().filter(|sitter| sitter.asked == of) else {
            return vec![];
        };
        let visit = sitter.visit();
        let prepaid = sitter.batch().profile.payment == PaymentPolicy::Prepaid;
        match answer {
            ResolveAnswer::NoAnswer => sitter.identity = Identity::Later,
            ResolveAnswer::Known(person) if prepaid && !person.paid => {
                return self.wipe(State::Stopped(Stop::NotPaid), now);
            }
            ResolveAnswer::Known(person) if has_passed(&person) => {
                return self.wipe(State::Stopped(Stop::AlreadyAccepted), now);
            }
            ResolveAnswer::Known(person) => {
                // The newest photo counts, whichever booth took the earlier one.
                let earlier = person.earlier.as_ref().map(|earlier| earlier.id);
                let supersedes = &mut sitter.scanned.supersedes;
                *supersedes = supersedes.or(earlier).filter(|earlier| *earlier != visit);
                sitter.identity = Identity::Known(person);
                let (batch, code) = (Arc::clone(sitter.batch()), sitter.scanned.code.clone());
                self.tries.forgive(&code);
                self.shapes.learn(&batch, &code);
            }
            ResolveAnswer::DoesNotMatch => {
                let (scanned, refused) = (sitter.scanned.clone(), sitter.refused_tails + 1);
                return self.refuse_tail(scanned, refused, now);
            }
        }
        vec![]
    }

    fn refuse_tail(&mut self, scanned: Scanned, refused: u8, now: Now) -> Vec<Effect> {
        let rests_until = self.tries.refuse(&scanned.code, now.mono);
        if refused >= MOST_TAILS {
            return self.wipe(State::Stopped(Stop::TooManyTails), now);
        }
        let presence = self.state.presence_mut().copied();
        let entry = TailEntry {
            hint: Some(TailHint::DoesNotMatch),
            ..TailEntry::refused(refused, rests_until)
        };
        self.enter(
            State::Tail(Tailing {
                presence: presence.unwrap_or_default(),
                ..Tailing::of(scanned, entry)
            }),
            now,
        );
        vec![Effect::Chime(Chime::Refused)]
    }

    /// Returns the sitter in the states in which the platform's answer still matters; a confirmed
    /// picture is not taken back.
    fn sitter_mut(&mut self) -> Option<&mut Sitter> {
        match &mut self.state {
            State::Prepare(Preparing { sitter, .. })
            | State::Framing(Framing { sitter, .. })
            | State::Standardising(Standardising { sitter, .. })
            | State::Flawed(Flawed { sitter, .. })
            | State::Help(Helping { sitter, .. })
            | State::Review(Reviewing { sitter, .. }) => Some(sitter),
            State::Idle
            | State::Batch(_)
            | State::Consent(_)
            | State::Code(_)
            | State::Replace(_)
            | State::Tail(_)
            | State::Saving(_)
            | State::Contact(_)
            | State::Payment(_)
            | State::Receipt(_)
            | State::Progress(_)
            | State::Stopped(_)
            | State::Blocked(_)
            | State::Staff(_) => None,
        }
    }

    /// Closes the booth between visits only: a running visit continues, and the screen then says
    /// what is wrong.
    pub(super) fn ready(&mut self, ready: Result<(), Fault>, now: Now) -> Vec<Effect> {
        match (&self.state, ready) {
            // A person reading the cause is not disturbed.
            (State::Blocked(known), Err(fault)) if *known == fault => {}
            (State::Idle | State::Blocked(_), Err(fault)) => self.enter(State::Blocked(fault), now),
            (State::Blocked(_), Ok(())) => self.enter(State::Idle, now),
            _ => {}
        }
        vec![]
    }
}

impl Framing {
    /// Takes in one judged frame: the hold continues, begins or breaks.
    fn judge(&mut self, sight: Sight, now: Mono) {
        self.verdict = Some(sight.verdict.clone());
        self.unseen &= !matches!(sight.verdict, Verdict::Good(_));
        self.saying = Some(Saying::next(self.saying, &sight, now));
        self.hold = match (self.hold.take(), &sight.verdict) {
            (_, Verdict::Advice(_)) => None,
            (None, Verdict::Good(_)) => Some(Hold {
                since: now,
                best: Box::new(sight.clone()),
                good: Candidates::default(),
            }),
            (Some(hold), Verdict::Good(_)) if sight.is_better_than(&hold.best) => Some(Hold {
                best: Box::new(sight.clone()),
                ..hold
            }),
            (hold, Verdict::Good(_)) => hold,
        };
        if self.choices() > 1
            && let Some(hold) = &mut self.hold
        {
            hold.good.add(&sight);
        }
        self.newest = Some(sight);
    }
}
