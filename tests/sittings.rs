//! The short version of the tables in `docs/benchmarks.md`: sittings and faults of synthetic people
//! compared with their truth.
#![cfg(feature = "sitter")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests; the tables are shared with the benchmark"
)]

#[path = "../benches/trial/crew.rs"]
mod crew;
#[path = "../benches/trial/faults.rs"]
mod faults;
#[path = "../benches/trial/sittings.rs"]
mod sittings;

#[test]
fn what_was_called_good_is_inside_every_band_and_measured_well() {
    let sittings = sittings::try_all(7);
    println!("{}", sittings.table());
    assert!(sittings.accepted() >= 8, "{}", sittings.accepted());
    assert_eq!(sittings.outside(), 0);
    assert!(sittings.good() - sittings.accepted() <= 1);
    let worst = sittings.errors_at(0.95);
    let limits = [3.0, 8.0, 0.05, 1.0, 3.0, 4.0];
    for (value, limit) in worst.iter().zip(limits) {
        assert!(*value <= limit, "{worst:?} against {limits:?}");
    }
}

#[test]
fn each_check_catches_its_fault_and_lets_a_clean_picture_pass() {
    let faults = faults::try_all(1);
    println!("{}", faults.table());
    let missed: Vec<_> = faults.missed().collect();
    // With one picture per fault this finds a check that is blind, not one that misses one in
    // fifty.
    assert!(missed.len() <= 1, "{missed:?}");
    assert!(faults.clean_refused() <= 1, "{}", faults.table());
}
