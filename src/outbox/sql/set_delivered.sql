UPDATE parcel SET state = 'delivered', receipt = ?2, settled_at_ms = ?3, last_error = NULL,
    retained = (SELECT seconds > 0 FROM retention),
    stored_at_ms = ?4
WHERE id = ?1
