-- What still needs somebody, oldest first; then what is done, newest first.
SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
FROM parcel
ORDER BY state IN ('delivered', 'withdrawn'),
         CASE WHEN state IN ('delivered', 'withdrawn') THEN -seq ELSE seq END
LIMIT ?1
