UPDATE station SET seen_at_ms = ?2, heartbeat = ?3 WHERE station = ?1;
