UPDATE station SET run_before = run, run = ?2, run_since_ms = ?3 WHERE station = ?1;
