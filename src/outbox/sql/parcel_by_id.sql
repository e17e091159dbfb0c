SELECT id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error
FROM parcel WHERE id = ?1
