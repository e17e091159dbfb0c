SELECT state, count(*) FROM parcel WHERE confirmed_at_ms >= ?1 AND confirmed_at_ms < ?2 GROUP BY state
