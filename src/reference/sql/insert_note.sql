INSERT INTO note (id, number, station, sha256, stored_at_ms) VALUES (?1, ?2, ?3, ?4, ?5);
