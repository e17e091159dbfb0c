SELECT station, sha256, stored_at_ms FROM note WHERE id = ?1 AND number = ?2;
