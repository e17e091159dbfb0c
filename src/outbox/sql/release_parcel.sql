UPDATE parcel SET retained = 0 WHERE id = ?1
