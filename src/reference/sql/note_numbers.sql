SELECT number FROM note WHERE id = ?1 ORDER BY number;
