//! What a platform grants, and how much it takes.

use std::{fmt, sync::Arc, time::Duration};

use crate::time::Wall;

/// The usual terms are [`Terms::default`]; demonstrations and tests have their own.
#[derive(Clone)]
pub struct Terms {
    /// The address that people and booths are given; by default, the one that is listened on.
    pub url: Option<String>,
    /// The platform's clock: a server knows the time by itself.
    pub clock: Arc<dyn Fn() -> Wall + Send + Sync>,
    /// So long an order can be paid. The codes of payment services live two hours.
    pub order_life: Duration,
    /// Orders pay themselves after so long, for a demonstration without a payer.
    pub pays_itself_after: Option<Duration>,
    /// A request's head is waited for so long, and the next request on an open connection; a body too, and a second longer for
    /// each KB.
    pub patience: Duration,
    /// What one booth may ask, and one address without a booth's signature. Deliveries are not counted: a queue drains as fast as
    /// its line allows.
    pub pace: Pace,
}

/// So many requests at once, and then so many a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub burst: u32,
    pub per_s: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            url: None,
            clock: Arc::new(super::server::system_clock),
            order_life: Duration::from_hours(2),
            pays_itself_after: None,
            patience: Duration::from_secs(20),
            pace: Pace {
                burst: 300,
                per_s: 50,
            },
        }
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("url", &self.url)
            .field("order_life", &self.order_life)
            .field("pays_itself_after", &self.pays_itself_after)
            .field("patience", &self.patience)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}
