UPDATE note SET state = 'delivered', receipt = ?3, settled_at_ms = ?4, last_error = NULL,
    retained = (SELECT seconds > 0 FROM retention),
    stored_at_ms = ?5
WHERE id = ?1 AND number = ?2
