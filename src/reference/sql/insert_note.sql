INSERT INTO note (id, station, number, sha256, stored_at_ms) VALUES (?1, ?2, ?3, ?4, ?5);
