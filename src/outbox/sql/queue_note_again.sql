UPDATE note SET state = 'queued', retained = 0, attempts = 0, receipt = NULL, settled_at_ms = NULL,
    stored_at_ms = NULL
WHERE id = ?1 AND number = ?2 AND state = 'delivered'
