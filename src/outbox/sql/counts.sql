SELECT state, count(*) FROM parcel GROUP BY state
