UPDATE note SET state = ?3, last_error = ?4 WHERE id = ?1 AND number = ?2
