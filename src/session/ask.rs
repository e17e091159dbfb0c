//! Identifies the session's questions, so that a late answer is never taken for the answer to
//! another one.

/// Identifies one question that the session put to the shell; the answer carries it back.
///
/// A visit's id does not suffice: the same thing may be asked twice within one visit, and the
/// staff's PIN belongs to no visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskId(u64);

/// Gives every question an id of its own.
#[derive(Debug, Default)]
pub(super) struct AskIds(u64);

impl AskIds {
    pub(super) const fn next(&mut self) -> AskId {
        self.0 = self.0.wrapping_add(1);
        AskId(self.0)
    }
}

/// The newest question of each kind, for tests that answer it.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub struct NewestAsks {
    pub pin: AskId,
    pub today: AskId,
    pub resolve: AskId,
    pub standardise: AskId,
    pub progress: AskId,
    pub import: AskId,
}

#[cfg(test)]
impl NewestAsks {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other effects ask nothing by a name"
    )]
    pub fn note(&mut self, effects: &[super::Effect]) {
        use super::Effect;
        for effect in effects {
            match effect {
                Effect::VerifyPin { ask, .. } => self.pin = *ask,
                Effect::LookUpToday { ask, .. } => self.today = *ask,
                Effect::Resolve { ask, .. } => self.resolve = *ask,
                Effect::Standardise { ask, .. } => self.standardise = *ask,
                Effect::AskProgress { ask, .. } | Effect::ConfirmStandard { ask, .. } => {
                    self.progress = *ask;
                }
                Effect::Chore(
                    super::Chore::FindPictures(ask) | super::Chore::OpenPicture { ask, .. },
                ) => self.import = *ask,
                _ => {}
            }
        }
    }
}
