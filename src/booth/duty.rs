//! The operator at the booth's desk, and what they may do there.

use serde::{Deserialize, Serialize};

/// One of the booth's operators. They chose the short name themselves; logs hold only the number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Counts from 1 and is never reused.
    pub number: u32,
    pub name: String,
    pub role: Role,
}

/// Each role may do what the one before it may, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Operator,
    Supervisor,
    Engineer,
}

/// Something done at the desk that not every operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Retry,
    SetAside,
    /// Marks a head that no model finds.
    MarkHead,
    /// Brings a picture that exists already in place of a live one.
    ImportPicture,
    Withdraw,
    PinBatch,
    Commission,
    CloseDay,
    ImportReceipts,
    Void,
    Export,
    ChangeSettings,
    PackUp,
    Examine,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Operator, Self::Supervisor, Self::Engineer];

    /// Returns whether this role may do that: the one table of permissions.
    pub fn may(self, deed: Deed) -> bool {
        self >= match deed {
            // A withdrawal is the sitter's right, so no supervisor has to be fetched for it.
            Deed::Retry
            | Deed::SetAside
            | Deed::Withdraw
            | Deed::PinBatch
            | Deed::Commission
            | Deed::CloseDay
            | Deed::ChangeSettings
            | Deed::ImportReceipts => Self::Operator,
            // What replaces the judgement of the checks, or takes photos out of use or out of the
            // booth.
            Deed::MarkHead | Deed::ImportPicture | Deed::Void | Deed::Export | Deed::PackUp => {
                Self::Supervisor
            }
            Deed::Examine => Self::Engineer,
        }
    }
}

impl Deed {
    pub const ALL: [Self; 14] = [
        Self::Retry,
        Self::SetAside,
        Self::MarkHead,
        Self::ImportPicture,
        Self::Withdraw,
        Self::PinBatch,
        Self::Commission,
        Self::CloseDay,
        Self::ImportReceipts,
        Self::Void,
        Self::Export,
        Self::ChangeSettings,
        Self::PackUp,
        Self::Examine,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_do_what() {
        let may = |role: Role| Deed::ALL.into_iter().filter(move |deed| role.may(*deed));
        assert_eq!(may(Role::Engineer).count(), Deed::ALL.len());
        let not_supervisor: Vec<Deed> = Deed::ALL
            .into_iter()
            .filter(|deed| !Role::Supervisor.may(*deed))
            .collect();
        assert_eq!(not_supervisor, [Deed::Examine]);
        let not_operator: Vec<Deed> = Deed::ALL
            .into_iter()
            .filter(|deed| !Role::Operator.may(*deed))
            .collect();
        assert_eq!(
            not_operator,
            [
                Deed::MarkHead,
                Deed::ImportPicture,
                Deed::Void,
                Deed::Export,
                Deed::PackUp,
                Deed::Examine
            ]
        );
    }
}
