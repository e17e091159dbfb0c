INSERT OR IGNORE INTO withdrawn (id, station, at_ms) VALUES (?1, ?2, ?3);
