//! The queue as staff ask for it: a filter, where the page begins, and one opened row.

use super::{QueueRow, QueueState};
use crate::capture::CaptureId;

/// Which captures are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueFilter {
    #[default]
    All,
    Waiting,
    /// Kept aside: refused by the platform, or damaged here.
    Refused,
    Delivered,
    Withdrawn,
}

impl QueueFilter {
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Waiting,
        Self::Refused,
        Self::Delivered,
        Self::Withdrawn,
    ];

    pub const fn takes(self, state: QueueState) -> bool {
        match self {
            Self::All => true,
            Self::Waiting => matches!(state, QueueState::Queued),
            Self::Refused => matches!(state, QueueState::Quarantined(_)),
            Self::Delivered => matches!(state, QueueState::Delivered),
            Self::Withdrawn => matches!(state, QueueState::Withdrawn),
        }
    }
}

/// What staff want to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueAsk {
    pub filter: QueueFilter,
    /// How many rows come before the page.
    pub from: u64,
    pub opened: Option<CaptureId>,
}

/// What there is to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueLook {
    /// The request that this answers: a page that asks for something else waits for its own answer.
    pub ask: QueueAsk,
    pub rows: Vec<QueueRow>,
    /// How many rows pass the filter.
    pub of: u64,
    pub opened: Option<QueueRow>,
}
