UPDATE station SET seen_at_ms = ?2 WHERE station = ?1;
