UPDATE note SET erased_at_ms = ?4 WHERE id = ?1 AND station = ?2 AND number = ?3;
