//! Who stands at the booth's desk, and what they may do there.

use serde::{Deserialize, Serialize};

/// One of the booth's people. The short name is what they chose to be called here; in logs only the number stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// From 1, given once and never again.
    pub number: u32,
    pub name: String,
    pub role: Role,
}

/// Each may what the one before it may, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Operator,
    Supervisor,
    Engineer,
}

/// What is done at the desk and not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Retry,
    SetAside,
    /// Says where a head stands that no model finds.
    MarkHead,
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

    /// The one table of who may do what.
    pub fn may(self, deed: Deed) -> bool {
        self >= match deed {
            // A withdrawal is the sitter's right: nobody is sent for somebody else.
            Deed::Retry
            | Deed::SetAside
            | Deed::Withdraw
            | Deed::PinBatch
            | Deed::Commission
            | Deed::CloseDay
            | Deed::ChangeSettings
            | Deed::ImportReceipts => Self::Operator,
            // What stands for the judge's own eye, or takes photos out of use or out of the house.
            Deed::MarkHead | Deed::Void | Deed::Export | Deed::PackUp => Self::Supervisor,
            Deed::Examine => Self::Engineer,
        }
    }
}

impl Deed {
    pub const ALL: [Self; 13] = [
        Self::Retry,
        Self::SetAside,
        Self::MarkHead,
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
                Deed::Void,
                Deed::Export,
                Deed::PackUp,
                Deed::Examine
            ]
        );
    }
}
