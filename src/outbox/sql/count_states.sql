SELECT count(*) FROM parcel WHERE state IN (SELECT value FROM json_each(?1))
