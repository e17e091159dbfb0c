SELECT state, count(*) FROM parcel WHERE day = ?1 GROUP BY state
