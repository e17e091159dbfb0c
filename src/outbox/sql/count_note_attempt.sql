UPDATE note SET attempts = attempts + 1, last_error = ?3 WHERE id = ?1 AND number = ?2
