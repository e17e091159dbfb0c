SELECT station, seq, sha256, stored_at_ms FROM capture WHERE id = ?1;
