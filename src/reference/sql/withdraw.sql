INSERT OR IGNORE INTO withdrawn (id, at_ms) VALUES (?1, ?2);
