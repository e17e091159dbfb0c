-- One page of the states that are asked for, ?1 as a JSON list: what still needs somebody, oldest first; then what is done, newest first.
SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
FROM parcel WHERE state IN (SELECT value FROM json_each(?1))
ORDER BY state IN ('delivered', 'withdrawn'),
    CASE WHEN state IN ('delivered', 'withdrawn') THEN -seq ELSE seq END
LIMIT ?2 OFFSET ?3
