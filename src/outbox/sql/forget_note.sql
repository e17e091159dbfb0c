DELETE FROM note WHERE id = ?1 AND number = ?2
