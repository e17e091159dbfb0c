SELECT number FROM note WHERE id = ?1 AND station = ?2 AND number > 0 AND erased_at_ms IS NULL ORDER BY number;
