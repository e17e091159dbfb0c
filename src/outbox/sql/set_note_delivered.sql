UPDATE note SET state = 'delivered', receipt = ?3, settled_at_ms = ?4, last_error = NULL,
    retained = (SELECT seconds > 0 FROM retention),
    delivery = (SELECT coalesce(max(delivery), 0) + 1 FROM note)
WHERE id = ?1 AND number = ?2
