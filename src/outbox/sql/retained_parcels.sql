SELECT id, seq, settled_at_ms FROM parcel WHERE retained ORDER BY settled_at_ms LIMIT ?1
