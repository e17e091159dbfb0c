//! Bad networks: the real outbox and the real sorting of answers against every way in which an exchange can go wrong, by
//! simulation of time (20,000 schedules; 100,000 by `make test-networks`), and over real sockets through a proxy that misbehaves (200 and more).
//!
//! Whatever happens: confirmed = delivered + queued + quarantined + withdrawn, one copy each at the platform, and nothing removed
//! without a receipt that verifies.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "servers in tests have their own threads and clock"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most faults come to the same, and the few that do not are named"
)]
#![cfg(feature = "reference")]

mod simulation;
mod sockets;
