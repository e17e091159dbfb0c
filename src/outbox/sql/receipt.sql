SELECT receipt FROM parcel WHERE id = ?1
