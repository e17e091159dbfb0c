SELECT heartbeat FROM station WHERE station = ?1;
