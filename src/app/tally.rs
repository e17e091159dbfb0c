//! Counts visits for the day's balance: begun, and ended without a photo. Those with a photo are
//! counted where they are saved.

use crate::{booth::VisitEnd, capture::CaptureId, session::Event};

/// The visit under way, if its end is still to be counted.
#[derive(Debug, Default)]
pub struct Tally {
    under_way: Option<CaptureId>,
}

/// What an event may mean to the tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Start(CaptureId),
    Saved(CaptureId),
    Other,
}

impl Turn {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of the session's many events two begin or end a visit here"
    )]
    pub const fn of(event: &Event) -> Self {
        match event {
            Event::Start(visit) => Self::Start(*visit),
            Event::Saved {
                visit,
                result: Ok(_),
            } => Self::Saved(*visit),
            _ => Self::Other,
        }
    }
}

impl Tally {
    /// Returns what to count after an event; `None` stands for a begun visit. `visit` is the one
    /// that the session is in now.
    pub fn after(&mut self, turn: Turn, visit: Option<CaptureId>) -> Vec<Option<VisitEnd>> {
        let mut counts = vec![];
        if let Turn::Saved(saved) = turn
            && self.under_way == Some(saved)
        {
            self.under_way = None;
        }
        if self.under_way.is_some() && self.under_way != visit {
            counts.push(Some(VisitEnd::Abandoned));
            self.under_way = None;
        }
        if let Turn::Start(started) = turn
            && visit == Some(started)
        {
            counts.push(None);
            self.under_way = visit;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Wall;

    fn id(n: u8) -> CaptureId {
        CaptureId::new(Wall::EPOCH, [n; 10])
    }

    #[test]
    fn each_visit_begins_once_and_ends_once() {
        let mut tally = Tally::default();
        assert_eq!(tally.after(Turn::Start(id(1)), Some(id(1))), [None]);
        assert_eq!(tally.after(Turn::Other, Some(id(1))), []);
        assert_eq!(tally.after(Turn::Saved(id(1)), Some(id(1))), []);
        assert_eq!(tally.after(Turn::Other, None), [], "it was saved");
        // The next visitor walks away, and the one after begins while the last screen is still up.
        assert_eq!(tally.after(Turn::Start(id(2)), Some(id(2))), [None]);
        let both = [Some(VisitEnd::Abandoned), None];
        assert_eq!(tally.after(Turn::Start(id(3)), Some(id(3))), both);
        assert_eq!(tally.after(Turn::Other, None), [Some(VisitEnd::Abandoned)]);
        assert_eq!(
            tally.after(Turn::Start(id(4)), None),
            [],
            "the booth was closed"
        );
    }
}
