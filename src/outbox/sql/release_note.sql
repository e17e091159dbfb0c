UPDATE note SET retained = 0 WHERE id = ?1 AND number = ?2
