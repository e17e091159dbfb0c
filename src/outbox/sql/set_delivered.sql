UPDATE parcel SET state = 'delivered', receipt = ?2, settled_at_ms = ?3, last_error = NULL,
    retained = (SELECT seconds > 0 FROM retention),
    delivery = (SELECT coalesce(max(delivery), 0) + 1 FROM parcel)
WHERE id = ?1
