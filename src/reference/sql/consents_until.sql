SELECT id, station FROM note WHERE number = 0 AND erased_at_ms IS NULL AND stored_at_ms <= ?1 ORDER BY id;
