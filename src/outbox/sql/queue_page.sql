-- One page of the captures in the states ?1 (a JSON list): first those that still need attention,
-- oldest first; then those that are done, newest first.
SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
FROM parcel WHERE state IN (SELECT value FROM json_each(?1))
ORDER BY state IN ('delivered', 'withdrawn'),
    CASE WHEN state IN ('delivered', 'withdrawn') THEN -seq ELSE seq END
LIMIT ?2 OFFSET ?3
