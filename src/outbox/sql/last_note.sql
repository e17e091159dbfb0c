SELECT coalesce(max(number), 0) FROM note WHERE id = ?1
