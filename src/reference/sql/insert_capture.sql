INSERT INTO capture (id, station, seq, sha256, bytes, stored_at_ms, audit_lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
