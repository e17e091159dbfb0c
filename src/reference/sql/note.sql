SELECT sha256, stored_at_ms FROM note WHERE id = ?1 AND station = ?2 AND number = ?3;
