INSERT OR IGNORE INTO audit_head (station, lines, sha256, heard_at_ms) VALUES (?1, ?2, ?3, ?4);
