//! What a platform allows, and how much it accepts.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use crate::time::Wall;

/// [`Terms::default`] is usual; demonstrations and tests use others.
#[derive(Clone)]
pub struct Terms {
    /// The address given to people and booths; by default, the one that is listened on.
    pub url: Option<String>,
    /// The platform's clock; a server's is right by itself.
    pub clock: Arc<dyn Fn() -> Wall + Send + Sync>,
    /// How long an order can be paid. The QRs of payment services are valid for two hours.
    pub order_life: Duration,
    /// How long booths keep what they have delivered, sealed, so that they can send it again to a
    /// platform that was restored from a backup: longer than from one backup to the next.
    pub booths_retain: Duration,
    /// Orders pay themselves after this time, for a demonstration without a payer.
    pub pays_itself_after: Option<Duration>,
    /// How long a request's head is waited for, and the next request on an open connection; also
    /// the next piece of a body, and a whole one a second longer per KB; and how long an answer may
    /// take to be read.
    pub patience: Duration,
    /// How much one booth may ask, and one address without a booth's signature. Deliveries are not
    /// counted: a queue drains as fast as its line allows.
    pub pace: Pace,
    /// Open connections, in total and from one address.
    pub connections: Crowd,
    /// Parcels and notes being received, in total and from one booth: each may be whole in memory.
    pub deliveries: Crowd,
    /// A proxy in front of this platform. Its requests are not limited by address, which it has to
    /// do itself.
    pub proxy: Option<IpAddr>,
}

/// A limit on simultaneous things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    pub all: usize,
    pub each: usize,
}

/// A burst of requests, and then a rate per second.
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
            booths_retain: Duration::ZERO,
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
            // A booth delivers four at a time.
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
            .field("booths_retain", &self.booths_retain)
            .field("pays_itself_after", &self.pays_itself_after)
            .field("patience", &self.patience)
            .field("pace", &self.pace)
            .field("connections", &self.connections)
            .field("deliveries", &self.deliveries)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
