SELECT id, number, seq, settled_at_ms FROM note WHERE retained ORDER BY settled_at_ms LIMIT ?1
