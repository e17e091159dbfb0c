UPDATE capture SET erased_at_ms = ?2 WHERE id = ?1;
