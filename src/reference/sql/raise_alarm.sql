INSERT OR IGNORE INTO alarm (station, kind, at_ms) VALUES (?1, ?2, ?3);
