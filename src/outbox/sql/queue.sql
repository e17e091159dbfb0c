-- First the captures that still need attention, oldest first; then those that are done, newest
-- first.
SELECT * FROM (
    SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
    FROM parcel WHERE state NOT IN ('delivered', 'withdrawn') ORDER BY seq LIMIT ?1)
UNION ALL
SELECT * FROM (
    SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
    FROM parcel WHERE state IN ('delivered', 'withdrawn') ORDER BY seq DESC LIMIT ?1)
LIMIT ?1
