UPDATE note SET state = ?3, last_error = ?4, receipt = ?5, settled_at_ms = ?6 WHERE id = ?1 AND number = ?2
