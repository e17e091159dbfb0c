DELETE FROM alarm WHERE station = ?1 AND kind = ?2 AND at_ms >= ?3;
