//! What a platform grants, and how much it takes.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

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
    /// A request's head is waited for so long, and the next request on an open connection; so is
    /// the next piece of a body, and a whole one a second longer for each KB; and so is an answer
    /// until it is taken in.
    pub patience: Duration,
    /// What one booth may ask, and one address without a booth's signature. Deliveries are not counted: a queue drains as fast as
    /// its line allows.
    pub pace: Pace,
    /// Open connections, in all and from one address.
    pub connections: Crowd,
    /// Parcels and notes that are being received, in all and from one booth: each may stand whole
    /// in memory.
    pub deliveries: Crowd,
    /// A proxy in front of this platform. What comes from it is not counted by address, which it
    /// has to do itself.
    pub proxy: Option<IpAddr>,
}

/// So many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    pub all: usize,
    pub each: usize,
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
            connections: Crowd {
                all: 1_024,
                each: 256,
            },
            // A booth brings four at once.
            deliveries: Crowd { all: 64, each: 8 },
            proxy: None,
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
            .field("connections", &self.connections)
            .field("deliveries", &self.deliveries)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
