INSERT OR IGNORE INTO note (id, number, seq, state, sha256) VALUES (?1, ?2, ?3, 'queued', ?4)
