UPDATE parcel SET state = ?2, last_error = ?3 WHERE id = ?1
