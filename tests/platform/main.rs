//! The booth's client against the reference platform and against impostors, on loopback.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "servers in tests have their own threads and clock"
)]
#![cfg(feature = "reference")]

mod authority;
mod batches;
mod booth;
mod booths;
mod calendar;
mod contract;
mod crowd;
mod first_start;
mod hall;
mod keys;
mod notes;
mod orders;
mod pace;
mod pages;
mod people;
mod platform;
mod progress;
mod releases;
mod restore;
mod retention;
mod stick;
mod strangers;
