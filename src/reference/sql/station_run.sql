SELECT run, run_before, run_since_ms FROM station WHERE station = ?1;
